"""Diagnostics for people: what is wrong, where, and what to do, the quoted lines without any secret."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

from codemation.diagnostics import Diagnostic, Related, count_errors
from codemation.origin import spot
from codemation.reports.excerpts import Excerpts
from codemation.reports.locations import Locations
from codemation.reports.snippet import Canvas, Frame, Mark, draw
from codemation.rules.found import repairs_of
from codemation.sources.project import CONFIG_NAME, STANDARD_INPUT, nearest_root
from codemation.text.terminal import Style, Terminal, display_width, wrap

COLOURS: dict[str, Style] = {"error": "red", "warning": "yellow"}

AT_ONCE: Final = 100
"""Diagnostics that are told step by step together: the same step over and over is quick, while all stays at hand."""


def render_text(diagnostics: Sequence[Diagnostic], locations: Locations, terminal: Terminal) -> str:
    """A paragraph for each diagnostic, and a last line that counts them, and one that counts what can be repaired."""
    lines = (summary_line(diagnostics, terminal), *_repairable(diagnostics, locations, terminal))
    return render_paragraphs(diagnostics, locations, terminal) + "".join(f"{line}\n" for line in lines)


class _Told(Struct, frozen=True, gc=False):
    """A diagnostic with what is quoted of the files, the related places that are told in words, and how it is drawn."""

    diagnostic: Diagnostic
    marks: Sequence[Mark]
    rest: Sequence[Related]
    frame: Frame


def render_paragraphs(diagnostics: Sequence[Diagnostic], locations: Locations, terminal: Terminal) -> str:
    """A paragraph for each diagnostic, with a blank line below."""
    excerpts, canvas = Excerpts(locations.model), Canvas(terminal)
    some = (diagnostics[at : at + AT_ONCE] for at in range(0, len(diagnostics), AT_ONCE))
    return "".join([_paragraphs(few, locations, excerpts, canvas) for few in some])


def _paragraphs(diagnostics: Sequence[Diagnostic], locations: Locations, excerpts: Excerpts, canvas: Canvas) -> str:
    found = [(one, *marks_of(one, locations, excerpts)) for one in diagnostics]
    told = [_Told(one, marks, rest, _frame(one, marks, canvas)) for one, marks, rest in found]
    steps = (
        ["\n".join(_head(one)) for one in told],
        [_place(one, locations) for one in told],
        ["".join([f"\n{line}" for line in _quoted(one, locations)]) for one in told],
        ["\n".join(_notes(one, locations)) for one in told],
    )
    return "".join([f"{head}{place}{quoted}\n{notes}\n\n" for head, place, quoted, notes in zip(*steps, strict=True)])


def render_failure(code: str, message: str, help: str, terminal: Terminal) -> str:  # noqa: A002
    """What failed while a database was used: a paragraph as a diagnostic's. Whole lines."""
    return "\n".join((*prose(f"error[{code}]", message, terminal, "red"), *_note("help", help, 1, terminal))) + "\n"


def summary_line(diagnostics: Sequence[Diagnostic], terminal: Terminal) -> str:
    """`2 errors, 1 warning`, or that all is well."""
    errors = count_errors(diagnostics)
    warnings = len(diagnostics) - errors
    counts = [
        terminal.style(f"{count} {severity}{'' if count == 1 else 's'}", "bold", COLOURS[severity])
        for severity, count in (("error", errors), ("warning", warnings))
        if count
    ]
    return ", ".join(counts) or f"{terminal.style('ok', 'bold', 'green')}: no problems found"


def _repairable(diagnostics: Sequence[Diagnostic], locations: Locations, terminal: Terminal) -> list[str]:
    """How many repairs there are that take no guess, and what makes them; nothing where there is none."""
    count, name = repairs_of(diagnostics), _argument(locations)
    if not count or name is None:
        return []
    what = "repairs take" if count > 1 else "repair takes"
    text = f"{count} {what} no guess: `{' '.join(('codemation check --fix', *name))}`"
    return wrap(terminal.visible(text), terminal.width, indent="  ", first="")


def _argument(locations: Locations) -> tuple[str, ...] | None:
    """The FILE of a command about this project, where it takes one; `None` for what is no file that can be written."""
    file = locations.model.project.config
    if file == STANDARD_INPUT:
        return ("-",)
    if file is None or file == os.path.join(nearest_root(locations.cwd), CONFIG_NAME):
        return ()
    if os.path.exists(file) and not os.path.isfile(file):
        return None
    name = locations.shown(file)
    return (shlex.quote(f"./{name}" if name.startswith("-") else name),)


