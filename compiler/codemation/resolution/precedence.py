"""Precedence: which source decides each setting. Pure, and the only place that knows.

For each setting the highest place that offers anything decides (spec section 3), whether what it offers is valid or
not; nothing is merged inside a value. `Catalogue.places` is the order and `winners` the whole rule. Where nobody states
a value, an inference may (`inference.py`), and else the default holds. `explain/trace.py` replays the same places to
tell the losers, so that an explanation can never disagree with the decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from msgspec.structs import replace

from codemation.resolution.decision import Decision, Layers, Resolution, by_default, stated
from codemation.resolution.inference import infer
from codemation.resolution.policies import policy_values
from codemation.settings.catalogue import Catalogue
from codemation.settings.keys import Key
from codemation.settings.places import Place
from codemation.settings.setting import Setting


def resolve(catalogue: Catalogue, layers: Layers) -> Resolution:
    """Decide every setting."""
    won = winners(catalogue, layers)
    hosts = dict(_defaults(catalogue))
    for key, (_, place, offer) in won.items():
        hosts[key] = stated(place, offer)
    for key in layers.unknown:
        if key not in won or won[key][1].source != "override":
            hosts[key] = Decision("rejected", None, "environment", Place("environment", key))
    # Each after those that it looks at.
    for key, setting in catalogue.following:
        if hosts[key].place is None and (follows := infer(setting, layers, hosts)):
            hosts[key] = follows
    unused: list[Key] = []
    for key, setting in catalogue.conditional:
        if hosts[key].state != "unset" and not applies(setting, hosts):
            hosts[key] = replace(hosts[key], state="unused")
            unused.append(key)
    policies = policy_values(catalogue, layers, hosts)
    return Resolution(hosts, policies, _stated_keys(catalogue, layers, won), tuple(unused))


def winners(catalogue: Catalogue, layers: Layers) -> dict[Key, tuple[int, Place, Any]]:
    """For each setting that any source states, the highest place that does: its rank, the place, what it offers."""
    best: dict[Key, tuple[int, Place, Any]] = {}
    for layer, readers in zip((layers.override, layers.environment, layers.file), catalogue.readers, strict=True):
        for name, offer in layer.items():
            for key, rank, place in readers.get(name, ()):
                if key not in best or rank < best[key][0]:
                    best[key] = (rank, place, offer)
    return best


def applies(setting: Setting, decided: Mapping[Key, Decision]) -> bool:
    """Whether the setting counts in this runtime form; where that is itself undecided, it is taken to."""
    for key, value in setting.applies:
        decision = decided[key]
        if decision.value == value or decision.state == "rejected":
            return True
    return False


@cache
def _defaults(catalogue: Catalogue) -> Mapping[Key, Decision]:
    """What holds where no source says anything, and nothing follows from others."""
    return {setting.runtime: by_default(setting) for setting in catalogue.hosts}


def _stated_keys(catalogue: Catalogue, layers: Layers, won: Mapping[Key, object]) -> frozenset[Key]:
    """The settings of which any source says anything; who names a setting's variable says something of it."""
    keys = set(won)
    keys.update([key for path, key in catalogue.references if path in layers.file or path in layers.override])
    if layers.policies.workflows:
        keys |= catalogue.policy_keys
    return frozenset(keys)
