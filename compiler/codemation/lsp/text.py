"""Places in a text, as an editor counts them: lines from 0, columns in code units of the encoding that was agreed on.

Ours count from 1, in characters, and a line of TOML ends in a line feed alone; to an editor a carriage return ends one,
too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import Final, Literal, NamedTuple

from codemation.origin import Position, Span
from codemation.sources.files import BOM

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_WIDE: Final = 0xFFFF


class Spot(NamedTuple):
    """A place as an editor counts it."""

    line: int
    character: int


class Range(NamedTuple):
    """A stretch as an editor counts it; `end` is exclusive."""

    start: Spot
    end: Spot


class Link(NamedTuple):
    """A stretch of a file (an absolute path)."""

    path: str
    range: Range


class Text:
    """One text; `universal` tells that our lines in it end as an editor's do, as an env file's are read."""

    def __init__(self, text: str, encoding: Encoding = "utf-16", *, universal: bool = False) -> None:
        self.text = text
        self.encoding = encoding
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
        self._mark = len(BOM) if text.startswith(BOM) else 0
        self._universal = universal

    @cached_property
    def _rows(self) -> list[int]:
        """Where our lines begin."""
        if self._universal:
            return self._starts
        return [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))][:-1]

    @property
    def count(self) -> int:
        """How many lines the editor counts."""
        return len(self._starts)

    def line(self, number: int) -> str:
        """A line of the editor's without its end; an empty one beyond the last."""
        if not 0 <= number < len(self._starts):
            return ""
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return self.text[self._starts[number] : end].rstrip("\r\n")

    def offset(self, position: Position) -> int:
        """Where one of our places is; the nearest that there is."""
        row = min(max(position.line, 1), len(self._rows)) - 1
        end = self._rows[row + 1] - 1 if row + 1 < len(self._rows) else len(self.text)
        mark = self._mark if row == 0 else 0
        return min(self._rows[row] + mark + max(position.column, 1) - 1, max(end, 0))

    def spot(self, position: Position) -> Spot:
        """One of our places as the editor counts it."""
        return self._spot(self.offset(position))

    def range(self, span: Span) -> Range:
        """One of our stretches as the editor counts it."""
        return Range(self.spot(span.start), self.spot(span.end))

    def position(self, spot: Spot) -> Position:
        """Our place for the editor's; a column beyond a line's end is its end, as the protocol says."""
        if spot.line >= len(self._starts):
            offset = len(self.text)
        else:
            line = self.line(max(spot.line, 0))
            offset = self._starts[max(spot.line, 0)] + self._characters(line, spot.character)
        row = bisect_right(self._rows, offset) - 1
        mark = self._mark if row == 0 else 0
        return Position(row + 1, max(offset - self._rows[row] - mark, 0) + 1)

    def within(self, spot: Spot) -> Spot:
        """A place that there is: the nearest to what an editor says."""
        line = min(max(spot.line, 0), self.count - 1)
        written = self.line(line)
        character = spot.character if line == spot.line else self._units(written)
        return Spot(line, self._units(written[: self._characters(written, character)]))

    def end_of_line(self, number: int) -> Spot:
        """The end of one of the editor's lines."""
        return Spot(number, self._units(self.line(number)))

    def before(self, spot: Spot) -> str:
        """What stands in the line in front of a place."""
        line = self.line(spot.line)
        return line[: self._characters(line, spot.character)].removeprefix(BOM)

    def _spot(self, offset: int) -> Spot:
        line = bisect_right(self._starts, offset) - 1
        return Spot(line, self._units(self.text[self._starts[line] : offset]))

    def _units(self, text: str) -> int:
        if self.encoding == "utf-32" or text.isascii():
            return len(text)
        if self.encoding == "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(ord(character) > _WIDE for character in text)

    def _characters(self, line: str, units: int) -> int:
        """How many characters stand in front of a column; one in the middle of a character is at its beginning."""
        if line.isascii() or self.encoding == "utf-32":
            return min(max(units, 0), len(line))
        seen = 0
        for count, character in enumerate(line):
            seen += self._units(character)
            if seen > units:
                return count
        return len(line)
