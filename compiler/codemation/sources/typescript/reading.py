"""Finding one's way in the tokens of a program: where a value ends, and which names are constants."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Final

from codemation.sources.typescript.tokens import CONDITIONS, END, Token, Tokens
from codemation.text.patterns import lazy

_TYPE: Final = r"[NT](?:\.N)*(?:<[NT.,<>\[\]|&]*>)?(?:\[T?\])*"
_ASSERTED: Final = lazy(rf"!?(?:A{_TYPE}(?:[|&]{_TYPE})*)*")
"""What says nothing about the value before it (`! as A.B<"c">[] satisfies D`), with a letter for each word or text."""

_OF_TYPES: Final = frozenset("<>,.[]|&")

_LONGEST: Final = 50
"""Of how many words and marks the types may be made that a function is called with."""

_ASSERTIONS: Final = frozenset({"as", "satisfies"})
_INFIX: Final = _ASSERTIONS | {"in", "instanceof"}
_DECLARATIONS: Final = frozenset({"const", "let", "var", "function", "class"})


class Reading:
    """The tokens of a program; positions are indices into them."""

    def __init__(self, tokens: Tokens) -> None:
        self.all = tokens.all
        self._partners = tokens.partners
        self._openers = tokens.openers
        self._around = tokens.around

    def at(self, at: int) -> Token:
        """The token at a position, also where there is none."""
        return self.all[at] if 0 <= at < len(self.all) else END

    def behind(self, at: int) -> int:
        """The position behind a token, or behind the bracket that it opens."""
        return self._partners.get(at, at) + 1

    def bracket(self, at: int) -> int:
        """The position of the bracket around a token, -1 for none."""
        return self._around[at]

    def is_statement(self, at: int) -> bool:
        """Whether a statement begins at a position for sure, and outside of all brackets."""
        before = self.at(at - 1)
        if before.text == ")":
            complete = self.at(self._openers[at - 1] - 1).text not in CONDITIONS
        else:
            complete = before.kind not in {"mark", "regexp"} and before.text not in {"else", "do"}
        parted = before.kind == "end" or before.text in {";", "}"}
        return self._around[at] == -1 and (parted or (complete and before.line < self.at(at).line))

    def constant(self, name: str) -> tuple[int, int] | None:
        """Between which positions the value of a constant of this name stands, if there is one such."""
        starts = self._constants.get(name, ())
        at = starts[0] if len(starts) == 1 else len(self.all)
        while self.at(at).text not in {"=", ";", ""}:
            at = self.behind(at)
        # The type of a function has an arrow.
        states = self.at(at).text == "=" and self.at(at + 1).text != ">"
        return (at + 1, self.expression_end(at + 1)) if states else None

    def after(self, *words: str) -> list[int]:
        """Where these tokens end, one after the other."""
        size = len(words)
        starts = (at for at, token in enumerate(self.all) if token.text == words[0])
        return [at + size for at in starts if tuple(it.text for it in self.all[at : at + size]) == words]

    def entry_end(self, at: int, end: int) -> int:
        """Where the entry of an object or an array ends: at the next comma outside of brackets, or with it."""
        while at < end and self.at(at).text != ",":
            at = self._behind_types(at) if self.at(at).text == "<" else self.behind(at)
        return at

    def _behind_types(self, at: int) -> int:
        """The position behind the types that a function is called with, or only behind the mark if it is less-than."""
        here, depth = at, 0
        while here - at < _LONGEST and (self.at(here).kind in {"name", "string"} or self.at(here).text in _OF_TYPES):
            depth += {"<": 1, ">": -1}.get(self.at(here).text, 0)
            here += 1
            if not depth:
                return here if self.at(here).text == "(" else at + 1
        return at + 1

    def expression_end(self, at: int) -> int:
        """Where an expression ends that a statement ends with: without a semicolon that may be with its line."""
        before = END
        while (token := self.at(at)).kind not in {"end", "tail", "middle"} and token.text not in {*";,)]}"}:
            # The mark of what is never null stands behind a value.
            last = self.at(at - 2) if before.text == "!" else before
            complete = last.kind not in {"mark", "end"} or last.text in {*")]}"}
            begins = token.kind in {"name", "string", "number"} or token.text in {"{", "@"}
            if complete and begins and token.line > before.line and token.text not in _INFIX:
                break
            at = self.behind(at)
            before = self.at(at - 1)
        return at

    def without_assertions(self, at: int, end: int) -> int:
        """Where a value ends without what says nothing about it."""
        here = self.behind(at)
        while here < end and self.at(here).text not in {*_ASSERTIONS, "!"}:
            here = self.behind(here)
        letters = {"name": "N", "string": "T"}
        rest = "".join(
            "A" if token.text in _ASSERTIONS else letters.get(token.kind, token.text) for token in self.all[here:end]
        )
        return here if here < end and _ASSERTED.fullmatch(rest) else end

    @cached_property
    def _constants(self) -> dict[str, list[int]]:
        """By the names of constants outside of all brackets: where what is said of them begins."""
        found = dict[str, list[int]]()
        for at, token in enumerate(self.all):
            if token.text == "const" and self._around[at] == -1:
                found.setdefault(self.at(at + 1).text, []).append(at + 2)
        return found

    @cached_property
    def declared(self) -> frozenset[str]:
        """The names that are declared anywhere."""
        pairs = zip(self.all, self.all[1:], strict=False)
        return frozenset(token.text for before, token in pairs if before.text in _DECLARATIONS)

    @cached_property
    def uses(self) -> Counter[str]:
        """How often each name is a variable, where it is declared, too."""
        return Counter(token.text for at, token in enumerate(self.all) if token.kind == "name" and self._is_use(at))

    def _is_use(self, at: int) -> bool:
        """Whether a name is a variable, and not the name of a key, or of what is imported as another."""
        before, following, bracket = self.at(at - 1), self.at(at + 1), self._around[at]
        listed = before.text in {"{", ","} and self.at(bracket).text == "{"
        exported = following.text == "as" and self.at(bracket - 1).text == "export"
        spread = self.at(at - 2).text == "."
        if before.text == "typeof":
            return False
        return (before.text != "." or spread) and not (listed and following.text in {":", "as"} and not exported)
