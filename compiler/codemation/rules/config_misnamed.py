"""CM006: a file that looks like the configuration, and is not read."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import FileOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.sources.project import CONFIG_NAME


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report it in a root without a `codemation.toml`."""
    name = model.project.misnamed
    if name:
        toml = name.lower().removesuffix(".txt").endswith((".toml", ".tml"))
        yield RULE.at(
            model,
            FileOrigin(name, ""),
            f"`{name}` is not read: the configuration is called {CONFIG_NAME}",
            f"rename it to {CONFIG_NAME}" if toml else f"write it as TOML, into {CONFIG_NAME} (`codemation init`)",
            key=name,
        )


RULE = Rule(
    "CM006",
    "config-misnamed",
    "warning",
    "a file that looks like the configuration is not read",
    """\
There is no `codemation.toml` in the project root, but a file that looks like one: `Codemation.toml`
(which a Mac finds under both names, and a container does not), `codemation.yaml`, `codemation.json`,
`codemation.toml.txt`, `codemation.config.ts`. It is not read, and without a file everything is as it
is by default.

Example: a project with `Codemation.toml`. Instead: `codemation.toml`.
""",
    needs="nothing",
)
