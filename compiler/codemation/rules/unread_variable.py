"""CM205: a variable of another program, or an earlier one, that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import EnvironmentOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.misspelt_variable import PREFIX, is_service
from codemation.rules.rule import Rule


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report variables of the list of names from elsewhere, unless they are named in the file."""
    ours = [name for name in model.strangers if name.startswith(PREFIX)]
    if not ours:
        return
    from codemation.settings.elsewhere import VARIABLES  # noqa: PLC0415  (few environments have any)

    named = {*model.variables.values(), *model.provider_variables}
    for name in ours:
        instead = VARIABLES.get(name)
        text = model.environment.text(name)
        if instead is None or name in named or not text or is_service(name, text):
            continue
        variable = model.environment.variable(name)
        yield RULE.at(
            model,
            variable.origin if variable else EnvironmentOrigin(name),
            f"`{name}` is not read",
            f"what is read is {instead}" if " " not in instead else instead,
            key=name,
        )


RULE = Rule(
    "CM205",
    "unread-variable",
    "warning",
    "a variable from elsewhere that is not read",
    """\
The variable has a name of the TypeScript host, or one that is easily taken for ours. Nothing reads
it, so what it says does not count. The help names what is read in its place. What Kubernetes makes
for a service of that name (`CODEMATION_PORT`, with `tcp://…`) is nobody's mistake.

Example:

    CODEMATION_REDIS_URL=redis://cache.example.com

Instead:

    REDIS_URL=redis://cache.example.com
""",
    needs="nothing",
)
