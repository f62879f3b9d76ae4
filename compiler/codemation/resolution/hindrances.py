"""What stands in the way of a repair: a new name that is taken, or excluded by another key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from codemation.origin import Path
from codemation.resolution.validation import Fault
from codemation.settings.catalogue import Catalogue, Leaf, Table
from codemation.settings.setting import ANY
from codemation.sources.toml import value_at
from codemation.values.repair import Rename


def unhindered(catalogue: Catalogue, document: Mapping[str, Any], faults: Iterable[Fault]) -> Iterator[Fault]:
    """The faults, without the new name of a key that would be written twice then, or beside what excludes it.

    A setting is written twice in the other form, too: which of the two is meant only its author knows.
    """
    found = list(faults)
    stated = [_stated(catalogue, document, fault) for fault in found]
    meant = Counter(path for paths in stated for path in paths)
    excluded = dict([*catalogue.exclusive, *((other, one) for one, other in catalogue.exclusive)])
    for fault, paths in zip(found, stated, strict=True):
        if not paths:
            yield fault
            continue
        beside = {excluded.get(tuple(map(str, path))) for path in paths} | {_twin(catalogue, path) for path in paths}
        others = [path for path in beside if path]
        hindered = (
            any(meant[path] > 1 for path in paths)
            or any(meant[path] > 0 for path in others)
            or any(_is_written(document, path) for path in (*paths, *others))
        )
        yield replace(fault, repair=None) if hindered else fault


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
