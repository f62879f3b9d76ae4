"""Keys and what stands between them and their values."""

from __future__ import annotations

import json
from typing import Final

from codemation.origin import Position
from codemation.settings.habits.line import Line, is_value, parsed, safe
from codemation.settings.habits.values import of_value
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from codemation.text.patterns import lazy
from codemation.values import ValueType

_ASSIGNED: Final = lazy(r"\s*(?:export\s+|set\s+|ENV\s+)?([A-Z][A-Z0-9_]*)\s*=.*")
_COLON: Final = lazy(r"\s*([\"']?)([A-Za-z0-9_.-]+)\1\s*:\s*(.*?),?\s*")
_WORKFLOW: Final = lazy(r"\s*((?:runtime\.)?workflows\.)?(.*?)(\.prunePolicy\.[A-Za-z]+)\s*=.*")


def of_key(line: Line) -> str | None:
    """What to write in place of a key, or of what stands behind it."""
    if line.inside_text:
        return None
    variable = _ASSIGNED.fullmatch(line.text)
    if variable and variable[1] in {*line.catalogue.variables, *HOST_VARIABLES, *SWITCHES}:
        return f"`{variable[1]}` is a variable: put the line into .env, or into the environment"
    if not line.message.startswith("Expected '='"):
        return None
    rest = line.rest.strip()
    for sign in (":=", "+=", "?=", "=>"):
        if rest.startswith(sign):
            return f"write `=` in place of `{sign}`"
    return _of_colon(line) if rest.startswith(":") else _of_workflow(line) or _of_rest(line, rest)


def _of_workflow(line: Line) -> str | None:
    """A workflow's id that needs quotes."""
    found = _WORKFLOW.fullmatch(line.text)
    name = safe(found[2]) if found and (found[1] or line.table[-1:] == ("workflows",)) else None
    return f'put the workflow\'s id in quotes: `{found[1] or ""}"{name}"{found[3]}`' if found and name else None


def _of_rest(line: Line, rest: str) -> str | None:
    if rest.startswith("]"):
        return "open the table's name with a bracket: `[app.database]`"
    if rest.startswith("{"):
        name = _known(line, line.before.strip()) or "app.database"
        return f"write a table as a header, `[{name}]`, and what belongs to it on the lines below"
    if rest.startswith(('"', "'")) or is_value(rest):
        return "write `=` between the key and its value"
    return "put a key with blanks or signs in it in quotes; a setting's name has none" if "=" in rest else None


def _of_colon(line: Line) -> str:
    """`key: value`, of YAML and JSON, with the own key and value where they are no secrets."""
    found = _COLON.fullmatch(line.text)
    name = found and _known(line, found[2])
    if found and name and not found[3]:
        return f"it is YAML: write a table as `[{name}]`, and what belongs to it on the lines below"
    leaf = line.catalogue.leaf((*line.table, found[2])) if found else None
    if found is None or leaf is None or not leaf.kind.harmless or not safe(found[3].strip("\"'")):
        return 'write `=` for `:`, and text in quotes: `key = "value"`'
    value = _as_toml(leaf.kind, found[3])
    if value is not None:
        return f"write `=` for `:`, as in `{found[2]} = {value}`"
    return f"write `=` for `:`; {_instead(line, leaf.kind, found[2], found[3])}"


def _as_toml(kind: ValueType, written: str) -> str | None:
    """How a value is written that the setting takes; `None` for one that it does not take."""
    if is_value(written) and kind.accepts(parsed(written)):
        return written
    text = written.strip("\"'")
    value = next((one for one in (text, kind.meant(text)) if one is not None and kind.accepts(one)), None)
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _instead(line: Line, kind: ValueType, key: str, written: str) -> str:
    """What to write in place of a value that the setting does not take."""
    if not is_value(written):
        text = f"{key} = {written}"
        at = Position(line.number, len(text) - len(written) + 1)
        found = of_value(Line(line.catalogue, f"{line.header}\n{text}", at, "Invalid value", first=line.number - 1))
        if found:
            return found
    problem = kind.problem(parsed(written) if is_value(written) else written)
    return problem.help if problem else kind.remedy(written)


def _known(line: Line, name: str) -> str | None:
    """A name of ours, with the table that it stands in."""
    path = (*line.table, *name.split("."))
    return ".".join(str(part) for part in path) if line.catalogue.node(path) is not None else None
