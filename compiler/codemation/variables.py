"""The environment variables, as `codemation env` and the reference list them."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from codemation.catalogue import dotted
from codemation.explain import spelled
from codemation.facts import Facts
from codemation.redaction import MASK, mask_url, redact
from codemation.resolve import Rejected
from codemation.setting import Setting

VariableStatus = Literal["set", "outranked", "unused", "invalid", "blank", "unset", "ignored"]


class VariableRow(Struct, frozen=True):
    """One variable: the settings that it sets (runtime keys), their default, and what it says now, masked.

    `status` tells whether it counts: `set`, `outranked`, `unused` (does not apply), `invalid`, `blank`, `unset`, or
    `ignored` (another variable is named in its place). `place` is where it is set.
    """

    name: str
    settings: tuple[str, ...]
    default: Any
    value: Any
    status: VariableStatus
    place: str | None
    doc: str

    def data(self) -> dict[str, Any]:
        """The row for `--format json`."""
        return {
            "name": self.name,
            "settings": list(self.settings),
            "default": self.default,
            "value": self.value,
            "status": self.status,
            "setIn": self.place,
            "description": self.doc,
        }

    def shown_value(self) -> str:
        """The value with its status, for people."""
        if self.status in {"unset", "blank"}:
            return "(not set)" if self.status == "unset" else "(blank: counts as not set)"
        note = {"outranked": " (outranked)", "unused": " (does not apply)", "invalid": " (not valid)"}
        ignored = " (not consulted: another variable is named in its place)"
        return spelled(self.value) + (ignored if self.status == "ignored" else note.get(self.status, ""))

    def shown_default(self) -> str:
        """The default, for people."""
        return "none" if self.default is None else spelled(self.default)


def variable_rows(facts: Facts) -> tuple[VariableRow, ...]:
    """Every variable: the settings' own, and those that the file names in their place."""
    rows = []
    for name, settings in facts.catalogue.variables.items():
        in_force = facts.variables[settings[0].runtime or ()]
        if in_force is not None and in_force != name:
            rows.append(_row(facts, in_force, settings))
        rows.append(_row(facts, name, settings, ignored=in_force != name))
    return tuple(rows)


def _row(facts: Facts, name: str, settings: tuple[Setting, ...], *, ignored: bool = False) -> VariableRow:
    variable = facts.environment.variable(name)
    first = settings[0]
    status = "ignored" if ignored and variable and variable.value else _status(facts, name, settings)
    place = None
    if variable:
        place = f"{variable.origin.file}:{variable.origin.line}" if variable.origin.file else "process environment"
    return VariableRow(
        name=name,
        settings=tuple(dotted(setting.runtime) for setting in settings),
        default=list(first.default) if isinstance(first.default, tuple) else first.default,
        value=_value(first, variable.value) if variable and variable.value else None,
        status=status,
        place=place,
        doc=first.doc,
    )


def _status(facts: Facts, name: str, settings: tuple[Setting, ...]) -> VariableStatus:
    """What the variable amounts to for the settings that it sets, the best of them."""
    text = facts.environment.text(name)
    if not text:
        return "unset" if text is None else "blank"
    states: list[VariableStatus] = []
    for setting in settings:
        decision = facts.decision(setting.runtime)
        if isinstance(facts.layers.environment.get(setting.runtime), Rejected):
            states.append("invalid")
        elif decision.place is None or decision.place.source != "environment":
            states.append("outranked")
        else:
            states.append("unused" if decision.state == "unused" else "set")
    return next(state for state in ("invalid", "set", "unused", "outranked") if state in states)


def _value(setting: Setting, text: str) -> Any:
    """The variable's value, or as much of it as is surely no secret."""
    kind = setting.type.in_runtime_form()
    value = kind.parse(text)
    if kind.problem(value) is None:
        return redact(value) if isinstance(value, str) else value
    if kind.harmless:
        return redact(text)
    masked = mask_url(text)
    return masked if masked != text else MASK
