"""What a value in a program says, if that takes no guess, or why it is not told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from codemation.sources.typescript.nodes import Node, Table, Told, Untold, Variable, changed, doubted, plain
from codemation.sources.typescript.reading import Reading
from codemation.sources.typescript.tokens import DEEPEST, Token, Tokens
from codemation.text.patterns import lazy

_ESCAPED: Final = lazy(r"""\\(?:(["'`\\])|(.))""", re.DOTALL)
_INTEGER: Final = lazy(r"(?=.)(?:0|[1-9][0-9_]{0,20})?(?:\.[0-9]{0,20})?(?:[eE]\+?[0-9]{1,2})?")
_OF_BASE: Final = lazy(r"0(?:[xX][0-9A-Fa-f]{1,13}|[oO][0-7]{1,17}|[bB][01]{1,53})")
_SHOWN: Final = lazy(r"[A-Za-z_$][\w$]{0,63}")

_MOST: Final = 2**53 - 1
"""The largest number that a program reckons with exactly."""

_KINDS: Final = {"string": "it is written with escapes", "number": "it is no whole number"}
_ANYTHING: Final = "what a spread or a computed key puts in there is not known"
_WORDS: Final = {"true": True, "false": False}
_PREFIXES: Final = frozenset({"get", "set", "async", "*"})
"""What may stand before the name of a method."""

USES: Final = 2
"""Of a constant: where it is declared, and where it is put in."""


class Values(Reading):
    """Reads the values between two positions."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self._known = dict[str, Node | None]()
        self._depth = 0

    def value(self, at: int, end: int) -> Node | None:
        """What stands between two positions, `None` for what says that there is nothing."""
        if self._depth > DEEPEST:
            return Untold("it lies too deep in others", self.at(at).line)
        self._depth += 1
        try:
            return self._value(at, self.without_assertions(at, end))
        finally:
            self._depth -= 1

    def _value(self, at: int, end: int) -> Node | None:
        if self.behind(at) == end:
            return self._single(at)
        line = self.at(at).line
        name = self._variable(at, end)
        if name is not None:
            return Told(Variable(name), line)
        number, behind = self._sum(at, end)
        return Told(number, line) if number is not None and behind == end else self._untold(at, end)

    def _single(self, at: int) -> Node | None:
        """What one token says, or one pair of brackets."""
        kind, text, line = self.at(at)
        if text == "{":
            return self._table(at)
        if text == "[":
            return self._array(at)
        if text == "(":
            return self.value(at + 1, self.behind(at) - 1)
        return self._named(text, line) if kind == "name" else self._word(at)

    def _word(self, at: int) -> Told | Untold:
        """What a text says, or a number."""
        kind, text, line = self.at(at)
        if kind == "head":
            return Untold("it is a text that is put together when the program runs", line, begins=text[1:-2])
        value = text_of(self.at(at)) if kind == "string" else _number(text) if kind == "number" else None
        return Told(value, line) if value is not None else Untold(_KINDS.get(kind, "it is no plain value"), line)

    def _named(self, name: str, line: int) -> Node | None:
        """What a word says: a constant of the same file is what is said of it."""
        if name in _WORDS:
            return Told(_WORDS[name], line)
        if name in {"undefined", "null"}:
            return None if name == "undefined" else Untold("it is null", line)
        node = self._constant(name)
        if isinstance(node, Untold):
            return Untold(node.why, line, node.begins)
        if self.uses[name] != USES:
            why = f"{_shown(name)} is used elsewhere, too, where it may be changed"
            if isinstance(node, Table):
                return changed(node, why)
            if isinstance(node, Told) and isinstance(node.value, list):
                return Untold(why, line)
        return Told(node.value, line) if isinstance(node, Told) else node

    def _constant(self, name: str) -> Node | None:
        if name not in self._known:
            # Until it is known: it may be told by itself.
            self._known[name] = Untold(f"{_shown(name)} is no constant of this file with a plain value", 0)
            span = self.constant(name)
            if span is not None:
                self._known[name] = self.value(*span)
        return self._known[name]

    def _array(self, at: int) -> Told | Untold:
        line, end = self.at(at).line, self.behind(at) - 1
        items = list[object]()
        at += 1
        while at < end:
            stop = self.entry_end(at, end)
            node = self.value(at, stop) if stop > at else None
            item = plain(node) if node is not None else Untold("a place in it is empty", line)
            if isinstance(item, Untold):
                return Untold(item.why, line)
            items.append(item.value)
            at = stop + 1
        return Told(items, line)

    def _table(self, at: int) -> Table:
        """The object whose brace this is."""
        table, end = Table(self.at(at).line), self.behind(at) - 1
        # By key: how many had been said before it of what may say anything.
        doubts = dict[str, int]()
        at += 1
        while at < end:
            stop = self.entry_end(at, end)
            key, node = self._entry(at, stop)
            if key is None and isinstance(node, Table) and not node.others:
                said = node.entries
            elif key is None:
                said = {}
                table.others.append(Untold(_ANYTHING, self.at(at).line))
            else:
                said = {} if node is None else {key: node}
                # What a later part of the same object says stands.
                table.entries.pop(key, None)
            for name, inner in said.items():
                table.entries.pop(name, None)
                table.entries[name] = inner
                doubts[name] = len(table.others)
            at = stop + 1
        for name, before in doubts.items():
            if name in table.entries and before < len(table.others):
                why = f"what is put in on line {table.others[-1].line} may say otherwise"
                table.entries[name] = doubted(table.entries[name], why)
        return table

    def _entry(self, at: int, end: int) -> tuple[str | None, Node | None]:
        """An entry's key and value; without a key what may be of any."""
        first, line = at, self.at(at).line
        if [it.text for it in self.all[at : at + 3]] == [*"..."]:
            return None, self.value(at + 3, end)
        while self.at(at).text in _PREFIXES and at + 1 < end and self.at(at + 1).text not in {":", "(", "<"}:
            at += 1
        key, behind = self._key(at)
        following = self.at(behind).text if behind < end else ""
        if key is None or following not in {":", "(", "<", ""} or (not following and self.at(at).kind != "name"):
            return None, None
        if following in {"(", "<"}:
            return key, Untold("it is a function" if at == first else "a function gives it", line)
        return key, self.value(behind + 1 if following else at, end)

    def _key(self, at: int) -> tuple[str | None, int]:
        """The name of a key, and the position behind it."""
        token = self.at(at)
        if token.text == "[":
            inner = self.at(at + 1)
            alone = self.behind(at) == at + 3 and inner.kind == "string"
            return (text_of(inner) if alone else None), self.behind(at)
        if token.kind == "number":
            return (token.text if token.text.isdecimal() and _number(token.text) is not None else None), at + 1
        return (text_of(token) if token.kind in {"name", "string"} else None), at + 1

    def _variable(self, at: int, end: int) -> str | None:
        """The variable whose value this is, whatever stands in its place where it is not set."""
        name, behind = _variable(self.all[at : min(end, at + 6)])
        if name is None:
            return None
        if at + behind == end:
            return name
        instead = [it.text for it in self.all[at + behind : at + behind + 2]] in ([*"??"], [*"||"])
        here = at + behind + 2
        while instead and here < end:
            # Another variable, or a choice, would have a say, too.
            instead = (self.at(here).kind != "mark" or self.at(here).text in "([{.") and self.at(here).text != "process"
            here = self.behind(here)
        return name if instead and "process" not in (it.text for it in self.all[at + behind : end]) else None

    def _sum(self, at: int, end: int) -> tuple[int | None, int]:
        """What is reckoned from a position on, and where that ends; `None` for what is no whole number all along."""
        total, at = self._product(at, end)
        while total is not None and at < end and self.at(at).text in {"+", "-"}:
            sign = -1 if self.at(at).text == "-" else 1
            number, at = self._product(at + 1, end)
            total = None if number is None else _exact(total + sign * number)
        return total, at

    def _product(self, at: int, end: int) -> tuple[int | None, int]:
        total, at = self._factor(at, end)
        while total is not None and at < end and self.at(at).text in {"*", "/"}:
            divides = self.at(at).text == "/"
            number, at = self._factor(at + 1, end)
            if number is None or (divides and (number == 0 or total % number)):
                return None, at
            total = _exact(total // number if divides else total * number)
        return total, at

    def _factor(self, at: int, end: int) -> tuple[int | None, int]:
        minus = self.at(at).text == "-"
        at += minus
        if at >= end or (self.at(at).kind not in {"number", "name"} and self.at(at).text != "("):
            return None, at
        node = self.value(at, self.behind(at))
        number = node.value if isinstance(node, Told) and type(node.value) is int else None
        return (None if number is None else -number if minus else number), self.behind(at)

    def _untold(self, at: int, end: int) -> Untold:
        """Why a value is not told."""
        tokens = self.all[at:end]
        texts = [token.text for token in tokens]
        pairs = set(pairwise(texts))
        variables = (_variable(tokens[here : here + 6])[0] for here, text in enumerate(texts) if text == "process")
        variable = next((name for name in variables if name is not None and _SHOWN.fullmatch(name)), None)
        if "function" in texts or ("=", ">") in pairs:
            why = "it is a function"
        elif "?" in texts and not pairs & {("?", "?"), ("?", ".")}:
            why = "it depends on what holds when the program runs"
        elif variable is not None:
            why = f"it is made of the variable {variable}"
        elif "(" in texts:
            why = "a function gives it"
        else:
            why = "it is computed when the program runs" if tokens else "it is no plain value"
        return Untold(why, self.at(at).line)


def _variable(tokens: Sequence[Token]) -> tuple[str | None, int]:
    """The name of the variable that the first tokens read, and how many they are."""
    words = [token.text for token in tokens]
    if words[:4] == ["process", ".", "env", "."] and [it.kind for it in tokens[4:5]] == ["name"]:
        return tokens[4].text, 5
    if words[:4] == ["process", ".", "env", "["] and words[5:6] == ["]"] and tokens[4].kind == "string":
        return text_of(tokens[4]), 6
    return None, 0


def _shown(name: str) -> str:
    return f"`{name}`" if _SHOWN.fullmatch(name) else "a name"


def _number(text: str) -> int | None:
    """The whole number that is written, `None` for any other."""
    if _OF_BASE.fullmatch(text):
        return _exact(int(text, 0))
    if not _INTEGER.fullmatch(text) or not text.strip("."):
        return None
    number = Decimal(text.replace("_", ""))
    return _exact(int(number)) if number == number.to_integral_value() else None


def _exact(number: int) -> int | None:
    return number if abs(number) <= _MOST else None


def text_of(token: Token) -> str | None:
    """A name, or what stands between quotes; `None` where escapes say what that is."""
    if token.kind != "string":
        return token.text
    inner = token.text[1:-1]
    if any(match[2] for match in _ESCAPED.finditer(inner)):
        return None
    return _ESCAPED.sub(r"\1", inner)
