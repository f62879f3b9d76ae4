"""What repairs change in a file, as a unified diff whose lines are quoted as in any report: no secret shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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

    Whole lines. `name` is what the file is called. Values and comments that reports mask are masked here. A repair
    changes lines, but puts none in and takes none out: the lines of both files stand beside each other.
    """
    old, new = _Side(*before), _Side(*after)
    changed = [at for at, (one, other) in enumerate(zip(old.lines, new.lines, strict=True)) if one != other]
    if not changed:
        return ""
    hunks = (line for group in _grouped(changed) for line in _hunk(group, old, new, terminal))
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


def _grouped(changed: Sequence[int]) -> Iterator[list[int]]:
    """The changed lines (from 0), those together whose context would meet."""
    group: list[int] = []
    for at in changed:
        if group and at - group[-1] > 2 * CONTEXT + 1:
            yield group
            group = []
        group.append(at)
    yield group


def _hunk(changed: Sequence[int], old: _Side, new: _Side, terminal: Terminal) -> Iterator[str]:
    start, end = max(changed[0] - CONTEXT, 0), min(changed[-1] + CONTEXT + 1, len(new.lines))
    lines = _range(start, end)
    yield terminal.style(f"@@ -{lines} +{lines} @@", "cyan")
    of_hunk, at = set(changed), start
    while at < end:
        differs, first = at in of_hunk, at
        while at < end and (at in of_hunk) == differs:
            at += 1
        if differs:
            yield from _signed("-", old.quoted(first, at), terminal, "red")
            yield from _signed("+", new.quoted(first, at), terminal, "green")
        else:
            # What is not known of a file that does not parse may be known after it is repaired.
            yield from _signed(" ", new.quoted(first, at), terminal)


def _signed(sign: str, lines: Iterator[tuple[str, bool]], terminal: Terminal, *styles: Style) -> Iterator[str]:
    for text, is_open in lines:
        yield terminal.style(sign + "\t".join(map(terminal.visible, text.split("\t"))), *styles)
        if is_open:
            yield NO_LINE_FEED


def _range(start: int, end: int) -> str:
    """Lines, of which there are some, as a hunk counts them: from 1, with their number unless it is one."""
    return str(start + 1) if end - start == 1 else f"{start + 1},{end - start}"
