"""Reading a TOML document's syntax tree: which stretch of the text is which key or value.

The tree is tree-sitter's, whose grammar differs from `tomllib` in corners: `spans` checks what is found here. In a text
that `tomllib` rejects, the lines at fault are completed or blanked, in a copy, until the rest parses.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Literal

import tree_sitter_toml
from msgspec import Struct
from tree_sitter import Language, Node, Parser, Tree

from codemation.origin import Path
from codemation.text.patterns import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LANGUAGE = Language(tree_sitter_toml.language())
_KEYS = frozenset({"bare_key", "quoted_key", "dotted_key"})
_BRACKETS = frozenset({"[", "[[", "]", "]]"})
_VALUES = frozenset({"string", "integer", "float", "boolean", "array", "inline_table"})
_VALUES |= {"offset_date_time", "local_date_time", "local_date", "local_time"}
_DEPTH = 128  # the longest path indexed, to bound the recursion; `tomllib` gives up at a few hundred
_ROUNDS = 32  # the most repairs tried on a broken text, each a parse; more broken lines than a few are not an edit

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_OPEN_HEADER = lazy(rf"([ \t]*(\[\[?)[ \t]*{_KEY})")
_OPEN_PAIR = lazy(rf"([ \t]*{_KEY}[ \t]*=[ \t]*)(.*)")
_LONE_KEY = lazy(r"([ \t]*[A-Za-z0-9_-]+(?:[ \t]*\.[ \t]*[A-Za-z0-9_-]+)*)[ \t]*(?:\.[ \t]*)?(?:#.*)?")
_SPACED_CONTINUATION = lazy(r"(?<!\\)((?:\\\\)*)\\([ \t]+)(\r?)\Z")

Range = tuple[int, int]  # start and exclusive end, as indices into the text


class Entry(Struct, frozen=True, gc=False):
    """A `Location` in offsets; `kind` says whether the value, a header or only a part of a longer key is written."""

    key: Range | None
    component: Range | None
    value: Range
    kind: Literal["value", "header", "implied"]


class Places(Struct, frozen=True):
    """All that is written in one text: each path with its place, and wherever a key names it."""

    entries: Mapping[Path, Entry]
    names: Mapping[Path, Sequence[Range]]


def read_places(text: str, *, guess: bool) -> tuple[Places, bool]:
    """What is written where, and whether the parser found no error; `guess`: also where it did. Never raises."""
    lines = text.split("\n")
    # tree-sitter-toml takes a line-ending backslash in a string only right before the line break, so the copy has the
    # blanks before the backslash: that keeps the offsets, and outside of such strings it changes nothing.
    patched = [_SPACED_CONTINUATION.sub(r"\1\2\\\3", line) if "\\" in line else line for line in lines]
    tree = _tree(patched)
    clean = not tree.root_node.has_error
    if not clean and guess:
        tree = _repair(patched, tree)
    offsets = range(len(text) + 1) if patched == lines and text.isascii() else _offsets(lines, patched)
    found = _Indexer(text, offsets)
    found.document(tree.root_node)
    return Places(found.entries, found.names), clean


class _Indexer:
    """Turns a syntax tree into entries. Of what is written twice the first stays."""

    def __init__(self, text: str, offsets: Sequence[int]) -> None:
        self._text, self._offsets = text, offsets
        self.entries: dict[Path, Entry] = {}
        self.names: dict[Path, list[Range]] = {}  # wherever a key names a path
        self._lengths: dict[Path, int] = {}  # of the arrays of tables, so far

    def document(self, root: Node) -> None:
        nodes = root.named_children
        self._pairs((), nodes)
        for node in nodes:
            if node.type in {"table", "table_array_element"}:
                self._table(node)

    def _table(self, node: Node) -> None:
        children = node.children
        key, parts = self._key(children)
        brackets = [self._range(child) for child in children if child.type in _BRACKETS]
        if key is None or not brackets or len(parts) >= _DEPTH:
            return
        header = (brackets[0][0], brackets[-1][1])
        path = self._named((), parts)
        self._add(path, Entry(self._range(key), self._range(parts[-1]), header, "header"))
        if node.type == "table_array_element":
            self._lengths[path] = self._lengths.get(path, 0) + 1
            self._add(self._last(path), Entry(None, self._range(parts[-1]), header, "header"))
        self._pairs(self._last(path), children)

    def _pairs(self, base: Path, nodes: Sequence[Node]) -> None:
        for node in nodes:
            if node.type == "pair":
                children = node.named_children
                key, parts = self._key(children)
                value = next((child for child in children if child.type in _VALUES), None)
                if key is not None and value is not None and len(base) + len(parts) < _DEPTH:
                    path = self._named(base, parts)
                    self._value(path, value, self._range(key), self._range(parts[-1]))

    def _value(self, path: Path, node: Node, key: Range | None = None, component: Range | None = None) -> None:
        if len(path) >= _DEPTH or not self._add(path, Entry(key, component, self._range(node), "value")):
            return
        if node.type == "array":
            for position, child in enumerate(child for child in node.named_children if child.type in _VALUES):
                self._value((*path, position), child)
        elif node.type == "inline_table":
            self._pairs(path, node.named_children)

    def _named(self, path: Path, parts: Sequence[Node]) -> Path:
        """Return the path that the `parts` of a key lead to from `path`, and record the tables on the way."""
        for part in parts[:-1]:
            path, own = (*path, self._name(part)), self._range(part)
            self.names.setdefault(path, []).append(own)
            self._add(path, Entry(own, own, own, "implied"))
            path = self._last(path)
        path = (*path, self._name(parts[-1]))
        self.names.setdefault(path, []).append(self._range(parts[-1]))
        return path

    def _last(self, path: Path) -> Path:
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _add(self, path: Path, entry: Entry) -> bool:
        """Record `entry` unless the path is written before; a table's own header replaces its mention as a part."""
        first = path not in self.entries or self.entries[path].kind == "implied" != entry.kind
        if first:
            self.entries[path] = entry
        return first

    def _key(self, children: Sequence[Node]) -> tuple[Node | None, list[Node]]:
        """Return the key of a pair or table, of its children, and its components, from left to right."""
        key = next((child for child in children if child.type in _KEYS), None)
        parts, rest = list[Node](), [] if key is None else [key]
        while rest:
            part = rest.pop()
            if part.type == "dotted_key":
                rest += [child for child in part.named_children if child.type in _KEYS]
            else:
                parts.append(part)
        return (key if parts else None), parts[::-1]

    def _name(self, part: Node) -> str:
        start, end = self._range(part)
        written = self._text[start:end]
        if part.type == "bare_key":
            return written
        try:
            return next(iter(tomllib.loads(f"{written} = 0")))
        except tomllib.TOMLDecodeError:
            return written[1:-1]

    def _range(self, node: Node) -> Range:
        return self._offsets[node.start_byte], self._offsets[node.end_byte]


