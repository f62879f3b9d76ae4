"""Every key of a schema, and documents made of single ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import tomli_w

from codemation.catalogue import dotted
from codemation.schema import EXAMPLE_NAME

Path = tuple[str, ...]

ITEM = "[]"
"""Stands in a path for the tables of an array."""


class Key(NamedTuple):
    """One key of the schema: a table or a setting. Names that authors choose have one in its path."""

    path: Path
    schema: dict[str, Any]

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def is_table(self) -> bool:
        return bool(self.schema.get("type") == "object")

    def __str__(self) -> str:
        return dotted(self.path)


def keys(schema: dict[str, Any], path: Path = ()) -> Iterator[Key]:
    """Every key below a table, in the schema's order."""
    for name, child in schema.get("properties", {}).items():
        yield from _key((*path, name), child)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _key((*path, EXAMPLE_NAME), schema["additionalProperties"])


def _key(path: Path, schema: dict[str, Any]) -> Iterator[Key]:
    yield Key(path, schema)
    yield from keys(schema, path)
    items = schema.get("items", {})
    if items.get("type") == "object":
        yield from keys(items, (*path, ITEM))


def nested(path: Path, value: Any) -> Any:
    """A document that says one thing."""
    for name in reversed(path):
        value = [value] if name == ITEM else {name: value}
    return value


def headed(path: Path, value: Any) -> str:
    """One setting, its table in a header."""
    return tomli_w.dumps(nested(path, value))


def in_one_line(path: Path, value: Any) -> str:
    """One setting as a dotted key; what is below an array's item has no such form."""
    if ITEM in path:
        return headed(path, value)
    return f"{dotted(path)} = {literal(value)}\n"


def inline(path: Path, value: Any) -> str:
    """One setting in inline tables, with every key quoted."""
    return f'"{path[0]}" = {literal(nested(path[1:], value))}\n' if len(path) > 1 else in_one_line(path, value)


SPELLINGS = {"headed": headed, "dotted": in_one_line, "inline": inline}


def literal(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{dotted((name,))} = {literal(item)}' for name, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    return tomli_w.dumps({"k": value}).removeprefix("k = ").strip()
