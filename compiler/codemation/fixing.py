"""Making the repairs that diagnostics offer, one round after the other: one makes room for the next.

Each diagnostic says itself what is certain; here is only checked that it came out so.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Iterable, Sequence

from msgspec import Struct

from codemation.diagnostics import Diagnostic, Edit
from codemation.origin import Position
from codemation.pipeline import Compilation, compile_text
from codemation.sources.edits import edited

MOST_ROUNDS = 10_000
"""Each round repairs something that no later one breaks, so that it ends by itself, and far sooner."""


class Repaired(Struct, frozen=True):
    """`diagnostics` are what was repaired, each as its round told it; `compilation` is of the text after that."""

    diagnostics: tuple[Diagnostic, ...]
    compilation: Compilation

    @property
    def text(self) -> str:
        """The text of the file after the repairs."""
        return self.compilation.model.source.text


def holds(compilation: Compilation, diagnostic: Diagnostic) -> bool:
    """Whether the repair of one diagnostic comes out as it should, made by itself."""
    return bool(diagnostic.fixes) and _after(compilation, [diagnostic]) is not None


def repaired(compilation: Compilation) -> Repaired:
    """Make every repair that is on offer, in the text alone: nothing is written."""
    done: list[Diagnostic] = []
    given_up: set[tuple[object, ...]] = set()
    for _ in range(MOST_ROUNDS):
        offered = [one for one in compilation.diagnostics if one.fixes and _identity(one) not in given_up]
        chosen = _apart(offered)
        if not chosen:
            break
        after = _after(compilation, chosen)
        if after is None:
            # Alone, the first may do; if not, it is not tried again.
            chosen = chosen[:1]
            after = _after(compilation, chosen)
        if after is None:
            given_up.add(_identity(chosen[0]))
            continue
        done += chosen
        compilation = after
    return Repaired(tuple(done), compilation)


def _apart(offered: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those whose edits do not touch each other's, the first ones first."""
    chosen: list[Diagnostic] = []
    taken: list[tuple[Position, Position]] = []
    for one in offered:
        edits = _edits(one)
        if not any(_touches(taken, edit) for edit in edits):
            chosen.append(one)
            for edit in edits:
                insort(taken, (edit.span.start, edit.span.end))
    return chosen


def _touches(taken: Sequence[tuple[Position, Position]], edit: Edit) -> bool:
    """Whether an edit touches one of these stretches, which are in order: what is put in at a place has none."""
    at = bisect(taken, (edit.span.start, edit.span.end))
    before = at > 0 and taken[at - 1][1] >= edit.span.start
    return before or (at < len(taken) and taken[at][0] <= edit.span.end)


def _after(compilation: Compilation, chosen: Sequence[Diagnostic]) -> Compilation | None:
    """The compilation of the edited text, if what was repaired is then no longer wrong, and nothing else is."""
    edits = [edit for one in chosen for edit in _edits(one)]
    after = compile_text(compilation.model, edited(compilation.model.source.text, edits))
    fault, before = after.model.source.syntax, compilation.model.source.syntax
    if fault is not None and (before is None or fault.position.line <= before.position.line):
        return None
    left = {_identity(one) for one in after.diagnostics}
    return None if any(_identity(one) in left for one in chosen) else after


def _edits(diagnostic: Diagnostic) -> tuple[Edit, ...]:
    return diagnostic.fixes[0].edits


def _identity(diagnostic: Diagnostic) -> tuple[object, ...]:
    return diagnostic.code, diagnostic.key, diagnostic.message, diagnostic.span
