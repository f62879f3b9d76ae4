"""CM101: a key that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.catalogue import dotted
from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.origin import OverrideOrigin
from codemation.rules.rule import Rule
from codemation.shape import suggest_path


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Report unknown keys of the file and of overrides."""
    for fault in facts.offers.faults:
        if fault.code == RULE.code:
            key = dotted(fault.path)
            yield RULE.at(
                facts,
                facts.source.origin(fault.path, key),
                f"`{key}` {fault.text}",
                fault.help,
                key=key,
                on_key=True,
                harmless=fault.harmless,
            )
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
