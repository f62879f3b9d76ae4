"""CM408: an engine limit's default is above its hard limit."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.catalogue import dotted


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report every stated default that is more than its hard limit, stated or not."""
    for key, setting in model.catalogue.limited:
        decision = model.decision(key)
        if decision.place is None or decision.state != "won":
            continue
        limit = model.decision(setting.looks_at[0])
        if limit.state != "won" or decision.value <= limit.value:
            continue
        if limit.place:
            said = f"{model.said(limit.place)} is {limit.value}"
        else:
            said = f"`{dotted(model.catalogue.by_key[setting.looks_at[0]].app)}` is {limit.value} by default"
        name = model.name(decision.place)
        yield RULE.at(
            model,
            model.origin(decision.place),
            f"{model.said(decision.place)} is {decision.value}, but {said}",
            f"make `{setting.name}` at most {limit.value}, or `{setting.looks_at[0][-1]}` at least {decision.value}",
            key=name,
            related=((f"`{model.name(limit.place)}` is here", model.origin(limit.place)),) if limit.place else (),
        )


RULE = Rule(
    "CM408",
    "default-above-limit",
    "error",
    "an engine limit's default is above its hard limit",
    """\
The hard limit holds whatever a workflow says, so a default above it could never be reached. A
default that is not stated follows: it is 100000 (or 32), or the hard limit where that is less.

Example:

    [app.engineExecutionLimits]
    defaultMaxNodeActivations = 200000

while `hardMaxNodeActivations` is 100000 by default. Instead: raise that too, or lower the default.
""",
)
