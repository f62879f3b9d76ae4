"""`codemation.toml` as written: its data, its text, and (on demand) where everything stands in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from codemation.origin import FileOrigin, Path, Position
from codemation.sources.files import BOM, Unreadable, read_text
from codemation.text.redaction import redact

if TYPE_CHECKING:
    from codemation.diagnostics import Edit
    from codemation.sources.spans import Location, SpanIndex


DEEPEST = 100
"""Levels of tables and arrays: far more than any setting has, far fewer than the interpreter's stack."""

LONGEST_NUMBER = 10_000
"""Bits of an integer: less than the 4300 digits that Python prints."""


class SyntaxFault(Struct, frozen=True):
    """Where the text stops being TOML, and why."""

    position: Position
    message: str


class TomlSource:
    """One TOML file.

    `name` is how origins call it. `data` is its content, empty where the file could not be read (`unreadable`) or is
    no TOML (`syntax`); `text` is what stands in it, behind its byte order `mark` if it has one.
    """

    def __init__(self, name: str, text: str | Unreadable | None, data: dict[str, Any] | None = None) -> None:
        """`data` is what the text says, where that is known."""
        self.name = name
        whole = text if isinstance(text, str) else ""
        self.text = whole.removeprefix(BOM)
        self.mark = whole[: len(whole) - len(self.text)]
        self.present = text is not None
        self.unreadable = text if isinstance(text, Unreadable) else None
        self.syntax: SyntaxFault | None = None
        self.data: dict[str, Any] = {}
        self._spans: SpanIndex | None = None
        self._before: SpanIndex | None = None
        if self.text:
            self._parse(data)

    def _parse(self, data: dict[str, Any] | None) -> None:
        try:
            self.data = _bounded(tomllib.loads(self.text) if data is None else data, self.text)
        except tomllib.TOMLDecodeError as error:
            from codemation.sources.toml_errors import syntax_message, syntax_position  # noqa: PLC0415  (slow path)

            self.syntax = SyntaxFault(syntax_position(error, self.text), syntax_message(error))
        except RecursionError:
            self.syntax = SyntaxFault(Position(1, 1), "Values are nested too deeply")
        except ValueError:
            # Python refuses to read integers of more than 4300 digits (CVE-2020-10735).
            self.syntax = SyntaxFault(Position(1, 1), "A number has too many digits")

    @property
    def broken(self) -> bool:
        """Whether nothing is known of what the file says."""
        return self.unreadable is not None or self.syntax is not None

    @property
    def spans(self) -> SpanIndex:
        """Where every key and value stands; made when it is first asked for."""
        if self._spans is None:
            from codemation.sources.spans import locate  # noqa: PLC0415  (slow path: tree-sitter)

            self._spans = locate(self.text, None if self.syntax else self.data, self._before)
            self._before = None
        return self._spans

    def edited(self, edits: Sequence[Edit]) -> TomlSource:
        """The same file after edits, of which none overlaps another."""
        from codemation.sources.edits import edited  # noqa: PLC0415  (only who edits needs it)
        from codemation.sources.rereading import reread  # noqa: PLC0415  (slow path: tree-sitter)

        data = None if self.broken else reread(self.data, self.text, self.spans, edits)
        after = TomlSource(self.name, edited(self.text, edits), data)
        after.follow(self)
        return after

    def follow(self, before: TomlSource) -> None:
        """Take over what is known of an earlier text of the same file: of what is the same, where it stood in that."""
        self._before = before._spans or before._before

    def value(self, path: Path) -> Any:
        """What is written at a path, right or wrong, or `None`."""
        value: Any = self.data
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def location(self, path: Path) -> Location | None:
        """Where a key stands, or `None` where it is not written."""
        return self.spans.find(path) if self.text else None

    def origin(self, path: Path, key: str, within: Path = ()) -> FileOrigin:
        """The origin of a key, written or not; the key may be a URL that landed on the wrong side of the `=`.

        The value of a table with a header is the last part of its name, what sets it apart from others. `within` is a
        place in the value, which is then the value's in its stead.
        """
        found = self.location(path)
        if found is None:
            return FileOrigin(self.name, redact(key))
        part = found.component
        header = part is not None and found.value.start <= part.start <= found.value.end
        item = self.location((*path, *within)) if within else None
        value = item.value if item is not None and item.exact else part if header else found.value
        return FileOrigin(self.name, redact(key), part if found.key else None, value)


def _bounded(data: dict[str, Any], text: str) -> dict[str, Any]:
    """The document itself, if everything that looks at it can stand it.

    Raises:
        RecursionError: it is nested deeper than `DEEPEST`: a dotted key costs tomllib no recursion, but us.
        ValueError: it holds an integer that Python will not print: tomllib lets those pass in other bases than ten.
    """
    # Cheap signs first: hardly any document has as many levels, or as long a number, as would make it worth a walk.
    deep = text.count(".") + text.count("{") + text.count("[") > DEEPEST
    long = len(text) * 4 > LONGEST_NUMBER and any(base in text for base in ("0x", "0o", "0b"))
    if not deep and not long:
        return data
    level: list[Any] = [data]
    for _ in range(DEEPEST + 1):
        values = list(chain.from_iterable([inner.values() if type(inner) is dict else inner for inner in level]))
        if long and any(type(value) is int and value.bit_length() > LONGEST_NUMBER for value in values):
            raise ValueError
        level = [value for value in values if type(value) is dict or type(value) is list]
        if not level:
            return data
    raise RecursionError


def read_toml(name: str, path: str | None, *, named: bool = True) -> TomlSource:
    """Read a file; `None` is the empty one. Never raises: what is wrong is in the source. `named`: as `read_text`."""
    return TomlSource(name, read_text(path, named=named, marked=True) if path is not None else None)


def nested_paths(value: Mapping[str, Any] | list[Any], prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every key and item of nested tables and arrays with its value, tables and arrays too."""
    parts: Iterable[tuple[str | int, Any]] = value.items() if isinstance(value, Mapping) else enumerate(value)
    for part, inner in parts:
        path = (*prefix, part)
        yield path, inner
        if isinstance(inner, dict | list):
            yield from nested_paths(inner, path)


def value_at(document: Mapping[str, Any], path: Path) -> Any:
    """The value at a path that exists."""
    value: Any = document
    for part in path:
        value = value[part]
    return value


class CopiedTables:
    """Another `document`, whose tables are those of the first one but for those that are asked for here."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = dict(document)
        self._own: dict[tuple[str, ...], dict[str, Any]] = {(): self.document}

    def table(self, path: tuple[str, ...]) -> dict[str, Any]:
        """The table at a path, which may be changed."""
        table = self._own.get(path)
        if table is None:
            around = self.table(path[:-1])
            table = self._own[path] = around[path[-1]] = dict(around[path[-1]])
        return table
