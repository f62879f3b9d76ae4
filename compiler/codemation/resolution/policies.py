"""The prune policies of single workflows: the same precedence, for many workflows at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from codemation.origin import Source
from codemation.resolution.decision import NOTHING, Decision, Layers, PolicyLayers, by_default, stated
from codemation.resolution.inference import follow, followed
from codemation.settings.catalogue import Catalogue
from codemation.settings.keys import Key
from codemation.settings.setting import ANY


def policy_values(catalogue: Catalogue, layers: Layers, hosts: Mapping[Key, Decision]) -> dict[str, dict[str, Any]]:
    """The values of every workflow's prune policy, by name: each layer laid over those below it.

    A value that is rejected, or follows one, is no number; no runtime form is made of it.
    """
    said = layers.policies
    if not said.workflows:
        return {}
    # What the host says is the same for all; then each follows what its own policy says beside it.
    above: dict[str, Any] = {}
    following: list[tuple[str, str]] = []
    for setting in catalogue.policies:
        limit: Any = math.inf
        for key in followed(setting, hosts):
            if key in hosts:
                limit = _lesser(limit, hosts[key].value)
            else:
                following.append((setting.name, key[-1]))
        above[setting.name] = limit
    own_values = _own_values(said)
    policies: dict[str, dict[str, Any]] = {}
    for workflow in said.workflows:
        own = own_values.get(workflow, NOTHING)
        policies[workflow] = values = {**above, **own}
        for follower, beside in following:
            if follower not in own:
                values[follower] = _lesser(values[follower], values[beside])
    return policies


def _own_values(said: PolicyLayers) -> Mapping[str, Mapping[str, Any]]:
    """What is stated of each workflow by itself, by name."""
    by_name = {
        workflow: {path[-1]: value for path, value in override.items()} for workflow, override in said.override.items()
    }
    layers = [layer for layer in (said.runtime, said.app, by_name) if layer]
    if len(layers) == 1:
        return layers[0]
    own: dict[str, dict[str, Any]] = {workflow: {} for workflow in said.workflows}
    for layer in layers:
        for workflow, values in layer.items():
            own[workflow] |= values
    return own


def decide_policy(
    catalogue: Catalogue, tables: Mapping[Source, Mapping[Any, Any]], hosts: Mapping[Key, Decision]
) -> dict[str, Decision]:
    """Decide the prune policy of one workflow by its places, for those who ask who decided."""
    decisions: dict[str, Decision] = {}
    for setting, places in catalogue.policy_places:
        found = ((place, tables[place.source].get(name)) for place, name in places)
        won = next(((place, offer) for place, offer in found if offer is not None), None)
        if won is not None:
            decisions[setting.name] = stated(*won)
            continue
        parents = {key: decisions[key[-1]] if ANY in key else hosts[key] for key in followed(setting, hosts)}
        decisions[setting.name] = follow(parents) or by_default(setting)
    return decisions


def _lesser(one: Any, other: Any) -> Any:
    """The lesser of two values; no number where either is undecided."""
    try:
        return one if one <= other else other  # noqa: FURB136  (for each workflow, and a call costs more than it)
    except TypeError:
        return None
