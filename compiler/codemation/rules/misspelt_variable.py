"""CM202: a variable that nearly has a known name."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import EnvironmentOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.catalogue import Catalogue
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from codemation.sources.environment import COMPANION
from codemation.text.wording import nearest

PREFIX = "CODEMATION_"

OTHER_VARIABLES = (*SWITCHES, *HOST_VARIABLES)
"""Known names that are not the variable of a setting."""

NEAR = 0.8
"""How much of two names must agree (`difflib` ratio, without the prefix): one or two letters in most."""


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report variables of ours by prefix, nearly by name; never those of other prefixes."""
    ours = [name for name in model.environment.names() if name.startswith(PREFIX)]
    known = {*model.catalogue.variables, *OTHER_VARIABLES, *model.variables.values()} if ours else set()
    for name in ours:
        bare = name.removesuffix(COMPANION)
        if not known.isdisjoint({name, bare}):
            continue
        meant = intended(model.catalogue, name)
        if meant and model.environment.text(name):
            variable = model.environment.variable(name)
            yield RULE.at(
                model,
                variable.origin if variable else EnvironmentOrigin(name),
                f"`{name}` is not a variable that codemation knows, and does not count",
                f"did you mean `{meant}`?",
                key=name,
            )


def intended(catalogue: Catalogue, name: str) -> str | None:
    """The known name that was probably meant: one that differs little, or ours without the prefix."""
    bare = name.removeprefix(PREFIX)
    if bare in catalogue.variables:
        return bare
    names = (*catalogue.variables, *OTHER_VARIABLES)
    ours = tuple(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))
    near = nearest(bare, ours, cutoff=NEAR)
    return PREFIX + near if near else None


RULE = Rule(
    "CM202",
    "misspelt-variable",
    "warning",
    "a `CODEMATION_` variable that nearly has a known name",
    """\
A variable that starts with `CODEMATION_` and nearly has the name of a known one is probably
misspelt, and a misspelt variable does not count. Variables with other prefixes are never looked at.
`--strict` makes it an error.

Example:

    CODEMATION_DATABSE_KIND=postgresql

Instead:

    CODEMATION_DATABASE_KIND=postgresql
""",
    needs="nothing",
)
