"""CM201: an environment variable has a value that its setting refuses."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.host_variables import SWITCHES
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
    for name, switch in SWITCHES.items():
        variable_set = model.environment.variable(name)
        wrong = switch.problem(variable_set.value) if variable_set else None
        if variable_set and wrong:
            yield RULE.at(model, variable_set.origin, f"`{name}` {wrong.text}", wrong.help, key=name)


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
number that is none, a URL with another scheme. It is an error where the variable would have
decided, and a warning where something else outranks it or the setting does not apply: the mistake
is then only waiting.

Example:

    CODEMATION_DATABASE_KIND=postgres codemation compile

Instead:

    CODEMATION_DATABASE_KIND=postgresql codemation compile
""",
    needs="nothing",
)
