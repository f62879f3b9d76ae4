"""Precedence as a picture: a row for each setting, a column for each layer, the winner lit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from codemation.explain.answer import candidate_name, state_of, why
from codemation.explain.candidates import STATED, Candidate, Resolved, Trace
from codemation.explain.html.markup import Markup, breakable, element, element_alone, join, prose
from codemation.explain.page import Page, last_part, readable, short_key
from codemation.origin import EnvironmentOrigin, FileOrigin, InferredOrigin, Origin, written_at


class Layer(Struct, frozen=True):
    """A column: what it is called, and where what stands in it is written."""

    name: str
    label: str
    where: str


LAYERS: Final = (
    Layer("override", "Override", "--set"),
    Layer("process", "Environment", "the process"),
    Layer("env-file", "Env file", ".env"),
    Layer("app", "App form", "[app.…]"),
    Layer("runtime", "Runtime form", "[runtime.…]"),
    Layer("inferred", "Inferred", "from others"),
    Layer("default", "Default", "built in"),
)
"""The layers of the precedence, highest first; what an env file says is beaten by the process."""

WORDS: Final = {"outranked": "beaten"}
"""What became of a candidate, where the trace has another word for it."""


def layer_of(candidate: Candidate) -> str:
    """The column that a candidate belongs into."""
    if isinstance(candidate.origin, EnvironmentOrigin):
        return "process" if candidate.origin.file is None else "env-file"
    return candidate.source


class Matrix:
    """The table of a trace; `page` says how values and codes are told, `anchors` where it is told what is wrong."""

    def __init__(self, trace: Trace, page: Page, anchors: Mapping[Origin, str]) -> None:
        self._trace = trace
        self._page = page
        self._anchors = anchors
        self._rows: Mapping[str, str] = {resolved.key: f"s{number}" for number, resolved in enumerate(trace, 1)}
        self._whys = 0

    def markup(self) -> Markup:
        """The table, the settings of one table of the form together."""
        groups = dict[str, list[Resolved]]()
        for resolved in self._trace:
            groups.setdefault(short_key(resolved.key).rpartition(".")[0], []).append(resolved)
        bodies = (self._group(name, settings) for name, settings in groups.items())
        used = {layer_of(one) for resolved in self._trace for one in resolved.candidates if one.status != "unset"}
        widths = (element_alone("col", class_=layer.name if layer.name in used else "idle") for layer in LAYERS)
        columns = element("colgroup", element_alone("col", class_="name"), *widths)
        caption = element("caption", "Every setting, and what each layer says of it", class_="unseen")
        return element("table", caption, columns, _head(), *bodies, class_="matrix", role="table")

    def _group(self, name: str, settings: Iterable[Resolved]) -> Markup:
        label = element("code", breakable(name), dir="auto") if name else Markup("at the top")
        head = element("th", label, scope="rowgroup", colspan=str(len(LAYERS) + 1), role="rowheader")
        rows = (self._row(resolved) for resolved in settings)
        return element("tbody", element("tr", head, class_="group", role="row"), *rows, role="rowgroup")

    def _row(self, resolved: Resolved) -> Markup:
        cells = {layer.name: list[Candidate]() for layer in LAYERS}
        for candidate in resolved.candidates:
            cells[layer_of(candidate)].append(candidate)
        winner = resolved.winner
        return element(
            "tr",
            self._setting(resolved),
            *(self._cell(layer, cells[layer.name], resolved) for layer in LAYERS),
            id=self._rows[resolved.key],
            role="row",
            class_="setting" if winner else f"setting {resolved.status}",
            data_by=layer_of(winner) if winner else "nobody",
            data_overridden=any(_is_overridden(one) for one in resolved.candidates),
        )

    def _setting(self, resolved: Resolved) -> Markup:
        """The setting, and in its details how both forms call it and who could set it."""
        name = short_key(resolved.key)
        table = name.removesuffix(last_part(name))
        said = join((element("span", table, class_="unseen"), element("bdi", breakable(last_part(name)))))
        lines = [element("code", key, dir="auto") for key in dict.fromkeys((resolved.key, resolved.app_key)) if key]
        if unset := list(dict.fromkeys(_could(resolved))):
            lines.append(join(("could be set by ", prose(", ".join(f"`{one}`" for one in unset)))))
        lines += [prose(f"`{candidate_name(one)}`: {one.reason}") for one in resolved.candidates if _is_replaced(one)]
        state = [] if resolved.status == "won" else [element("span", _state(resolved), class_="state")]
        return element("th", self._told("key", said, lines), *state, scope="row", role="rowheader")

    def _cell(self, layer: Layer, candidates: Iterable[Candidate], resolved: Resolved) -> Markup:
        said = [one for one in candidates if one.status != "unset"]
        unread = [one for one in said if self._page.is_unread(one)]
        shown = [self._candidate(one, resolved) for one in said if one not in unread]
        if unread and not shown:
            return element("td", "not read", class_="unread", data_layer=layer.label, role="cell")
        kind = None if shown else "none"
        return element("td", *shown, class_=kind, data_layer=layer.label, role="cell")

    def _candidate(self, one: Candidate, resolved: Resolved) -> Markup:
        """What one source says: its value, what became of it, and in the details why."""
        value = self._page.relative(one.value)
        spoken = readable(value, resolved.key if one.status != "rejected" else "") if value is not None else ("",)
        lines = [element("span", *_heading(one, spoken), class_="what"), *([prose(why(one))] if why(one) else ())]
        return element(
            "div",
            self._told(f"said {one.status}", join(_said(one, spoken)), lines),
            self._follows(one, resolved.key.rpartition(".")[0]),
            self._link(one),
            class_=f"one {one.status}",
            data_from=self._sources(one),
        )

    def _follows(self, one: Candidate, table: str) -> Markup:
        """Links to what a value follows from, where nothing above it decides."""
        if not isinstance(one.origin, InferredOrigin) or one.status not in {"won", "rejected"}:
            return Markup()
        named = ((key, breakable(_beside(key, table))) for key in one.origin.sources)
        links = (element("a", name, href=f"#{self._rows[key]}") if key in self._rows else name for key, name in named)
        parts = [part for link in links for part in (", ", link)]
        return element("span", "follows ", *parts[1:], class_="follows")

    def _sources(self, one: Candidate) -> str | None:
        """The rows that an inferred value follows from."""
        if not isinstance(one.origin, InferredOrigin):
            return None
        return " ".join(self._rows[key] for key in one.origin.sources if key in self._rows) or None

    def _link(self, one: Candidate) -> Markup:
        """A link to what is wrong with it."""
        anchor = self._anchors.get(one.origin)
        return element("a", self._page.code(one), href=f"#{anchor}", class_="code") if anchor else Markup()

    def _told(self, kind: str, said: Markup, lines: Iterable[Markup]) -> Markup:
        """A button that says one thing, and its details."""
        self._whys += 1
        name = f"w{self._whys}"
        button = element("button", said, type="button", class_=kind, aria_describedby=name)
        why = element(
            "span", *(element("span", line, class_="line") for line in lines), role="tooltip", id=name, class_="why"
        )
        return element("span", button, why, class_="told")


def _head() -> Markup:
    names = (
        element(
            "th",
            element("span", layer.label),
            element("small", layer.where),
            scope="col",
            role="columnheader",
            class_=layer.name,
        )
        for layer in LAYERS
    )
    first = element("th", "Setting", scope="col", role="columnheader")
    return element("thead", element("tr", first, *names, role="row"), role="rowgroup")


def _said(one: Candidate, spoken: tuple[str, ...]) -> Iterator[Markup]:
    """The value, what became of it, and where it is written."""
    yield element("bdi", _short(one, spoken), class_="value implied" if one.implied else "value")
    if one.status == "won":
        yield element("span", " in force", class_="unseen")
    else:
        yield element("span", f" {WORDS.get(one.status, one.status)}", class_="word")
    yield from (element("span", " ", breakable(place), class_="place") for place in _places(one))


def _heading(one: Candidate, spoken: tuple[str, ...]) -> Iterator[str]:
    """Who said what, and where, in full."""
    yield element("code", candidate_name(one), dir="auto")
    if spoken[0] and not one.implied:
        yield " = "
        yield element("code", spoken[0], dir="auto")
        yield from (f" ({more})" for more in spoken[1:])
    if place := written_at(one.origin):
        yield f", {place}"
    if isinstance(one.origin, EnvironmentOrigin) and one.origin.secret_file:
        yield f", names {one.origin.secret_file}"


def _beside(key: str, table: str) -> str:
    """A key of the runtime form, as it is called within a table of it."""
    return last_part(key) if key.rpartition(".")[0] == table else short_key(key)


def _short(one: Candidate, spoken: tuple[str, ...]) -> str:
    """The value as the picture shows it: as people read it, where there is such a way."""
    if one.value is None:
        return "(not decided)" if one.source == "inferred" else "(not shown)"
    return spoken[-1]


def _places(one: Candidate) -> Iterator[str]:
    """Where it is written, in short: the column says the rest."""
    origin = one.origin
    if isinstance(origin, EnvironmentOrigin):
        yield origin.variable
        if origin.file is not None:
            yield f"{origin.file}:{origin.line}" if origin.line else origin.file
    elif isinstance(origin, FileOrigin) and (span := origin.key_span or origin.value_span):
        yield f"line {span.start.line}"


def _state(resolved: Resolved) -> str:
    return "not set" if resolved.status == "unset" else state_of(resolved)


def _is_overridden(one: Candidate) -> bool:
    """Whether somebody said it, and somebody else was heard."""
    return one.source in STATED and one.status in {"outranked", "hidden"}


def _is_replaced(one: Candidate) -> bool:
    """Whether it is a variable that is not looked at, since another one is named."""
    return one.status == "unset" and one.cause == "not consulted"


def _could(resolved: Resolved) -> Iterator[str]:
    """Who says nothing, but might."""
    for one in resolved.candidates:
        if one.status == "unset" and one.source in STATED and not _is_replaced(one):
            yield "--set" if one.source == "override" else candidate_name(one)
