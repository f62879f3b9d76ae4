"""CM101: a key that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.origin import OverrideOrigin
from codemation.rules.rule import Rule
from codemation.rules.values import wrong_values
from codemation.shape import suggest_path


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Report unknown keys of the file and of overrides."""
    yield from wrong_values(RULE, facts, on_key=True)
    for override in facts.overrides:
        if override.leaf is None:
            yield RULE.at(
                facts,
                OverrideOrigin(),
                f"the override `{override.key}` is not a known key",
                suggest_path(facts.catalogue, override.path),
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
)
