"""What an editor offers to do at a place: the repairs of `check --fix`, and to write down what is in force.

Each is tried first, on the text alone: only what comes out as it should is offered. Nothing is ever written here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from codemation.codes import Code
from codemation.diagnostics import Edit, count_errors
from codemation.explain.answer import spelled
from codemation.explain.candidates import Candidate, Resolved
from codemation.explain.trace import Subject
from codemation.lsp.analysis import Analysis
from codemation.lsp.cursor import Stated, stated_at
from codemation.lsp.hints import LONGEST
from codemation.lsp.text import Range, Spot
from codemation.origin import FileOrigin, Path, Span
from codemation.pipeline import Compilation, compile_edits
from codemation.settings.catalogue import Leaf, Table, dotted
from codemation.settings.setting import ANY
from codemation.sources.toml import value_at
from codemation.text.redaction import MASK, redact

QUICK: Final = "quickfix"
REWRITE: Final = "refactor.rewrite"
FIX_ALL: Final = "source.fixAll.codemation"

MOST: Final = 20
"""Repairs that are offered for one stretch: each is tried first, and no menu shows more."""

Edits = tuple[tuple[Range, str], ...]


class Action(Struct, frozen=True):
    """One offer: edits of the file; `code` and `about` tell which diagnostic it repairs, where it does.

    Without edits (`None`) they are made when it is chosen.
    """

    title: str
    kind: str
    edits: Edits | None
    code: Code | None = None
    about: Range | None = None


def actions(analysis: Analysis, path: str, range_: Range, wanted: Callable[[str], bool]) -> Iterator[Action]:
    """What is offered for a stretch of the file, of the kinds that are wanted.

    All repairs at once, wherever they are, may take long: `every_repair` makes them when they are chosen.
    """
    if path != analysis.config:
        return
    if wanted(QUICK):
        yield from islice(_repairs(analysis, range_), MOST)
    if wanted(REWRITE) and not analysis.model.source.broken:
        stated = stated_at(analysis, range_.start)
        if stated is not None and not stated.inner:
            yield from _state_here(analysis, stated)
            yield from _name_variable(analysis, stated)
        yield from _state_below(analysis, range_.start)
    if wanted(FIX_ALL) and any(one.fixes for one in analysis.compilation.found):
        yield Action("make all repairs that take no guess", FIX_ALL, None)


def _repairs(analysis: Analysis, range_: Range) -> Iterator[Action]:
    text = analysis.text(analysis.config)
    for one in analysis.compilation.diagnostics:
        if not one.fixes or one.span is None:
            continue
        place = text.range(one.span)
        if place.start.line <= range_.end.line and range_.start.line <= place.end.line:
            yield Action(one.fixes[0].title, QUICK, _edits(analysis, one.fixes[0].edits), one.code, place)


def every_repair(analysis: Analysis) -> Edits:
    """All of them at once, as `check --fix` makes them."""
    done = analysis.compilation.repaired
    if not done.diagnostics:
        return ()
    text = analysis.text(analysis.config)
    whole = Span(text.position(Spot(0, 0)), text.position(Spot(len(text.text), 0)))
    return ((text.range(whole), done.text),)


def _state_here(analysis: Analysis, stated: Stated) -> Iterator[Action]:
    """Write what is in force in place of a value that is not."""
    found = analysis.model.source.location(stated.path)
    if found is None or not found.exact or not stated.subjects or not stated.leaf.setting.runtime:
        return
    subject = stated.subjects[0]
    resolved = subject.resolved()
    winner = resolved.winner
    if winner is None or _own(resolved, stated.path) is None or _own(resolved, stated.path) is winner:
        return
    for value in _spellings(analysis, stated.leaf, resolved):
        edit = Edit(found.value, value)
        if _says(analysis, (edit,), subject, stated.path, resolved.value):
            yield Action(f"state in the file what is in force: {value}", REWRITE, _edits(analysis, (edit,)))
            return


def _state_below(analysis: Analysis, spot: Spot) -> Iterator[Action]:
    """At a table's header: write what the environment, or a rule, decides for keys that are not written."""
    model = analysis.model
    line = analysis.text(analysis.config).position(spot).line
    for path, found in model.source.spans.between(line, line) if model.source.text else ():
        node = model.catalogue.node(path)
        written = model.source.spans.written(found.value)
        if not isinstance(node, Table) or not found.exact or not written.startswith("[") or written.startswith("[["):
            continue
        end, there = Span(found.value.end, found.value.end), value_at(model.source.data, path)
        for name, leaf in node.children.items():
            if isinstance(leaf, Leaf) and leaf.setting.runtime and name not in there:
                yield from _state_new(analysis, leaf, (*path, name), end)


