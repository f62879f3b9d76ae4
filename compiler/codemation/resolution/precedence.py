"""Precedence: which source decides each setting. Pure, and the only place that knows.

For each setting the first place that offers anything decides (spec section 3), whether what it offers is valid or not;
nothing is merged inside a value. `Catalogue.places` is the order, `first` the whole rule; what follows it are the two
inferences that look across settings, inheritance, and the defaults. `trace.py` replays the same places to tell the
losers, so that an explanation can never disagree with the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal

from msgspec import Struct

from codemation.catalogue import Catalogue
from codemation.origin import Source
from codemation.precedence import Key, Place
from codemation.redaction import Unshown
from codemation.setting import ANY, Setting

State = Literal["won", "rejected", "unused", "unset"]


NOTHING: dict[str, Any] = {}


class Rejected(Struct, frozen=True):
    """Stands in a layer for a value that is there but not valid; `reason` is a sentence without its full stop."""

    reason: str


class Layers(Unshown, Struct, frozen=True):
    """What the sources offer: valid values, and `Rejected` for the others. Blank and unset ones are not in it.

    `override` and `file` are looked up by path (of either form), `environment` by the key of the setting whose variable
    it is. `unknown` holds the keys of settings whose variable's name could not be read (a rejected `urlEnv`): their
    environment is undecided. `policies` holds, for each workflow, the layers that may state its policy: the overrides
    by path, the two forms by name. `states_runtime` tells whether the file has a runtime form at all.
    """

    override: Mapping[Key, Any]
    environment: Mapping[Key, Any]
    file: Mapping[Key, Any]
    unknown: frozenset[Key] = frozenset()
    policies: Mapping[str, Mapping[Source, Mapping[Any, Any]]] = {}
    states_runtime: bool = True

    def by_source(self) -> dict[Source, Mapping[Any, Any]]:
        """The layers under the names that places use."""
        return {"override": self.override, "environment": self.environment, "app": self.file, "runtime": self.file}


class Decision(Unshown, Struct):
    """What was decided for one setting.

    `value` is the runtime form's (a path still as stated). `place` is where the deciding value stands, `None` where
    nobody stated one; then `rule` and `looked_at` tell the inference, if it was one.
    """

    state: State
    value: Any = None
    source: Source | None = None
    place: Place | None = None
    rule: str | None = None
    looked_at: tuple[Key, ...] = ()


class Resolution(Unshown, Struct, frozen=True):
    """The decisions by key, and each workflow's prune policy: its values by name (see `decide_policy` for the rest).

    `quiet` tells that nobody states any setting of the catalogue's quiet groups.
    """

    hosts: dict[Key, Decision]
    policies: dict[str, dict[str, Any]]
    quiet: bool = False

    def value(self, key: Key) -> Any:
        """The value in force, or `None`."""
        decision = self.hosts[key]
        return decision.value if decision.state == "won" else None


def resolve(catalogue: Catalogue, layers: Layers) -> Resolution:
    """Decide every setting."""
    by_source = layers.by_source()
    hosts: dict[Key, Decision] = {}
    # A setting that follows others is decided after them, whatever the order of the declarations.
    plan = catalogue.plan(overrides=bool(layers.override), runtime=layers.states_runtime)
    quiet = catalogue.quiet_paths.isdisjoint(layers.file) and catalogue.quiet_paths.isdisjoint(layers.override)
    everything, groups = silent(catalogue)
    if quiet:
        hosts = dict(everything)
    else:
        for paths, keys in groups:
            if paths.isdisjoint(layers.file) and paths.isdisjoint(layers.override):
                hosts |= {key: everything[key] for key in keys}
    for key, setting, places in plan:
        if key not in hosts:
            hosts[key] = decide(setting, places, by_source, layers, hosts)
    for key, setting in catalogue.conditional:
        decision = hosts[key]
        if decision.state != "unset" and not applies(setting, hosts):
            decision.state = "unused"
    return Resolution(hosts, _policies(catalogue, layers, hosts), quiet)


@cache
def silent(catalogue: Catalogue) -> tuple[dict[Key, Decision], tuple[tuple[frozenset[Key], tuple[Key, ...]], ...]]:
    """What is decided for the settings of the quiet groups where nobody states any of them; and the groups."""
    decisions: dict[Key, Decision] = {}
    for key, setting, _ in catalogue.in_order:
        decisions[key] = decide(setting, (), {}, Layers({}, {}, {}), decisions)
    return {key: decisions[key] for _, keys in catalogue.quiet for key in keys}, catalogue.quiet


def first(places: tuple[Place, ...], by_source: Mapping[Source, Mapping[Key, Any]]) -> tuple[Place, Any] | None:
    """The first place that offers anything, with what it offers: the precedence itself."""
    for place in places:
        layer = by_source[place.source]
        if place.key in layer:
            return place, layer[place.key]
    return None


def decide(
    setting: Setting,
    places: tuple[Place, ...],
    by_source: Mapping[Source, Mapping[Any, Any]],
    layers: Layers,
    decided: Mapping[Key, Decision],
) -> Decision:
    """Decide one setting, given the decisions that it may look at."""
    found = first(places, by_source)
    if layers.unknown and setting.runtime in layers.unknown and (found is None or found[0].source != "override"):
        return Decision("rejected", source="environment", place=Place("environment", setting.runtime))
    if found is not None:
        return stated(*found)
    if setting.inference:
        inferred = INFERENCES[setting.inference](setting, layers, decided)
        if inferred is not None:
            return inferred
    if setting.inherits:
        return inherited(setting, {key: decided[key] for key in setting.inherits})
    return by_default(setting)


def stated(place: Place, value: Any) -> Decision:
    """The decision that a stated value makes."""
    if place.implies is not None:
        return Decision("won", place.implies, place.source, place)
    if isinstance(value, Rejected):
        return Decision("rejected", None, place.source, place)
    lower = place.lower
    return Decision("won", lower(value) if lower else value, place.source, place)


def inherited(setting: Setting, parents: Mapping[Key, Decision]) -> Decision:
    """What holds where nobody states a value: the least of the parents', or else the default."""
    values = []
    for parent in parents.values():
        if parent.state == "rejected":
            return Decision("rejected", None, "inferred", None, "inherited", setting.inherits)
        if parent.state == "won":
            values.append(parent.value)
    if values:
        rule = "inherited" if len(setting.inherits) == 1 else "least"
        return Decision("won", min(values), "inferred", None, rule, setting.inherits)
    return by_default(setting)