def _tree(lines: Sequence[str]) -> Tree:
    # A parser has state, hence one for each call. Lone surrogates are no TOML, but must not raise.
    return Parser(_LANGUAGE).parse("\n".join(lines).encode("utf-8", "surrogatepass"))


def _offsets(lines: Sequence[str], patched: Sequence[str]) -> Sequence[int]:
    """Return for each byte of the patched text the offset in the original; what was added maps to its line's end."""
    table, start = list[int](), 0
    for line, patch in zip(lines, patched, strict=True):
        if line == patch and line.isascii():
            table += range(start, start + len(line) + 1)
            start += len(line) + 1
            continue
        end = len(line if patch == line else line.removesuffix("\r"))
        for column, character in enumerate(patch):
            table += [start + min(column, end)] * len(character.encode("utf-8", "surrogatepass"))
        table.append(start + min(len(patch), end))
        start += len(line) + 1
    return table


def _repair(lines: list[str], tree: Tree) -> Tree:
    """Complete, or failing that blank, those of `lines` with errors until none is left; return the tree they have."""
    tried = set[int]()
    while tree.root_node.has_error and len(tried) < _ROUNDS:
        inner = [node := tree.root_node]
        while inner and not node.is_error:
            node = inner[0]
            inner = [child for child in node.children if child.has_error]
        if not lines[row := node.start_point.row].strip():
            break
        body = lines[row].removesuffix("\r")
        lines[row] = ("" if row in tried else _completed(body)) + lines[row][len(body) :]
        tried.add(row)
        tree = _tree(lines)
    return tree


def _completed(line: str) -> str:
    """Return a half-typed header or pair as a whole one, up to its fault unchanged; a blank for anything else."""
    if "," not in line and (header := _OPEN_HEADER.match(line)):
        return header[1] + "]" * len(header[2])
    if pair := _OPEN_PAIR.fullmatch(line):
        return pair[1] + "1" * max(1, len(pair[2].rstrip()))
    return key[1] + "=1" if (key := _LONE_KEY.fullmatch(line)) else ""