def _state_new(analysis: Analysis, leaf: Leaf, path: Path, end: Span) -> Iterator[Action]:
    if ANY in leaf.path:
        return
    subject = Subject(analysis.model, leaf.setting, None)
    resolved = subject.resolved()
    winner = resolved.winner
    if winner is None or winner.source not in {"environment", "inferred"}:
        return
    ending = "\r\n" if "\r\n" in analysis.model.source.text else "\n"
    for value in _spellings(analysis, leaf, resolved):
        edit = Edit(end, f"{ending}{path[-1]} = {value}")
        if _says(analysis, (edit,), subject, path, resolved.value):
            title = f"state in the file what is in force: {path[-1]} = {value}"
            yield Action(title, REWRITE, _edits(analysis, (edit,)))
            return


def _name_variable(analysis: Analysis, stated: Stated) -> Iterator[Action]:
    """Name the variable of a value that is no business of the file's."""
    setting, source = stated.leaf.setting, analysis.model.source
    found = source.location(stated.path)
    if not setting.reference or not setting.variable or not stated.leaf.app_form:
        return
    if found is None or not found.exact or found.component is None:
        return
    key, name = setting.reference[-1], setting.variable
    edits = (Edit(found.component, key), Edit(found.value, spelled(name)))
    after = _after(analysis, edits)
    if after.model.source.broken or after.model.source.value((*stated.path[:-1], key)) != name:
        return
    unset = " (and set it)" if analysis.model.environment.text(name) is None else ""
    yield Action(f"name the variable: {key} = {spelled(name)}{unset}", REWRITE, _edits(analysis, edits))


def _own(resolved: Resolved, path: Path) -> Candidate | None:
    """What a key of the file offers."""
    key = redact(dotted(path))
    return next(
        (
            one
            for one in resolved.candidates
            if isinstance(one.origin, FileOrigin) and one.origin.key == key and not one.implied
        ),
        None,
    )


def _spellings(analysis: Analysis, leaf: Leaf, resolved: Resolved) -> Iterator[str]:
    """How a value in force may be written as the value of a key; none for what may be secret."""
    if resolved.secret or not leaf.kind.harmless or resolved.value is None or MASK in spelled(resolved.value):
        return
    values: list[Any] = [resolved.value, *(leaf.kind.choices or ())]
    if isinstance(resolved.value, str) and os.path.isabs(resolved.value):
        values.insert(0, os.path.relpath(resolved.value, analysis.compilation.root))
    yield from (text for value in values if len(text := spelled(value)) <= LONGEST)


def _says(analysis: Analysis, edits: Iterable[Edit], subject: Subject, path: Path, value: Any) -> bool:
    """Whether a key says a value after edits, which make nothing wrong."""
    after = _after(analysis, edits)
    if after.model.source.broken or count_errors(after.found) > count_errors(analysis.compilation.found):
        return False
    resolved = Subject(after.model, subject.setting, subject.workflow).resolved()
    own = _own(resolved, path)
    return own is not None and own.status != "rejected" and own.value == value and resolved.value == value


def _after(analysis: Analysis, edits: Iterable[Edit]) -> Compilation:
    return compile_edits(analysis.model, tuple(edits))


def _edits(analysis: Analysis, edits: Iterable[Edit]) -> Edits:
    text = analysis.text(analysis.config)
    return tuple((text.range(edit.span), edit.text) for edit in edits)
