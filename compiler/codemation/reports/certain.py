"""What can be no secret, whatever key it stands under: small numbers, switches, and our own words."""

from __future__ import annotations

from codemation.settings.catalogue import Catalogue
from codemation.text.patterns import lazy
from codemation.values import Choice

DIGITS = 8
"""A longer number may be an account's, a card's or a token."""

_PLAIN = lazy(
    rf"(?i)[+-]?[0-9_]{{1,{DIGITS}}}(?:\.[0-9]{{1,3}})?[ ]?(?:ms|s|sec|m|min|h|d|w)?|true|false|yes|no|on|off|null|none"
)


class Certain:
    """Tells what can be no secret, of the settings of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        kinds = [setting.type for setting in catalogue.settings]
        self._words = {word.casefold() for kind in kinds if isinstance(kind, Choice) for word in kind.words}

    def value(self, value: object) -> bool:
        """Whether a value of a document is none."""
        if isinstance(value, bool):
            return True
        return isinstance(value, str | int | float) and self.text(str(value))

    def text(self, text: str) -> bool:
        """Whether a text, as it is written, is none."""
        return text.casefold() in self._words or _PLAIN.fullmatch(text) is not None
