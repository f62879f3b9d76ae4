"""What can be no secret, whatever key it stands under: small numbers, switches, and our own words or a slip of one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from codemation.settings.catalogue import Catalogue
from codemation.text.patterns import lazy
from codemation.text.wording import differences
from codemation.values import Choice, ItemArray, OneOrMore, ValueType
from codemation.values.choices_elsewhere import WORDS

DIGITS: Final = 8
"""A longer number may be an account's, a card's or a token."""
LONG: Final = 8
"""Letters of a word in which two slips are as good as one in a shorter one."""
SHORTEST: Final = 4
"""Letters of a word at least, of which another one may be a slip."""

_PLAIN = lazy(
    rf"(?i)[+-]?[0-9_]{{1,{DIGITS}}}(?:\.[0-9]{{1,3}})?[ ]?(?:ms|s|sec|m|min|h|d|w)?|true|false|yes|no|on|off|null|none"
)


class Certain:
    """Tells what can be no secret, of the settings of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        kinds = [*(kind for _, kind in catalogue.kinds), *(kind for _, kind in inside(catalogue))]
        words = {word for kind in kinds if isinstance(kind, Choice) for word in kind.words}
        self._words = frozenset(word.casefold() for word in (*words, *WORDS))
        self._is_slip = lru_cache(maxsize=256)(self._looks_like_a_word)

    def value(self, value: object) -> bool:
        """Whether a value of a document is none."""
        if isinstance(value, bool):
            return True
        return isinstance(value, str | int | float) and self.text(str(value))

    def text(self, text: str) -> bool:
        """Whether a text, as it is written, is none."""
        low = text.casefold()
        return low in self._words or _PLAIN.fullmatch(text) is not None or (low.isalpha() and self._is_slip(low))

    def _looks_like_a_word(self, low: str) -> bool:
        """Whether letters are one of our words with a slip: with one of them more, less or another."""
        return any(
            differences(low, word, most) <= most
            for word in self._words
            if len(word) >= SHORTEST and abs(len(word) - len(low)) <= (most := 2 if len(word) >= LONG else 1)
        )


def inside(catalogue: Catalogue) -> Iterator[tuple[str, ValueType]]:
    """The keys within values, each with its kind: those of the tables of an array."""
    for _, kind in catalogue.kinds:
        if isinstance(kind, ItemArray | OneOrMore):
            yield from ((one.name, one.type) for one in kind.item.fields.values())
        if isinstance(kind, OneOrMore):
            yield kind.several, kind.array
