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
from codemation.resolution.semantic_model import SemanticModel
from codemation.resolution.validation import Fault
from codemation.settings.catalogue import Catalogue, Leaf, Table, dotted
from codemation.settings.keys import Key
from codemation.settings.places import Place
from codemation.settings.setting import ANY
from codemation.sources.edits import edited
from codemation.sources.toml import TomlSource, value_at
from codemation.values.repair import Rename, Repair, Rewrite


def unhindered(catalogue: Catalogue, document: Mapping[str, Any], faults: Iterable[Fault]) -> Iterator[Fault]:
    """The faults, without the new name of a key that would be written twice then, or beside what excludes it.

    A setting is written twice in the other form, too: which of the two is meant only its author knows.
    """
    found = list(faults)
    stated = [_stated(catalogue, document, fault) for fault in found]
    meant = Counter(path for paths in stated for path in paths)
    excluded = dict([*catalogue.exclusive, *((other, one) for one, other in catalogue.exclusive)])
    for fault, paths in zip(found, stated, strict=True):
        beside = {excluded.get(tuple(map(str, path))) for path in paths} | {_twin(catalogue, path) for path in paths}
        others = [path for path in beside if path]
        hindered = (
            any(meant[path] > 1 for path in paths)
            or any(meant[path] > 0 for path in others)
            or any(_is_written(document, path) for path in (*paths, *others))
        )
        yield replace(fault, repair=None) if hindered else fault


def disturbs(before: SemanticModel, after: SemanticModel) -> bool:
    """Whether other values are in force after repairs, of those that a source states.

    Of a file that could not be read nothing is known, nor of what hangs on a value that is wrong. A variable's value
    may be another where a repair is about the key that names the variable.
    """
    if before.source.broken:
        return False
    return any(_is_lost(before, after, key) for key in before.resolution.hosts) or any(
        policy[name] != after.resolution.policies.get(workflow, {}).get(name)
        for workflow, policy in before.resolution.policies.items()
        for said in before.layers.policies.of(workflow).values()
        for name in (key if isinstance(key, str) else key[-1] for key in said)
        if type(policy[name]) is int and ("runtime", "workflows", ANY, "prunePolicy", name) in before.catalogue.by_key
    )


def _is_lost(before: SemanticModel, after: SemanticModel, key: Key) -> bool:
    hosts, setting = before.resolution.hosts, before.catalogue.by_key[key]
    was, now = hosts[key], after.resolution.hosts[key]
    if was.state != "won" or was.place is None or (now.state, now.value) == (was.state, was.value):
        return False
    if any(hosts[other].state == "rejected" for other, _ in setting.applies):
        return False
    reference = setting.reference
    if reference and before.layers.file.get(reference) != after.layers.file.get(reference):
        return was.place.source != "environment"
    # A value that has its key only now may itself be repaired next.
    return now.state != "rejected" or _meant(after, now.place) != was.value


def _meant(model: SemanticModel, place: Place | None) -> object:
    """What a value of the file that is rejected is repaired to, in the runtime form."""
    leaf = model.catalogue.leaf(place.key) if place else None
    if place is None or leaf is None or place.source not in {"app", "runtime"}:
        return None
    meant = leaf.kind.repair(model.source.value(place.key))
    return None if meant is None else place.lower(meant.value) if place.lower else meant.value


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


def _stated(catalogue: Catalogue, document: Mapping[str, Any], fault: Fault) -> set[Path]:
    """The place that a new name gives to a key, and the settings that it states there."""
    if not isinstance(fault.repair, Rename):
        return set()
    target = _target(fault)
    return {target, *_leaves(catalogue.node(target), target, value_at(document, fault.path))}


def _leaves(node: Table | Leaf | None, path: Path, value: Any) -> Iterator[Path]:
    """The settings that a value at a path states, as they are spelt."""
    if isinstance(node, Leaf):
        yield tuple(part if name == ANY else name for name, part in zip(node.path, path, strict=True))
    elif isinstance(node, Table) and isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(node.near(name), (*path, name), inner)


def _twin(catalogue: Catalogue, path: Path) -> Path | None:
    """Where the other form has the same setting."""
    leaf = catalogue.leaf(path)
    if leaf is None:
        return None
    other = leaf.setting.runtime if leaf.app_form else leaf.setting.app
    return tuple(path[leaf.path.index(ANY)] if name == ANY else name for name in other)


def _is_written(document: Mapping[str, Any], path: Path) -> bool:
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
