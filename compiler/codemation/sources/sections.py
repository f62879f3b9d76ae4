"""What a TOML document says, section by section, and the index of that: every path with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from codemation.origin import Path

if TYPE_CHECKING:
    from collections.abc import Sequence

DEPTH = 128
"""The longest path indexed, to bound the recursion; `tomllib` gives up at a few hundred."""

Range = tuple[int, int]  # start and exclusive end: indices into the text, or into that of a section


class Entry(Struct, frozen=True, gc=False):
    """A `Location` in offsets from where its pair, or the header, begins; `kind` says what is written there.

    That is the value, a header, or only a part of a longer key.
    """

    key: Range | None
    component: Range | None
    value: Range
    kind: Literal["value", "header", "implied"]


class Part(Struct, frozen=True, gc=False):
    """One component of a key, and where it stands."""

    name: str
    place: Range


class Value(Struct, frozen=True, gc=False):
    """A value, with the items of an array or the pairs of an inline table."""

    entry: Entry
    items: tuple[Value, ...] = ()
    pairs: tuple[Pair, ...] = ()


class Pair(Struct, frozen=True, gc=False):
    """A key and its value; offsets are counted from where it begins, those within an inline table with it."""

    parts: tuple[Part, ...]
    value: Value


class Section(Struct, frozen=True, gc=False):
    """What a table with its header says, or a pair above all headers, wherever in a document it stands.

    `parts` are the header's, none of a mere pair; `element` is the entry of another item of an array of tables. `pairs`
    are each with the offset at which it begins in the section.
    """

    parts: tuple[Part, ...]
    header: Entry | None
    element: Entry | None
    pairs: tuple[tuple[int, Pair], ...]


class Indexer:
    """Turns sections into entries. Of what is written twice the first stays."""

    def __init__(self) -> None:
        self.entries: dict[Path, tuple[int, Entry]] = {}
        self.names: dict[Path, tuple[int, Range]] = {}  # where a key first names a path
        self.again: dict[Path, list[tuple[int, Range]]] = {}  # and wherever else one does
        self._lengths: dict[Path, int] = {}  # of the arrays of tables, so far
        self._start = 0

    def add(self, start: int, section: Section) -> None:
        """Add what a section says that begins at an offset."""
        self._start = start
        base: Path = ()
        if section.header is not None:
            path = self._named((), section.parts)
            self._add(path, section.header)
            if section.element is not None:
                self._lengths[path] = self._lengths.get(path, 0) + 1
                self._add(self._last(path), section.element)
            base = self._last(path)
        for offset, pair in section.pairs:
            self._start = start + offset
            self._pair(base, pair)

    def _pair(self, base: Path, pair: Pair) -> None:
        if len(base) + len(pair.parts) < DEPTH:
            self._value(self._named(base, pair.parts), pair.value)

    def _value(self, path: Path, value: Value) -> None:
        if len(path) >= DEPTH or not self._add(path, value.entry):
            return
        for position, item in enumerate(value.items):
            self._value((*path, position), item)
        for pair in value.pairs:
            self._pair(path, pair)

    def _named(self, path: Path, parts: Sequence[Part]) -> Path:
        """Return the path that the `parts` of a key lead to from `path`, and record the tables on the way."""
        start, last = self._start, len(parts) - 1
        for position, part in enumerate(parts):
            path, place = (*path, part.name), part.place
            if path in self.names:
                self.again.setdefault(path, []).append((start, place))
            else:
                self.names[path] = start, place
            if position < last:
                if path not in self.entries:
                    self.entries[path] = start, Entry(place, place, place, "implied")
                path = self._last(path) if self._lengths else path
        return path

    def _last(self, path: Path) -> Path:
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _add(self, path: Path, entry: Entry) -> bool:
        """Record `entry` unless the path is written before; a table's own header replaces its mention as a part."""
        before = self.entries.get(path)
        first = before is None or before[1].kind == "implied" != entry.kind
        if first:
            self.entries[path] = (self._start, entry)
        return first
