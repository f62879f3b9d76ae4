"""The frame around quoted source lines: line numbers, carets under the right columns, long lines cut to the width."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct

from codemation.origin import Span
from codemation.reports.quote import Quote
from codemation.text.terminal import Style, Terminal, display_width, wrap

TAB = 4
"""Columns between tab stops."""


class Canvas:
    """What is drawn on: a terminal, what was laid out for it, each line and frame once."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._laid: dict[int, tuple[Quote, Laid]] = {}
        self._frames: dict[tuple[int, Style], Frame] = {}

    def frame(self, gutter: int, colour: Style) -> Frame:
        """The frame whose line numbers take `gutter` columns; `colour` is that of the fault."""
        found = self._frames.get((gutter, colour))
        if found is None:
            bar = f"{' ' * (gutter + 2)}{self.terminal.style('|', 'blue')}"
            found = Frame(self, self.terminal, gutter, colour, bar, self.terminal.width - gutter - 4)
            self._frames[gutter, colour] = found
        return found

    def lay(self, quote: Quote) -> Laid:
        """A line as it is printed."""
        found = self._laid.get(id(quote))
        if found is None:
            text = quote.text
            if text.isascii() and text.isprintable():
                laid = Laid(text, text, range(len(text) + 1))
            else:
                cells = _cells(text, self.terminal)
                laid = Laid("".join(cells), cells, [0, *accumulate(map(display_width, cells))])
            # With the line itself: as long as that is kept, nothing else has its `id`.
            found = self._laid[id(quote)] = (quote, laid)
        return found[1]


class Laid(Struct, frozen=True, gc=False):
    """What is printed of a line, whole and for each of its characters.

    `stops` tell at which column each of these begins, and the last one ends.
    """

    text: str
    cells: Sequence[str]
    stops: Sequence[int]


class Frame(Struct, frozen=True):
    """How to draw: see `Canvas.frame`.

    `bar` is what stands left of a line without a number, `room` are the columns for the source.
    """

    canvas: Canvas
    terminal: Terminal
    gutter: int
    colour: Style
    bar: str
    room: int


class Mark(Struct, frozen=True, gc=False):
    """A stretch of `file` to underline, in its first line as it may be shown, `label` beside it; the fault has none."""

    file: str
    span: Span
    quote: Quote
    label: str | None


def draw(marks: Sequence[Mark], frame: Frame) -> list[str]:
    """Quote the lines of the marks, which are in one file and in the order of lines, each with its underline."""
    terminal = frame.terminal
    bar = frame.bar
    lines = [bar]
    above, shown = 0, ""
    for mark in marks:
        number = mark.span.start.line
        if lines[1:] and number > above + 1:
            lines.append(terminal.style("...", "blue"))
        text, blanks, sign = _line(mark, frame)
        # Of a long line each mark may want another part.
        if (number, text) != (above, shown):
            head = f" {number:>{frame.gutter}} |"
            lines.append(f"{terminal.style(head, 'blue')} {text}".rstrip(" "))
        lines += _underlined(mark, blanks, sign, frame)
        above, shown = number, text
    return lines


def _underlined(mark: Mark, blanks: int, sign: str, frame: Frame) -> list[str]:
    """An underline with its label beside it, or below it where there is no room."""
    terminal, start = frame.terminal, f"{frame.bar} {' ' * blanks}"
    if mark.label is None:
        return [start + terminal.style(sign, "bold", frame.colour)]
    label = terminal.visible(mark.label)
    if blanks + display_width(sign) + 1 + display_width(label) <= frame.room:
        return [start + terminal.style(f"{sign} {label}", "blue")]
    below = wrap(label, terminal.width, indent=" " * (terminal.width - frame.room))
    return [
        start + terminal.style(sign, "blue"),
        *(_below(line, terminal.width - frame.room, frame) for line in below),
    ]


def _below(line: str, margin: int, frame: Frame) -> str:
    """A line of a label behind the frame's bar; a word that has no room behind it stands without."""
    words = line.lstrip(" ")
    blanks = line[: len(line) - len(words)]
    start = f"{frame.bar} " if len(blanks) >= margin else blanks
    return start + frame.terminal.style(words, "blue")


def _line(mark: Mark, frame: Frame) -> tuple[str, int, str]:
    """A quoted line, the blanks below it and the underline behind them: all of at most the frame's room."""
    span, quote, room = mark.span, mark.quote, frame.room
    onward = span.end.line > span.start.line
    laid = frame.canvas.lay(quote)
    stops, most = laid.stops, len(laid.stops) - 1
    start = min(quote.start(span.start.column - 1), most)
    end = most if onward else min(max(quote.end(span.end.column - 1), start), most)
    # A mark behind the last character wants a column of its own.
    first, last = stops[start], max(stops[end], stops[start] + 1)
    ellipsis, sign = frame.terminal.ellipsis, "^" if mark.label is None else "-"
    if max(stops[most], last) + (len(ellipsis) if onward else 0) <= room:
        return laid.text, first, sign * (last - first) + (ellipsis if onward else "")
    left, right = _window(stops, first, last, room, len(ellipsis))
    text = "".join(laid.cells[left:right])
    shift = stops[left]
    if left:
        text = ellipsis + text
        shift -= len(ellipsis)
    if right < most:
        text += ellipsis
    width = max(min(last, max(stops[right], first + 1)) - first, 1)
    more = ellipsis if onward or last > max(stops[right], first + 1) else ""
    if first - shift + width + len(more) > room:
        width = max(1, room - (first - shift) - len(more))
    return text, first - shift, sign * width + more


def _window(stops: Sequence[int], first: int, last: int, room: int, ellipsis: int) -> tuple[int, int]:
    """Which characters of a line are shown, so that the marked columns are among them (or begin among them)."""
    total = max(stops[-1], last)
    if total <= room:
        return 0, len(stops) - 1
    inner = room - 2 * ellipsis
    # The key is worth more than the end of a value that is too long anyway.
    if last + ellipsis <= room or (last - first > inner and first <= room // 2):
        left = 0
    else:
        lead = max(inner - (last - first), 0) // 2
        start = min(first - lead, total - (room - ellipsis))
        # Never in the middle of a letter with accents: those take no column, so the first of a stop is the letter.
        left = bisect_left(stops, max(start, 0))
    used = ellipsis if left else 0
    right = bisect_right(stops, stops[left] + room - used) - 1
    if right < len(stops) - 1:
        right = bisect_right(stops, stops[left] + room - used - ellipsis) - 1
    return left, right


def _cells(text: str, terminal: Terminal) -> list[str]:
    """What is printed for each character: tabs become blanks, and what cannot be printed an escape."""
    cells: list[str] = []
    column = 0
    for character in text:
        cell = " " * (TAB - column % TAB) if character == "\t" else terminal.visible(character)
        cells.append(cell)
        column += display_width(cell)
    return cells
