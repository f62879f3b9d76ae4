"""What changed from one check to the next, for people who watch: what is new, what is fixed, and a line that counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from codemation.diagnostics import Diagnostic
from codemation.reports.locations import Locations
from codemation.reports.text import prose, render_paragraphs, summary_line
from codemation.text.terminal import Terminal

INPUT = "CM00"
"""How the codes begin that say of a file that it cannot be read: one of these hides what else is wrong with it."""


class Change(Struct, frozen=True):
    """What a check found beyond what was known, and what of that is gone; `known` is what to compare the next with."""

    new: tuple[Diagnostic, ...]
    fixed: tuple[Diagnostic, ...]
    known: tuple[Diagnostic, ...]


def change_since(known: Sequence[Diagnostic], found: Sequence[Diagnostic]) -> Change:
    """Compare a check with what was known; what only moved to another line is not new.

    Where a file cannot be read (half of a line is typed), what was wrong in it is not fixed: it stays known.
    """
    hidden = any(diagnostic.code.startswith(INPUT) for diagnostic in found)
    left = Counter(map(_identity, known))
    new = [diagnostic for diagnostic in found if not _take(left, diagnostic)]
    # Of several that read alike the last ones count as fixed.
    gone = [diagnostic for diagnostic in reversed(known) if _take(left, diagnostic)][::-1]
    kept = [diagnostic for diagnostic in gone if hidden and not diagnostic.code.startswith(INPUT)]
    fixed = tuple(diagnostic for diagnostic in gone if diagnostic not in kept)
    return Change(tuple(new), fixed, (*found, *kept))


def render_change(  # noqa: PLR0913
    change: Change, found: Sequence[Diagnostic], locations: Locations, terminal: Terminal, *, clock: str, quiet: bool
) -> str:
    """What is fixed, in words; what is new, as in any report; the time, and how much is wrong now.

    `quiet` tells that nothing but these could have changed, as far as a reader is told.
    """
    fixed = [
        line
        for diagnostic in change.fixed
        for line in prose(f"fixed[{diagnostic.code}]", diagnostic.message, terminal, "green")
    ]
    parts = ["\n" if fixed or change.new else "", *(f"{line}\n" for line in fixed), "\n" if fixed else ""]
    parts.append(render_paragraphs(change.new, locations, terminal))
    counts = [f"{len(group)} {name}" for group, name in ((change.fixed, "fixed"), (change.new, "new")) if group]
    nothing = "no change" if quiet else "nothing new is wrong"
    parts.append(f"{clock}  {', '.join(counts) or nothing}; {summary_line(found, terminal)}\n")
    return "".join(parts)


def _take(left: Counter[tuple[object, ...]], diagnostic: Diagnostic) -> bool:
    """Take one of these out of what is left, if there is one."""
    identity = _identity(diagnostic)
    left[identity] -= 1
    return left[identity] >= 0


def _identity(diagnostic: Diagnostic) -> tuple[object, ...]:
    """What makes it the same to a reader: all that it says but where, which of a broken file is the news."""
    related = tuple(item.message for item in diagnostic.related)
    place = diagnostic.span if diagnostic.code.startswith(INPUT) else None
    return diagnostic.code, diagnostic.severity, diagnostic.file, diagnostic.message, diagnostic.help, related, place
