"""What follows from other settings where nobody states a value: each inference with the sentence that explains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from codemation.resolution.decision import Decision, Layers
from codemation.settings.catalogue import dotted
from codemation.settings.keys import Key
from codemation.settings.setting import Setting

if TYPE_CHECKING:

    class Telling(Protocol):
        """How an explanation calls what an inference looked at."""

        def spelled(self, key: Key) -> str:
            """A setting, in backquotes."""

        def value(self, key: Key) -> Any:
            """What is decided for it."""

        def stated_by(self, key: Key) -> str:
            """Who states it, in backquotes."""


class Inference(Struct, frozen=True):
    """How a setting is decided from others.

    `decide` is given the setting, the layers and the decisions that it may look at, and returns `None` where it has
    nothing to say. `reason` says, of a decision that it made, why; no full stop.
    """

    decide: Callable[[Setting, Layers, Mapping[Key, Decision]], Decision | None]
    reason: Callable[[Setting, Decision, Telling], str]


def followed(setting: Setting, hosts: Mapping[Key, Decision]) -> tuple[Key, ...]:
    """The settings that this one inherits from: as it declares, but for the one that takes their place if stated."""
    instead = setting.unless_stated
    return setting.inherits if instead is None or hosts[instead].place is None else (instead,)


def follow(parents: Mapping[Key, Decision]) -> Decision | None:
    """The least of what the settings hold that one inherits from; `None` where they hold nothing."""
    looked_at = tuple(parents)
    values = []
    for parent in parents.values():
        if parent.state == "rejected":
            return Decision("rejected", None, "inferred", None, "inherited", looked_at)
        if parent.state == "won":
            values.append(parent.value)
    if not values:
        return None
    rule = "inherited" if len(looked_at) == 1 else "least"
    return Decision("won", min(values), "inferred", None, rule, looked_at)


def _follow(setting: Setting, layers: Layers, decided: Mapping[Key, Decision]) -> Decision | None:
    del layers
    return follow({key: decided[key] for key in followed(setting, decided)})


def _follows(setting: Setting, decision: Decision, telling: Telling) -> str:
    del setting
    return f"follows {telling.spelled(decision.looked_at[0])}"


def _is_the_least(setting: Setting, decision: Decision, telling: Telling) -> str:
    del setting
    return f"the least of {' and '.join(telling.spelled(key) for key in decision.looked_at)}"


def _redis_means_queue(setting: Setting, layers: Layers, decided: Mapping[Key, Decision]) -> Decision | None:
    """`bullmq` where any source offers a Redis URL, or a `redisUrlEnv` is stated, its variable set or not."""
    redis_url, reference = decided[setting.looks_at[0]], setting.looks_at_names[0]
    if redis_url.state == "unset" and reference not in layers.file and reference not in layers.override:
        return None
    return Decision("won", "bullmq", "inferred", None, "redis-means-queue", setting.looks_at)


def _means_queue(setting: Setting, decision: Decision, telling: Telling) -> str:
    del setting
    return f"a Redis URL means queue workers ({telling.stated_by(decision.looked_at[0])})"


def _event_bus_follows_scheduler(setting: Setting, layers: Layers, decided: Mapping[Key, Decision]) -> Decision | None:
    """`redis` under `bullmq`; `memory` where people wrote `inline`; else `redis` if there is a Redis URL."""
    scheduler, redis_url = (decided[key] for key in setting.looks_at)
    rule = "event-bus-follows-scheduler"
    if scheduler.state == "rejected":
        return Decision("rejected", None, "inferred", None, rule, setting.looks_at)
    written = setting.looks_at_names[0]
    inline = "inline" in {layers.override.get(written), layers.file.get(written)}
    if scheduler.value != "bullmq" and not inline and redis_url.state == "unset":
        return None
    value = "memory" if scheduler.value != "bullmq" and inline else "redis"
    # What decided comes first.
    looked_at = setting.looks_at if scheduler.value == "bullmq" or inline else setting.looks_at[::-1]
    return Decision("won", value, "inferred", None, rule, looked_at)


def _follows_scheduler(setting: Setting, decision: Decision, telling: Telling) -> str:
    if decision.value == "memory":
        return f"follows the scheduler: `{dotted(setting.looks_at_names[0])}` is inline"
    scheduler = setting.looks_at[0]
    if telling.value(scheduler) == "bullmq":
        return f"follows the scheduler: {telling.spelled(scheduler)} is bullmq"
    return "there is a Redis URL"


def _at_most_the_limit(setting: Setting, layers: Layers, decided: Mapping[Key, Decision]) -> Decision | None:
    """The limit, where that is less than the default."""
    del layers
    limit = decided[setting.looks_at[0]]
    if limit.state == "rejected":
        return Decision("rejected", None, "inferred", None, "at-most-the-limit", setting.looks_at)
    if limit.value >= setting.default:
        return None
    return Decision("won", limit.value, "inferred", None, "at-most-the-limit", setting.looks_at)


def _would_exceed(setting: Setting, decision: Decision, telling: Telling) -> str:
    del setting
    return f"the default would be more than {telling.spelled(decision.looked_at[0])}"


INFERENCES: dict[str, Inference] = {
    "inherited": Inference(_follow, _follows),
    "least": Inference(_follow, _is_the_least),
    "redis-means-queue": Inference(_redis_means_queue, _means_queue),
    "event-bus-follows-scheduler": Inference(_event_bus_follows_scheduler, _follows_scheduler),
    "at-most-the-limit": Inference(_at_most_the_limit, _would_exceed),
}
"""The inferences by the names that settings give them; `inherits` means one of the first two."""


def infer(setting: Setting, layers: Layers, decided: Mapping[Key, Decision]) -> Decision | None:
    """What follows for a setting from those that it looks at or inherits from, or `None`."""
    name = setting.inference or ("inherited" if setting.inherits else None)
    return INFERENCES[name].decide(setting, layers, decided) if name else None
