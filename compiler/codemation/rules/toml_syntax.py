"""CM003: the file is no valid TOML 1.0."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import FileOrigin, Position, Span
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.text.patterns import lazy


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report where the text stops being TOML."""
    fault = model.source.syntax
    if fault:
        start = fault.position
        origin = FileOrigin(model.source.name, "", value_span=Span(start, Position(start.line, start.column + 1)))
        yield RULE.at(
            model,
            origin,
            f"{model.source.name} is not valid TOML: {fault.message[:1].lower()}{fault.message[1:]}",
            remedy(fault.message, *_around(model, start)),
        )


def _around(model: SemanticModel, start: Position) -> tuple[str, str]:
    """What stands before a position on its line, and all that follows it."""
    lines = model.source.text.split("\n")
    line = lines[start.line - 1] if start.line <= len(lines) else ""
    return line[: start.column - 1], "\n".join([line[start.column - 1 :], *lines[start.line :]])


REMEDIES = (
    (r"character '\\[nr]'", "close the string with a quote on the same line"),
    (r"escape", r"write `\\` for a backslash, or put the text in single quotes"),
    (r"'\]{1,2}'", "close the table's name with its bracket"),
    (r"invalid.*value", "put text in double quotes; numbers and true/false stand without"),
    (
        r"unterminated|unclosed|newline|end of document",
        "look for a missing quote or bracket on this line or above it",
    ),
    (
        r"overwrite|twice|duplicate|redefine|declare|namespace|immutable",
        "write each key and each table once",
    ),
    (r"", "write one `key = value` on a line, under a `[table]` header"),
)
"""What to do, by what the parser says."""


def remedy(message: str, before: str = "", after: str = "") -> str:
    """What to do, by what the parser said and what stands before the place on its line and after it at all."""
    if message.startswith("Invalid value"):
        if before.rstrip().endswith("=") and not after.partition("\n")[0].strip():
            return "write a value after the `=`"
        if not after.strip():
            return "look for a missing bracket above the end of the file"
    return next(text for pattern, text in REMEDIES if lazy(pattern, re.IGNORECASE).search(message))


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
    needs="nothing",
)
