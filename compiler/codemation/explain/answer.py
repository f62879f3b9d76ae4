"""`compile --explain`: a trace as text that reads as an answer, or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from codemation.explain.candidates import Candidate, Resolved, Status, Trace
from codemation.origin import DefaultOrigin, EnvironmentOrigin, FileOrigin, InferredOrigin, written_at
from codemation.reports.data import diagnostic_data, origin_data
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.catalogue import dotted
from codemation.text.json import json_text
from codemation.text.redaction import redact
from codemation.text.terminal import display_width, wrap

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic
    from codemation.sources.environment import Variable
    from codemation.text.terminal import Style, Terminal

COLOURS: dict[Status, Style] = {"won": "green", "rejected": "red", "unused": "yellow", "blank": "yellow"}

LABEL = 11
"""Columns of the status in front of a candidate."""


def as_json(settings: Trace, diagnostics: Sequence[Diagnostic]) -> str:
    """The machine-readable explanation (spec section 6)."""
    data = {
        "settings": [
            {
                "key": resolved.key,
                "appKey": resolved.app_key,
                "value": resolved.value,
                "status": resolved.status,
                "candidates": [
                    {
                        "source": candidate.source,
                        "origin": origin_data(candidate.origin),
                        "value": candidate.value,
                        "status": candidate.status,
                        "reason": candidate.reason,
                    }
                    for candidate in resolved.candidates
                ],
            }
            for resolved in settings
        ],
        "diagnostics": [diagnostic_data(diagnostic) for diagnostic in diagnostics],
    }
    return json_text(data)


def as_text(model: SemanticModel, settings: Trace, terminal: Terminal, cwd: str) -> str:
    """The explanation for people: the value, who decided, where that is written, who lost and why."""
    blocks = ["\n".join(_header(model, terminal, cwd))]
    blocks += ["\n".join(_setting(resolved, terminal)) for resolved in settings]
    return "\n\n".join(blocks) + "\n"


def _header(model: SemanticModel, terminal: Terminal, cwd: str) -> list[str]:
    """What was read."""
    root = "this folder" if model.project.root == cwd else redact(model.project.root)
    found = model.source.name if model.source.present else "no codemation.toml"
    variables = len(read_variables(model))
    files = [file.name for file in model.environment.files if not file.unreadable]
    environment = f"{variables or 'no'} {'variable' if variables == 1 else 'variables'} set"
    if files:
        environment += f" ({', '.join(files)} read)"
    first, *rest = wrap(f"{root}: {found}, {environment}", terminal.width, indent=" " * 9)
    return [f"{terminal.style('project', 'bold')}  {first.strip()}", *rest]


def read_variables(model: SemanticModel) -> list[Variable]:
    """The variables that are looked at, and set."""
    names = {name for key, name in model.variables.items() if name and key not in model.offers.names}
    names |= {statement.variable for said in model.offers.statements.values() for statement in said}
    found = (model.environment.variable(name) for name in sorted(names))
    return [variable for variable in found if variable is not None]


def _setting(resolved: Resolved, terminal: Terminal) -> list[str]:
    value = spelled(resolved.value) if resolved.status == "won" else f"({state_of(resolved)})"
    key, value = terminal.visible(resolved.key), terminal.visible(value)
    if display_width(f"{key} = {value}") <= terminal.width:
        lines = [f"{terminal.style(key, 'bold')} = {terminal.style(value, 'cyan')}"]
    else:
        # Nothing stands behind a key that is as long as a line.
        sign = " =" if display_width(key) + 2 <= terminal.width else ""
        below = terminal.labelled("  " if sign else "  = ", value, (), ("cyan",))
        lines = [f"{terminal.style(key, 'bold')}{sign}", *below]
    said = [c for c in resolved.candidates if c.status != "unset" and not is_unread(c)]
    unread = dict.fromkeys(
        c.origin.file for c in resolved.candidates if is_unread(c) and isinstance(c.origin, FileOrigin)
    )
    winners = [candidate for candidate in said if candidate.status == "won"]
    for candidate in (*winners, *(other for other in said if other.status != "won")):
        lines += _candidate(candidate, terminal)
    for file in unread:
        lines += _labelled("rejected", f"{file}: the file could not be read", terminal, COLOURS["rejected"])
    unset = [candidate for candidate in resolved.candidates if candidate.status == "unset"]
    passed = dict[str, list[str]]()
    for candidate in unset:
        if candidate.cause == "not consulted":
            passed.setdefault(candidate.reason, []).append(candidate_name(candidate))
    for reason, names in passed.items():
        lines += _labelled("unset", f"{', '.join(names)}: {reason}", terminal, None)
    silent = list(dict.fromkeys(candidate_name(c) for c in unset if c.cause != "not consulted"))
    if silent:
        lines += _labelled("unset", ", ".join(silent), terminal, "dim")
    return lines


def is_unread(candidate: Candidate) -> bool:
    """Whether it is a key of a file that could not be read: one line stands for all of them."""
    return candidate.cause == "file unread"


def state_of(resolved: Resolved) -> str:
    """Why there is no value in force."""
    if resolved.status == "unset":
        return "none"
    return {"rejected": "not decided", "unused": "does not apply"}.get(resolved.status, resolved.status)


def _candidate(candidate: Candidate, terminal: Terminal) -> list[str]:
    """Who, what it said, where, and why it won or lost."""
    text = candidate_name(candidate)
    if not candidate.implied and candidate.status not in {"won", "blank", "unset"} and candidate.value is not None:
        text += f" = {spelled(candidate.value)}"
    place = written_at(candidate.origin)
    if place:
        file = candidate.origin.secret_file if isinstance(candidate.origin, EnvironmentOrigin) else None
        text += f" ({place}, names {file})" if file else f" ({place})"
    reason = why(candidate)
    return _labelled(candidate.status, f"{text}: {reason}" if reason else text, terminal, COLOURS.get(candidate.status))


def why(candidate: Candidate) -> str:
    """Why it won or lost; nothing where it won because it is written."""
    return "" if candidate.cause == "uncontested" else candidate.reason


def _labelled(label: str, text: str, terminal: Terminal, style: Style | None) -> list[str]:
    head = (style,) if style else ()
    return terminal.labelled(f"  {label:<{LABEL}}", text, head, ("dim",) if label == "unset" else ())


def candidate_name(candidate: Candidate) -> str:
    """A source as its owner spells it."""
    origin = candidate.origin
    if isinstance(origin, EnvironmentOrigin):
        return origin.variable
    if isinstance(origin, FileOrigin):
        return origin.key
    if isinstance(origin, InferredOrigin):
        return "inferred"
    return "default" if isinstance(origin, DefaultOrigin) else "override"


def spelled(value: Any) -> str:
    """A value as TOML spells it."""
    if isinstance(value, str):
        return json_text(value, indent=None).rstrip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(spelled(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{dotted((key,))} = {spelled(item)}' for key, item in value.items())} }}"
    return str(value)
