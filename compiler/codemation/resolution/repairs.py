"""What a fault knows to repair, as edits of the file: only where nothing else is touched by them."""

from __future__ import annotations

import tomllib
from copy import deepcopy

import msgspec

from codemation.diagnostics import Edit, Fix
from codemation.origin import Path
from codemation.settings.catalogue import dotted
from codemation.sources.edits import edited
from codemation.sources.toml import TomlSource, value_at
from codemation.values.repair import Rename, Repair, Rewrite


def fix_of(source: TomlSource, path: Path, repair: Repair | None) -> Fix | None:
    """The edits that make a repair of what stands at a path; `None` where they would not do just that."""
    match repair:
        case Rename(to):
            return _renamed(source, path, to)
        case Rewrite(value):
            return _rewritten(source, path, value)
        case _:
            return None


def _renamed(source: TomlSource, path: Path, to: tuple[str, ...]) -> Fix | None:
    """Another name, wherever the key is named: a table may be in many headers."""
    edits = tuple(Edit(span, dotted(to)) for span in sorted(source.spans.names(path)))
    if not edits or (len(to) > 1 and not _moves_only(source, path, to, edits)):
        return None
    return Fix(f"call it `{dotted(to)}`", edits)


def _moves_only(source: TomlSource, path: Path, to: tuple[str, ...], edits: tuple[Edit, ...]) -> bool:
    """Whether the file says the same after a key moved into another table."""
    expected = deepcopy(source.data)
    parent = value_at(expected, path[:-1])
    value = parent.pop(path[-1])
    for name in to[:-1]:
        parent = parent.setdefault(name, {})
    parent[to[-1]] = value
    try:
        return tomllib.loads(edited(source.text, edits)) == expected
    except (ValueError, RecursionError):
        return False


def _rewritten(source: TomlSource, path: Path, value: str | int | bool) -> Fix | None:  # noqa: FBT001
    """Another value, in the quotes of the one that is written; what has several lines is left to its author."""
    found = source.location(path)
    if found is None or not found.exact or found.value.start.line != found.value.end.line:
        return None
    text = _literal(value, source.spans.written(found.value))
    return Fix(f"write {text}", (Edit(found.value, text),))


def _literal(value: str | int | bool, written: str) -> str:  # noqa: FBT001
    if isinstance(value, str) and written.startswith("'"):
        return f"'{value}'"
    return msgspec.json.encode(value).decode()
