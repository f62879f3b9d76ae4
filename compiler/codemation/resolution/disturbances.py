"""Whether repairs change what is in force elsewhere."""

from __future__ import annotations

from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.keys import Key
from codemation.settings.places import Place
from codemation.settings.setting import ANY


def disturbs(before: SemanticModel, after: SemanticModel) -> bool:
    """Whether other values are in force after repairs, of those that a source states.

    Of a file that could not be read nothing is known, nor of what hangs on a value that is wrong. A variable's value
    may be another where a repair is about the key that names the variable.
    """
    if before.source.broken:
        return False
    return any(_is_lost(before, after, key) for key in before.resolution.hosts) or any(
        policy[name] != after.resolution.policies.get(workflow, {}).get(name)
        for workflow, policy in before.resolution.policies.items()
        for said in before.layers.policies.of(workflow).values()
        for name in (key if isinstance(key, str) else key[-1] for key in said)
        if type(policy[name]) is int and ("runtime", "workflows", ANY, "prunePolicy", name) in before.catalogue.by_key
    )


def _is_lost(before: SemanticModel, after: SemanticModel, key: Key) -> bool:
    hosts, setting = before.resolution.hosts, before.catalogue.by_key[key]
    was, now = hosts[key], after.resolution.hosts[key]
    if was.state != "won" or was.place is None or (now.state, now.value) == (was.state, was.value):
        return False
    if any(hosts[other].state == "rejected" for other, _ in setting.applies):
        return False
    reference = setting.reference
    if reference and before.layers.file.get(reference) != after.layers.file.get(reference):
        return was.place.source != "environment"
    # A value that has its key only now may itself be repaired next.
    return now.state != "rejected" or _meant(after, now.place) != was.value


def _meant(model: SemanticModel, place: Place | None) -> object:
    """What a value of the file that is rejected is repaired to, in the runtime form."""
    leaf = model.catalogue.leaf(place.key) if place else None
    if place is None or leaf is None or place.source not in {"app", "runtime"}:
        return None
    meant = leaf.kind.repair(model.source.value(place.key))
    return None if meant is None else place.lower(meant.value) if place.lower else meant.value
