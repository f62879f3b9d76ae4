"""The prune policies of single workflows: the same precedence, for many workflows at once.

`decide_policy` is the rule, by the places of each setting. `policy_values` gives the values that it decides, for
thousands of workflows: it lays whole layers over each other, which it may, as a policy holds numbers that both forms
spell alike. Tests hold the two together, also for settings that there are not yet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from codemation.origin import Source
from codemation.resolution.decision import NOTHING, Decision, Layers, PolicyLayers, by_default, stated
from codemation.resolution.inference import follow, followed
from codemation.settings.catalogue import Catalogue
from codemation.settings.keys import Key
from codemation.settings.places import LAYERS
from codemation.settings.setting import ANY


def policy_values(catalogue: Catalogue, layers: Layers, hosts: Mapping[Key, Decision]) -> dict[str, dict[str, Any]]:
    """The values of every workflow's prune policy, by name: each layer laid over those below it.

    A value that is rejected, or follows one, is no number; no runtime form is made of it.
    """
    said = layers.policies
    if not said.workflows:
        return {}
    above, following = _from_above(catalogue, hosts)
    if not above.keys() >= {beside for _, beside in following}:
        return {workflow: _decided_values(catalogue, said.of(workflow), hosts) for workflow in said.workflows}
    own_values = _own_values(said)
    policies: dict[str, dict[str, Any]] = {}
    for workflow in said.workflows:
        own = own_values.get(workflow, NOTHING)
        policies[workflow] = values = {**above, **own}
        for follower, beside in following:
            if follower not in own:
                values[follower] = _lesser(values[follower], values[beside])
    return policies


def _from_above(catalogue: Catalogue, hosts: Mapping[Key, Decision]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What the host says, which is the same for all; and who follows whom within a policy."""
    above: dict[str, Any] = {}
    following: list[tuple[str, str]] = []
    for setting in catalogue.policies:
        limit: Any = math.inf
        before = len(following)
        for key in followed(setting, hosts):
            host = hosts.get(key)
            if host is None:
                following.append((setting.name, key[-1]))
            elif host.state != "unset":
                limit = _lesser(limit, host.value)
        if limit is not math.inf or len(following) > before:
            above[setting.name] = limit
        elif setting.default is not None:
            above[setting.name] = setting.default
    return above, following


def _decided_values(
    catalogue: Catalogue, tables: Mapping[Source, Mapping[Any, Any]], hosts: Mapping[Key, Decision]
) -> dict[str, Any]:
    """The values of one policy where some setting follows another that may have none."""
    decided = decide_policy(catalogue, tables, hosts)
    return {name: decision.value for name, decision in decided.items() if decision.state != "unset"}


def _own_values(said: PolicyLayers) -> Mapping[str, Mapping[str, Any]]:
    """What is stated of each workflow by itself, by name."""
    by_name = {
        workflow: {path[-1]: value for path, value in override.items()} for workflow, override in said.override.items()
    }
    by_source: dict[Source, Mapping[str, Mapping[str, Any]]] = {
        "override": by_name,
        "app": said.app,
        "runtime": said.runtime,
    }
    layers = [by_source[source] for source in reversed(LAYERS) if by_source.get(source)]
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
