"""What a `codemation.config.ts` says in plain words: the literals in the object that it exports, and its variables.

No program is run, and no more is understood than that: keys of nested object literals whose values are strings,
numbers, booleans, arrays of strings, or `process.env.NAME`. What else stands there is passed over; and where something
else may have the last word (a spread, a second argument, a constant that is used twice), nothing is said at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from codemation.text.patterns import lazy

NAMES: Final = tuple(f"codemation.config.{ending}" for ending in ("ts", "mts", "js", "mjs"))
"""How the file of the TypeScript host may be called."""

MOST_BYTES: Final = 2**20
"""What is read of it at most; a program that is larger is more than a configuration."""

_TOKEN: Final = lazy(
    r"""(?P<skip>\s+|//[^\n\r\u2028\u2029]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*'|`[^`\\$]*`)
    |(?P<number>-?(?:0|[1-9][0-9_]{0,20})(?![\w.]))
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<mark>.)""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPED: Final = lazy(r"""\\(?:(["'\\])|(.))""", re.DOTALL)
_WORDS: Final = {"true": True, "false": False}
_OPEN: Final = {"{": "}", "[": "]", "(": ")"}
_CLOSED: Final = frozenset(_OPEN.values())
_UNSURE: Final = frozenset("/`'\"\\")
"""Marks after which nobody knows what is text and what is program: regular expressions, texts with parts in them."""

_DEEPEST: Final = 100
"""How deep brackets may lie in each other."""

_LONGEST: Final = 20
"""Of how many words and marks the name of a function may be made."""

_ASSERTIONS: Final = ("as", "satisfies")
"""What a type stands behind: it says nothing about the value."""

_DECLARATIONS: Final = ("const", "let", "var", "function", "class")
_OPERATORS: Final = frozenset({"new", "function", "class", "async", "typeof", "void", "delete", "import"})
"""Words before a bracket that calls no function, or one whose result is something else."""


class Variable(NamedTuple):
    """A value that a variable of the environment holds."""

    name: str


class Literal(NamedTuple):
    """A key of nested objects, from the outermost in, its value (text, a number, a `Variable`, …), and its line."""

    path: tuple[str, ...]
    value: Any
    line: int


class _Said(NamedTuple):
    """A value and its line."""

    value: Any
    line: int


_Object = dict[str, Any]
"""What an object says: by its keys `_Said`, or another object."""


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


_END: Final = _Token("end", "", 0)


def literals(text: str) -> list[Literal]:
    """What the exported object of a program says, in its order; nothing is an error."""
    tokens = list[_Token]()
    closing, around = list[int](), list[int]()
    partners = dict[int, int]()
    for token in _tokens(text):
        if token.kind == "mark":
            # A bracket that is not closed, or something that could be read in two ways: the rest is not looked at.
            if token.text in _UNSURE:
                return []
            if token.text in _OPEN:
                closing.append(len(tokens))
            elif token.text in _CLOSED:
                if not closing or _OPEN[tokens[closing[-1]].text] != token.text:
                    return []
                partners[closing.pop()] = len(tokens)
            if len(closing) > _DEEPEST:
                return []
        around.append(closing[-1] if closing else -1)
        tokens.append(token)
    return [] if closing else list(_flat(_Program(tokens, partners, around).exported(), ()))


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            yield _Token(str(match.lastgroup), match[0], line)
        line += match[0].count("\n")


def _flat(said: _Object, path: tuple[str, ...]) -> Iterator[Literal]:
    for key, value in said.items():
        if isinstance(value, dict):
            yield from _flat(value, (*path, key))
        else:
            yield Literal((*path, key), value.value, value.line)


