"""The diagnostics of a project as an editor shows them, and what is written but not in force, faded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from codemation.codes import Code
from codemation.diagnostics import Diagnostic
from codemation.explain.answer import candidate_name
from codemation.explain.candidates import Candidate, Resolved
from codemation.explain.trace import Subject, host_trace
from codemation.lsp.analysis import Analysis, is_process
from codemation.lsp.text import Link, Range, Spot
from codemation.origin import EnvironmentOrigin, FileOrigin, written_at
from codemation.settings.elsewhere import KEYS
from codemation.text.redaction import redact

Look = Literal["faded", "struck through"]

OF_THE_SCHEMA: Final = frozenset({"CM001", "CM002", "CM003", "CM406"})
"""What a server for TOML says, with the schema, beside CM1xx of the file."""

FADED: Final = frozenset({"CM206", "CM301", "CM302", "CM303", "CM409"})
ELSEWHERE: Final = frozenset({"CM205"})
"""Names of other programs."""

EDITORS: Final = "This editor's environment decides here; the host's may differ."
"""What is told wherever something hangs on the process."""


class Finding(Struct, frozen=True):
    """One thing to show: where, what, how much it matters, and how it looks; `code` is `None` for a mere hint."""

    link: Link
    message: str
    severity: Literal["error", "warning", "hint"]
    code: Code | None = None
    look: Look | None = None
    related: tuple[tuple[Link, str], ...] = ()


def findings(analysis: Analysis) -> list[Finding]:
    """Everything to show, in the files of the project."""
    shown = [_finding(analysis, one) for one in analysis.compilation.found if _is_shown(analysis, one)]
    taken = {(one.link.path, one.link.range.start.line) for one in shown if one.look}
    hints = (hint for hint in _not_in_force(analysis) if (hint.link.path, hint.link.range.start.line) not in taken)
    return [*shown, *hints]


def _is_shown(analysis: Analysis, diagnostic: Diagnostic) -> bool:
    """Whether the schema cannot say it, or is not asked."""
    if analysis.options.shape:
        return True
    by_schema = diagnostic.code in OF_THE_SCHEMA or (
        diagnostic.code.startswith("CM1") and not isinstance(diagnostic.origin, EnvironmentOrigin)
    )
    return not by_schema


def _finding(analysis: Analysis, diagnostic: Diagnostic) -> Finding:
    related = tuple(
        (link, one.message) for one in diagnostic.related if (link := analysis.link_to(one.origin)) is not None
    )
    link = analysis.link(diagnostic.file, diagnostic.span)
    if link is None or not analysis.is_there(link.path):
        link = _instead(analysis, related)
    lines = [diagnostic.message, f"help: {diagnostic.help}"]
    lines += [EDITORS] if analysis.leans(diagnostic) else []
    return Finding(link, "\n".join(lines), diagnostic.severity, diagnostic.code, _look(diagnostic), related)


def _instead(analysis: Analysis, related: tuple[tuple[Link, str], ...]) -> Link:
    """Where to show what is in no file, or in one that is missing: at what it has to do with, or on the first line."""
    own = [link for link, _ in related if link.path == analysis.config]
    first = Range(Spot(0, 0), analysis.text(analysis.config).end_of_line(0))
    return own[0] if own else Link(analysis.config, first)


def _look(diagnostic: Diagnostic) -> Look | None:
    if diagnostic.code in ELSEWHERE or (diagnostic.code == "CM101" and _is_from_elsewhere(diagnostic.key or "")):
        return "struck through"
    return "faded" if diagnostic.code in FADED and diagnostic.span is not None else None


def _is_from_elsewhere(key: str) -> bool:
    """Whether a key that there is not is one of another program's."""
    name = key.rpartition(".")[2]
    return any(name in names for names in KEYS.values())


def _not_in_force(analysis: Analysis) -> Iterator[Finding]:
    """What is written in the project's files and decides nothing."""
    every = _resolved(analysis)
    decides = {
        _place(candidate) for resolved in every for candidate in resolved.candidates if candidate.status == "won"
    }
    told: set[object] = set()
    for resolved in every:
        for candidate in resolved.candidates if resolved.status in {"won", "unused"} else ():
            place = _place(candidate)
            lost = candidate.status in {"outranked", "unused", "hidden"} and not candidate.implied
            # Who says the same as what decided need not be told.
            lost = lost and (candidate.value != resolved.value or resolved.secret)
            if not lost or place is None or place in decides or place in told:
                continue
            told.add(place)
            link = analysis.link_to(candidate.origin)
            if link is not None:
                yield Finding(link, _why(analysis, resolved, candidate), "hint", look="faded")


def _resolved(analysis: Analysis) -> tuple[Resolved, ...]:
    """The host's settings, and those of workflows that both forms speak of."""
    model = analysis.model
    both = model.layers.policies.app.keys() & model.layers.policies.runtime.keys()
    workflows = (
        Subject(model, setting, workflow).resolved()
        for workflow in sorted(both)
        for setting in model.catalogue.policies
    )
    return (*host_trace(model), *workflows)


def _place(candidate: Candidate) -> tuple[object, ...] | None:
    """A place in a file, to compare."""
    origin = candidate.origin
    if isinstance(origin, EnvironmentOrigin) and origin.file is not None:
        return origin.file, origin.variable
    if isinstance(origin, FileOrigin) and (origin.key_span or origin.value_span):
        return origin.file, origin.key_span, origin.value_span
    return None


def _why(analysis: Analysis, resolved: Resolved, candidate: Candidate) -> str:
    winner = resolved.winner
    text = f"`{redact(candidate_name(candidate))}` is not in force: {candidate.reason}"
    place = written_at(winner.origin) if winner else None
    text += f" ({place})" if place and winner and candidate.status == "outranked" else ""
    leans = winner is not None and is_process(winner.origin) and not analysis.options.no_env
    return f"{text}\n{EDITORS}" if leans else text
