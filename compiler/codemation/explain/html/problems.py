"""Diagnostics beside the lines that they are about, quoted as every report quotes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from codemation.diagnostics import Diagnostic
from codemation.explain.html.markup import Markup, breakable, element, join, prose
from codemation.origin import spot
from codemation.reports.excerpts import Excerpts
from codemation.reports.locations import Locations
from codemation.reports.snippet import Mark
from codemation.reports.text import marks_of, place_of

AROUND: Final = 160
"""Characters of a long line that are shown before and behind what is marked."""


def anchor(number: int) -> str:
    """Where the diagnostic of this number (from 1) stands on the page."""
    return f"d{number}"


def problems(diagnostics: Sequence[Diagnostic], locations: Locations, *, after: int = 0) -> Markup:
    """All diagnostics in their order, numbered from the first `after` so many that stand above."""
    excerpts = Excerpts(locations.model)
    return element(
        "ol",
        *(
            _problem(number, diagnostic, locations, excerpts)
            for number, diagnostic in enumerate(diagnostics, after + 1)
        ),
        class_="problems",
    )


def _problem(number: int, diagnostic: Diagnostic, locations: Locations, excerpts: Excerpts) -> Markup:
    marks, rest = marks_of(diagnostic, locations, excerpts)
    place = place_of(diagnostic, locations)
    head = (
        element("strong", f"{diagnostic.severity} {diagnostic.code}", class_="severity"),
        element("span", diagnostic.slug, class_="slug"),
    )
    words = [
        element("h3", *head),
        element("p", prose(diagnostic.message)),
        element("p", prose(diagnostic.help), class_="help"),
    ]
    words += [element("p", prose(f"{item.message} ({locations.text(item.origin)})"), class_="also") for item in rest]
    lines = [*_source(marks, locations)]
    if not lines and place:
        lines = [element("p", breakable(place), class_="file")]
    return element(
        "li",
        element("div", *lines, class_="source"),
        element("div", *words, class_="words"),
        id=anchor(number),
        class_=f"problem {diagnostic.severity}",
    )


def _source(marks: Sequence[Mark], locations: Locations) -> Iterator[Markup]:
    """The quoted lines by their files, each line once for all that is marked in it alike."""
    files = dict[str, dict[tuple[int, str], list[Mark]]]()
    for mark in marks:
        lines = files.setdefault(mark.file, {})
        lines.setdefault((mark.span.start.line, mark.quote.text), []).append(mark)
    for file, lines in files.items():
        first = next(iter(lines.values()))[0]
        quoted = (
            _line(number, text, found) for (number, text), found in sorted(lines.items(), key=lambda it: it[0][0])
        )
        yield element("figure", element("figcaption", breakable(spot(locations.shown(file), first.span))), *quoted)


def _line(number: int, text: str, marks: Sequence[Mark]) -> Markup:
    """A line, what is marked in it, and the words of the marks that have some."""
    stretches = sorted({_stretch(mark) for mark in marks})
    left = max(0, stretches[0][0] - AROUND)
    right = min(len(text), stretches[-1][1] + AROUND)
    content = join(
        (
            "…" if left else "",
            *_marked(text, stretches, left, right),
            "…" if right < len(text) else "",
        )
    )
    labels = (element("p", prose(mark.label), class_="label") for mark in marks if mark.label)
    code = element("code", content, dir="auto")
    return join((element("pre", element("span", str(number), class_="number"), code), *labels))


def _stretch(mark: Mark) -> tuple[int, int, str]:
    """From where to where it is marked, and whether it is the fault or what goes with it."""
    start = min(mark.quote.start(mark.span.start.column - 1), len(mark.quote.text))
    onward = mark.span.end.line > mark.span.start.line
    end = len(mark.quote.text) if onward else mark.quote.end(mark.span.end.column - 1)
    return start, max(min(end, len(mark.quote.text)), start), "fault" if mark.label is None else "beside"


def _marked(text: str, stretches: Iterable[tuple[int, int, str]], left: int, right: int) -> Iterator[str]:
    at = left
    for start, end, kind in stretches:
        if start < at:
            continue
        yield text[at:start]
        # Of a long value its beginning says enough.
        shown = min(end, start + 4 * AROUND)
        yield element("mark", text[start:shown] or " ", "…" if shown < end else "", class_=kind)
        at = end
    yield text[at:right] if at < right else ""
