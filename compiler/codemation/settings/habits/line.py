"""A line that is no TOML, taken apart as far as that goes."""

from __future__ import annotations

import tomllib
from functools import cached_property
from typing import Any, Final

from codemation.origin import Path, Position, Span
from codemation.settings.catalogue import Catalogue, Leaf, Table
from codemation.text.patterns import lazy
from codemation.text.redaction import redact
from codemation.text.toml_lexemes import CLOSERS, Lexeme, closed_below, lexemes, open_brackets

_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*')"""
_KEY: Final = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER: Final = lazy(rf"[ \t]*\[{{1,2}}[ \t]*({_KEY})[ \t]*\]{{1,2}}[ \t]*(?:#.*)?\r?")
_PAIR: Final = lazy(rf"[ \t]*({_KEY})[ \t]*=[ \t]*(.*)")
_SAFE: Final = lazy(r"[A-Za-z0-9_./ +<>*-]{1,64}")

LONGEST: Final = 1_000
"""Characters of a line beyond which it is no habit."""


def is_value(text: str) -> bool:
    """Whether a text by itself is a value of TOML."""
    try:
        tomllib.loads(f"x = {text}")
    except (ValueError, RecursionError):
        return False
    return bool(text.strip())


def parsed(text: str) -> Any:
    """The value that a text is by itself."""
    return tomllib.loads(f"x = {text}")["x"]


def safe(text: str) -> str | None:
    """A name as a help line may repeat it, or `None`."""
    text = text.strip()
    return text if _SAFE.fullmatch(text) and redact(text) == text else None


class Line:
    """Where the parser stopped: `message` is what it said, `before` and `rest` stand around the place on its line.

    `number` counts from 1, as `first` does: the line of the file that the text begins with. `length` is that of the
    whole line. `last` tells that nothing follows.
    """

    def __init__(self, catalogue: Catalogue, text: str, position: Position, message: str, *, first: int = 1) -> None:
        self.catalogue = catalogue
        self.message = message
        self.position = position
        self.number = position.line
        lines, at = text.split("\n"), position.line - first
        whole = lines[at].removesuffix("\r") if at < len(lines) else ""
        self.length = len(whole)
        self._whole = text
        self._above = lines[:at]
        self._below = lines[at + 1 :]
        self._start = sum(len(line) + 1 for line in self._above)
        self._first = first
        self.text = whole if len(whole) <= LONGEST else ""
        self.before, self.rest = self.text[: position.column - 1], self.text[position.column - 1 :]
        self.last = not any(line.strip() for line in self._below)

    @cached_property
    def inside_text(self) -> bool:
        """Whether it may lie inside of a text that has several lines, whose every word may be secret."""
        before = "\n".join([*self._above, self.text])
        return '"""' in before or "'''" in before

    @property
    def opens_lines(self) -> str:
        """The quotes of a text of several lines that begins where the parser stopped."""
        return self.rest[:3] if self.rest.startswith(('"""', "'''")) else ""

    @cached_property
    def _brackets(self) -> tuple[Lexeme, ...]:
        return open_brackets(self._whole, self._start + self.position.column - 1)

    @cached_property
    def open(self) -> str:
        """The brackets that are open where the parser stopped, the innermost last."""
        return "".join(one.sign for one in self._brackets)

    @cached_property
    def open_above(self) -> str:
        """Those of them that an earlier line opened."""
        return "".join(one.sign for one in self._brackets if one.start < self._start)

    def closes(self, *, whole: bool = False) -> bool:
        """Whether what is open is closed further on, with the right bracket.

        That is what was open where the parser stopped; where the `whole` line is looked at, what an earlier one opened.
        """
        opened = self.open_above if whole else self.open
        place = self._start if whole else self._start + self.position.column - 1
        return bool(opened) and closed_below(self._whole, place) == CLOSERS[opened[-1]]

    @cached_property
    def following(self) -> str:
        """The next line that is not blank; nothing where there is none."""
        return next((line for line in self._below if line.strip()), "")

    def opening(self, *, bracket: bool) -> Span | None:
        """Where an earlier line opened a text of several lines that ends on this one, else the innermost `bracket`."""
        text = self._whole[: self._start + self.length]
        above = (one for one in lexemes(text) if one.start < self._start < one.end and len(one.sign) > 1)
        brackets = (one for one in reversed(self._brackets if bracket else ()) if one.start < self._start)
        found = next(above, None) or next(brackets, None)
        if found is None:
            return None
        number = text.count("\n", 0, found.start) + self._first
        column = found.start - text.rfind("\n", 0, found.start)
        return Span(Position(number, column), Position(number, column + len(found.sign)))

    @cached_property
    def header(self) -> str:
        """The line of the header that it stands under; a blank one for none."""
        headers = (line for line in reversed(self._above) if len(line) <= LONGEST and line.lstrip().startswith("["))
        return next((line for line in headers if _HEADER.fullmatch(line)), "")

    @cached_property
    def table(self) -> Path:
        """The table that it stands in."""
        header = _HEADER.fullmatch(self.header)
        return parts_of(header[1]) if header else ()

    @cached_property
    def pair(self) -> tuple[str, str] | None:
        """The key and the value as they are written, where the line has both."""
        found = _PAIR.fullmatch(self.text)
        return (found[1], found[2].strip()) if found and not self.inside_text else None

    @cached_property
    def path(self) -> Path:
        """The path of its key; `()` where it has none that could be read."""
        return (*self.table, *parts_of(self.pair[0])) if self.pair else ()

    @cached_property
    def leaf(self) -> Leaf | None:
        """The setting that it states, also one that is spelt nearly so."""
        return self.setting(self.path)

    def setting(self, path: Path) -> Leaf | None:
        """The setting at a path, whatever the case of its names, with or without `_` and `-`."""
        node: Table | Leaf | None = self.catalogue.root
        for name in path:
            if not isinstance(node, Table):
                return None
            node = node.near(str(name))
        return node if isinstance(node, Leaf) else None

    @property
    def repeated(self) -> Path:
        """The path that is written here for the second time, if that is the fault."""
        if not self.message.startswith(("Cannot", "Duplicate")) or self.inside_text:
            return ()
        header = _HEADER.fullmatch(self.text)
        return parts_of(header[1]) if header else self.path

    @cached_property
    def key(self) -> str:
        """Its key as a help line may repeat it."""
        return self.pair[0] if self.pair and self.leaf else "key"


def parts_of(key: str) -> Path:
    """The names of a dotted key."""
    parts: list[str] = []
    node: object = tomllib.loads(f"{key} = 0")
    while isinstance(node, dict):
        name = next(iter(node))
        parts.append(name)
        node = node[name]
    return tuple(parts)