def _frame(diagnostic: Diagnostic, marks: Sequence[Mark], canvas: Canvas) -> Frame:
    last = max([mark.span.start.line for mark in marks], default=1)
    return canvas.frame(len(str(last)), COLOURS[diagnostic.severity])


def _head(told: _Told) -> Sequence[str]:
    severity, code = told.diagnostic.severity, told.diagnostic.code
    return prose(f"{severity}[{code}]", told.diagnostic.message, told.frame.terminal, COLOURS[severity])


def _place(told: _Told, locations: Locations) -> str:
    place = place_of(told.diagnostic, locations)
    return f"\n{_pointer('-->', place, told.frame)}" if place else ""


def _quoted(told: _Told, locations: Locations) -> Sequence[str]:
    """The lines that are marked, file by file."""
    lines: list[str] = []
    blocks: dict[str, list[Mark]] = {}
    for mark in told.marks:
        blocks.setdefault(mark.file, []).append(mark)
    for position, (file, block) in enumerate(blocks.items()):
        if file != told.diagnostic.file:
            lines += [told.frame.bar] if position else []
            lines.append(_pointer(":::", spot(locations.shown(file), block[0].span), told.frame))
        # The order of lines; the fault, which is the first mark, stays the first of its line.
        lines += draw(sorted(block, key=lambda mark: mark.span.start.line), told.frame)
    return lines


def _notes(told: _Told, locations: Locations) -> Sequence[str]:
    """What to do, and the related places that are told in words."""
    gutter, terminal = told.frame.gutter, told.frame.terminal
    lines = _note("help", told.diagnostic.help, gutter, terminal)
    for item in told.rest:
        lines += _note("also", f"{item.message} ({locations.text(item.origin)})", gutter, terminal)
    return lines


def marks_of(
    diagnostic: Diagnostic, locations: Locations, excerpts: Excerpts
) -> tuple[Sequence[Mark], Sequence[Related]]:
    """What to quote, the fault first, and the related places that are told in words, for there is no line to show."""
    marks: list[Mark] = []
    rest: list[Related] = []
    file, span = diagnostic.file, diagnostic.span
    if file is not None and span is not None:
        quote = excerpts.quote(file, span.start.line, diagnostic.origin, harmless=diagnostic.harmless)
        marks += [Mark(file, span, quote, None)] if quote else []
    for item in diagnostic.related:
        other, place = locations.model.locate(item.origin, on_key=True)
        quote = None
        if other is not None and place is not None:
            # What may not be shown is the value at fault; on its own line each key says it of its own.
            beside = other == file and span is not None and span.start.line <= place.start.line <= span.end.line
            harmless = diagnostic.harmless or not beside
            quote = excerpts.quote(other, place.start.line, item.origin, harmless=harmless)
        if other is not None and place is not None and quote:
            marks.append(Mark(other, place, quote, item.message))
        else:
            rest.append(item)
    return tuple(marks), tuple(rest)


def _pointer(arrow: str, place: str, frame: Frame) -> str:
    terminal = frame.terminal
    return f"{' ' * (frame.gutter + 1)}{terminal.style(arrow, 'blue')} {terminal.visible(place)}"


def place_of(diagnostic: Diagnostic, locations: Locations) -> str | None:
    """Where it is, as editors and terminals make links of it."""
    if diagnostic.file is None:
        return None if diagnostic.origin is None else locations.text(diagnostic.origin)
    return spot(locations.shown(diagnostic.file), diagnostic.span)


def prose(head: str, text: str, terminal: Terminal, colour: Style) -> list[str]:
    """The message after its head, wrapped under itself."""
    first, *more = terminal.labelled(f"{head}: ", text, (), ("bold",))
    return [terminal.style(head, "bold", colour) + first.removeprefix(head), *more]


@lru_cache(maxsize=64)
def _note(name: str, text: str, gutter: int, terminal: Terminal) -> tuple[str, ...]:
    """`= help: …`, wrapped under itself; many diagnostics have the same."""
    start = f"{' ' * (gutter + 2)}= {name}: "
    lines = wrap(terminal.visible(text), terminal.width, indent=" " * display_width(start), first=start)
    coloured = f"{' ' * (gutter + 2)}{terminal.style('=', 'blue')} {terminal.style(name, 'bold')}: "
    return (coloured + lines[0][len(start) :], *lines[1:])
