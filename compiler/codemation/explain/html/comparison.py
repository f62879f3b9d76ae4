"""`diff` as a page: a row for each setting that differs, a column for each side, what is unlike the first lit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codemation.explain.diff import Difference, Side
from codemation.explain.diff_page import merged, texts
from codemation.explain.html.document import checkbox, document, filters, picture, section, verdict
from codemation.explain.html.markup import Markup, breakable, element, element_alone, prose
from codemation.explain.html.problems import problems
from codemation.explain.page import last_part, short_key
from codemation.text.amounts import count

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic
    from codemation.reports.locations import Locations

COMMAND: Final = "codemation diff --format html"


class Cell(Struct, frozen=True):
    """A setting on one side, as people read it: the value, or why there is none; and why it is so, in words."""

    text: str
    because: str | None
    has_value: bool


class Row(Struct, frozen=True):
    """A setting that differs, by its runtime key, on all sides; `follows`: it comes with another difference."""

    key: str
    cells: tuple[Cell, ...]
    follows: bool


def rows(found: Sequence[Difference]) -> list[Row]:
    """Differences as they are shown: those of one setting of the app form as one."""
    return [Row(one.key, tuple(map(_shown, texts(one), one.sides)), one.follows) for one in merged(found)]


def _shown(text: str, side: Side) -> Cell:
    has_value = side.status == "won"
    return Cell(text, side.because or ("by default" if has_value else None), has_value)


def as_html(
    names: Sequence[str],
    found: Sequence[Row],
    wrong: Sequence[tuple[str, Sequence[Diagnostic], Locations]],
) -> str:
    """The differences between sides of these names as a document.

    `wrong` are the sides that have diagnostics to show, by name, with these. Names may be shown as they are.

    Raises:
        OSError: the package is not whole.
    """
    between = f"{', '.join(names[:-1])} and {names[-1]}"
    header = element(
        "header",
        element("h1", "What differs, and why"),
        element("p", element("bdi", breakable(between)), class_="root"),
        element("p", f"{count(len(found), 'setting')} of another value, or decided by another source", class_="read"),
        *([verdict([one for _, diagnostics, _ in wrong for one in diagnostics])] if wrong else []),
    )
    narrowed = filters(len(found), checkbox("stated", "only what somebody states"))
    sections = [section("settings", "Differences", narrowed, picture(_table(names, found), empty=not found))]
    if wrong:
        sections.append(section("problems", "What is wrong", *_wrong(wrong)))
    return document(f"What differs between {between}", header, sections, COMMAND)


def _wrong(wrong: Sequence[tuple[str, Sequence[Diagnostic], Locations]]) -> Iterator[Markup]:
    before = 0
    for name, diagnostics, locations in wrong:
        yield element("h3", "In ", element("bdi", breakable(name)), class_="side")
        yield problems(diagnostics, locations, after=before)
        before += len(diagnostics)


def _table(names: Sequence[str], found: Sequence[Row]) -> Markup:
    """The settings of one table of the form together."""
    groups = dict[str, list[Row]]()
    for one in found:
        groups.setdefault(short_key(one.key).rpartition(".")[0], []).append(one)
    columns = element("colgroup", element_alone("col", class_="name"), *(element_alone("col") for _ in names))
    caption = element("caption", "Every setting that differs, and what it is on each side", class_="unseen")
    sides = (element("th", element("bdi", breakable(name)), scope="col", role="columnheader") for name in names)
    first = element("th", "Setting", scope="col", role="columnheader")
    head = element("thead", element("tr", first, *sides, role="row"), role="rowgroup")
    bodies = (_group(name, settings, names) for name, settings in groups.items())
    return element("table", caption, columns, head, *bodies, class_="matrix", role="table")


def _group(name: str, settings: Sequence[Row], names: Sequence[str]) -> Markup:
    label = element("code", breakable(name), dir="auto") if name else Markup("at the top")
    head = element("th", label, scope="rowgroup", colspan=str(len(names) + 1), role="rowheader")
    rows = (_row(one, names) for one in settings)
    return element("tbody", element("tr", head, class_="group", role="row"), *rows, role="rowgroup")


def _row(one: Row, names: Sequence[str]) -> Markup:
    name = short_key(one.key)
    table = element("span", name.removesuffix(last_part(name)), class_="unseen")
    key = element("span", table, element("bdi", breakable(last_part(name))), class_="key")
    said = [element("span", "follows", class_="state")] if one.follows else []
    cells = (_cell(cell, one.cells[0], name) for cell, name in zip(one.cells, names, strict=True))
    return element(
        "tr",
        element("th", key, *said, scope="row", role="rowheader"),
        *cells,
        role="row",
        class_="setting",
        data_stated=not one.follows,
    )


def _cell(cell: Cell, first: Cell, side: str) -> Markup:
    """What a setting is on one side, and why."""
    unlike = (cell.text, cell.has_value) != (first.text, first.has_value)
    kind = "unset" if not cell.has_value else "won" if unlike else "alike"
    parts = [element("bdi", cell.text, class_="value" if cell.has_value else "word")]
    parts += [element("span", " differs", class_="unseen")] if unlike else []
    parts += [element("span", " ", prose(cell.because), class_="place")] if cell.because else []
    said = element("span", *parts, class_=f"said {kind}")
    return element("td", element("div", said, class_="one"), data_layer=side, role="cell")
