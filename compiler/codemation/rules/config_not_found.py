"""CM001: a file or folder named explicitly does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report a missing `--root` or `--config`."""
    if model.project.missing_root:
        yield RULE.at(
            model,
            None,
            f"the project root {model.project.named} is not a folder",
            "name the folder that holds codemation.toml",
        )
    elif model.source.unreadable and model.source.unreadable.kind == "missing":
        yield RULE.at(
            model,
            None,
            f"the configuration file {model.project.named} does not exist",
            "correct the path; if no file is named, it is searched from the working directory upward",
        )


RULE = Rule(
    "CM001",
    "config-not-found",
    "error",
    "a file named explicitly does not exist",
    """\
A file that somebody names must exist. Without `--config` and `--root`, codemation looks for the
nearest `codemation.toml` at or above the working directory, and finding none is fine: every setting
then has its default or comes from the environment. A named file is different: running without it
would quietly mean something else.

Example:

    $ codemation check --config deploy/codemation.tml

Instead: correct the path, or name no file.
""",
    needs="nothing",
)
