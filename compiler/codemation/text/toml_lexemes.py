"""The strings and brackets of a text in TOML, told apart also where it is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from codemation.text.patterns import lazy

CLOSERS: Final = {"[": "]", "{": "}"}
"""The bracket that closes each."""

_LEXEME: Final = lazy(
    r"(?s)#[^\n]*+"
    r'|"""(?:[^"\\]|\\.|"{1,2}(?!"))*+(?:"{3,5})?'
    r"|'''(?:[^']|'{1,2}(?!'))*+(?:'{3,5})?"
    r'|"(?:[^"\\\n]|\\[^\n])*+\\?"?'
    r"|'[^'\n]*+'?"
    r"|[\[\]{}]"
)
"""A comment, a string or a bracket; a string that is not closed ends with its line, one of several with the text."""


class Lexeme(Struct, frozen=True):
    """A string or a bracket, from `start` to before `end`; `sign` is the bracket, or what the string opens with."""

    sign: str
    start: int
    end: int
    closed: bool = True


def lexemes(text: str, start: int = 0) -> Iterator[Lexeme]:
    """The strings and brackets from a place on that lies in no string."""
    for found in _LEXEME.finditer(text, start):
        whole = found[0]
        if whole[0] == "#":
            continue
        sign = whole[:3] if whole[:3] in {'"""', "'''"} else whole[0]
        closed = sign in "[]{}" or (len(whole) >= 2 * len(sign) and _ends(whole, sign))
        yield Lexeme(sign, found.start(), found.end(), closed)


def _ends(string: str, sign: str) -> bool:
    """Whether a string ends with the sign that it opened with, and that is not escaped."""
    inner = string[len(sign) :]
    if not inner.endswith(sign):
        return False
    before = inner.removesuffix(sign)
    return sign[0] == "'" or (len(before) - len(before.rstrip("\\"))) % 2 == 0


def open_string(text: str) -> Lexeme | None:
    """The first string that is not closed."""
    return next((one for one in lexemes(text) if not one.closed), None)


def open_brackets(text: str, end: int) -> tuple[Lexeme, ...]:
    """The brackets that are open at a place, the innermost last."""
    found: list[Lexeme] = []
    for one in lexemes(text[:end]):
        if one.sign in CLOSERS:
            found.append(one)
        elif found and one.sign == CLOSERS[found[-1].sign]:
            found.pop()
    return tuple(found)


def closed_below(text: str, start: int) -> str:
    """The first bracket from a place on that closes what was opened before it; nothing if there is none."""
    depth = 0
    for one in lexemes(text, start):
        if one.sign in CLOSERS:
            depth += 1
        elif one.sign in CLOSERS.values():
            if not depth:
                return one.sign
            depth -= 1
    return ""
