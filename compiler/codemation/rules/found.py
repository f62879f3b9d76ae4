"""What the rules found about one configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel


class Diagnostics(tuple[Diagnostic, ...]):  # noqa: SLOT001  (a tuple cannot have slots and hold anything beside)
    """Diagnostics that know what they are about, so that a report can quote it: `model`.

    `repairs` is how many `check --fix` makes, with those that it only comes to after others. A part of them, and what
    is pickled or copied of them, is a plain tuple: a model holds secrets.
    """

    model: SemanticModel
    repairs: int

    def __new__(cls, found: Iterable[Diagnostic], model: SemanticModel, repairs: int = 0) -> Self:
        """The diagnostics of `model`, in the order given."""
        made = super().__new__(cls, found)
        made.model = model
        made.repairs = repairs
        return made

    def __reduce__(self) -> tuple[type[tuple[Diagnostic, ...]], tuple[list[Diagnostic]]]:
        """Without what they are about."""
        return tuple, (list(self),)


def repairs_of(diagnostics: Sequence[Diagnostic]) -> int:
    """How many repairs `check --fix` makes; of diagnostics that were chosen from among others, how many have one."""
    if isinstance(diagnostics, Diagnostics):
        return diagnostics.repairs
    return sum(bool(one.fixes) for one in diagnostics)
