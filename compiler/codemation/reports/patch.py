"""What repairs change in a file, as a unified diff whose lines are quoted as in any report: no secret shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from codemation.diagnostics import Diagnostic
from codemation.reports.quoting import Quoter
from codemation.resolution.semantic_model import SemanticModel
from codemation.text.terminal import Style, Terminal

CONTEXT = 3
"""Lines around a change."""

Told: TypeAlias = tuple[SemanticModel, Sequence[Diagnostic]]
"""A compilation, as far as it takes to quote it."""

NO_LINE_FEED = "\\ No newline at end of file"


def render_patch(before: Told, after: Told, name: str, terminal: Terminal) -> str:
    """The difference between the file of two compilations; nothing where there is none.

    Whole lines. `name` is what the file is called. Values and comments that reports mask are masked here.
    """
    old, new = _Side(*before), _Side(*after)
    if old.lines == new.lines:
        return ""
    groups = SequenceMatcher(None, old.lines, new.lines, autojunk=False).get_grouped_opcodes(CONTEXT)
    hunks = (line for group in groups for line in _hunk(group, old, new, terminal))
    head = (terminal.style(f"{sign} {terminal.visible(name)}", "bold") for sign in ("---", "+++"))
    return "".join(f"{line}\n" for line in (*head, *hunks))


class _Side:
    """A file of which lines are quoted; `lines` are those that `diff` counts."""

    def __init__(self, model: SemanticModel, diagnostics: Sequence[Diagnostic]) -> None:
        self._quoter = Quoter(model)
        self._lines = model.source.text.split("\n")
        self._secret = {number for one in diagnostics if not one.harmless for number in _numbers(one)}
        self.ends_open = self._lines[-1] != ""
        self.lines = self._lines if self.ends_open else self._lines[:-1]

    def quoted(self, start: int, end: int) -> Iterator[tuple[str, bool]]:
        """The lines from `start` to `end` (from 0) as they may be shown, each with whether it lacks its line feed."""
        for position in range(start, end):
            harmless = position + 1 not in self._secret
            text = self._quoter.quote(position + 1, harmless=harmless).text
            yield text, self.ends_open and position == len(self.lines) - 1


def _numbers(diagnostic: Diagnostic) -> Iterable[int]:
    """The lines (from 1) that a diagnostic is about."""
    span = diagnostic.span
    return range(span.start.line, span.end.line + 1) if span else ()


def _hunk(group: Sequence[tuple[str, int, int, int, int]], old: _Side, new: _Side, terminal: Terminal) -> Iterator[str]:
    first, last = group[0], group[-1]
    yield terminal.style(f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@", "cyan")
    for tag, old_start, old_end, new_start, new_end in group:
        if tag == "equal":
            # What is not known of a file that does not parse may be known after it is repaired.
            yield from _signed(" ", new.quoted(new_start, new_end), terminal)
            continue
        yield from _signed("-", old.quoted(old_start, old_end), terminal, "red")
        yield from _signed("+", new.quoted(new_start, new_end), terminal, "green")


def _signed(sign: str, lines: Iterator[tuple[str, bool]], terminal: Terminal, *styles: Style) -> Iterator[str]:
    for text, is_open in lines:
        yield terminal.style(sign + "\t".join(map(terminal.visible, text.split("\t"))), *styles)
        if is_open:
            yield NO_LINE_FEED


def _range(start: int, end: int) -> str:
    """Lines as a hunk counts them: from 1, with their number unless it is one."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"
