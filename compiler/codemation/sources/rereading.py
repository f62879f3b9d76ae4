"""What a document says after edits, by reading anew only the tables that were edited: of thousands most were not.

That is told only where it is sure to be what `tomllib` makes of the whole text; tests hold the two together.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from codemation.settings.keys import Key
from codemation.sources.toml import CopiedTables

if TYPE_CHECKING:
    from codemation.diagnostics import Edit
    from codemation.sources.spans import SpanIndex

Stretch = tuple[int, int, str]
"""Offsets in the text, the second one exclusive, and what is written there now."""


def reread(data: Mapping[str, Any], text: str, index: SpanIndex, edits: Iterable[Edit]) -> dict[str, Any] | None:
    """What a text says after edits, of which none overlaps another; `None` where the whole of it must be read for that.

    `data` is what `text` says before, and `index` knows its places.
    """
    if not index.exact:
        return None
    edited: dict[int, list[Stretch]] = {}
    for edit in edits:
        start, end = index.offset(edit.span.start), index.offset(edit.span.end)
        edited.setdefault(bisect_right(index.places.begins, start) - 1, []).append((start, end, edit.text))
    # Of thousands of workflows many have the same mistake.
    read, copy = cache(_read), CopiedTables(data)
    for position, stretches in edited.items():
        path = _table_of(index, position)
        before, after = _bodies(text, index, position, stretches)
        old, new = read(before), read(after)
        if path is None or not old or new is None or not _is_table(copy.document, path):
            return None
        table = copy.table(path)
        merged = _merged(table, old, new)
        if merged is None:
            return None
        table.clear()
        table.update(merged)
    return copy.document


def _table_of(index: SpanIndex, position: int) -> Key | None:
    """The table whose section that is; `None` for an item of an array, and for what is no section."""
    section = index.places.sections[position] if position >= 0 else None
    return None if section is None or section.element else tuple([part.name for part in section.parts])


def _bodies(text: str, index: SpanIndex, position: int, stretches: Iterable[Stretch]) -> tuple[str, str]:
    """The lines of a section below its header, before edits and after them; nothing where they are not all there."""
    begins, section = index.places.begins, index.places.sections[position]
    start, end = begins[position], begins[position + 1] if position + 1 < len(begins) else len(text)
    if section and section.header:
        start = text.find("\n", start + section.header.value[1], end) + 1 or end
    parts, at = list[str](), start
    for first, last, written in sorted(stretches):
        if first < at or last > end:
            return "", ""
        parts += text[at:first], written
        at = last
    after = "".join(parts) + text[at:end]
    # Whatever follows must stay on a line of its own.
    whole = end == len(text) or not after.rpartition("\n")[2].strip(" \t")
    return (text[start:end], after) if whole else ("", "")


def _read(text: str) -> dict[str, Any] | None:
    """What pairs say; `None` where they may be none, or there may be a header among them."""
    if any(line.lstrip(" \t").startswith("[") for line in text.split("\n")):
        return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_table(document: Mapping[str, Any], path: Key) -> bool:
    table: Any = document
    for name in path:
        table = table.get(name) if type(table) is dict else None
    return type(table) is dict


def _merged(table: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any] | None:
    """A table with what its section says now in place of what it said; `None` where other sections have a say in it."""
    if any(name not in table or table[name] != value for name, value in old.items()):
        return None
    others = [name for name in table if name not in old]
    if any(name in new for name in others):
        return None
    first = next(position for position, name in enumerate(table) if name in old)
    before, after = others[:first], others[first:]
    return {**{name: table[name] for name in before}, **new, **{name: table[name] for name in after}}