def by_default(setting: Setting) -> Decision:
    """The built-in value, or none."""
    return Decision("unset") if setting.default is None else Decision("won", setting.default, "default")


def applies(setting: Setting, decided: Mapping[Key, Decision]) -> bool:
    """Whether the setting counts in this runtime form; where that is itself undecided, it is taken to."""
    for key, value in setting.applies:
        decision = decided[key]
        if decision.value == value or decision.state == "rejected":
            return True
    return False


def _policies(catalogue: Catalogue, layers: Layers, hosts: Mapping[Key, Decision]) -> dict[str, dict[str, Any]]:
    """The values of every workflow's prune policy.

    The same precedence as `first`, for many workflows at once: each layer laid over those below it. A value that is
    rejected, or follows one, is no number; no runtime form is made of it.
    """
    # What a workflow leaves open is the same for all, but for what follows another value of its own policy.
    silent: dict[str, Any] = {}
    for setting in catalogue.policies:
        silent[setting.name] = _least(setting, silent, hosts)
    policies: dict[str, dict[str, Any]] = {}
    for workflow, tables in layers.policies.items():
        override = {path[-1]: value for path, value in tables["override"].items()} if tables["override"] else NOTHING
        policies[workflow] = values = {**silent, **tables["runtime"], **tables["app"], **override}
        for setting in catalogue.policies_that_follow:
            name = setting.name
            if name not in tables["app"] and name not in tables["runtime"] and name not in override:
                values[name] = _least(setting, values, hosts)
    return policies


def _least(setting: Setting, own: Mapping[str, Any], hosts: Mapping[Key, Decision]) -> Any:
    """The least of what a policy's setting follows; `None` where any of it is undecided."""
    values = [own[key[-1]] if ANY in key else hosts[key].value for key in setting.inherits]
    return None if any(value is None or isinstance(value, Rejected) for value in values) else min(values)


def decide_policy(
    catalogue: Catalogue, tables: Mapping[Source, Mapping[Any, Any]], hosts: Mapping[Key, Decision]
) -> dict[str, Decision]:
    """Decide the prune policy of one workflow by its places, for those who ask who decided."""
    decisions: dict[str, Decision] = {}
    for setting in catalogue.policies:
        parents = {key: decisions[key[-1]] if ANY in key else hosts[key] for key in setting.inherits}
        decisions[setting.name] = inherited(setting, parents)
        # From the lowest layer up, each over the one below: what is left is what `first` would have found.
        for source, places in catalogue.policy_places:
            for key, value in tables[source].items():
                place = places.get(key)
                if place is not None and place.key[-1] == setting.name:
                    decisions[setting.name] = stated(place, value)
    return decisions


def redis_means_queue(setting: Setting, layers: Layers, decided: Mapping[Key, Decision]) -> Decision | None:
    """`bullmq` where any source offers a Redis URL, or a `redisUrlEnv` is stated, its variable set or not."""
    redis_url, reference = decided[setting.looks_at[0]], setting.looks_at_names[0]
    if redis_url.state == "unset" and reference not in layers.file and reference not in layers.override:
        return None
    return Decision("won", "bullmq", "inferred", rule="redis-means-queue", looked_at=setting.looks_at)


def event_bus_follows_scheduler(setting: Setting, layers: Layers, decided: Mapping[Key, Decision]) -> Decision | None:
    """`redis` under `bullmq`; `memory` where people wrote `inline`; else `redis` if there is a Redis URL."""
    scheduler, redis_url = (decided[key] for key in setting.looks_at)
    if scheduler.state == "rejected":
        return Decision("rejected", source="inferred", rule="event-bus-follows-scheduler", looked_at=setting.looks_at)
    written = setting.looks_at_names[0]
    inline = "inline" in {layers.override.get(written), layers.file.get(written)}
    if scheduler.value != "bullmq" and not inline and redis_url.state == "unset":
        return None
    value = "memory" if scheduler.value != "bullmq" and inline else "redis"
    return Decision("won", value, "inferred", rule="event-bus-follows-scheduler", looked_at=setting.looks_at)


def at_most_the_limit(setting: Setting, layers: Layers, decided: Mapping[Key, Decision]) -> Decision | None:
    """The limit, where that is less than the default."""
    del layers
    limit = decided[setting.looks_at[0]]
    if limit.state == "rejected":
        return Decision("rejected", source="inferred", rule="at-most-the-limit", looked_at=setting.looks_at)
    if limit.value >= setting.default:
        return None
    return Decision("won", limit.value, "inferred", rule="at-most-the-limit", looked_at=setting.looks_at)


INFERENCES: dict[str, Callable[[Setting, Layers, Mapping[Key, Decision]], Decision | None]] = {
    "redis-means-queue": redis_means_queue,
    "event-bus-follows-scheduler": event_bus_follows_scheduler,
    "at-most-the-limit": at_most_the_limit,
}
"""The inferences that settings name; each returns `None` where it has nothing to say."""
