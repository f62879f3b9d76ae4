"""The environment variables, as `codemation env` and the reference list them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from codemation.catalogue import dotted
from codemation.explain import candidate_name, candidate_place, spelled
from codemation.facts import Facts
from codemation.origin import Candidate, EnvironmentOrigin, Resolved
from codemation.redaction import MASK, mask_url, redact_value
from codemation.resolve import Rejected
from codemation.rules.sign_in_required import named, providers
from codemation.setting import Setting
from codemation.switches import HOST_VARIABLES, SWITCHES, HostVariable, Switch
from codemation.trace import host_trace

VariableStatus = Literal["set", "outranked", "unused", "invalid", "blank", "unset", "ignored"]


class VariableRow(Struct, frozen=True):
    """One variable: the settings that it sets (runtime keys), what is in force for them, and what it says itself.

    `default` is the built-in value, or the keys that the setting follows. `in_force` is the value in force (masked) and
    `decided_by` who decided it, with the place. `value` is the variable's own (masked) and `place` where it is set;
    `status` tells whether it counts: `set`, `outranked`, `unused` (does not apply), `invalid`, `blank`, `unset`, or
    `ignored` (another variable is named in its place). `role` says what a variable without settings is.
    """

    name: str
    settings: tuple[str, ...]
    default: Any
    follows: tuple[str, ...]
    in_force: Any
    decided_by: str | None
    value: Any
    status: VariableStatus
    place: str | None
    doc: str
    role: str = ""

    def data(self) -> dict[str, Any]:
        """The row for `--format json`."""
        return {
            "name": self.name,
            "settings": list(self.settings),
            "default": self.default,
            "follows": list(self.follows),
            "value": self.in_force,
            "setIn": self.decided_by,
            "variable": {"value": self.value, "status": self.status, "setIn": self.place},
            "description": self.doc,
        }

    def own_line(self) -> str | None:
        """What the variable itself says, for people, where that is not what is in force."""
        note = {
            "outranked": "outranked",
            "unused": "does not apply",
            "invalid": "not valid",
            "ignored": "not consulted: another variable is named in its place",
        }.get(self.status)
        if self.status == "blank":
            return f"blank, which counts as not set ({self.place})"
        return f"{spelled(self.value)} ({self.place}): {note}" if note else None

    def shown_default(self) -> str:
        """The default, for people."""
        if self.follows:
            return f"follows {' and '.join(self.follows)}"
        return "none" if self.default is None else spelled(self.default)


def variable_rows(facts: Facts) -> tuple[VariableRow, ...]:
    """Every variable: the settings' own, and those that the file names in their place."""
    decided = {resolved.key: resolved for resolved in host_trace(facts)}
    rows = []
    for name, settings in facts.catalogue.variables.items():
        in_force = facts.variables[settings[0].runtime]
        if in_force is not None and in_force != name:
            rows.append(_row(facts, decided, in_force, settings))
        rows.append(_row(facts, decided, name, settings, ignored=in_force != name))
    rows += [_host_row(facts, variable) for variable in HOST_VARIABLES.values()]
    rows += _provider_rows(facts)
    return (*rows, *(_switch_row(facts, switch) for switch in SWITCHES.values()))


def _host_row(facts: Facts, variable: HostVariable) -> VariableRow:
    """The row of a variable that the host reads by itself."""
    return _plain_row(facts, variable.name, variable.doc, secret=variable.secret, role="none: the host reads it")


def _provider_rows(facts: Facts) -> list[VariableRow]:
    """The variables that providers of sign-in name; what they hold is never shown."""
    named_by: dict[str, list[str]] = {}
    for place, position, provider in providers(facts):
        for key, name in named(provider):
            named_by.setdefault(name, []).append(facts.inside(place, (position, key))[0])
    own = {*facts.catalogue.variables, *HOST_VARIABLES, *SWITCHES}
    return [
        _plain_row(
            facts,
            name,
            "What a provider of sign-in needs.",
            secret=True,
            role=f"none: named by {', '.join(keys)}",
        )
        for name, keys in named_by.items()
        if name not in own
    ]


def _plain_row(facts: Facts, name: str, doc: str, *, secret: bool, role: str) -> VariableRow:
    """The row of a variable that no setting takes its value from."""
    variable = facts.environment.variable(name)
    text = variable.value if variable else None
    place = _place(variable.origin) if variable else None
    value = (MASK if secret else redact_value(text)) if text else None
    return VariableRow(
        name=name,
        settings=(),
        default=None,
        follows=(),
        in_force=value,
        decided_by=f"{name} ({place})" if text else None,
        value=value,
        status="unset" if text is None else "set" if text else "blank",
        place=place,
        doc=doc,
        role=role,
    )


def _switch_row(facts: Facts, switch: Switch) -> VariableRow:
    """The row of a variable that is on or off, and no setting."""
    variable = facts.environment.variable(switch.name)
    text = variable.value if variable else None
    place = _place(variable.origin) if variable else None
    value = switch.value(text)
    status: VariableStatus = (
        "unset" if text is None else "blank" if not text else "set" if value is not None else "invalid"
    )
    return VariableRow(
        name=switch.name,
        settings=(),
        default=False,
        follows=(),
        in_force=value,
        decided_by={"set": f"{switch.name} ({place})", "invalid": None}.get(status, "default"),
        value=redact_value(text) if text else None,
        status=status,
        place=place,
        doc=switch.doc,
        role="none: it is a switch",
    )


def _place(origin: EnvironmentOrigin) -> str:
    """Where a variable is set."""
    return f"{origin.file}:{origin.line}" if origin.file else "process environment"


def _row(
    facts: Facts,
    decided: Mapping[str, Resolved],
    name: str,
    settings: tuple[Setting, ...],
    *,
    ignored: bool = False,
) -> VariableRow:
    variable = facts.environment.variable(name)
    first = settings[0]
    resolved = decided[dotted(first.runtime)]
    winner = next((candidate for candidate in resolved.candidates if candidate.status == "won"), None)
    return VariableRow(
        name=name,
        settings=tuple(dotted(setting.runtime) for setting in settings),
        default=list(first.default) if isinstance(first.default, tuple) else first.default,
        follows=tuple(dotted(key) for key in first.inherits),
        in_force=resolved.value,
        decided_by=_decided_by(winner) if winner else None,
        value=_value(first, variable.value) if variable and variable.value else None,
        status="ignored" if ignored and variable and variable.value else _status(facts, name, settings),
        place=_place(variable.origin) if variable else None,
        doc=first.doc,
    )


def _decided_by(winner: Candidate) -> str:
    """Who decided, and where that is written."""
    place = candidate_place(winner)
    return f"{candidate_name(winner)} ({place})" if place else candidate_name(winner)


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
        return redact_value(value)
    if kind.harmless:
        return redact_value(text)
    masked = mask_url(text)
    return masked if masked != text else MASK
