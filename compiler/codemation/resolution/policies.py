"""The prune policies of single workflows: the same precedence, for many workflows at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codemation.origin import Source
from codemation.resolution.decision import NOTHING, Decision, Layers, by_default, stated
from codemation.resolution.inference import follow
from codemation.settings.catalogue import Catalogue
from codemation.settings.keys import Key
from codemation.settings.setting import ANY, Setting


def policy_values(catalogue: Catalogue, layers: Layers, hosts: Mapping[Key, Decision]) -> dict[str, dict[str, Any]]:
    """The values of every workflow's prune policy, by name: each layer laid over those below it.

    A value that is rejected, or follows one, is no number; no runtime form is made of it.
    """
    said = layers.policies
    if not said.workflows:
        return {}
    # What a workflow leaves open is the same for all, but for what follows another value of its own policy.
    unsaid: dict[str, Any] = {}
    for setting in catalogue.policies:
        unsaid[setting.name] = _least(setting, unsaid, hosts)
    by_name = {
        workflow: {path[-1]: value for path, value in override.items()} for workflow, override in said.override.items()
    }
    forms = [layer for layer in (said.runtime, said.app, by_name) if layer]
    policies: dict[str, dict[str, Any]] = {}
    for workflow in said.workflows:
        own: dict[str, Any] = {}
        for layer in forms:
            own |= layer.get(workflow, NOTHING)
        policies[workflow] = values = unsaid | own
        for setting in catalogue.policies_that_follow:
            if setting.name not in own:
                values[setting.name] = _least(setting, values, hosts)
    return policies


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
        parents = {key: decisions[key[-1]] if ANY in key else hosts[key] for key in setting.inherits}
        decisions[setting.name] = follow(setting, parents) or by_default(setting)
    return decisions


def _least(setting: Setting, own: Mapping[str, Any], hosts: Mapping[Key, Decision]) -> Any:
    """The least of what a policy's setting follows; `None` where any of it is undecided."""
    values = [own[key[-1]] if ANY in key else hosts[key].value for key in setting.inherits]
    return min(values) if all(type(value) is int for value in values) else None
