"""Two environments of one project, setting by setting: what `codemation diff` prints."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from codemation.explain.answer import candidate_name, spelled
from codemation.explain.candidates import Resolved
from codemation.explain.trace import build_trace
from codemation.resolution.semantic_model import SemanticModel


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


def differences(one: SemanticModel, other: SemanticModel) -> tuple[Difference, ...]:
    """The settings whose value or source differs, in the order of the forms."""
    first = {resolved.key: resolved for resolved in build_trace(one)}
    second = {resolved.key: resolved for resolved in build_trace(other)}
    secrets = (_secrets(one), _secrets(other))
    found = []
    for key in dict.fromkeys((*first, *second)):
        a, b = (_side(side.get(key)) for side in (first, second))
        secret = a == b and secrets[0].get(key) != secrets[1].get(key)
        if secret or (a.value, a.status, a.source, a.name) != (b.value, b.status, b.source, b.name):
            found.append(Difference(key, a, b, secret))
    return tuple(found)


def _secrets(model: SemanticModel) -> dict[str, Any]:
    """The plain values of secrets, to compare and for nothing else."""
    return {
        ".".join(setting.runtime): model.resolution.value(setting.runtime)
        for setting in model.catalogue.hosts
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
