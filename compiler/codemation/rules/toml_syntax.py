"""CM003: the file is no valid TOML 1.0."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.origin import FileOrigin, Position, Span
from codemation.rules.rule import Rule


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Report where the text stops being TOML."""
    fault = facts.source.syntax
    if fault:
        start = fault.position
        origin = FileOrigin(facts.source.name, "", value_span=Span(start, Position(start.line, start.column + 1)))
        yield RULE.at(
            facts,
            origin,
            f"{facts.source.name} is not valid TOML: {fault.message[:1].lower()}{fault.message[1:]}",
            remedy(fault.message),
        )


def remedy(message: str) -> str:
    """What to do, by what the parser said."""
    lowered = message.lower()
    if "value" in lowered and "invalid" in lowered:
        return "put text in double quotes; numbers and true/false stand without"
    if "unterminated" in lowered or "newline" in lowered or "end of document" in lowered:
        return "look for a missing quote or bracket on this line or just above it"
    if "overwrite" in lowered or "twice" in lowered or "duplicate" in lowered or "redefine" in lowered:
        return "write each key and each table once"
    if "declare" in lowered or "namespace" in lowered or "immutable" in lowered:
        return "write each key and each table once"
    return "write one `key = value` on a line, under a `[table]` header"


RULE = Rule(
    "CM003",
    "toml-syntax",
    "error",
    "the file is not valid TOML 1.0",
    """\
The file does not parse as TOML 1.0, so nothing in it is known. The line and column are where the
parser gave up; the mistake is often a little before: a missing quote, a missing bracket, a key
written twice. A password with a quote in it is a common reason: keep it out of the file, with
`urlEnv`.

Example:

    [app.database]
    kind = sqlite

Instead:

    [app.database]
    kind = "sqlite"
""",
)
