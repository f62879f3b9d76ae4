"""What a fault knows to repair, as edits of the file: only where nothing else is touched by them."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import msgspec
from msgspec.structs import replace

from codemation.diagnostics import Edit, Fix
from codemation.origin import Path
from codemation.resolution.validation import Fault
from codemation.settings.catalogue import Catalogue, dotted
from codemation.sources.edits import edited
from codemation.sources.toml import TomlSource, value_at
from codemation.values.repair import Rename, Repair, Rewrite


def unhindered(catalogue: Catalogue, document: Mapping[str, Any], faults: Iterable[Fault]) -> Iterator[Fault]:
    """The faults, without the new name of a key that would be written twice then, or beside what excludes it."""
    found = list(faults)
    meant = Counter(_target(fault) for fault in found if isinstance(fault.repair, Rename))
    excluded = dict([*catalogue.exclusive, *((other, one) for one, other in catalogue.exclusive)])
    for fault in found:
        target = _target(fault)
        both = excluded.get(tuple(str(part) for part in target))
        hindered = isinstance(fault.repair, Rename) and (
            meant[target] > 1
            or _is_stated(document, target)
            or (both is not None and (meant[both] > 0 or _is_stated(document, both)))
        )
        yield replace(fault, repair=None) if hindered else fault


def fix_of(source: TomlSource, path: Path, repair: Repair | None) -> Fix | None:
    """The edits that make a repair of what stands at a path; `None` where they would not do just that."""
    match repair:
        case Rename(to):
            return _renamed(source, path, to)
        case Rewrite(value):
            return _rewritten(source, path, value)
        case _:
            return None


def _target(fault: Fault) -> Path:
    return (*fault.path[:-1], *(fault.repair.to if isinstance(fault.repair, Rename) else ()))


def _is_stated(document: Mapping[str, Any], path: Path) -> bool:
    """Whether a path is written, or something that is no table stands in its way."""
    node: Any = document
    for part in path:
        if isinstance(node, list) and isinstance(part, int):
            node = node[part]
        elif not isinstance(node, dict):
            return True
        elif part not in node:
            return False
        else:
            node = node[part]
    return True


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
    """Another value, in the quotes of the one that is written."""
    found = source.location(path)
    if found is None or not found.exact:
        return None
    text = _literal(value, source.spans.written(found.value))
    return Fix(f"write {text}", (Edit(found.value, text),))


def _literal(value: str | int | bool, written: str) -> str:  # noqa: FBT001
    if isinstance(value, str) and written.startswith("'"):
        return f"'{value}'"
    return msgspec.json.encode(value).decode()
