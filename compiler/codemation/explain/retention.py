"""Where a retention policy is written: of a workflow, or of the host."""

from __future__ import annotations

from collections.abc import Callable

from codemation.origin import FileOrigin, line_of, written_at
from codemation.resolution.decision import Decision
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.setting import ANY


def policy_place(model: SemanticModel, workflow: str | None, setting: str, shown: Callable[[str], str]) -> str:
    """Where the value in force for a workflow (`None`: the host) is written: `codemation.toml:31`, or `by default`.

    What is inherited is written where that is. `setting` is its name in `[app.retention]`; `shown` says how a file is
    called.
    """
    host = {key[-1]: model.decision(key) for key in model.catalogue.retention}
    named = workflow is not None and workflow in model.resolution.policies
    own = model.policy(workflow) if named and workflow is not None else host
    decision, of = own[setting], workflow if named else None
    while decision.place is None and decision.looked_at:
        # The one that decides: the least.
        followed = [(own[key[-1]], of) if ANY in key else (host[key[-1]], None) for key in decision.looked_at]
        decision, of = next(one for one in followed if one[0].value == decision.value)
    return _place(model, decision, of, shown)


def _place(model: SemanticModel, decision: Decision, workflow: str | None, shown: Callable[[str], str]) -> str:
    place = decision.place
    if place is None:
        return "by default"
    if place.source == "override":
        return f"the override {model.name(place, workflow)}"
    origin = model.origin(place, workflow)
    if isinstance(origin, FileOrigin):
        return line_of(origin, shown) or shown(origin.file)
    return f"{model.name(place)} ({written_at(origin, shown)})"
