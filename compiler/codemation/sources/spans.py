"""Where every key and value of a TOML document stands, for reports and editors.

`tomllib` alone decides what a document means; this module only says where. The places come from tree-sitter's TOML
grammar, which differs from `tomllib` in corners, so a caller who has the parsed document hands it in, and no answer is
given as exact unless it was checked against it. In a text that `tomllib` rejects, the lines at fault are completed or
blanked, in a copy, until the rest parses. Offsets here are indices into the text; only callers see lines and columns.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

import tree_sitter_toml
from msgspec import Struct
from tree_sitter import Language, Node, Parser, Tree

from codemation.origin import Path, Position, Span
from codemation.text.patterns import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LANGUAGE = Language(tree_sitter_toml.language())
_KEYS = frozenset({"bare_key", "quoted_key", "dotted_key"})
_BRACKETS = frozenset({"[", "[[", "]", "]]"})
_VALUES = frozenset({"string", "integer", "float", "boolean", "array", "inline_table"})
_VALUES |= {"offset_date_time", "local_date_time", "local_date", "local_time"}
_DEPTH = 128  # the longest path indexed, to bound the recursion; `tomllib` gives up at a few hundred
_ROUNDS = 32  # the most repairs tried on a broken text, each a parse; more broken lines than a few are not an edit
_MISSING = object()

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_OPEN_HEADER = lazy(rf"([ \t]*(\[\[?)[ \t]*{_KEY})")
_OPEN_PAIR = lazy(rf"([ \t]*{_KEY}[ \t]*=[ \t]*)(.*)")
_LONE_KEY = lazy(r"([ \t]*[A-Za-z0-9_-]+(?:[ \t]*\.[ \t]*[A-Za-z0-9_-]+)*)[ \t]*(?:\.[ \t]*)?(?:#.*)?")
_SPACED_CONTINUATION = lazy(r"(?<!\\)((?:\\\\)*)\\([ \t]+)(\r?)\Z")

_PLAIN_PAIR = lazy(
    r"""([ \t]*[A-Za-z0-9_.-]+[ \t]*=[ \t]*)([+-]?[0-9][0-9_]*|true|false|"[^"\\]*"|'[^']*')([ \t\r]*)"""
)
_PLACE = lazy(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)\Z")
_SAFE_MESSAGE = lazy(
    r"""(?:Expected (?:'\]{1,2}' at the end of an? (?:table|array) declaration|'=' after a key in a key/value pair)"""
    r"""|Expected (?:"'"|"'''"|newline or end of document after a statement)"""
    r"""|(?:Found invalid|Illegal) character '(?:.|\\.|\\x..)'"""
    r"""|Invalid (?:statement|value|hex value|date or datetime|initial character for a key part)"""
    r"""|Un(?:closed array|closed inline table|terminated string|escaped '\\' in a string)"""
    r"""|Escaped character is not a Unicode scalar value|Cannot overwrite a value)\Z"""
    r"""|Cannot declare(?= )|Cannot (?:mutate immutable|redefine) namespace(?= )|Duplicate inline table key(?= )"""
)
_DECLARE = lazy(r"declare\Z")

_Range = tuple[int, int]  # start and exclusive end, as indices into the text


class Location(Struct, frozen=True, gc=False):
    """Where one key and its value are written.

    `key` is the key as written, in whole: the leaf of `a.b.c = 1` has `a.b.c`; a table named only as a part of a longer
    key or header has its own component. `component` is the last component alone. Elements of arrays have no key, and a
    component only with a header. `value` is the value; for a table with a header the header with its brackets, for a
    table named only as a part its component. `exact` is false where the place is not sure: against a parsed document
    `value` is then the whole text and the keys are `None`; in a broken text the spans are the best guess.
    """

    key: Span | None
    component: Span | None
    value: Span
    exact: bool = True


class _Entry(Struct, frozen=True, gc=False):
    """A `Location` in offsets; `kind` says whether the value, a header or only a part of a longer key is written."""

    key: _Range | None
    component: _Range | None
    value: _Range
    kind: Literal["value", "header", "implied"]


