"""CM101: a key that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import OverrideOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.resolution.validation import suggest_path
from codemation.rules.rule import Rule


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report overrides of what is no setting; those in the file are problems of their tables."""
    for override in model.overrides:
        if override.leaf is None:
            yield RULE.at(
                model,
                OverrideOrigin(),
                f"the override `{override.key}` is not a known key",
                suggest_path(model.catalogue, override.path),
                key=override.key,
            )


RULE = Rule(
    "CM101",
    "unknown-key",
    "error",
    "a key that does not exist",
    """\
Unknown keys are errors at every level, because a misspelt key is a setting that silently does not
count. Keys are camelCase exactly as documented.

Example:

    [app.database]
    sqlite_file_path = "data/app.sqlite"

Instead:

    [app.database]
    sqliteFilePath = "data/app.sqlite"
""",
    needs="nothing",
    on_key=True,
)
