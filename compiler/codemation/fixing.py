"""Making the repairs that diagnostics offer, one round after the other: one makes room for the next.

Each diagnostic says itself what is certain; here is only checked that it came out so.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from codemation.diagnostics import Diagnostic, Edit, order
from codemation.origin import Position
from codemation.resolution.disturbances import disturbs
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.found import Diagnostics
from codemation.rules.runner import run
from codemation.rules.toml_syntax import further
from codemation.rules.values.told import fault_told
from codemation.settings.catalogue import dotted
from codemation.text.redaction import redact

MOST_TRIES = 64
"""Texts that are tried at most, so that time grows no faster than the file: far more than honest mistakes take."""

DecideEdits = Callable[[SemanticModel, Sequence[Edit]], SemanticModel]
"""What follows from a model's file after edits."""


class Repaired(Struct, frozen=True):
    """`diagnostics` are what was repaired, each as its round told it; `model` is of the text after that."""

    diagnostics: tuple[Diagnostic, ...]
    model: SemanticModel

    @property
    def text(self) -> str:
        """The text of the file after the repairs."""
        return self.model.source.text

    def told(self, found: Iterable[Diagnostic], model: SemanticModel) -> Diagnostics:
        """What was found before, without the repairs that come to nothing."""
        left = Counter(map(_subject, self.diagnostics))
        kept: list[Diagnostic] = []
        for one in found:
            made = bool(one.fixes) and left[_subject(one)] > 0
            left[_subject(one)] -= made
            kept.append(one if made or not one.fixes else replace(one, fixes=()))
        return Diagnostics(kept, model, repairs=len(self.diagnostics))


def repaired(model: SemanticModel, found: Sequence[Diagnostic], decide_edits: DecideEdits) -> Repaired:
    """Make every repair that is on offer, in the text alone: nothing is written. `found` is all that rules found."""
    done: list[Diagnostic] = []
    given_up: set[tuple[object, ...]] = set()
    tries = iter(range(MOST_TRIES))
    known = model
    offered = [one for one in found if one.fixes]
    while chosen := _apart(one for one in _with_further(model, offered) if _identity(one) not in given_up):
        made, after = _made(model, chosen, decide_edits, tries, known)
        if after is None:
            break
        kept = set(map(id, made))
        given_up |= {_identity(one) for one in chosen if id(one) not in kept}
        done += made
        model = after
        known = after if known.source.broken else known
        offered = repairs_offered(model)
    return Repaired(tuple(done), model)


def repairs_offered(model: SemanticModel) -> list[Diagnostic]:
    """The diagnostics that offer a repair, in the order of reports: of the text's syntax, or else of its shape."""
    if model.source.syntax is not None:
        return [one for one in run(model) if one.fixes]
    offering = [fault_told(model, fault) for fault in model.offers.faults if fault.repair is not None]
    return sorted([one for one in offering if one.fixes], key=order)


def _with_further(model: SemanticModel, offered: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """What there is to repair; of a text that is no TOML also what the parser would only come to after that."""
    for one in offered:
        yield one
        if model.source.syntax is not None:
            yield from further(model)


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


def _made(
    before: SemanticModel,
    chosen: Sequence[Diagnostic],
    decide_edits: DecideEdits,
    tries: Iterator[int],
    known: SemanticModel,
) -> tuple[list[Diagnostic], SemanticModel | None]:
    """Those that come out as they should, all made together, and what follows then; `None` if no try is left.

    `known` is what was in force before any repair. Where it cannot be told which come out wrong, they are halved until
    it can.
    """
    made: list[Diagnostic] = []
    best = before
    pending = [list(chosen)]
    while pending:
        if next(tries, None) is None:
            return made, best if made else None
        part = pending.pop()
        edits = [edit for one in (*made, *part) for edit in _edits(one)]
        after = decide_edits(before, edits)
        wrong = set(map(id, _amiss(before, after, [*made, *part], known)))
        right = [one for one in part if id(one) not in wrong]
        if not wrong:
            made, best = [*made, *part], after
        elif 0 < len(right) < len(part):
            pending.append(right)
        elif len(part) > 1:
            middle = len(part) // 2
            pending += [part[middle:], part[:middle]]
    return made, best


def _amiss(
    before: SemanticModel, after: SemanticModel, chosen: Sequence[Diagnostic], known: SemanticModel
) -> Sequence[Diagnostic]:
    """Those whose repair did not come out as it should, or all, where anything else is not as it was."""
    syntax, was = after.source.syntax, before.source.syntax
    if syntax is not None:
        # As far as the parser comes it is TOML.
        return [one for one in chosen if was is None or one.span is None or one.span.start.line >= syntax.position.line]
    keys = {(one.code, one.key) for one in chosen}
    same = [fault for fault in after.offers.faults if (fault.code, redact(dotted(fault.path))) in keys]
    left = {_identity(fault_told(after, fault)) for fault in same}
    wrong = [one for one in chosen if _identity(one) in left]
    return wrong or (chosen if disturbs(known, after) else ())


def _edits(diagnostic: Diagnostic) -> tuple[Edit, ...]:
    return diagnostic.fixes[0].edits


def _subject(diagnostic: Diagnostic) -> tuple[object, ...]:
    return diagnostic.code, diagnostic.key, diagnostic.message


def _identity(diagnostic: Diagnostic) -> tuple[object, ...]:
    return *_subject(diagnostic), diagnostic.span
