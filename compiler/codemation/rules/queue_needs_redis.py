"""CM403: queues or events through Redis, and no source has a Redis URL."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.referenced_variable_unset import named_but_unset
from codemation.rules.rule import Rule
from codemation.settings.keys import EVENT_BUS, REDIS_URL, SCHEDULER


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report it once, unless CM203 names the very variable that is missing."""
    scheduler, event_bus = model.decision(SCHEDULER), model.decision(EVENT_BUS)
    queue = scheduler.value == "bullmq"
    if not queue and event_bus.value != "redis":
        return
    if model.decision(REDIS_URL).state != "unset" or named_but_unset(model, REDIS_URL):
        return
    place = scheduler.place if queue else event_bus.place
    what = "asks for BullMQ queues" if queue else "says redis"
    said = model.said(place) if place else f"the {'scheduler' if queue else 'event bus'}"
    yield RULE.at(
        model,
        model.origin(place) if place else None,
        f"{said} {what}, but no source gives the Redis URL",
        f"set {model.variables[REDIS_URL]}, or name your own variable with `app.scheduler.redisUrlEnv`",
        key=model.name(place) if place else None,
    )


RULE = Rule(
    "CM403",
    "queue-needs-redis",
    "error",
    "queues or events through Redis, and no source has a Redis URL",
    """\
BullMQ keeps its queues in Redis, and the `redis` event bus its channels; nobody says where Redis
is.

Example:

    [app.scheduler]
    kind = "queue"

with no `REDIS_URL` set. Instead: set it, or name the variable that holds the URL:

    [app.scheduler]
    kind = "queue"
    redisUrlEnv = "APP_REDIS_URL"
""",
    needs="sources",
    about=("runtime.scheduler", "runtime.eventBus"),
)
