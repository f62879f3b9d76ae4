"""What a `codemation.config.ts` says in plain words: the literals in its objects, and the variables that it names.

No program is run, and no more is understood than that: keys of nested object literals whose values are strings,
numbers, booleans, arrays of strings, or `process.env.NAME`. Whatever else stands there is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from codemation.text.patterns import lazy

NAMES: Final = tuple(f"codemation.config.{ending}" for ending in ("ts", "mts", "js", "mjs"))
"""How the file of the TypeScript host may be called."""

_TOKEN: Final = lazy(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`\\$]*`)
    |(?P<number>-?[0-9][0-9_]*(?![\w.]))
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<mark>.)""",
    re.DOTALL | re.VERBOSE,
)
_WORDS: Final = {"true": True, "false": False}
_OPEN: Final = {"{": "}", "[": "]", "(": ")"}
_REFERENCE: Final = ("process", ".", "env", ".")


class Variable(NamedTuple):
    """A value that a variable of the environment holds."""

    name: str


class Literal(NamedTuple):
    """A key of nested objects, from the outermost in, its value (text, a number, a `Variable`, …), and its line."""

    path: tuple[str, ...]
    value: Any
    line: int


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def literals(text: str) -> list[Literal]:
    """What the objects of a program say, in its order; nothing is an error."""
    tokens = list(_tokens(text))
    found = list[Literal]()
    at = 0
    while at < len(tokens):
        at = _object(tokens, at, (), found) if tokens[at].text == "{" else at + 1
    return found


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            yield _Token(str(match.lastgroup), match[0], line)
        line += match[0].count("\n")


def _object(tokens: list[_Token], at: int, path: tuple[str, ...], found: list[Literal]) -> int:
    """Read an object from its brace on; where what follows it is."""
    at += 1
    while at < len(tokens) and tokens[at].text != "}":
        key = tokens[at]
        if key.kind in {"name", "string"} and _text(tokens, at + 1) == ":":
            at = _entry(tokens, at + 2, (*path, _plain(key)), found)
        else:
            at = _skip(tokens, at)
        if _text(tokens, at) in {",", ";"}:
            at += 1
    return at + 1


def _entry(tokens: list[_Token], at: int, path: tuple[str, ...], found: list[Literal]) -> int:
    """Read a value; where what follows it is."""
    if _text(tokens, at) == "{":
        return _rest(tokens, _object(tokens, at, path, found))
    end = _rest(tokens, at)
    value = _value(tokens[at:end])
    if value is not None:
        found.append(Literal(path, value, tokens[at].line))
    return end


def _value(tokens: list[_Token]) -> Any:
    """What the tokens of a value say, `None` where that is no literal."""
    words = [token.text for token in tokens]
    if tuple(words[:4]) == _REFERENCE and len(words) > len(_REFERENCE) and tokens[4].kind == "name":
        return Variable(words[4])
    if words[:1] == ["["] and words[-1:] == ["]"]:
        items = tokens[1:-1]
        texts = [token for token in items if token.kind == "string"]
        return [_plain(token) for token in texts] if all(it in texts or it.text == "," for it in items) else None
    if len(tokens) != 1:
        return None
    (token,) = tokens
    if token.kind == "string":
        return _plain(token)
    if token.kind == "number":
        return int(token.text.replace("_", ""))
    return _WORDS.get(token.text)


def _plain(token: _Token) -> str:
    """A name, or what stands between quotes."""
    return re.sub(r"\\(.)", r"\1", token.text[1:-1]) if token.kind == "string" else token.text


def _text(tokens: list[_Token], at: int) -> str:
    return tokens[at].text if at < len(tokens) else ""


def _skip(tokens: list[_Token], at: int) -> int:
    """Pass over what is no `key: value`; at least one token."""
    return max(_rest(tokens, at), at + 1)


def _rest(tokens: list[_Token], at: int) -> int:
    """Where the entry ends that a value stands in: at a comma or a closing bracket of the object around it."""
    closing = list[str]()
    while at < len(tokens):
        text = tokens[at].text if tokens[at].kind == "mark" else ""
        if not closing and text in {",", ";", "}", "]", ")"}:
            return at
        if text in _OPEN:
            closing.append(_OPEN[text])
        elif closing and text == closing[-1]:
            closing.pop()
        at += 1
    return at
