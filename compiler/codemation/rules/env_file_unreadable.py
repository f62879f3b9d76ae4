"""CM004: an env file cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import FileOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report env files that were named and are missing, and any that cannot be read."""
    for file in model.environment.files:
        if file.unreadable:
            missing = file.unreadable.kind == "missing"
            yield RULE.at(
                model,
                FileOrigin(file.name, ""),
                f"the env file {file.name} {file.unreadable.reason}",
                "name /dev/stdin to read standard input"
                if missing and file.name == "-"
                else "correct the path"
                if missing
                else "make it a readable UTF-8 file, or pass --no-env-file to read none",
            )


RULE = Rule(
    "CM004",
    "env-file-unreadable",
    "error",
    "an env file is missing or cannot be read",
    """\
An env file named with `--env-file` (or `env_files=`) must exist, and every env file that exists,
the project root's `.env` too, must be readable and UTF-8. Otherwise variables that somebody relies
on would be missing without a word.

Example:

    $ codemation compile --env-file .env.prodution

Instead: correct the name, or pass `--no-env-file`.
""",
    needs="nothing",
)
