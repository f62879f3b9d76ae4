"""What is shown behind values: what is in force instead of them, and what a number of seconds is."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from codemation.explain.answer import spelled
from codemation.explain.candidates import Candidate, Resolved
from codemation.explain.trace import Subject
from codemation.lsp.analysis import Analysis, is_process
from codemation.lsp.cursor import subjects_of
from codemation.lsp.hover import because, seconds
from codemation.lsp.text import Spot
from codemation.origin import FileOrigin, Path, line_of
from codemation.settings.catalogue import dotted
from codemation.text.redaction import redact

LONGEST = 40
"""Characters of a value; a longer one is told on hover."""


class Hint(Struct, frozen=True):
    """A few words behind a value; `tooltip` tells more."""

    spot: Spot
    label: str
    tooltip: str


def hints(analysis: Analysis, first: int, last: int) -> Iterator[Hint]:
    """The hints of some lines of the file, counted from 0; none while it is no TOML."""
    source, text = analysis.model.source, analysis.text(analysis.config)
    if source.broken or not source.text:
        return
    start, end = text.position(Spot(first, 0)), text.position(Spot(last + 1, 0))
    for path, found in source.spans.between(start.line, end.line):
        leaf = analysis.model.catalogue.leaf(path)
        if leaf is None or not found.exact:
            continue
        spot = text.spot(found.value.end)
        for subject in subjects_of(analysis, path, leaf)[:1] if leaf.setting.runtime else ():
            yield from _behind(analysis, subject, path, spot)


def _behind(analysis: Analysis, subject: Subject, path: Path, spot: Spot) -> Iterator[Hint]:
    human = seconds(subject.setting, analysis.model.source.value(path))
    if human:
        yield Hint(spot, human, f"{human}, in seconds")
    resolved = subject.resolved()
    winner = resolved.winner
    if winner is not None and _is_other(resolved, path):
        yield Hint(spot, _label(analysis, subject, resolved, winner), f"in force {because(winner)}")


def _is_other(resolved: Resolved, path: Path) -> bool:
    """Whether what is written at a path is not what is in force."""
    key = redact(dotted(path))
    return any(
        isinstance(one.origin, FileOrigin)
        and one.origin.key == key
        and not one.implied
        and one.status in {"outranked", "rejected"}
        and (resolved.secret or one.value != resolved.value)
        for one in resolved.candidates
    )


def _label(analysis: Analysis, subject: Subject, resolved: Resolved, winner: Candidate) -> str:
    value = spelled(resolved.value)
    human = seconds(subject.setting, resolved.value)
    own = is_process(winner.origin) and not analysis.options.no_env
    place = "this editor's environment" if own else line_of(winner.origin) or winner.source
    shown = "another one" if resolved.secret or len(value) > LONGEST else value
    return f"in force: {shown}{f' = {human}' if human else ''} ({place})"
