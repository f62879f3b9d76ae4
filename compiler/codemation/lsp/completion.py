"""What may be written at a place: variables in env files, and in the file what servers for TOML miss.

With `shape` all keys and words of the file: there is no other server then.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from msgspec import Struct

from codemation.explain.answer import spelled
from codemation.explain.variables import variable_rows
from codemation.lsp.analysis import Analysis
from codemation.lsp.text import Range, Spot
from codemation.settings.catalogue import Leaf, Table
from codemation.settings.host_variables import MODES, PRODUCTION, SWITCHES
from codemation.settings.keys import Key
from codemation.settings.setting import ANY
from codemation.sources.environment import parse_env
from codemation.values.base import ValueType
from codemation.values.scalars import Boolean
from codemation.values.tables import Field, ItemArray, OneOrMore

Kind = Literal["variable", "key", "table", "word"]

WORKFLOWS: Final = "workflows"

_NAME: Final = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z0-9_]*)")
_ASSIGNED: Final = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z0-9_]+)[ \t]*=[ \t]*([\"']?)([^\"'\s]*)")
# No two neighbours in a pattern may take the same blanks: a line with thousands of them would take minutes.
_HEADER: Final = re.compile(r"""[ \t]*\[\[?((?:[^\]#"']|"(?:[^"\\]|\\.)*"|'[^']*')*)\]\]?[ \t]*(?:#.*)?""")
_OPEN_HEADER: Final = re.compile(r"[ \t]*\[\[?((?:[^\]#=]*\.)?)[ \t]*([A-Za-z0-9_-]*)")
_OPEN_KEY: Final = re.compile(r"[ \t]*((?:[A-Za-z0-9_-]+\.)*)([A-Za-z0-9_-]*)")
_OPEN_VALUE: Final = re.compile(r"[ \t]*([A-Za-z0-9_.-]+)[ \t]*=[ \t]*([\"']?[A-Za-z0-9_-]*)")
_WRITTEN: Final = re.compile(r"[ \t]*([A-Za-z0-9_-]+)[ \t]*[=.]")


class Item(Struct, frozen=True):
    """One offer: `text` goes in place of `range`."""

    label: str
    kind: Kind
    doc: str
    text: str
    range: Range


def completions(analysis: Analysis, path: str, spot: Spot) -> list[Item]:
    """What is offered at a place."""
    spot = analysis.text(path).within(spot)
    if path == analysis.config:
        return list(_in_file(analysis, spot))
    return list(_in_env_file(analysis, path, spot))


# Env files


def _in_env_file(analysis: Analysis, path: str, spot: Spot) -> Iterator[Item]:
    before = analysis.text(path).before(spot)
    name = _NAME.fullmatch(before)
    assigned = _ASSIGNED.fullmatch(before)
    if name:
        counted = analysis.env_file(path)
        there = (counted or parse_env(path, analysis.text(path).text)).entries
        place = _back(spot, name[1])
        for row in variable_rows(analysis.model):
            if row.name not in there:
                about = " and ".join(f"`{key}`" for key in row.settings) or row.role.removeprefix("none: ")
                yield Item(row.name, "variable", f"{row.doc}\n\n{about}", f"{row.name}=", place)
    elif assigned:
        place = _back(spot, assigned[3])
        yield from (Item(word, "word", doc, word, place) for word, doc in _words_of_variable(analysis, assigned[1]))


def _words_of_variable(analysis: Analysis, name: str) -> Iterator[tuple[str, str]]:
    """The words that a variable may be."""
    if name in MODES:
        yield PRODUCTION, "Sign-in is required."
    elif name in SWITCHES:
        yield from (("true", ""), ("false", ""))
    else:
        for setting in analysis.model.catalogue.variables.get(name, ())[:1]:
            yield from _words(setting.type.in_runtime_form())


def _words(kind: ValueType) -> Iterator[tuple[str, str]]:
    if kind.choices:
        yield from kind.choices.items()
    elif isinstance(kind, Boolean):
        yield from (("true", ""), ("false", ""))


# The file


def _in_file(analysis: Analysis, spot: Spot) -> Iterator[Item]:
    before = analysis.text(analysis.config).before(spot)
    table = _table_above(analysis, spot.line)
    if header := _OPEN_HEADER.fullmatch(before):
        around = _parts(header[1].rstrip(". \t")) if header[1] else ()
        if around is not None and _is_ours(analysis, around):
            yield from _tables(analysis, around, _back(spot, header[2]))
    elif table is None or not _is_ours(analysis, table):
        return
    elif key := _OPEN_KEY.fullmatch(before):
        inside = (*table, *filter(None, key[1].split(".")))
        yield from _keys(analysis, inside, spot.line, _back(spot, key[2]))
    elif value := _OPEN_VALUE.fullmatch(before):
        kind = _kind(analysis, (*table, *value[1].split(".")))
        for word, doc in _words(kind) if kind else ():
            text = word if isinstance(kind, Boolean) else spelled(word)
            yield Item(word, "word", doc, text, _back(spot, value[2]))


def _back(spot: Spot, word: str) -> Range:
    """The stretch of a word (of ASCII) that ends at a place."""
    return Range(Spot(spot.line, spot.character - len(word)), spot)


def _table_above(analysis: Analysis, line: int) -> Key | None:
    """The table that a line is in, by the header above; `None` where that cannot be read."""
    text = analysis.text(analysis.config)
    for number in range(line - 1, -1, -1):
        header = _HEADER.fullmatch(text.line(number))
        if header:
            return _parts(header[1].strip(" \t"))
    return ()


def _parts(key: str) -> Key | None:
    """The parts of a dotted key."""
    try:
        node: object = tomllib.loads(f"{key} = 0") if key else {}
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    parts: list[str] = []
    while isinstance(node, Mapping) and node:
        name, node = next(iter(node.items()))
        parts.append(str(name))
    return tuple(parts)


def _is_ours(analysis: Analysis, table: Key) -> bool:
    """Whether servers for TOML say nothing, or too little, about what a table may hold."""
    if analysis.options.shape:
        return True
    return WORKFLOWS in table[:2] or _fields(analysis, table) is not None


def _fields(analysis: Analysis, table: Key) -> Mapping[str, Field] | None:
    """The keys of an item, where a table is one."""
    found = analysis.model.catalogue.leaf_above(table)
    if found is None:
        return None
    kind, inner = found[1].kind, table[len(found[0]) :]
    if not isinstance(kind, ItemArray | OneOrMore) or inner not in {(), (getattr(kind, "several", None),)}:
        return None
    return kind.item.fields


def _tables(analysis: Analysis, around: Key, place: Range) -> Iterator[Item]:
    node = analysis.model.catalogue.node(around)
    for name, child in node.children.items() if isinstance(node, Table) else ():
        if name != ANY and isinstance(child, Table):
            yield Item(name, "table", child.doc, name, place)


def _keys(analysis: Analysis, table: Key, line: int, place: Range) -> Iterator[Item]:
    there = _written_beside(analysis, line)
    fields = _fields(analysis, table)
    node = analysis.model.catalogue.node(table)
    if fields is not None:
        offered = [Item(name, "key", one.doc, f"{name} = ", place) for name, one in fields.items()]
    elif isinstance(node, Table):
        offered = [
            Item(name, "table", child.doc, f"{name}.", place)
            if isinstance(child, Table)
            else Item(name, "key", child.setting.doc, f"{name} = ", place)
            for name, child in node.children.items()
            if name != ANY
        ]
    else:
        offered = []
    yield from (one for one in offered if one.kind == "table" or one.label not in there)


def _written_beside(analysis: Analysis, line: int) -> set[str]:
    """The keys of the lines around one, up to the headers."""
    text = analysis.text(analysis.config)
    found: set[str] = set()
    for step in (-1, 1):
        number = line + step
        while 0 <= number < text.count and not _HEADER.fullmatch(text.line(number)):
            written = _WRITTEN.match(text.line(number))
            found |= {written[1]} if written else set()
            number += step
    return found


def _kind(analysis: Analysis, path: Key) -> ValueType | None:
    """The kind of what stands at a key."""
    leaf = analysis.model.catalogue.leaf(path)
    if isinstance(leaf, Leaf):
        return leaf.kind
    fields = _fields(analysis, path[:-1])
    field = fields.get(path[-1]) if fields else None
    return field.type if field else None
