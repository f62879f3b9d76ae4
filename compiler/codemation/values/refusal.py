"""What a kind of value refuses: one datum, from which the compiler's messages and the editors' both come."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Refusal(Struct, frozen=True):
    """One reason to refuse a value of the right type.

    `when` is a JSON Schema (draft-07) that just the refused values fit; it says their type, if they have one. `text`
    continues a sentence that began with the key, `help` says what to do; neither knows the value. `quotes` tells that a
    message which knows it may repeat it.
    """

    when: dict[str, Any]
    text: str
    help: str
    quotes: bool = False

    def sentence(self, key: str) -> str:
        """The whole of it, for engines that have no other place for a remedy."""
        return f"{key} {self.text}: {self.help}"

    def in_place_of(self, key: str) -> dict[str, Any]:
        """A JSON Schema that no refused value fits, so that each engine prints the sentence.

        It asks for the sentence itself, as a value of the type at hand: some engines tell nothing but the type else.
        """
        sentence = self.sentence(key)
        of_type = {"array": [sentence], "object": {"": sentence}}
        return {"const": of_type.get(self.when.get("type", "string"), sentence)}


def having(pattern: str, text: str, help_text: str, *, quotes: bool = False) -> Refusal:
    """Refuse strings in which `pattern` is found."""
    return Refusal({"type": "string", "pattern": pattern}, text, help_text, quotes)


def lacking(pattern: str, text: str, help_text: str) -> Refusal:
    """Refuse strings in which `pattern` is not found."""
    return Refusal({"type": "string", "not": {"pattern": pattern}}, text, help_text)
