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
    """What is drawn on: a terminal, and the lines that were laid out for it, each once however often it is drawn."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._laid: dict[int, tuple[Quote, Sequence[str], Sequence[int]]] = {}

    def lay(self, quote: Quote) -> tuple[Sequence[str], Sequence[int]]:
        """What is printed for each character of a line, and at which column each begins and the last one ends."""
        found = self._laid.get(id(quote))
        if found is None:
            cells: Sequence[str] = quote.text
            stops: Sequence[int] = range(len(cells) + 1)
            if not quote.text.isascii() or not quote.text.isprintable():
                cells = _cells(quote.text, self.terminal)
                stops = [0, *accumulate(map(display_width, cells))]
            # With the line itself: as long as that is kept, nothing else has its `id`.
            found = self._laid[id(quote)] = (quote, cells, stops)
        return found[1], found[2]


class Frame(Struct, frozen=True):
    """How to draw: `gutter` is the width of line numbers, `colour` that of the fault."""

    canvas: Canvas
    gutter: int
    colour: Style

    @property
    def terminal(self) -> Terminal:
        """Where it is drawn."""
        return self.canvas.terminal

    @property
    def bar(self) -> str:
        """What stands left of a line without a number."""
        return f"{' ' * (self.gutter + 2)}{self.terminal.style('|', 'blue')}"

    @property
    def room(self) -> int:
        """Columns for the source."""
        return self.terminal.width - self.gutter - 4


class Mark(Struct, frozen=True):
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
        text, underline = _line(mark, frame)
        # Of a long line each mark may want another part.
        if (number, text) != (above, shown):
            head = f" {number:>{frame.gutter}} |"
            lines.append(f"{terminal.style(head, 'blue')} {text}".rstrip(" "))
        lines += _underlined(mark, underline, frame)
        above, shown = number, text
    return lines


def _underlined(mark: Mark, underline: str, frame: Frame) -> list[str]:
    """An underline with its label beside it, or below it where there is no room."""
    terminal, bar = frame.terminal, frame.bar
    sign = underline.lstrip(" ")
    blank = underline[: len(underline) - len(sign)]
    if mark.label is None:
        return [f"{bar} {blank}{terminal.style(sign, 'bold', frame.colour)}"]
    label = terminal.visible(mark.label)
    if display_width(underline) + 1 + display_width(label) <= frame.room:
        return [f"{bar} {blank}{terminal.style(f'{sign} {label}', 'blue')}"]
    below = wrap(label, terminal.width, indent=" " * (terminal.width - frame.room))
    return [
        f"{bar} {blank}{terminal.style(sign, 'blue')}",
        *(_below(line, terminal.width - frame.room, frame) for line in below),
    ]


def _below(line: str, margin: int, frame: Frame) -> str:
    """A line of a label behind the frame's bar; a word that has no room behind it stands without."""
    words = line.lstrip(" ")
    blanks = line[: len(line) - len(words)]
    start = f"{frame.bar} " if len(blanks) >= margin else blanks
    return start + frame.terminal.style(words, "blue")


def _line(mark: Mark, frame: Frame) -> tuple[str, str]:
    """A quoted line and its underline, both of at most the frame's room."""
    span, quote, terminal, room = mark.span, mark.quote, frame.terminal, frame.room
    onward = span.end.line > span.start.line
    cells, stops = frame.canvas.lay(quote)
    start = min(quote.start(span.start.column - 1), len(cells))
    end = len(cells) if onward else min(max(quote.end(span.end.column - 1), start), len(cells))
    # A mark behind the last character wants a column of its own.
    first, last = stops[start], max(stops[end], stops[start] + 1)
    left, right = _window(stops, first, last, room, len(terminal.ellipsis))
    text = "".join(cells[left:right])
    shift = stops[left]
    if left:
        text = terminal.ellipsis + text
        shift -= len(terminal.ellipsis)
    if right < len(cells):
        text += terminal.ellipsis
    sign = "^" if mark.label is None else "-"
    width = max(min(last, max(stops[right], first + 1)) - first, 1)
    more = terminal.ellipsis if onward or last > max(stops[right], first + 1) else ""
    if first - shift + width + display_width(more) > room:
        width = max(1, room - (first - shift) - display_width(more))
    return text, " " * (first - shift) + sign * width + more


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