class _Program:
    """The tokens of a program; positions are indices into them.

    `partners` says of a bracket where it is closed, `around` of a token which bracket it stands in, -1 for none.
    """

    def __init__(self, tokens: list[_Token], partners: dict[int, int], around: list[int]) -> None:
        self._all = tokens
        self._partners = partners
        self._around = around

    def exported(self) -> _Object:
        """What the one object says that is exported."""
        starts = [*self._after("export", "default"), *self._after("module", ".", "exports", "=")]
        exports = sum(token.text == "exports" for token in self._all)
        at = self._constant(starts[0]) if len(starts) == 1 and exports <= 1 else None
        at = None if at is None else self._argument(at)
        return {} if at is None else self._object(at)

    def _after(self, *words: str) -> list[int]:
        """Where these tokens end, one after the other."""
        size = len(words)
        starts = (at for at, token in enumerate(self._all) if token.text == words[0])
        return [at + size for at in starts if tuple(it.text for it in self._all[at : at + size]) == words]

    def _constant(self, at: int) -> int | None:
        """Where the value of an expression begins; of a name that of its constant, if it is used for nothing else."""
        name, following = self._at(at), self._at(at + 1)
        declared = self._after("const", name.text)
        if name.kind != "name" or not declared or (following.kind == "mark" and following.text != ";"):
            return at
        uses = sum(self._is_use(at, name.text) for at in range(len(self._all)))
        # Where it is declared, and where it is exported.
        if len(declared) != 1 or uses != 2:  # noqa: PLR2004
            return None
        at = declared[0]
        while self._at(at).text not in {"=", ";", ""}:
            at = self._behind(at)
        return at + 1 if self._at(at).text == "=" else None

    def _is_use(self, at: int, name: str) -> bool:
        """Whether a token is a variable of this name, and not the name of a key, or of what is imported as another."""
        token, before, following = self._at(at), self._at(at - 1), self._at(at + 1)
        if token.kind != "name" or token.text != name:
            return False
        listed = before.text in {"{", ","} and self._at(self._around[at]).text == "{"
        spread = self._at(at - 2).text == "."
        return (before.text != "." or spread) and not (listed and following.text in {":", "as"})

    def _argument(self, at: int) -> int | None:
        """Where an object begins that stands alone, in brackets, or as the one argument of a function of others."""
        start = self._called(at)
        if start is None:
            return None
        calls = self._at(start).text == "("
        start += calls
        if self._at(start).text != "{":
            return None
        end = self._behind(start)
        if calls:
            end += self._at(end).text == ","
            if self._at(end).text != ")":
                return None
            end += 1
        last, following = self._at(end - 1), self._at(end)
        # Without a semicolon the next statement stands in another line.
        ends = following.kind in {"end", "name"} and (following.line != last.line or following.text in _ASSERTIONS)
        return start if ends or following.text == ";" else None

    def _called(self, at: int) -> int | None:
        """The position behind the name of a function, if that is what stands there and its body is not in sight."""
        end = at
        while end - at < _LONGEST and (
            self._at(end).kind == "name" or (end > at and self._at(end).text in {".", "<", ">"})
        ):
            end += 1
        names = {token.text for token in self._all[at:end] if token.kind == "name"}
        declared = any(self._after(word, name) for name in names for word in _DECLARATIONS)
        unlike = declared or names & _OPERATORS or (names and self._at(end).text != "(")
        return None if unlike else end

    def _object(self, at: int) -> _Object:
        """What the object says whose brace this is."""
        said, end = _Object(), self._partners[at]
        at += 1
        while at < end:
            key = _plain(self._at(at)) if self._at(at).kind in {"name", "string"} else None
            following = self._at(at + 1)
            stop = self._entry_end(at, end)
            if key is None or not (following.text in {":", "("} or at + 1 == stop):
                # A spread, a computed key, an accessor: nobody knows what of the object it says.
                said.clear()
            else:
                # What a later part of the same object says stands.
                said.pop(key, None)
                if following.text == ":" and (value := self._value(at + 2, stop)) is not None:
                    said[key] = value
            at = stop + 1
        return said

    def _value(self, at: int, end: int) -> _Object | _Said | None:
        """What an entry says that stands between two positions."""
        if self._at(at).text == "{":
            behind = self._behind(at)
            return self._object(at) if _is_assertion(self._all[behind:end]) else None
        value = _literal(self._all[at:end])
        return None if value is None else _Said(value, self._at(at).line)

    def _entry_end(self, at: int, end: int) -> int:
        """Where the entry of an object ends: at the next comma outside of brackets, or with the object."""
        while at < end and self._at(at).text != ",":
            at = self._behind(at)
        return at

    def _behind(self, at: int) -> int:
        """The position behind a token, or behind the bracket that it opens."""
        return self._partners.get(at, at) + 1

    def _at(self, at: int) -> _Token:
        return self._all[at] if 0 <= at < len(self._all) else _END


def _literal(tokens: list[_Token]) -> Any:
    """What the tokens of a value say, `None` where that is no literal."""
    if (name := _variable(tokens)) is not None:
        return Variable(name)
    words = [token.text for token in tokens]
    if words[:1] == ["["] and "]" in words:
        end = words.index("]")
        items = [_plain(token) for token in tokens[1:end] if token.kind == "string"]
        plain = all(token.kind == "string" or token.text == "," for token in tokens[1:end]) and None not in items
        return items if plain and _is_assertion(tokens[end + 1 :]) else None
    if not tokens or not _is_assertion(tokens[1:]):
        return None
    token = tokens[0]
    if token.kind == "string":
        return _plain(token)
    if token.kind == "number":
        return int(token.text.replace("_", ""))
    return _WORDS.get(token.text)


def _variable(tokens: list[_Token]) -> str | None:
    """The variable whose value this is, whatever stands in its place where it is not set."""
    words = [token.text for token in tokens]
    if words[:4] == ["process", ".", "env", "."] and [it.kind for it in tokens[4:5]] == ["name"]:
        name, rest = tokens[4], tokens[5:]
    elif words[:4] == ["process", ".", "env", "["] and words[5:6] == ["]"] and tokens[4].kind == "string":
        name, rest = tokens[4], tokens[6:]
    else:
        return None
    following = words[len(words) - len(rest) :]
    # Another variable would have a say, too.
    instead = following[:2] in (["?", "?"], ["|", "|"]) and "process" not in following
    return _plain(name) if instead or following == ["!"] or _is_assertion(rest) else None


def _is_assertion(tokens: list[_Token]) -> bool:
    """Whether there is nothing, or only `as const`, `as T` or `satisfies T`."""
    if not tokens:
        return True
    plain = all(token.kind == "name" or token.text == "." for token in tokens)
    return tokens[0].text in _ASSERTIONS and len(tokens) > 1 and plain


def _plain(token: _Token) -> str | None:
    """A name, or what stands between quotes; `None` where escapes say what that is."""
    if token.kind != "string":
        return token.text
    inner = token.text[1:-1]
    if any(match[2] for match in _ESCAPED.finditer(inner)):
        return None
    return _ESCAPED.sub(r"\1", inner)