class SpanIndex:
    """The places in one text; made by `locate`. No method raises on any path."""

    def __init__(self, text: str, found: _Indexer, data: object, *, clean: bool) -> None:
        """Index what was `found` in `text`; `clean` means that tree-sitter parsed it without an error."""
        self._text, self._data, self._clean = text, data, clean
        self._entries, self._names = found.entries, found.names
        self._lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self._found: dict[Path, Location | None] = {}

    def find(self, path: Path) -> Location | None:
        """Return where exactly `path` is written, or `None` if it is not."""
        if path not in self._found:
            self._found[path] = self._find(path)
        return self._found[path]

    def _find(self, path: Path) -> Location | None:
        entry = self._entries.get(path)
        if self._data is None:
            return None if entry is None else self._location(entry, exact=self._clean)
        value = _lookup(self._data, path) if path else _MISSING
        if value is _MISSING:
            return None
        if entry is not None and self._clean and self._agrees(entry, value):
            return self._location(entry, exact=True)
        return self._location(_Entry(None, None, (0, len(self._text)), "value"), exact=False)

    def nearest(self, path: Path) -> Location | None:
        """Return the place of the longest prefix of `path` that is written, or `None` if none is."""
        return next(filter(None, (self.find(path[:length]) for length in range(len(path), 0, -1))), None)

    def paths(self) -> Iterator[tuple[Path, Location]]:
        """Yield every written path and its place, in the order of the text."""
        yield from ((path, found) for path in self._entries if (found := self.find(path)) is not None)

    def between(self, first: int, last: int) -> Iterator[tuple[Path, Location]]:
        """Yield the written paths whose values begin in these lines (from 1, the last one with them), as `paths`."""
        start = self._lines[min(max(first, 1), len(self._lines)) - 1]
        end = self._lines[min(max(last + 1, 1), len(self._lines)) - 1]
        near = [path for path, entry in self._entries.items() if start <= entry.value[0] < end]
        yield from ((path, found) for path in near if (found := self.find(path)) is not None)

    def names(self, path: Path) -> tuple[Span, ...]:
        """Return every place at which a key says the last name of `path`; none where that is not sure.

        A table may be named in several headers and keys.
        """
        found = self.find(path)
        return tuple(map(self._span, self._names.get(path, ()))) if found is not None and found.exact else ()

    def at(self, position: Position) -> tuple[Path, Span] | None:
        """Return the innermost path whose name or value stands at a place, or ends there, and the stretch of that."""
        at = self._lines[min(position.line, len(self._lines) - 1) - 1] + position.column - 1
        named = ((end - start, path, (start, end)) for path, ranges in self._names.items() for start, end in ranges)
        names = [one for one in named if one[2][0] <= at <= one[2][1]]
        values = [
            (entry.value[1] - entry.value[0], path, entry.value)
            for path, entry in self._entries.items()
            if entry.value[0] <= at <= entry.value[1]
        ]
        for _, path, found in (*sorted(names, key=lambda one: one[0]), *sorted(values, key=lambda one: one[0])):
            place = self.find(path)
            if place is not None and (place.exact or self._data is None):
                return path, self._span(found)
        return None

    def moved(self, text: str, data: Mapping[str, object]) -> SpanIndex | None:
        """Return the index of a text that says another plain value in one line, and is else the same; `None` of others.

        It is what `locate` would return, in a fifth of the time: what somebody types is mostly such a text.
        """
        before, after = self._text.split("\n"), text.split("\n")
        if not self._clean or self._data is None or len(before) != len(after):
            return None
        changed = [row for row, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        pairs = [_PLAIN_PAIR.fullmatch(line) for row in changed[:1] for line in (before[row], after[row])]
        if len(changed) != 1 or not all(pairs):
            return None
        old, new = (pair.groups() for pair in pairs if pair)
        if (old[0], old[2]) != (new[0], new[2]):
            return None
        start, more = self._lines[changed[0]] + len(old[0]), len(new[1]) - len(old[1])
        # What begins behind the value moves, and what ends with it or later.
        found = _Indexer(text, ())
        found.entries = {path: _moved(entry, start, more) for path, entry in self._entries.items()}
        found.names = {path: [_shifted(one, start, more) for one in ranges] for path, ranges in self._names.items()}
        return SpanIndex(text, found, data, clean=True)

    def written(self, span: Span) -> str:
        """Return what stands at one of the spans given here."""
        start, end = (self._lines[place.line - 1] + place.column - 1 for place in (span.start, span.end))
        return self._text[start:end]

    def _location(self, entry: _Entry, *, exact: bool) -> Location:
        key = None if entry.key is None else self._span(entry.key)
        component = key if entry.component == entry.key else entry.component and self._span(entry.component)
        return Location(key, component, self._span(entry.value), exact)

    def _span(self, offsets: _Range) -> Span:
        start, end = offsets
        first = last = bisect_right(self._lines, start)
        if first < len(self._lines) and end >= self._lines[first]:
            last = bisect_right(self._lines, end)
        return Span(
            Position(first, start - self._lines[first - 1] + 1), Position(last, end - self._lines[last - 1] + 1)
        )

    def _agrees(self, entry: _Entry, value: object) -> bool:
        """Tell whether what is written at `entry` is the parsed `value`."""
        if entry.kind != "value":
            return isinstance(value, (dict, list))
        written = self._text[slice(*entry.value)]
        # As it would be written anyway: that needs no parser.
        if type(value) is int and written == str(value):
            return True
        if type(value) is str and written == f'"{value}"' and value.isprintable() and "\\" not in value:
            return True
        try:
            # By notation NaN is itself, and 1, 1.0 and true are three things.
            return repr(tomllib.loads(f"x = {written}")) == repr({"x": value})
        except (ValueError, RecursionError):
            return False


def locate(text: str, data: Mapping[str, object] | None = None) -> SpanIndex:
    """Index where every key and value of the TOML document `text` (without a byte order mark) stands.

    `data` is what `tomllib` made of the same `text`. With it an answer is exact only if tree-sitter found no error
    anywhere and the slice reads back as the same value; otherwise it is the whole text, marked. Without it (a text
    that `tomllib` rejects) nothing is checked. Never raises, whatever the text.
    """
    lines = text.split("\n")
    # tree-sitter-toml takes a line-ending backslash in a string only right before the line break, so the copy has the
    # blanks before the backslash: that keeps the offsets, and outside of such strings it changes nothing.
    patched = [_SPACED_CONTINUATION.sub(r"\1\2\\\3", line) if "\\" in line else line for line in lines]
    tree = _tree(patched)
    clean = not tree.root_node.has_error
    if not clean and data is None:
        tree = _repair(patched, tree)
    found = _Indexer(text, range(len(text) + 1) if patched == lines and text.isascii() else _offsets(lines, patched))
    found.document(tree.root_node)
    return SpanIndex(text, found, data, clean=clean)


def syntax_position(error: tomllib.TOMLDecodeError, text: str) -> Position:
    """Return where in `text` the `error` that `tomllib` raised for it stands; its end if the error does not say."""
    line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    if isinstance(line, int) and isinstance(column, int):
        return Position(line, column)
    if (place := _PLACE.search(str(error))) and place[1]:
        return Position(int(place[1]), int(place[2]))
    return Position(text.count("\n") + 1, len(text) - text.rfind("\n"))


def syntax_message(error: tomllib.TOMLDecodeError) -> str:
    """Return what `error` says without the place, and without anything of the document but a single character."""
    # The last line of the pattern leaves off the key that is quoted; a message no known release has may quote anything.
    safe = _SAFE_MESSAGE.match(_PLACE.sub("", str(error)))
    return "Invalid TOML" if safe is None else _DECLARE.sub("declare a table twice", safe[0])


class _Indexer:
    """Turns a syntax tree into entries. Of what is written twice the first stays."""

    def __init__(self, text: str, offsets: Sequence[int]) -> None:
        self._text, self._offsets = text, offsets
        self.entries: dict[Path, _Entry] = {}
        self.names: dict[Path, list[_Range]] = {}  # wherever a key names a path
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
        self._add(path, _Entry(self._range(key), self._range(parts[-1]), header, "header"))
        if node.type == "table_array_element":
            self._lengths[path] = self._lengths.get(path, 0) + 1
            self._add(self._last(path), _Entry(None, self._range(parts[-1]), header, "header"))
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

    def _value(self, path: Path, node: Node, key: _Range | None = None, component: _Range | None = None) -> None:
        if len(path) >= _DEPTH or not self._add(path, _Entry(key, component, self._range(node), "value")):
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
            self._add(path, _Entry(own, own, own, "implied"))
            path = self._last(path)
        path = (*path, self._name(parts[-1]))
        self.names.setdefault(path, []).append(self._range(parts[-1]))
        return path

    def _last(self, path: Path) -> Path:
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _add(self, path: Path, entry: _Entry) -> bool:
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

    def _range(self, node: Node) -> _Range:
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


def _shifted(place: _Range, start: int, more: int) -> _Range:
    return (place[0] + more if place[0] > start else place[0]), (place[1] + more if place[1] >= start else place[1])


def _moved(entry: _Entry, start: int, more: int) -> _Entry:
    if entry.value[1] < start and (entry.key is None or entry.key[1] < start):
        return entry
    key, component = entry.key, entry.component
    return _Entry(
        None if key is None else _shifted(key, start, more),
        None if component is None else _shifted(component, start, more),
        _shifted(entry.value, start, more),
        entry.kind,
    )


def _lookup(data: object, path: Path) -> object:
    for step in path:
        of_array = isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
        if not of_array and not (isinstance(data, dict) and step in data):
            return _MISSING
        data = data[step]  # type: ignore[index]
    return data
