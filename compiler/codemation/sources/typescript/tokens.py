"""The words and marks of a TypeScript program, each bracket with its partner; up to what can be read in two ways."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, TypeAlias

from codemation.text.patterns import lazy

Kind: TypeAlias = Literal["string", "head", "middle", "tail", "regexp", "number", "name", "mark", "end"]

_PART: Final = r"(?:[^`\\$]|\\.|\$(?!\{))*"
"""What stands in a template outside of the parts that are put in."""

_TOKEN: Final = lazy(
    rf"""(?P<skip>\s+|//[^\n\r\u2028\u2029]*|/\*.*?\*/|\A\#![^\n\r\u2028\u2029]*)
    |(?P<string>"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*'|`{_PART}`)
    |(?P<head>`{_PART}\$\{{)
    |(?P<number>0[xX][\w.]*|\.?[0-9](?:[eE][+-](?=[0-9])|[\w.])*)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<mark>.)""",
    re.DOTALL | re.VERBOSE,
)
_REST: Final = lazy(rf"\}}{_PART}(?:(?P<tail>`)|(?P<middle>\$\{{))", re.DOTALL)
_REGEXP: Final = lazy(r"/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n\r])*\]|[^/\\\[\n\r])+/[A-Za-z]*")

_OPEN: Final = {"{": "}", "[": "]", "(": ")"}
_CLOSED: Final = frozenset(_OPEN.values())
_UNSURE: Final = frozenset("`'\"\\")
"""Marks after which nobody knows what is text and what is program: these were not closed."""

_DEMANDING: Final = frozenset(
    {"return", "typeof", "case", "void", "delete", "throw", "new", "in", "instanceof", "else", "do", "default"}
)
"""Words that a value follows."""

_CONTEXTUAL: Final = frozenset({"await", "yield", "of", "async", "let", "static", "as", "satisfies"})
"""Words that are names in one place, and in another one do not end a value."""

CONDITIONS: Final = frozenset({"if", "while", "for", "with"})
"""Words before brackets that a statement follows."""

DEEPEST: Final = 100
"""How deep brackets may lie in each other."""


class Token(NamedTuple):
    """A word or a mark, and its line; of a template with parts put in, the text around each is a token."""

    kind: Kind
    text: str
    line: int


END: Final = Token("end", "", 0)


class Tokens(NamedTuple):
    """The tokens of a program; positions are indices into them.

    `partners` says of a bracket where it is closed, `openers` the reverse, `around` of a token which bracket it stands
    in, -1 for none. A template with parts put in is such a bracket. `stopped` is the line of which nobody knows how to
    read it.
    """

    all: list[Token]
    partners: dict[int, int]
    openers: dict[int, int]
    around: list[int]
    stopped: int | None = None


def tokenize(text: str) -> Tokens:
    """The tokens of a program; none of the rest where there are two ways to read it."""
    return _Tokenizer(text).tokens()


class _Tokenizer:
    """Reads one text from its beginning."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._all = list[Token]()
        self._around = list[int]()
        self._open = list[int]()
        self._partners = dict[int, int]()
        self._openers = dict[int, int]()

    def tokens(self) -> Tokens:
        at, line = 0, 1
        while match := self._match(at):
            kind, written = str(match.lastgroup), match[0]
            if kind != "skip" and not self._add(Token(kind, written, line)):  # type: ignore[arg-type]
                return self._result(line)
            at = match.end()
            line += written.count("\n")
        return self._result(self._all[self._open[-1]].line if self._open else None)

    def _result(self, stopped: int | None) -> Tokens:
        return Tokens(self._all, self._partners, self._openers, self._around, stopped)

    def _match(self, at: int) -> re.Match[str] | None:
        """What stands at a place, as one of the groups of the patterns."""
        match = _TOKEN.match(self._text, at)
        if match is None or match.lastgroup != "mark":
            return match
        if match[0] == "}" and self._open and self._all[self._open[-1]].kind == "head":
            return _REST.match(self._text, at) or match
        if match[0] == "/" and self._begins_value():
            return lazy(f"(?P<regexp>{_REGEXP.pattern})").match(self._text, at) or match
        return match

    def _add(self, token: Token) -> bool:
        """Take a token in; whether that can be done in one way only."""
        at = len(self._all)
        opens = token.kind == "head" or (token.kind == "mark" and token.text in _OPEN)
        closes = token.kind == "tail" or (token.kind == "mark" and token.text in _CLOSED)
        divides = token.text != "/" or self._begins_value() is False
        if token.kind == "mark" and (token.text in _UNSURE or not divides):
            return False
        if closes and not (self._open and self._closing(self._all[self._open[-1]]) in {token.text, token.kind}):
            return False
        if opens:
            self._open.append(at)
        elif closes:
            self._partners[self._open[-1]] = at
            self._openers[at] = self._open.pop()
        self._around.append(self._open[-1] if self._open else -1)
        self._all.append(token)
        return len(self._open) <= DEEPEST

    @staticmethod
    def _closing(opener: Token) -> str:
        return "tail" if opener.kind == "head" else _OPEN[opener.text]

    def _begins_value(self) -> bool | None:
        """Whether a value must begin here, and so a `/` a regular expression; `None` where nobody knows."""
        before = self._all[-1] if self._all else END
        if before.kind == "name":
            member = len(self._all) > 1 and self._all[-2].text == "."
            return None if before.text in _CONTEXTUAL and not member else before.text in _DEMANDING and not member
        if before.kind != "mark":
            return before.kind in {"end", "head", "middle"}
        if before.text in "([{,;:=&|?~^%*<":
            return True
        return self._behind_mark(before.text)

    def _behind_mark(self, mark: str) -> bool | None:
        earlier = self._all[-2] if len(self._all) > 1 else END
        if mark == "]":
            return False
        if mark == ")":
            at = self._openers[len(self._all) - 1] - 1
            member = at > 0 and self._all[at - 1].text == "."
            return at >= 0 and self._all[at].text in CONDITIONS and not member
        if mark in "+-":
            return None if earlier.text == mark else True
        return True if mark == ">" and earlier.text == "=" else None
