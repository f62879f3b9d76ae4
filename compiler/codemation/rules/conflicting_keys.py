"""CM106: two keys or variables that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.sources.environment import COMPANION


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report variables beside their companions in `_FILE`; keys are reported as the problems of their values."""
    for fault in model.variable_faults:
        name = fault.variable
        if fault.problem.code == RULE.code and not name.endswith(COMPANION):
            yield RULE.at(
                model,
                model.variable_origin(name),
                f"`{name}` {fault.problem.text}",
                fault.problem.help,
                key=name,
                related=((f"`{name}{COMPANION}` is here", model.variable_origin(name + COMPANION)),),
                severity=fault.severity,
            )


RULE = Rule(
    "CM106",
    "conflicting-keys",
    "error",
    "two keys or variables that exclude each other",
    """\
`url` holds the URL itself and `urlEnv` the name of the variable that holds it; with both, one of
them would silently not count. The same goes for `redisUrl` and `redisUrlEnv`, for one log rule beside
`rules`, for overrides that state one setting in both its forms, and for a variable such as
`DATABASE_URL` beside `DATABASE_URL_FILE`, set in the same place.

Example:

    [app.database]
    url = "postgresql://db.example.com/codemation"
    urlEnv = "APP_DATABASE_URL"

Instead: keep the one that you mean.
""",
    on_key=True,
)
