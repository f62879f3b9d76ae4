"""The first screen of `compile --explain` at the head of the page: the same words, laid out by the browser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from codemation.explain.first_screen import settled, tell_the_rest, tell_what_is_in_force
from codemation.explain.html.markup import Markup, breakable, element, join, prose
from codemation.explain.page import Page, codes_by_origin
from codemation.text.terminal import Terminal

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic
    from codemation.resolution.semantic_model import SemanticModel
    from codemation.text.terminal import Style

AS_WIDE_AS_NEEDED: Final = Terminal(width=1_000_000)


class Panels(Page):
    """What is said, by its labels, as markup."""

    def __init__(self, model: SemanticModel, diagnostics: Iterable[Diagnostic]) -> None:
        super().__init__(model, AS_WIDE_AS_NEEDED, codes_by_origin(diagnostics))
        self.panels = list[tuple[str, list[Markup]]]()

    def say(self, label: str, text: str, style: Style | None = None) -> None:
        """A paragraph; what is in force stands out, what is wrong too."""
        kind = {"cyan": "force", "red": "undecided"}.get(style or "")
        parts = text.split("  ") if kind else [text]
        said = (element("bdi", breakable(part)) if number else prose(part) for number, part in enumerate(parts))
        self._add(label, element("p", spaced(said), class_=kind))

    def table(self, label: str, rows: Sequence[Sequence[str]]) -> None:
        """Below a label, a table without the columns that are empty throughout; else a list of who said what."""
        if not label:
            self._add(label, element("ul", *map(_source, rows), class_="said-by"))
            return
        columns = [cells for cells in zip(*rows, strict=True) if any(cells)]
        shown = zip(*columns, strict=True)
        self._add(label, element("table", *map(_setting, shown), class_="settings", role="table", aria_label=label))

    def _add(self, label: str, content: Markup) -> None:
        if label:
            self.panels.append((label, []))
        self.panels[-1][1].append(content)


def in_force(model: SemanticModel, diagnostics: Sequence[Diagnostic]) -> Markup:
    """The database, the queue and the events with what decided them; below these what was set, and what was not."""
    facts = settled(model)
    above, below = Panels(model, diagnostics), Panels(model, diagnostics)
    tell_what_is_in_force(above, facts)
    tell_the_rest(below, facts)
    cards = (element("section", element("h3", label), *said, class_="card") for label, said in above.panels)
    rest = (join((element("dt", label), element("dd", *said))) for label, said in below.panels)
    return join(
        (
            element("div", *cards, class_="cards"),
            element("dl", *rest, class_="rest"),
        )
    )


def _source(cells: Sequence[str]) -> Markup:
    """What a source was there for, its name, its place, and the code of what is wrong with it."""
    word, name, *others = cells
    rest = (element("span", breakable(cell), class_="place") for cell in others if cell)
    return element(
        "li",
        element("span", word, class_="role"),
        " ",
        element("span", spaced((element("code", breakable(name)), *rest))),
    )


def _setting(cells: Sequence[str]) -> Markup:
    """A setting's name, its value, and where that is from."""
    name, *others = cells
    cell = (element("td", element("bdi", breakable(other)), role="cell") for other in others)
    return element(
        "tr", element("th", element("code", breakable(name)), scope="row", role="rowheader"), *cell, role="row"
    )


def spaced(parts: Iterable[Markup]) -> Markup:
    """Several of them with blanks between."""
    return Markup(" ".join(parts))
