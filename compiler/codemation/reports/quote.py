"""A line as it may be shown, with the columns that then stand for the written ones."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct

from codemation.text.redaction import MASK

COMMENT = "# ***"


class Edit(Struct, frozen=True, gc=False):
    """A stretch of the line (offsets from 0, exclusive end) and what is shown in its place."""

    start: int
    end: int
    text: str


class Quote(Struct, frozen=True, gc=False):
    """A line as it may be shown: `text`, made by `passes` of edits, each over the outcome of the one before."""

    text: str
    passes: Sequence[Pass] = ()

    @classmethod
    def made(cls, text: str, *passes: Sequence[Edit]) -> Quote:
        """The text that these passes made, of which some may be without any edit."""
        return cls(text, [Pass(edits) for edits in passes if edits])

    def start(self, offset: int) -> int:
        """Where a stretch that starts at `offset` of the written line starts here."""
        for edits in self.passes:
            offset = edits.moved(offset, to_end=False)
        return offset

    def end(self, offset: int) -> int:
        """Where a stretch that ends at `offset` of the written line ends here."""
        for edits in self.passes:
            offset = edits.moved(offset, to_end=True)
        return offset


class Pass:
    """Edits in their order, none of which overlap, and by how much what follows each is shifted."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits
        self._starts = [edit.start for edit in edits]
        self._shifts = [0, *accumulate(len(edit.text) - (edit.end - edit.start) for edit in edits)]

    def moved(self, offset: int, *, to_end: bool) -> int:
        """Where an offset is after the edits: one inside of an edit is at its start, or `to_end` at its end."""
        before = bisect_left(self._starts, offset)
        if before and offset < self._edits[before - 1].end:
            edit = self._edits[before - 1]
            return edit.start + self._shifts[before - 1] + (len(edit.text) if to_end else 0)
        return offset + self._shifts[before]


def rest(line: str, start: int, *, keep_quote: bool = True) -> tuple[Edit, ...]:
    """Mask a line from an offset on; of a string the opening quote stays."""
    rest = line[start:]
    if not rest.strip():
        return ()
    start += len(rest) - len(rest.lstrip())
    opening = line[start] if keep_quote and line[start] in "\"'" else ""
    text = COMMENT if line[start] == "#" else f"{opening}{MASK}"
    return (Edit(start, len(line), text),)
