"""Two compilations of one project, setting by setting: what `codemation diff` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from codemation.explain import candidate_name, spelled

if TYPE_CHECKING:
    from codemation.origin import Resolved
    from codemation.pipeline import Compilation


class Side(Struct, frozen=True):
    """A setting on one side: its value (masked), its state, and the source that decided, by layer and by name."""

    value: Any
    status: str
    source: str | None
    name: str | None
    text: str


class Difference(Struct, frozen=True):
    """A setting that differs; `secret_differs` tells that the two look alike only because they are masked."""

    key: str
    a: Side
    b: Side
    secret_differs: bool


ABSENT = Side(None, "unset", None, None, "(no such workflow)")


def compare(one: Compilation, other: Compilation) -> tuple[Difference, ...]:
    """The settings whose value or source differs, in the order of the forms."""
    first = {resolved.key: resolved for resolved in one.trace}
    second = {resolved.key: resolved for resolved in other.trace}
    plain = (_plain(one), _plain(other))
    found = []
    for key in dict.fromkeys((*first, *second)):
        a, b = (_side(side.get(key)) for side in (first, second))
        secret = a == b and plain[0].get(key) != plain[1].get(key)
        if secret or (a.value, a.status, a.source, a.name) != (b.value, b.status, b.source, b.name):
            found.append(Difference(key, a, b, secret))
    return tuple(found)


def _plain(compilation: Compilation) -> dict[str, Any]:
    """The plain values of secrets, to compare and for nothing else."""
    facts = compilation.facts
    return {
        ".".join(setting.runtime): facts.resolution.value(setting.runtime)
        for setting in facts.catalogue.hosts
        if setting.secret
    }


def _side(resolved: Resolved | None) -> Side:
    if resolved is None:
        return ABSENT
    winner = next((candidate for candidate in resolved.candidates if candidate.status == "won"), None)
    if winner is None:
        return Side(None, resolved.status, None, None, f"({resolved.status})")
    name = candidate_name(winner)
    return Side(resolved.value, "won", winner.source, name, f"{spelled(resolved.value)}  from {name}")
