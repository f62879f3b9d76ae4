"""Reading a TOML document's syntax tree: which stretch of the text is which key or value.

The tree is tree-sitter's, whose grammar differs from `tomllib` in corners: `spans` checks what is found here. In a text
that `tomllib` rejects, the lines at fault are completed or blanked, in a copy, until the rest parses.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

import tree_sitter_toml
from msgspec import Struct
from tree_sitter import Language, Node, Parser, Tree

from codemation.origin import Path
from codemation.sources.sections import DEPTH, Entry, Indexer, Pair, Part, Range, Section, Value
from codemation.text.patterns import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LANGUAGE = Language(tree_sitter_toml.language())
_KEYS = frozenset({"bare_key", "quoted_key", "dotted_key"})
_BRACKETS = frozenset({"[", "[[", "]", "]]"})
_VALUES = frozenset({"string", "integer", "float", "boolean", "array", "inline_table"})
_VALUES |= {"offset_date_time", "local_date_time", "local_date", "local_time"}
_ROUNDS = 32  # the most repairs tried on a broken text, each a parse; more broken lines than a few are not an edit

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_BARE_KEYS = lazy(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_OPEN_HEADER = lazy(rf"([ \t]*(\[\[?)[ \t]*{_KEY})")
_OPEN_PAIR = lazy(rf"([ \t]*{_KEY}[ \t]*=[ \t]*)(.*)")
_LONE_KEY = lazy(r"([ \t]*[A-Za-z0-9_-]+(?:[ \t]*\.[ \t]*[A-Za-z0-9_-]+)*)[ \t]*(?:\.[ \t]*)?(?:#.*)?")
_SPACED_CONTINUATION = lazy(r"(?<!\\)((?:\\\\)*)\\([ \t]+)(\r?)\Z")

Written = tuple[str, bytes, str]  # see `Read.written`


class Parsed(NamedTuple):
    """What tree-sitter made of a text."""

    source: bytes
    tree: Tree


class Read(NamedTuple):
    """A text, what tree-sitter made of it, and for each byte of what that was given the offset in the text."""

    text: str
    parsed: Parsed
    offsets: Sequence[int]

    def start(self, node: Node) -> int:
        """Where a node begins in the text."""
        return self.offsets[node.start_byte]

    def written(self, node: Node) -> Written:
        """What tells a node from others: its kind, and what stands in it, for the parser and in the text."""
        start, end = node.start_byte, node.end_byte
        return node.type, self.parsed.source[start:end], self.text[self.offsets[start] : self.offsets[end]]


class Places(Struct, frozen=True):
    """All that is written in one text: each path with its place, where a key names it first, and where else one does.

    A number is where that begins from which the offsets are counted. `read` is what the text was read from, `sections`
    are what each node of the document says (`None`: nothing), and `begins` where that begins: another text that has
    some of them too need not be read as a whole.
    """

    entries: Mapping[Path, tuple[int, Entry]]
    names: Mapping[Path, tuple[int, Range]]
    again: Mapping[Path, Sequence[tuple[int, Range]]]
    read: Read
    sections: Sequence[Section | None]
    begins: Sequence[int]
    clean: bool


def read_places(text: str, *, guess: bool, before: Places | None = None) -> Places:
    """What is written where, and whether the parser found no error; `guess`: also where it did. Never raises.

    `before` is what was read of another text, whose sections are not read once more.
    """
    lines = text.split("\n")
    # tree-sitter-toml takes a line-ending backslash in a string only right before the line break, so the copy has the
    # blanks before the backslash: that keeps the offsets, and outside of such strings it changes nothing.
    patched = [_SPACED_CONTINUATION.sub(r"\1\2\\\3", line) if "\\" in line else line for line in lines]
    parsed = _parsed(patched, before.read.parsed if before else None)
    clean = not parsed.tree.root_node.has_error
    if not clean and guess:
        parsed = _repair(patched, parsed)
    offsets = range(len(text) + 1) if patched == lines and text.isascii() else _offsets(lines, patched)
    read, known = Read(text, parsed, offsets), _known(before) if before else {}
    reader = _Reader(text, offsets, clean=clean)
    sections, begins = list[Section | None](), list[int]()
    for node in parsed.tree.root_node.named_children:
        # How the parser recovers from an error depends on what is around it.
        taken = known.get(read.written(node)) if known and not node.has_error else None
        sections.append(taken or reader.section(node))
        begins.append(read.start(node))
    indexer = Indexer()
    found = [(start, section) for start, section in zip(begins, sections, strict=True) if section is not None]
    for start, section in sorted(found, key=lambda one: one[1].header is not None):
        indexer.add(start, section)
    return Places(indexer.entries, indexer.names, indexer.again, read, sections, begins, clean)


def _known(before: Places) -> Mapping[Written, Section]:
    """What was read of a text, by what is written."""
    nodes = before.read.parsed.tree.root_node.named_children
    read = zip(nodes, before.sections, strict=True)
    return {before.read.written(node): section for node, section in read if section and not node.has_error}


class _Reader:
    """Reads the nodes of one text.

    Of thousands of workflows many have the same pairs: each is read once, where the parser found no error (`clean`).
    """

    def __init__(self, text: str, offsets: Sequence[int], *, clean: bool) -> None:
        self._text, self._offsets, self._clean = text, offsets, clean
        self._start = 0  # where that begins which is read
        self._known: dict[str, Pair] = {}

    def section(self, node: Node) -> Section | None:
        """What a node of the document says; `None` for one that says nothing."""
        kind, start = node.type, self._offsets[node.start_byte]
        if kind == "pair":
            pairs = self._pairs([node], start)
            return Section((), None, None, pairs) if pairs else None
        if kind not in {"table", "table_array_element"}:
            return None
        key, brackets, inner = None, list[Node](), list[Node]()
        for child in node.children:
            of = child.type
            if of == "pair":
                inner.append(child)
            elif of in _BRACKETS:
                brackets.append(child)
            elif key is None and of in _KEYS:
                key = child
        self._start = start
        place = self._range(key) if key is not None else None
        parts = self._parts(key, place) if key is not None and place is not None else ()
        if not brackets or not 0 < len(parts) < DEPTH:
            return None
        last, whole = parts[-1].place, (self._range(brackets[0])[0], self._range(brackets[-1])[1])
        element = Entry(None, last, whole, "header") if kind == "table_array_element" else None
        return Section(parts, Entry(place, last, whole, "header"), element, self._pairs(inner, start))

    def _pairs(self, nodes: Sequence[Node], section: int) -> tuple[tuple[int, Pair], ...]:
        """The pairs of a section that begins at an offset."""
        found, offsets = list[tuple[int, Pair]](), self._offsets
        for node in nodes:
            self._start = start = offsets[node.start_byte]
            written = self._text[start : offsets[node.end_byte]]
            pair = self._known.get(written)
            if pair is None:
                pair = self._pair(node, 0)
                if pair is None:
                    continue
                if self._clean:
                    self._known[written] = pair
            found.append((start - section, pair))
        return tuple(found)

    def _pair(self, node: Node, depth: int) -> Pair | None:
        key = value = None
        for child in node.named_children:
            kind = child.type
            if kind in _VALUES:
                value = child
            elif key is None and kind in _KEYS:
                key = child
        if key is None or value is None:
            return None
        place = self._range(key)
        parts = self._parts(key, place)
        return Pair(parts, self._value(value, depth, place, parts[-1].place)) if parts else None

    def _value(self, node: Node, depth: int, key: Range | None = None, component: Range | None = None) -> Value:
        entry, kind = Entry(key, component, self._range(node), "value"), node.type
        if depth < DEPTH and kind == "array":
            nodes = [child for child in node.named_children if child.type in _VALUES]
            return Value(entry, items=tuple([self._value(child, depth + 1) for child in nodes]))
        if depth < DEPTH and kind == "inline_table":
            pairs = [self._pair(child, depth + 1) for child in node.named_children if child.type == "pair"]
            return Value(entry, pairs=tuple([pair for pair in pairs if pair is not None]))
        return Value(entry)

    def _parts(self, key: Node, place: Range) -> tuple[Part, ...]:
        """Return the components of the key of a pair or table, which stands at a place, from left to right."""
        start, end = place
        written = self._text[self._start + start : self._start + end]
        # Nearly every key: what it consists of stands in it as it is.
        return _bare(written, start) if _BARE_KEYS.fullmatch(written) else self._components(key)

    def _components(self, key: Node) -> tuple[Part, ...]:
        """Return the components of a key that is written in quotes, or with blanks between them."""
        parts, rest = list[Part](), [key]
        while rest:
            part = rest.pop()
            if part.type == "dotted_key":
                rest += [child for child in part.named_children if child.type in _KEYS]
            else:
                own = self._range(part)
                parts.append(Part(self._name(part.type, own), own))
        return tuple(parts[::-1])

    def _name(self, kind: str, place: Range) -> str:
        written = self._text[self._start + place[0] : self._start + place[1]]
        if kind == "bare_key":
            return written
        try:
            return next(iter(tomllib.loads(f"{written} = 0")))
        except tomllib.TOMLDecodeError:
            return written[1:-1]

    def _range(self, node: Node) -> Range:
        return self._offsets[node.start_byte] - self._start, self._offsets[node.end_byte] - self._start


def _bare(written: str, start: int) -> tuple[Part, ...]:
    """The components of a key of bare ones, which begins at an offset."""
    parts = []
    for name in written.split("."):
        own = (start, start + len(name))
        parts.append(Part(name, own))
        start = own[1] + 1
    return tuple(parts)


def _parsed(lines: Sequence[str], before: Parsed | None = None) -> Parsed:
    # A parser has state, hence one for each call. Lone surrogates are no TOML, but must not raise.
    source, parser = "\n".join(lines).encode("utf-8", "surrogatepass"), Parser(_LANGUAGE)
    if before is None:
        return Parsed(source, parser.parse(source))
    # The parser is told the stretch that is another one, and takes over the rest.
    old, same = before.source, range(min(len(before.source), len(source)) + 1)
    start = bisect_right(same, 0, key=lambda count: old[:count] != source[:count]) - 1
    most = len(same) - 1 - start
    end = bisect_right(same[: most + 1], 0, key=lambda n: old[len(old) - n :] != source[len(source) - n :]) - 1
    old_end, new_end = len(old) - end, len(source) - end
    if new_end - start > len(source) // 2:
        # Of what is for the most part another text nothing is gained.
        return Parsed(source, parser.parse(source))
    tree = before.tree.copy()
    tree.edit(start, old_end, new_end, _point(old, start), _point(old, old_end), _point(source, new_end))
    return Parsed(source, parser.parse(source, tree))


def _point(source: bytes, at: int) -> tuple[int, int]:
    return source.count(b"\n", 0, at), at - source.rfind(b"\n", 0, at) - 1


def _offsets(lines: Sequence[str], patched: Sequence[str]) -> Sequence[int]:
    """Return for each byte of the patched text the offset in the original; what was added maps to its line's end."""
    table, start, plain = list[int](), 0, 0
    for line, patch in zip(lines, patched, strict=True):
        if line == patch and line.isascii():
            start += len(line) + 1
            continue
        table += range(plain, start)
        end = len(line if patch == line else line.removesuffix("\r"))
        for column, character in enumerate(patch):
            table += [start + min(column, end)] * len(character.encode("utf-8", "surrogatepass"))
        table.append(start + min(len(patch), end))
        plain = start = start + len(line) + 1
    table += range(plain, start)
    return table


def _repair(lines: list[str], parsed: Parsed) -> Parsed:
    """Complete, or failing that blank, those of `lines` with errors until none is left; return what they are then."""
    tried = set[int]()
    while parsed.tree.root_node.has_error and len(tried) < _ROUNDS:
        inner = [node := parsed.tree.root_node]
        while inner and not node.is_error:
            node = inner[0]
            inner = [child for child in node.children if child.has_error]
        if not lines[row := node.start_point.row].strip():
            break
        body = lines[row].removesuffix("\r")
        lines[row] = ("" if row in tried else _completed(body)) + lines[row][len(body) :]
        tried.add(row)
        parsed = _parsed(lines, parsed)
    return parsed


def _completed(line: str) -> str:
    """Return a half-typed header or pair as a whole one, up to its fault unchanged; a blank for anything else."""
    if "," not in line and (header := _OPEN_HEADER.match(line)):
        return header[1] + "]" * len(header[2])
    if pair := _OPEN_PAIR.fullmatch(line):
        return pair[1] + "1" * max(1, len(pair[2].rstrip()))
    return key[1] + "=1" if (key := _LONE_KEY.fullmatch(line)) else ""
