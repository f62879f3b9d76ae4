"""Prune policies: the values of all at once are those that are decided for each, whatever settings there will be."""

from __future__ import annotations

from typing import Any

import pytest

from codemation.resolution.decision import Layers, PolicyLayers
from codemation.resolution.policies import decide_policy, policy_values
from codemation.resolution.precedence import resolve
from codemation.settings import app_form
from codemation.settings.app_retention import DURATION, PrunePolicy
from codemation.settings.catalogue import CATALOGUE, Catalogue
from codemation.settings.keys import Key
from codemation.settings.setting import Declaration, Section, setting

NOTES = "runtime.workflows.*.prunePolicy.notesSeconds"
LINKS = "runtime.workflows.*.prunePolicy.linksSeconds"


def one_more(**options: Any) -> Any:
    return setting(DURATION, doc="How long it is kept.", examples=(60,), **options)


def grown(**more: Any) -> Catalogue:
    """All settings, and more in a workflow's policy."""
    body = {name: value for name, value in vars(PrunePolicy).items() if isinstance(value, Declaration)}

    class Policy(Section, app="workflows.*.prunePolicy", runtime="runtime.workflows.*.prunePolicy"):
        """How long this workflow's data is kept."""

        vars().update(body, **more)

    return Catalogue(tuple(Policy if section is PrunePolicy else section for section in app_form.SECTIONS))


CATALOGUES = {
    "as it is": CATALOGUE,
    "a default": grown(links_seconds=one_more(default=3_600)),
    "nothing": grown(notes_seconds=one_more()),
    "following what may be nothing": grown(notes_seconds=one_more(), links_seconds=one_more(inherits=(NOTES,))),
    "a default where what it follows is nothing": grown(
        notes_seconds=one_more(), links_seconds=one_more(inherits=(NOTES,), default=60)
    ),
    "following what the host may not say": grown(links_seconds=one_more(inherits=("runtime.retention.auditSeconds",))),
    "a chain": grown(
        notes_seconds=one_more(default=7_200),
        links_seconds=one_more(inherits=(NOTES, "runtime.retention.runSeconds")),
        marks_seconds=one_more(inherits=(LINKS, "runtime.workflows.*.prunePolicy.binarySeconds")),
    ),
}

APP: dict[str, dict[str, Any]] = {
    "a": {},
    "b": {"runSeconds": 100},
    "c": {"binarySeconds": 50, "failedRunSeconds": 900},
    "d": {"notesSeconds": 30},
    "e": {"notesSeconds": 30, "linksSeconds": 40, "runSeconds": 10},
}
SAID = {
    "the app form": PolicyLayers(tuple(APP), app=APP),
    "all forms": PolicyLayers(
        tuple(APP),
        {"b": {("workflows", "*", "prunePolicy", "runSeconds"): 5}},
        APP,
        {"a": {"runSeconds": 20}, "b": {"binarySeconds": 7, "runSeconds": 8}},
    ),
}
FILES: dict[str, dict[Key, Any]] = {
    "nothing": {},
    "retention": {("app", "retention", "runSeconds"): 80, ("app", "retention", "failedRunSeconds"): 70},
}


@pytest.mark.parametrize("catalogue", CATALOGUES.values(), ids=CATALOGUES)
@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_all_at_once_is_as_one_by_one(catalogue: Catalogue, said: PolicyLayers, file: dict[Key, Any]) -> None:
    known = {setting.name for setting in catalogue.policies}
    app = {workflow: {name: own[name] for name in own if name in known} for workflow, own in said.app.items()}
    layers = Layers({}, {}, file, policies=PolicyLayers(said.workflows, said.override, app, said.runtime))
    hosts = resolve(catalogue, layers).hosts
    values = policy_values(catalogue, layers, hosts)
    assert list(values) == list(said.workflows)
    for workflow in said.workflows:
        decided = decide_policy(catalogue, layers.policies.of(workflow), hosts)
        assert values[workflow] == {name: one.value for name, one in decided.items() if one.state != "unset"}


def test_both_forms_spell_a_policy_alike() -> None:
    """All at once lays layers over each other as they are: what a form spells in its own words is decided by places."""
    places = [place for _, found in CATALOGUE.policy_places for place, _ in found]
    assert places
    assert not [place for place in places if place.lower is not None or place.implies is not None]
