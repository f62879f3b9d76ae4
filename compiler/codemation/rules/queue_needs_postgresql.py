"""CM402: queue workers on local SQLite."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.facts import KIND, REDIS_URL, SCHEDULER, URL, Facts
from codemation.origin import Origin
from codemation.precedence import Place
from codemation.rules.rule import Rule


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Report BullMQ with SQLite, naming the variables in force where Redis came from one."""
    kind, scheduler = facts.decision(KIND), facts.decision(SCHEDULER)
    if scheduler.value != "bullmq" or kind.value != "sqlite":
        return
    redis, database = facts.variables[REDIS_URL], facts.variables[URL]
    redis_place = Place("environment", REDIS_URL)
    redis_is_set = facts.offered(redis_place) is not None
    database_is_set = facts.offered(Place("environment", URL)) is not None
    if redis_is_set and not database_is_set:
        message = f"{database} is required when {redis} is set (BullMQ requires a shared PostgreSQL database)"
        origin: Origin | None = facts.origin(scheduler.place or redis_place)
    else:
        message = "the scheduler is bullmq but the database is SQLite (BullMQ requires a shared PostgreSQL database)"
        place = scheduler.place or kind.place
        origin = facts.origin(place or redis_place) if place or redis_is_set else None
    related = [
        (f"`{facts.name(place)}` {says}", facts.origin(place))
        for place, says in ((scheduler.place, "asks for the queue"), (kind.place, "says sqlite"))
        if place
    ]
    yield RULE.at(
        facts,
        origin,
        message,
        f"set {database}, or run without a queue: {_without_queue(facts)}",
        key=facts.name(scheduler.place) if scheduler.place else redis if redis_is_set else None,
        related=tuple((text, place) for text, place in related if place != origin),
    )


def _without_queue(facts: Facts) -> str:
    scheduler = facts.decision(SCHEDULER)
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
