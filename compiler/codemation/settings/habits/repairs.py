"""Lines that are no TOML, and are certain to mean one: `kind: sqlite`, `kind = sqlite`, `kind = "sqlite",`.

Only a line that states a setting of ours by its name, in any case, is one, with nothing beside it and a value that the
setting takes. What `of_key` and `of_value` say of such a line is the same in words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from codemation.diagnostics import Edit, Fix
from codemation.origin import Path, Position, Span
from codemation.settings.habits.line import Line, is_value, parts_of
from codemation.text.patterns import lazy
from codemation.values import ItemArray, ValueType

_STATEMENT: Final = lazy(
    r"[ \t]*(?P<key>[A-Za-z0-9_.-]+|\"[A-Za-z0-9_.-]+\"|'[A-Za-z0-9_.-]+')"
    r"(?P<sign>[ \t]*(?:=>|:=|=|:)[ \t]*)"
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s\"'#,;\[\]{}]+)"
    r"(?P<mark>[ \t]*[,;])?[ \t]*(?:#.*)?"
)
_WORD: Final = lazy(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*")
_NOT_A_TEXT: Final = lazy(r"(?i)null|nil|none|undefined|~|true|false|yes|no|on|off|[0-9.]+")


def repair(line: Line) -> Fix | None:
    """The edits after which the line states what it was meant to; `None` where that takes a guess."""
    if line.inside_text or not line.message.startswith(("Expected '='", "Invalid value", "Expected newline")):
        return None
    found = _STATEMENT.fullmatch(line.text)
    path = (*line.table, *parts_of(found["key"])) if found else ()
    # A table that lacks its `app` is found by the next check, which can name it once the file is TOML.
    kind = _kind(line, path) or _kind(line, ("app", *path))
    if not found or kind is None:
        return None
    edits = tuple(_edits(line, kind, found))
    return Fix("write it as TOML", edits) if edits and _states(line, kind, edits) else None


def _kind(line: Line, path: Path) -> ValueType | None:
    """The kind of what stands at a path: a setting, or a part of one that has a header of its own."""
    for length in range(len(path), 0, -1):
        leaf = line.setting(path[:length])
        if leaf is not None:
            of_array = isinstance(leaf.kind, ItemArray)
            return leaf.kind.inner((0, *path[length:]) if of_array else path[length:])
    return None


def _edits(line: Line, kind: ValueType, found: re.Match[str]) -> Iterator[Edit]:
    """The sign, what stands around the value, and what stands behind it."""
    if found["sign"].strip() != "=":
        yield _edit(line, *found.span("sign"), " = ")
    start, end = found.span("value")
    if not is_value(found["value"]):
        meant = kind.meant(found["value"])
        if kind.python is bool and meant is not None:
            yield _edit(line, start, end, str(meant).lower())
        elif kind.python is str and _WORD.fullmatch(found["value"]) and not _NOT_A_TEXT.fullmatch(found["value"]):
            # The value itself is left alone: nothing of it is in the edits.
            yield _edit(line, start, start, '"')
            yield _edit(line, end, end, '"')
    if found["mark"]:
        yield _edit(line, *found.span("mark"), "")


def _edit(line: Line, start: int, end: int, text: str) -> Edit:
    return Edit(Span(Position(line.number, start + 1), Position(line.number, end + 1)), text)


def _states(line: Line, kind: ValueType, edits: tuple[Edit, ...]) -> bool:
    """Whether the line, by itself, is TOML then, with a value that the setting takes."""
    text = line.text
    for edit in reversed(edits):
        text = text[: edit.span.start.column - 1] + edit.text + text[edit.span.end.column - 1 :]
    try:
        node: Any = tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    while isinstance(node, dict) and len(node) == 1:
        node = next(iter(node.values()))
    return kind.fits(node)
