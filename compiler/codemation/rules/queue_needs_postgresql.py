"""CM402: queue workers on local SQLite."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import KIND, REDIS_URL, SCHEDULER, URL
from codemation.settings.places import Place


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report BullMQ with SQLite, naming the variables in force where Redis came from one."""
    kind, scheduler = model.decision(KIND), model.decision(SCHEDULER)
    if scheduler.value != "bullmq" or kind.value != "sqlite":
        return
    redis, database = model.variables[REDIS_URL], model.variables[URL]
    redis_is_set = model.offered(Place("environment", REDIS_URL)) is not None
    database_is_set = model.offered(Place("environment", URL)) is not None
    asks = scheduler.place or _means_queue(model)
    if redis_is_set and database and not database_is_set:
        message = f"{database} is required when {redis} is set"
    elif asks:
        means = "asks for" if scheduler.place else "means"
        message = f"{model.said(asks)} {means} BullMQ queues, but the database is SQLite"
    else:
        message = "the scheduler is bullmq, but the database is SQLite"
    yield RULE.at(
        model,
        model.origin(asks) if asks else None,
        f"{message} (BullMQ requires a shared PostgreSQL database)",
        f"{_with_postgresql(model)}, or run without a queue: {_without_queue(model)}",
        key=model.name(asks) if asks else None,
        related=((f"{model.said(kind.place)} says sqlite", model.origin(kind.place)),) if kind.place else (),
    )


def _means_queue(model: SemanticModel) -> Place | None:
    """What the queue was inferred from: the Redis URL that is in force, or the key that names its variable."""
    place = model.decision(REDIS_URL).place
    if place is None or (place.source == "environment" and model.variables[REDIS_URL] is None):
        return model.reference(model.catalogue.by_key[REDIS_URL])
    return place


def _with_postgresql(model: SemanticModel) -> str:
    """What makes it PostgreSQL: a URL, or where SQLite is forced the kind itself."""
    place = model.decision(KIND).place
    if place is None or place.source not in {"override", "environment"}:
        return f"set {model.variables[URL] or 'the database URL'}"
    url = "" if model.decision(URL).state != "unset" else f" and set {model.variables[URL]}"
    return f"make {model.said(place)} postgresql{url}"


def _without_queue(model: SemanticModel) -> str:
    scheduler = model.decision(SCHEDULER)
    if scheduler.place is not None and scheduler.source == "override":
        return f"take the override `{model.name(scheduler.place)}` out"
    if scheduler.place is None:
        return 'kind = "inline" under [app.scheduler], or CODEMATION_SCHEDULER=local'
    return (
        "CODEMATION_SCHEDULER=local" if scheduler.source == "environment" else 'kind = "inline" under [app.scheduler]'
    )


RULE = Rule(
    "CM402",
    "queue-needs-postgresql",
    "error",
    "queue workers on local SQLite",
    """\
Queue workers run in other processes, usually on other machines, and must see the same database. A
SQLite file is embedded in one machine: Redis queues on local SQLite are never valid. A Redis URL
alone says that there is a queue, unless the scheduler is stated.

Example:

    REDIS_URL=redis://cache.example.com:6379 codemation compile

Instead: also set `DATABASE_URL`, or keep the work in the host with `kind = "inline"` under
`[app.scheduler]`.
""",
    needs="sources",
    about=("runtime.scheduler", "runtime.eventBus"),
)
