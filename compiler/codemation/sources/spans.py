"""Where every key and value of a TOML document stands, for reports and editors.

`tomllib` alone decides what a document means; this module only says where. The places come from tree-sitter's TOML
grammar, which differs from `tomllib` in corners, so a caller who has the parsed document hands it in, and no answer is
given as exact unless it was checked against it. Offsets here are indices into the text; only callers see lines and
columns.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from codemation.origin import Path, Position, Span
from codemation.sources.sections import Entry, Range
from codemation.sources.syntax_tree import Places, read_places
from codemation.text.patterns import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MISSING: Any = object()
_FLOAT = lazy(r"[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+|[+-]?[0-9]+\.[0-9]+")
"""A float in digits without `_`, as Python reads it too."""


class Location(Struct, frozen=True, gc=False):
    """Where one key and its value are written.

    `key` is the key as written, in whole: the leaf of `a.b.c = 1` has `a.b.c`; a table named only as a part of a longer
    key or header has its own component. `component` is the last component alone. Elements of arrays have no key, and a
    component only with a header. `value` is the value; for a table with a header the header with its brackets, for a
    table named only as a part its component. `exact` is false where the place is not sure: against a parsed document
    `value` is then the whole text and the keys are `None`; in a broken text the spans are the best guess.
    """

    key: Span | None
    component: Span | None
    value: Span
    exact: bool = True


class Stretch(Struct, frozen=True, gc=False):
    """What a value takes of one line, from `start` to before `end` (from 0); without a path a key or a header.

    `begins` and `ends` tell whether it does so on this line.
    """

    start: int
    end: int
    path: Path | None
    begins: bool = True
    ends: bool = True


_Placed = tuple[Path, tuple[int, Entry]]


class SpanIndex:
    """The places in one text; made by `locate`. No method raises on any path."""

    def __init__(self, text: str, places: Places, data: object) -> None:
        """Index the `places` in `text`, which `tomllib` made `data` of."""
        self._text, self._data, self._clean = text, data, places.clean
        self.places = places
        self._entries = places.entries
        self._lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self._found: dict[Path, Location | None] = {}

    def find(self, path: Path) -> Location | None:
        """Return where exactly `path` is written, or `None` if it is not."""
        found = self._found.get(path)
        if found is None and path not in self._found:
            found = self._found[path] = self._find(path)
        return found

    def _find(self, path: Path) -> Location | None:
        start, entry = self._entries.get(path, (0, None))
        if self._data is None:
            return None if entry is None else self._location(start, entry, exact=self._clean)
        if entry is not None and self.exact:
            return self._location(start, entry, exact=True)
        value = _lookup(self._data, path) if path else _MISSING
        if value is _MISSING:
            return None
        if entry is not None and self._clean and self._agrees(start, entry, value):
            return self._location(start, entry, exact=True)
        return self._location(0, Entry(None, None, (0, len(self._text)), "value"), exact=False)

    def nearest(self, path: Path) -> Location | None:
        """Return the place of the longest prefix of `path` that is written, or `None` if none is."""
        return next(filter(None, (self.find(path[:length]) for length in range(len(path), 0, -1))), None)

    def paths(self) -> Iterator[tuple[Path, Location]]:
        """Yield every written path and its place, in the order of the text."""
        yield from ((path, found) for path in self._entries if (found := self.find(path)) is not None)

    def between(self, first: int, last: int) -> Iterator[tuple[Path, Location]]:
        """Yield the written paths whose values begin in these lines (from 1, the last one with them), as `paths`.

        But for those that are only a part of a longer key.
        """
        begun, _ = self._by_line
        lines = range(first, min(last + 1, len(self._lines)))
        near = (path for line in lines for path, _ in begun.get(line, ()))
        return ((path, found) for path in near if (found := self.find(path)) is not None)

    def on(self, line: int) -> Sequence[Stretch]:
        """Return where the keys and values of a line (from 1) stand, if `exact`; also a text that goes on there."""
        begun, onward = self._by_line
        start, end = self._lines[line - 1], self._lines[line] - 1
        found: list[Stretch] = []
        for path, (base, entry) in begun.get(line, ()):
            first, last = base + entry.value[0] - start, base + entry.value[1] - start
            if entry.key is not None:
                found.append(Stretch(base + entry.key[0] - start, base + entry.key[1] - start, None))
            elif entry.kind == "header" and path[-1] != 0:
                # Of the first item of an array the header is the array's own, with its key.
                found.append(Stretch(first + len("[["), last - len("]]"), None))
            if entry.kind == "value" and self._text[start + first] not in "[{":
                found.append(Stretch(first, min(last, end - start), path, ends=last <= end - start))
        for path, (base, entry) in onward.get(line, ()):
            last = base + entry.value[1]
            found.append(Stretch(0, min(last, end) - start, path, begins=False, ends=last <= end))
        return found

    @cached_property
    def _by_line(self) -> tuple[Mapping[int, Sequence[_Placed]], Mapping[int, Sequence[_Placed]]]:
        """What is written, by the line on which its value begins; and texts, by further lines of them."""
        begun: dict[int, list[_Placed]] = {}
        onward: dict[int, list[_Placed]] = {}
        for placed in self._entries.items():
            base, entry = placed[1]
            if entry.kind == "implied":
                continue
            start, end = base + entry.value[0], base + entry.value[1]
            first = bisect_right(self._lines, start)
            begun.setdefault(first, []).append(placed)
            if end >= self._lines[first] and self._text[start] not in "[{":
                for line in range(first + 1, bisect_right(self._lines, end) + 1):
                    onward.setdefault(line, []).append(placed)
        return begun, onward

    @cached_property
    def exact(self) -> bool:
        """Whether everything that is written stands exactly where `find` says; never of a text that is no TOML."""
        # What is only a part of a longer key is as sure as the rest of that.
        return (
            self._data is not None
            and self._clean
            and all(
                self._agrees(start, entry, _lookup(self._data, path))
                for path, (start, entry) in self._entries.items()
                if entry.kind != "implied"
            )
        )

    def names(self, path: Path) -> tuple[Span, ...]:
        """Return every place at which a key says the last name of `path`; none where that is not sure.

        A table may be named in several headers and keys.
        """
        found = self.find(path)
        if found is None or not found.exact:
            return ()
        return tuple([self._span(start, place) for start, place in self._mentions(path)])

    def at(self, position: Position) -> tuple[Path, Span] | None:
        """Return the innermost path whose name or value stands at a place, or ends there, and the stretch of that."""
        at = self._lines[min(position.line, len(self._lines) - 1) - 1] + position.column - 1
        named = ((path, base, place) for path in self.places.names for base, place in self._mentions(path))
        values = ((path, base, entry.value) for path, (base, entry) in self._entries.items())
        for places in (named, values):
            around = [one for one in places if one[1] + one[2][0] <= at <= one[1] + one[2][1]]
            for path, base, place in sorted(around, key=lambda one: one[2][1] - one[2][0]):
                found = self.find(path)
                if found is not None and (found.exact or self._data is None):
                    return path, self._span(base, place)
        return None

    def _mentions(self, path: Path) -> Sequence[tuple[int, Range]]:
        """Return wherever a key names a path."""
        first = self.places.names.get(path)
        return (first, *self.places.again.get(path, ())) if first else ()

    def written(self, span: Span) -> str:
        """Return what stands at one of the spans given here."""
        return self._text[self.offset(span.start) : self.offset(span.end)]

    def offset(self, position: Position) -> int:
        """Return the index in the text of one of the positions given here."""
        return self._lines[position.line - 1] + position.column - 1

    def _location(self, start: int, entry: Entry, *, exact: bool) -> Location:
        key = None if entry.key is None else self._span(start, entry.key)
        component = key if entry.component == entry.key else entry.component and self._span(start, entry.component)
        return Location(key, component, self._span(start, entry.value), exact)

    def _span(self, base: int, place: Range) -> Span:
        """Return the lines and columns of a place in the section that begins at `base`."""
        start, end, lines = base + place[0], base + place[1], self._lines
        first = last = bisect_right(lines, start)
        if first < len(lines) and end >= lines[first]:
            last = bisect_right(lines, end)
        return Span(Position(first, start - lines[first - 1] + 1), Position(last, end - lines[last - 1] + 1))

    def _agrees(self, start: int, entry: Entry, value: object) -> bool:
        """Tell whether what is written at `entry` is the parsed `value`."""
        if entry.kind != "value":
            return isinstance(value, (dict, list))
        written = self._text[start + entry.value[0] : start + entry.value[1]]
        # As it would be written anyway: that needs no parser.
        if type(value) is int and written == str(value):
            return True
        if type(value) is float and _FLOAT.fullmatch(written):
            return float(written) == value
        if type(value) is str and written == f'"{value}"' and value.isprintable() and "\\" not in value:
            return True
        try:
            # By notation NaN is itself, and 1, 1.0 and true are three things.
            return repr(tomllib.loads(f"x = {written}")) == repr({"x": value})
        except (ValueError, RecursionError):
            return False


def locate(text: str, data: Mapping[str, object] | None = None, before: SpanIndex | None = None) -> SpanIndex:
    """Index where every key and value of the TOML document `text` (without a byte order mark) stands.

    `data` is what `tomllib` made of the same `text`. With it an answer is exact only if tree-sitter found no error
    anywhere and the slice reads back as the same value; otherwise it is the whole text, marked. Without it (a text
    that `tomllib` rejects) nothing is checked. Never raises, whatever the text.

    `before` is the index of an earlier text: it changes no answer, only how long this takes.
    """
    return SpanIndex(text, read_places(text, guess=data is None, before=before.places if before else None), data)


def _lookup(data: Any, path: Path) -> Any:
    for step in path:
        if type(data) is dict:
            data = data.get(step, _MISSING)
        elif type(data) is list and type(step) is int and 0 <= step < len(data):
            data = data[step]
        else:
            return _MISSING
    return data
