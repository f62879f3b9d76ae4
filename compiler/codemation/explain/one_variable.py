"""What one variable does: which settings it touches, whether it won, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from codemation.explain.answer import select, spelled
from codemation.explain.candidates import Candidate
from codemation.explain.variables import VariableRow, advice_for, variable_rows
from codemation.origin import EnvironmentOrigin, written_at
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.elsewhere import VARIABLES
from codemation.text.redaction import redact
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.text.terminal import Terminal


class Answer(Struct, frozen=True):
    """What is told of a variable: the sentence, and the settings (runtime keys) that it is about."""

    sentence: str
    settings: tuple[str, ...] = ()

    def text(self, terminal: Terminal) -> str:
        """The sentence in lines."""
        return "\n".join(wrap(terminal.visible(self.sentence), terminal.width))


def answer_for(model: SemanticModel, name: str) -> Answer | None:
    """What a variable does; `None` where the name is that of no variable that is set, or known here or elsewhere."""
    row = next((row for row in variable_rows(model) if row.name == name), None)
    if row is not None and row.settings:
        touched = select(model, [name])
        won = [fact.key for fact in touched if any(_is_of(one, name) for one in fact.candidates)]
        return Answer(_sentence(row, won, [fact.key for fact in touched]), tuple(fact.key for fact in touched))
    if row is not None:
        state = {"set": f"is set ({row.place})", "invalid": f"is set ({row.place}), but not valid"}.get(row.status)
        return Answer(f"{name} {state or _nothing(row)}; no setting takes it: {row.role.removeprefix('none: ')}")
    variable, advice = model.environment.variable(name), advice_for(model, name)
    if variable is None and name not in VARIABLES:
        return None
    state = f"is set ({written_at(variable.origin)}), but" if variable is not None else "is not set, and"
    return Answer(f"{redact(name)} {state} nothing here reads it" + (f": {advice}" if advice else ""))


def _is_of(one: Candidate, name: str) -> bool:
    return one.status == "won" and isinstance(one.origin, EnvironmentOrigin) and one.origin.variable == name


def _sentence(row: VariableRow, won: Sequence[str], touched: Sequence[str]) -> str:
    said, about = f"{row.name} is set ({row.place})", _listed(touched)
    others = [key for key in touched if key not in won]
    if won:
        rest = f", but not {_listed(others)}" if others else ""
        return f"{said}, and decides {_listed(won)}{rest}"
    in_force = "nothing" if row.in_force is None else spelled(row.in_force)
    by = f", by {row.decided_by}" if row.decided_by else ""
    return {
        "set": f"{said}, but does not decide {about}",
        "outranked": f"{said}, but a higher source decides {about}; in force: {in_force}{by}",
        "unused": f"{said}, but {about} does not apply",
        "invalid": f"{said}, but is no valid value for {about}",
        "ignored": f"{said}, but the file names another variable in its place for {about}",
    }.get(row.status, f"{row.name} {_nothing(row)}; it would decide {about}; in force: {in_force}{by}")


def _nothing(row: VariableRow) -> str:
    return f"is set, but blank, which counts as not set ({row.place})" if row.status == "blank" else "is not set"


def _listed(settings: Sequence[str]) -> str:
    return " and ".join(f"`{key}`" for key in settings)
