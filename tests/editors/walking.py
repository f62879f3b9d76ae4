"""Every key of a schema, and documents made of single ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import tomli_w

from codemation.schema.document import EXAMPLE_NAME
from codemation.settings.catalogue import CATALOGUE, Leaf, Table, dotted
from codemation.values import ValueType

Path = tuple[str, ...]

ITEM = "[]"
"""Stands in a path for the tables of an array."""


class Key(NamedTuple):
    """One key of the schema: a table, a setting or what is inside of one. Names that authors choose have one in it.

    `beside` is what has to stand beside it, by the path of the table.
    """

    path: Path
    schema: dict[str, Any]
    beside: dict[Path, dict[str, Any]] = {}  # noqa: RUF012 (never changed)

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def is_table(self) -> bool:
        return isinstance(CATALOGUE.node(self.path), Table)

    @property
    def leaf(self) -> Leaf | None:
        """The setting, if the key is one and not inside of one."""
        node = CATALOGUE.node(self.path)
        return node if isinstance(node, Leaf) else None

    @property
    def kind(self) -> ValueType:
        """The kind of its value."""
        around = CATALOGUE.leaf_above(self.path)
        assert around
        setting, leaf = around
        kind = leaf.kind.inner(tuple(0 if part == ITEM else part for part in self.path[len(setting) :]))
        assert kind
        return kind

    @property
    def choices(self) -> dict[str, str]:
        """The words to choose from, with what each means; no value fails in the schema for being none of them there."""
        alternatives = self.schema.get("anyOf", [])
        if not alternatives:
            return {}
        words, _ = alternatives
        return dict(zip(words["enum"], words["x-taplo"]["docs"]["enumValues"], strict=True))

    def __str__(self) -> str:
        return spelt(self.path)


def spelt(path: Path) -> str:
    """A path with the first item of each array in it."""
    return dotted(tuple(0 if part == ITEM else part for part in path))


def keys(schema: dict[str, Any], path: Path = (), beside: dict[Path, dict[str, Any]] | None = None) -> Iterator[Key]:
    """Every key below a table, in the schema's order."""
    example = schema["examples"][0] if CATALOGUE.leaf_above(path) and "examples" in schema else {}
    for name, child in schema.get("properties", {}).items():
        rest = {other: value for other, value in example.items() if other != name} if name in example else {}
        yield from _key(Key((*path, name), child, {**(beside or {}), path: rest}))
    if schema.get("additionalProperties"):
        yield from _key(Key((*path, EXAMPLE_NAME), schema["additionalProperties"], beside or {}))


def _key(key: Key) -> Iterator[Key]:
    yield key
    yield from keys(key.schema, key.path, key.beside)
    items = key.schema.get("items", {})
    if items.get("type") == "object":
        # An optional key stands beside all that the example has.
        example = key.schema["examples"][0][0]
        for child in keys(items, (*key.path, ITEM), key.beside):
            path = (*key.path, ITEM)
            name = child.path[len(path)]
            rest = {other: value for other, value in example.items() if other != name}
            yield child._replace(beside={**child.beside, path: rest})


def nested(key: Key, value: Any) -> Any:
    """A document that says one thing, and what has to stand beside it."""
    for length in range(len(key.path) - 1, -1, -1):
        name = key.path[length]
        value = [value] if name == ITEM else {**key.beside.get(key.path[:length], {}), name: value}
    return value


def headed(key: Key, value: Any) -> str:
    """One setting, its table in a header."""
    return tomli_w.dumps(nested(key, value))


def in_one_line(key: Key, value: Any) -> str:
    """One setting as a dotted key; what is inside of one as an inline table."""
    around = CATALOGUE.leaf_above(key.path)
    path = around[0] if around else key.path
    content = nested(key, value)
    for name in path:
        content = content[name]
    return f"{dotted(path)} = {literal(content)}\n"


def inline(key: Key, value: Any) -> str:
    """One setting in inline tables, with every key quoted."""
    (content,) = nested(key, value).values()
    return f'"{key.path[0]}" = {literal(content)}\n'


SPELLINGS = {"headed": headed, "dotted": in_one_line, "inline": inline}


def header(path: Path) -> str:
    """The line that begins a table."""
    if not path:
        return ""
    return f"[[{dotted(path[:-1])}]]\n" if path[-1] == ITEM else f"[{dotted(path)}]\n"


def literal(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{dotted((name,))} = {literal(item)}' for name, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    return tomli_w.dumps({"k": value}).removeprefix("k = ").strip()
