"""What is known of a value in a program that nobody runs."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct, field


class Variable(NamedTuple):
    """A value that a variable of the environment holds."""

    name: str


class Told(Struct, frozen=True):
    """A value (text, a number, a boolean, a list of such or of dictionaries, a `Variable`), and its line."""

    value: Any
    line: int


class Untold(Struct, frozen=True):
    """That a value is not told, why, and its line (0: none); `begins` is how it surely begins if it is a text."""

    why: str
    line: int
    begins: str = ""


class Table(Struct):
    """An object: what it says by its keys, and what stands in it that may say anything."""

    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    others: list[Untold] = field(default_factory=list)


Node: TypeAlias = Table | Told | Untold


def doubted(node: Node, why: str) -> Node:
    """The same, but that nothing of it is told for sure."""
    if isinstance(node, Table):
        return Table(node.line, {key: doubted(inner, why) for key, inner in node.entries.items()}, node.others)
    return Untold(why, node.line) if isinstance(node, Told) else node


def changed(table: Table, why: str) -> Table:
    """The same where it may have been given other keys, too."""
    entries = {key: doubted(inner, why) for key, inner in table.entries.items()}
    return Table(table.line, entries, [*table.others, Untold(why, table.line)])


def plain(node: Node) -> Told | Untold:
    """A whole value as one, if all of it is told, and without variables."""
    if not isinstance(node, Table):
        variable = isinstance(node, Told) and isinstance(node.value, Variable)
        return Untold("it is made of a variable", node.line) if variable else node
    if node.others:
        return node.others[0]
    values = {key: plain(inner) for key, inner in node.entries.items()}
    untold = next((inner for inner in values.values() if isinstance(inner, Untold)), None)
    return untold or Told({key: inner.value for key, inner in values.items() if isinstance(inner, Told)}, node.line)
