"""CM402: queue workers on local SQLite."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.facts import KIND, REDIS_URL, SCHEDULER, URL, Facts
from codemation.precedence import Place
from codemation.rules.rule import Rule


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Report BullMQ with SQLite, naming the variables in force where Redis came from one."""
    kind, scheduler = facts.decision(KIND), facts.decision(SCHEDULER)
    if scheduler.value != "bullmq" or kind.value != "sqlite":
        return
    redis, database = facts.variables[REDIS_URL], facts.variables[URL]
    redis_is_set = facts.offered(Place("environment", REDIS_URL)) is not None
    database_is_set = facts.offered(Place("environment", URL)) is not None
    asks = scheduler.place or _means_queue(facts)
    if redis_is_set and database and not database_is_set:
        message = f"{database} is required when {redis} is set"
    elif asks:
        means = "asks for" if scheduler.place else "means"
        message = f"{facts.said(asks)} {means} BullMQ queues, but the database is SQLite"
    else:
        message = "the scheduler is bullmq, but the database is SQLite"
    yield RULE.at(
        facts,
        facts.origin(asks) if asks else None,
        f"{message} (BullMQ requires a shared PostgreSQL database)",
        f"{_with_postgresql(facts)}, or run without a queue: {_without_queue(facts)}",
        key=facts.name(asks) if asks else None,
        related=((f"{facts.said(kind.place)} says sqlite", facts.origin(kind.place)),) if kind.place else (),
    )


def _means_queue(facts: Facts) -> Place | None:
    """What the queue was inferred from: the Redis URL that is in force, or the key that names its variable."""
    place = facts.decision(REDIS_URL).place
    if place is None or (place.source == "environment" and facts.variables[REDIS_URL] is None):
        return facts.reference(facts.catalogue.by_key[REDIS_URL])
    return place


def _with_postgresql(facts: Facts) -> str:
    """What makes it PostgreSQL: a URL, or where SQLite is forced the kind itself."""
    place = facts.decision(KIND).place
    if place is None or place.source not in {"override", "environment"}:
        return f"set {facts.variables[URL] or 'the database URL'}"
    url = "" if facts.decision(URL).state != "unset" else f" and set {facts.variables[URL]}"
    return f"make {facts.said(place)} postgresql{url}"


def _without_queue(facts: Facts) -> str:
    scheduler = facts.decision(SCHEDULER)
    if scheduler.place is not None and scheduler.source == "override":
        return f"take the override `{facts.name(scheduler.place)}` out"
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
)
