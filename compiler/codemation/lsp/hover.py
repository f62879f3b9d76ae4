"""What is told of the place under the cursor: the value in force, who decided, who lost and why, the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from codemation.explain.answer import candidate_name, is_unread, spelled, state_of
from codemation.explain.candidates import STATED, Candidate, Resolved
from codemation.explain.one_variable import answer_for
from codemation.explain.trace import Subject
from codemation.explain.variables import variable_rows
from codemation.lsp.analysis import Analysis, is_process
from codemation.lsp.cursor import Assigned, Stated, assigned_at, stated_at, touched
from codemation.lsp.findings import EDITORS
from codemation.lsp.text import Range, Spot
from codemation.origin import EnvironmentOrigin, FileOrigin, written_at
from codemation.settings.catalogue import dotted
from codemation.settings.setting import Setting
from codemation.text.amounts import duration
from codemation.text.redaction import redact
from codemation.values.durations import Duration


class Hover(Struct, frozen=True):
    """What is shown, in Markdown, and of which stretch."""

    text: str
    range: Range


def hover(analysis: Analysis, path: str, spot: Spot) -> Hover | None:
    """What is told of a place; `None` where there is nothing of ours."""
    if path != analysis.config:
        assigned = assigned_at(analysis, path, spot)
        told = assigned and "\n\n".join(_of_variable(analysis, assigned))
        return Hover(told, assigned.range) if assigned and told else None
    stated = stated_at(analysis, spot)
    return Hover("\n\n".join(_of_key(analysis, stated)), stated.range) if stated else None


def _of_key(analysis: Analysis, stated: Stated) -> Iterator[str]:
    """Paragraphs about a key of the file."""
    if not stated.subjects and analysis.model.source.broken:
        yield _broken(analysis)
    for number, subject in enumerate(stated.subjects):
        resolved = subject.resolved()
        about = f"{_code(resolved.key)}, which follows the same key: " if number else ""
        yield about + in_force(analysis, stated, subject, resolved)
        yield from _others(analysis, resolved)
    if stated.field is not None:
        yield f"{_code(stated.field.name)}: {stated.field.doc}"
    yield from documentation(stated.leaf.setting)


def in_force(analysis: Analysis, stated: Stated, subject: Subject, resolved: Resolved) -> str:
    """The value in force and who decided."""
    if analysis.model.source.broken and resolved.status != "won":
        return _broken(analysis)
    winner = resolved.winner
    if winner is None:
        return f"in force: nothing ({state_of(resolved)})"
    value = amount(subject, resolved.value)
    here = isinstance(winner.origin, FileOrigin) and winner.origin.key == redact(dotted(stated.path))
    text = f"in force: {value}, {'as written here' if here and not winner.implied else because(winner)}"
    leans = is_process(winner.origin) and not analysis.options.no_env
    return f"{text}  \n{EDITORS}" if leans else text


def because(winner: Candidate) -> str:
    """Why a candidate won, in a clause."""
    place = written_at(winner.origin)
    if isinstance(winner.origin, EnvironmentOrigin):
        named = f"; {winner.reason}" if winner.cause == "named" else ""
        return f"because {_code(winner.origin.variable)} is set ({place}{named})"
    if isinstance(winner.origin, FileOrigin):
        said = winner.reason if winner.implied else f"{_code(winner.origin.key)} says so"
        return f"because {said} ({place})"
    return f"{'by default' if winner.source == 'default' else winner.source}: {winner.reason}"


def _broken(analysis: Analysis) -> str:
    fault = analysis.model.source.syntax
    at = f" (line {fault.position.line})" if fault else ""
    return f"not decided: {analysis.model.source.name} is no valid TOML at the moment{at}"


def _others(analysis: Analysis, resolved: Resolved) -> Iterator[str]:
    """Who lost and why, and who said nothing."""
    lost = [one for one in resolved.candidates if one.status not in {"won", "unset"} and not is_unread(one)]
    lines = [f"- {one.status}: {_lost(one)}" for one in lost]
    if lines:
        yield "\n".join(lines)
    unset = [
        one.origin.variable
        for one in resolved.candidates
        if one.status == "unset" and isinstance(one.origin, EnvironmentOrigin)
    ]
    if unset:
        names = ", ".join(map(_code, dict.fromkeys(unset)))
        where = "" if analysis.options.no_env else ", also not in this editor's environment (the host's may differ)"
        yield f"not set{where}: {names}"


def _lost(one: Candidate) -> str:
    text = _code(candidate_name(one)) if one.source in STATED else candidate_name(one)
    if one.value not in {None, ""} if not isinstance(one.value, list | dict) else True:
        text += f" = {_code(spelled(one.value))}" if not one.implied else ""
    place = written_at(one.origin)
    return f"{text}{f' ({place})' if place else ''}: {one.reason}"


def amount(subject: Subject, value: Any) -> str:
    """A value, and what it is for people where it is a time."""
    human = seconds(subject.setting, value)
    return _code(spelled(value)) + (f" ({human})" if human else "")


def seconds(setting: Setting, value: Any) -> str | None:
    """A number of seconds as people say it, where a value is one and that says more."""
    kind = setting.type.in_runtime_form()
    if not isinstance(kind, Duration) or type(value) is not int:
        return None
    human = duration(value)
    return None if human == f"{value:,} s" else human


def documentation(setting: Setting) -> Iterator[str]:
    """What the declaration says of a setting."""
    yield setting.doc
    if setting.type.choices:
        yield "\n".join(f"- {_code(word)}: {doc}" for word, doc in setting.type.choices.items())
    if setting.examples:
        yield f"Example: {_code(f'{setting.name} = {spelled(setting.examples[0])}')}"


def _of_variable(analysis: Analysis, assigned: Assigned) -> Iterator[str]:
    """Paragraphs about a variable that an env file sets; none about one that is nobody's here."""
    model = analysis.model
    if assigned.file is None:
        rows = [row for row in variable_rows(model) if row.name == assigned.name]
        if rows:
            yield f"{_code(assigned.name)} may decide {_listed(rows[0].settings) or rows[0].role}"
            yield "This file is not read here: the setting `envFiles` names those that are."
            yield rows[0].doc
        return
    answer = answer_for(model, assigned.name)
    if answer is None:
        return
    yield "\n\n".join(filter(None, (_hidden(analysis, assigned), answer.sentence)))
    winners = [one.winner for one in touched(analysis, assigned.name)]
    if any(is_process(one.origin) for one in winners if one) and not analysis.options.no_env:
        yield EDITORS
    row = next((row for row in variable_rows(model) if row.name == assigned.name), None)
    if row is not None:
        yield row.doc


def _hidden(analysis: Analysis, assigned: Assigned) -> str | None:
    """That a line does not count, because the same variable is set in a higher place."""
    variable = analysis.model.environment.variable(assigned.name)
    places = [] if variable is None else [origin for _, origin in variable.hidden]
    here = assigned.range.start.line + 1
    if variable is None or not any(origin.line == here and origin.file == assigned.file for origin in places):
        return None
    return f"hidden by the same variable in {written_at(variable.origin)}"


def _listed(settings: tuple[str, ...]) -> str:
    return " and ".join(map(_code, settings))


def _code(text: str) -> str:
    """A text in backquotes, whatever it holds."""
    one = " ".join(redact(text).split("\n"))
    return f"`` {one} ``" if "`" in one else f"`{one}`"
