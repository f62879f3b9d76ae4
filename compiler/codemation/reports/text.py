"""Diagnostics for people: what is wrong, where, and what to do, the quoted lines without any secret."""

from __future__ import annotations

from collections.abc import Sequence

from codemation.diagnostics import Diagnostic, Related
from codemation.reports import Sources
from codemation.reports.quoting import Quoter
from codemation.reports.snippet import Frame, Mark, draw
from codemation.terminal import Style, Terminal, display_width, wrap

COLOURS: dict[str, Style] = {"error": "red", "warning": "yellow"}


def render_text(diagnostics: Sequence[Diagnostic], sources: Sources, terminal: Terminal) -> str:
    """A paragraph for each diagnostic, and a last line that counts them."""
    return render_paragraphs(diagnostics, sources, terminal) + summary_line(diagnostics, terminal) + "\n"


def render_paragraphs(diagnostics: Sequence[Diagnostic], sources: Sources, terminal: Terminal) -> str:
    """A paragraph for each diagnostic, with a blank line below."""
    quoter = Quoter(sources.facts)
    paragraphs = ("\n".join(_paragraph(diagnostic, sources, quoter, terminal)) for diagnostic in diagnostics)
    return "".join(f"{paragraph}\n\n" for paragraph in paragraphs)


def summary_line(diagnostics: Sequence[Diagnostic], terminal: Terminal) -> str:
    """`2 errors, 1 warning`, or that all is well."""
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    warnings = len(diagnostics) - errors
    counts = [
        terminal.style(f"{count} {severity}{'' if count == 1 else 's'}", "bold", COLOURS[severity])
        for severity, count in (("error", errors), ("warning", warnings))
        if count
    ]
    return ", ".join(counts) or f"{terminal.style('ok', 'bold', 'green')}: no problems found"


def _paragraph(diagnostic: Diagnostic, sources: Sources, quoter: Quoter, terminal: Terminal) -> list[str]:
    colour = COLOURS[diagnostic.severity]
    lines = prose(f"{diagnostic.severity}[{diagnostic.code}]", diagnostic.message, terminal, colour)
    marks, rest = _marks(diagnostic, sources)
    gutter = max((len(str(mark.span.start.line)) for mark in marks), default=1)
    place = _place(diagnostic, sources)
    if place:
        lines.append(f"{' ' * (gutter + 1)}{terminal.style('-->', 'blue')} {terminal.visible(place)}")
    if marks:
        lines += draw(marks, Frame(quoter, terminal, gutter, diagnostic.harmless, colour))
    notes = [("help", diagnostic.help), *(("also", f"{item.message} ({sources.place(item.origin)})") for item in rest)]
    for name, text in notes:
        lines += _note(name, text, gutter, terminal)
    return lines


def _marks(diagnostic: Diagnostic, sources: Sources) -> tuple[list[Mark], list[Related]]:
    """What to quote, in the order of lines, and the related places that are told in words instead.

    Lines show one mark each. A related place is shown if it is in the same file, on another line.
    """
    span = diagnostic.span
    if span is None or sources.line(diagnostic.file, span.start.line) is None:
        return [], list(diagnostic.related)
    marks = {span.start.line: Mark(span, None)}
    rest: list[Related] = []
    for item in diagnostic.related:
        file, place = sources.spot(item.origin)
        if place is not None and file == diagnostic.file and place.start.line not in marks:
            marks[place.start.line] = Mark(place, item.message)
        else:
            rest.append(item)
    return [marks[line] for line in sorted(marks)], rest


def _place(diagnostic: Diagnostic, sources: Sources) -> str | None:
    """Where it is, as editors and terminals make links of it."""
    if diagnostic.file is None:
        return None if diagnostic.origin is None else sources.place(diagnostic.origin)
    start = diagnostic.span.start if diagnostic.span else None
    return sources.shown(diagnostic.file) + (f":{start.line}:{start.column}" if start else "")


def prose(head: str, text: str, terminal: Terminal, colour: Style) -> list[str]:
    """The message after its head, wrapped under itself."""
    start = f"{head}: "
    first, *more = wrap(terminal.visible(text), terminal.width, indent=" " * len(start), first=start)
    bold = [terminal.style(line.strip(" "), "bold") for line in (first[len(start) :], *more)]
    return [
        f"{terminal.style(head, 'bold', colour)}: {bold[0]}",
        *(" " * len(start) + line for line in bold[1:]),
    ]


def _note(name: str, text: str, gutter: int, terminal: Terminal) -> list[str]:
    """`= help: …`, wrapped under itself."""
    start = f"{' ' * (gutter + 2)}= {name}: "
    lines = wrap(terminal.visible(text), terminal.width, indent=" " * display_width(start), first=start)
    coloured = f"{' ' * (gutter + 2)}{terminal.style('=', 'blue')} {terminal.style(name, 'bold')}: "
    return [coloured + lines[0][len(start) :], *lines[1:]]
