"""CM409: a log rule that no logger reaches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import LOG


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report every rule after one that matches all names, in the setting that is in force."""
    decision = model.decision(LOG)
    place = decision.place
    if place is None or decision.state != "won":
        return
    rules = decision.value.get("rules", ())
    catch_all = next((position for position, rule in enumerate(rules) if _matches_all(rule["filter"])), len(rules))
    for position in range(catch_all + 1, len(rules)):
        key, origin = model.inside(place, ("rules", position))
        other, there = model.inside(place, ("rules", catch_all))
        yield RULE.at(
            model,
            origin,
            f"{'the override ' if place.source == 'override' else ''}`{key}` is never reached: "
            f"`{other}` matches every name, and the first match decides",
            "move the rule for `*` to the end",
            key=key,
            related=((f"`{other}` is here", there),),
        )


def _matches_all(filters: Any) -> bool:
    """Whether one of the globs is nothing but stars."""
    return any(not one.strip().strip("*") for one in ([filters] if isinstance(filters, str) else filters))


RULE = Rule(
    "CM409",
    "unreachable-log-rule",
    "warning",
    "a log rule that no logger reaches",
    """\
Of several log rules the first that matches decides. `*` matches every name, so whatever stands
after it has no effect.

Example:

    [app.log]
    rules = [
        { filter = "*", level = "info" },
        { filter = "engine.*", level = "debug" },
    ]

Instead: put the rule for `*` last.
""",
    about=("runtime.log",),
)
