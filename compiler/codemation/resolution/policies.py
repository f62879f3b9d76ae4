"""The prune policies of single workflows: the same precedence, for many workflows at once."""

from __future__ import annotations

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
    # What a workflow leaves open is the same for all, but for what follows another value of its own policy.
    unsaid: dict[str, Any] = {}
    following: list[tuple[str, list[Any], tuple[str, ...]]] = []
    for setting in catalogue.policies:
        keys = followed(setting, hosts)
        names = tuple([key[-1] for key in keys if ANY in key])
        parents = [hosts[key].value for key in keys if ANY not in key]
        unsaid[setting.name] = _least(parents + [unsaid[name] for name in names] if names else parents)
        if names:
            following.append((setting.name, parents, names))
    own_values = _own_values(said)
    policies: dict[str, dict[str, Any]] = {}
    for workflow in said.workflows:
        own = own_values.get(workflow, NOTHING)
        policies[workflow] = values = {**unsaid, **own}
        for follower, parents, names in following:
            if follower not in own:
                values[follower] = _least(parents + [values[name] for name in names])
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


def _least(values: list[Any]) -> Any:
    """The least of what is followed; `None` where any of it is undecided."""
    for value in values:
        if type(value) is not int:
            return None
    return min(values)
