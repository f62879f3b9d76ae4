"""The environment variables, as `codemation env` and the reference list them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from codemation.explain.answer import candidate_name, spelled
from codemation.explain.candidates import Candidate, Resolved
from codemation.explain.touched import decider
from codemation.explain.trace import host_trace
from codemation.origin import EnvironmentOrigin, FileOrigin, line_of, written_at
from codemation.resolution.decision import Rejected
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.misspelt_variable import NEAR, PREFIX, intended, is_service
from codemation.settings.catalogue import dotted
from codemation.settings.elsewhere import VARIABLES
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES, HostVariable, Switch
from codemation.settings.setting import Setting
from codemation.sources.environment import COMPANION, Variable
from codemation.text.redaction import MASK, mask_url, redact, redact_value
from codemation.text.wording import nearest

VariableStatus = Literal["set", "outranked", "unused", "invalid", "blank", "unset", "ignored"]


class VariableRow(Struct, frozen=True):
    """One variable: the settings that it sets (runtime keys), what is in force for them, and what it says itself.

    `default` is the built-in value, or the keys that the setting follows. `in_force` is the value in force (masked) and
    `decided_by` who decided it, with the place. `value` is the variable's own (masked) and `place` where it is set;
    `status` tells whether it counts: `set`, `outranked`, `unused` (does not apply), `invalid`, `blank`, `unset`, or
    `ignored` (another variable is named in its place). `role` says what a variable without settings is. `hides` are the
    places of what it beats. `decided_at` is a short `decided_by`, also of what is wrong: the line of a file, a variable
    with its place.
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
    hides: tuple[str, ...] = ()
    decided_at: str = ""

    def data(self) -> dict[str, Any]:
        """The row for `--format json`."""
        return {
            "name": self.name,
            "settings": list(self.settings),
            "default": self.default,
            "follows": list(self.follows),
            "value": self.in_force,
            "setIn": self.decided_by,
            "variable": {
                "value": self.value,
                "status": self.status,
                "setIn": self.place,
                "hides": list(self.hides),
            },
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


def variable_rows(model: SemanticModel, *, asked: str = "") -> tuple[VariableRow, ...]:
    """Every variable: the settings' own, and those that the file names in their place.

    A companion in `_FILE` is listed where it is set, or `asked` for.
    """
    decided = {resolved.key: resolved for resolved in host_trace(model)}
    rows = []
    for name, settings in model.catalogue.variables.items():
        key = settings[0].runtime
        names = model.offers.names.get(key, (name,))
        if name not in names:
            for other in names if name == settings[0].variables[0] else ():
                rows += _rows(model, decided, other, settings, asked)
        rows += _rows(model, decided, name, settings, asked)
    rows += [row for variable in HOST_VARIABLES.values() for row in _host_rows(model, variable, asked)]
    rows += _provider_rows(model, asked)
    return (*rows, *(_switch_row(model, switch) for switch in SWITCHES.values()))


class IgnoredRow(Struct, frozen=True):
    """A variable that is set and that nothing reads, though it looks as if it were meant for codemation."""

    name: str
    place: str | None
    advice: str

    def data(self) -> dict[str, Any]:
        """The row for `--format json`."""
        return {"name": self.name, "setIn": self.place, "advice": self.advice}


def ignored_rows(model: SemanticModel) -> tuple[IgnoredRow, ...]:
    """The variables that look like ours and are none, in the order of the environment."""
    read = {*HOST_VARIABLES, *SWITCHES, *model.provider_variables, *model.variables.values()}
    found = []
    for name in model.strangers:
        text = model.environment.text(name)
        if not text or not read.isdisjoint({name, name.removesuffix(COMPANION)}) or is_service(name, text):
            continue
        advice = advice_for(model, name) or ("nothing reads it" if name.startswith(PREFIX) else None)
        if advice is not None:
            found.append(IgnoredRow(redact(name), written_at(model.variable_origin(name)), advice))
    return tuple(found)


def advice_for(model: SemanticModel, name: str) -> str | None:
    """What to do with a variable that nothing reads, if it was probably meant for codemation."""
    advice = VARIABLES.get(name)
    if advice is not None:
        return advice if " " in advice else f"what is read is {advice}"
    known = tuple(dict.fromkeys((*model.catalogue.variables, *HOST_VARIABLES, *SWITCHES)))
    meant = intended(model.catalogue, name) if name.startswith(PREFIX) else nearest(name, known, cutoff=NEAR)
    return f"did you mean {meant}?" if meant else None


def _rows(
    model: SemanticModel,
    decided: Mapping[str, Resolved],
    name: str,
    settings: tuple[Setting, ...],
    asked: str,
) -> list[VariableRow]:
    """A variable's row, and that of its companion in `_FILE` where it is set or asked for."""
    rows = [_row(model, decided, name, settings)]
    companion = name + COMPANION
    if settings[0].secret and (companion == asked or model.environment.variable(companion)):
        rows.append(_row(model, decided, companion, settings))
    return rows


def _host_rows(model: SemanticModel, variable: HostVariable, asked: str) -> list[VariableRow]:
    """The row of a variable that the host reads by itself, and that of its companion where it is set or asked for."""
    names, companion = [variable.name], variable.name + COMPANION
    if variable.secret and (companion == asked or model.environment.variable(companion)):
        names.append(companion)
    role = "none: the host reads it"
    return [_row_without_setting(model, name, variable.doc, secret=variable.secret, role=role) for name in names]


def _provider_rows(model: SemanticModel, asked: str) -> list[VariableRow]:
    """The variables that providers of sign-in name; what they hold is never shown."""
    named_by = {
        name: [model.inside(place, path)[0] for place, path in places]
        for name, places in model.provider_variables.items()
    }
    own = {*model.catalogue.variables, *HOST_VARIABLES, *SWITCHES}
    return [
        _row_without_setting(
            model,
            each,
            "What a provider of sign-in needs.",
            secret=True,
            role=f"none: named by {', '.join(keys)}",
        )
        for name, keys in named_by.items()
        if name not in own
        for each in (name, name + COMPANION)
        if each in (name, asked) or model.environment.variable(each)
    ]


def _row_without_setting(model: SemanticModel, name: str, doc: str, *, secret: bool, role: str) -> VariableRow:
    """The row of a variable that no setting takes its value from."""
    variable = model.environment.variable(name)
    text = variable.value if variable else None
    place = written_at(variable.origin) if variable else None
    value = (MASK if secret else redact_value(text)) if text else None
    if variable and text and secret and name.endswith(COMPANION):
        value = variable.origin.secret_file or MASK
    problem = model.other_problems.get(name)
    wrong = problem is not None and not problem.harmless
    return VariableRow(
        name=name,
        settings=(),
        default=None,
        follows=(),
        in_force=value,
        decided_by=f"{name} ({place})" if text else None,
        value=value,
        status="unset" if text is None else "blank" if not text else "invalid" if wrong else "set",
        place=place,
        doc=doc,
        role=role,
    )


def _switch_row(model: SemanticModel, switch: Switch) -> VariableRow:
    """The row of a variable that is on or off, and no setting."""
    variable = model.environment.variable(switch.name)
    text = variable.value if variable else None
    place = written_at(variable.origin) if variable else None
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


def _row(
    model: SemanticModel,
    decided: Mapping[str, Resolved],
    name: str,
    settings: tuple[Setting, ...],
) -> VariableRow:
    variable = model.environment.variable(name)
    first = settings[0]
    resolved = decided[dotted(first.runtime)]
    winner, above = resolved.winner, decider(resolved) or resolved.winner
    # Where another is named in its place, that alone is looked at.
    looked_at = model.offers.names.get(first.runtime, (name,))
    ignored = not {name, name.removesuffix(COMPANION)} & set(looked_at)
    return VariableRow(
        name=name,
        settings=tuple(dotted(setting.runtime) for setting in settings),
        default=list(first.default) if isinstance(first.default, tuple) else first.default,
        follows=tuple(dotted(key) for key in first.inherits),
        in_force=resolved.value,
        decided_by=_decided_by(winner) if winner else None,
        value=_value(first, variable) if variable and variable.value else None,
        status="ignored" if ignored and variable and variable.value else _status(model, name, settings),
        place=written_at(variable.origin) if variable else None,
        doc=first.doc,
        hides=_hidden(name, resolved) if variable else (),
        decided_at=_decided_at(above) if above else "",
    )


def _hidden(name: str, resolved: Resolved) -> tuple[str, ...]:
    """Where what a variable beats is written: in env files the same variable, and what else was said."""
    won = any(one.status == "won" and _is_of(one, name) for one in resolved.candidates)
    beaten = [
        one
        for one in resolved.candidates
        if (one.status == "hidden" and _is_of(one, name)) or (won and one.status == "outranked")
    ]
    return tuple(dict.fromkeys(place for one in beaten if (place := _where(one, name)) is not None))


def _where(one: Candidate, name: str) -> str | None:
    """Where it is written; another variable of the process is called by its name."""
    origin = one.origin
    if isinstance(origin, EnvironmentOrigin) and origin.file is None and origin.variable != name:
        return origin.variable
    return line_of(origin)


def _is_of(one: Candidate, name: str) -> bool:
    return isinstance(one.origin, EnvironmentOrigin) and one.origin.variable == name


def _decided_by(winner: Candidate) -> str:
    """Who decided, and where that is written."""
    place = written_at(winner.origin)
    return f"{candidate_name(winner)} ({place})" if place else candidate_name(winner)


def _decided_at(winner: Candidate) -> str:
    line = line_of(winner.origin)
    return line if isinstance(winner.origin, FileOrigin) and line is not None else _decided_by(winner)


def _status(model: SemanticModel, name: str, settings: tuple[Setting, ...]) -> VariableStatus:
    """What the variable amounts to for the settings that it sets, the best of them."""
    text = model.environment.text(name)
    if not text:
        return "unset" if text is None else "blank"
    states: list[VariableStatus] = []
    for setting in settings:
        decision = model.decision(setting.runtime)
        used = model.variables.get(setting.runtime) == name
        if name in model.offers.problems.get(setting.runtime, {}) or (
            used and isinstance(model.layers.environment.get(setting.runtime), Rejected)
        ):
            states.append("invalid")
        elif not used or decision.place is None or decision.place.source != "environment":
            states.append("outranked")
        else:
            states.append("unused" if decision.state == "unused" else "set")
    return next(state for state in ("invalid", "set", "unused", "outranked") if state in states)


def _value(setting: Setting, variable: Variable) -> Any:
    """The variable's value, or as much of it as is surely no secret."""
    text = variable.value
    if variable.origin.variable.endswith(COMPANION):
        return variable.origin.secret_file or MASK
    kind = setting.type.in_runtime_form()
    value = kind.parse(text)
    if kind.accepts(value):
        return redact_value(value)
    if kind.harmless:
        return redact_value(text)
    masked = mask_url(text)
    return masked if masked != text else MASK
