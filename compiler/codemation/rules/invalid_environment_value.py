"""CM201: an environment variable has a value that its setting refuses."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.host_variables import MODES
from codemation.settings.keys import Key
from codemation.settings.places import Place


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report each variable once: an error where it decides any of its settings, else a warning."""
    by_variable: dict[str, list[Key]] = {}
    for key in model.offers.problems:
        by_variable.setdefault(model.variables[key] or "", []).append(key)
    for variable, keys in by_variable.items():
        problem = model.offers.problems[keys[0]]
        decides = any(_decides(model, key) for key in keys)
        yield RULE.at(
            model,
            model.origin(Place("environment", keys[0])),
            f"`{variable}` {problem.text}",
            f"{problem.help}, or unset {variable}" if not problem.help.endswith("?") else problem.help,
            key=variable,
            severity="error" if decides else "warning",
        )
    for name, problem in model.other_problems.items():
        yield RULE.at(
            model,
            model.variable_origin(name),
            f"`{name}` {problem.text}",
            problem.help,
            key=name,
            severity="warning" if name in MODES and problem.harmless else "error",
        )


def _decides(model: SemanticModel, key: Key) -> bool:
    """Whether the variable's value is what the setting got (and the setting counts)."""
    decision = model.decision(key)
    return decision.state == "rejected" and decision.place is not None and decision.place.source == "environment"


RULE = Rule(
    "CM201",
    "invalid-environment-value",
    "error",
    "an environment variable has a value that its setting refuses",
    """\
The variable is set, but its value is not one that its setting takes: a word that is no choice, a
number that is none, a URL with another scheme; or whatever reads it, one in quotes, with an unexpanded
`${NAME}`, or with a character that nobody sees. It is an error where the variable would have decided,
and a warning where something else outranks it or the setting does not apply: the mistake is then
only waiting. A mode that is nearly `production` is a warning: its rules are then off, which is rarely
meant.

Example:

    CODEMATION_DATABASE_KIND=postgres codemation compile

Instead:

    CODEMATION_DATABASE_KIND=postgresql codemation compile
""",
    needs="nothing",
)
