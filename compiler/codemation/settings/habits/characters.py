"""Characters that look like others: invisible ones, curly quotes, full-width signs."""

from __future__ import annotations

from typing import Final

from codemation.settings.habits.line import Line
from codemation.text.patterns import lazy

_QUOTES: Final = "“”„‟‘’‚‛«»‹›`´"  # noqa: RUF001  (they are what it is about)
_LAST_QUOTE: Final = lazy(rf".*([{_QUOTES}])[\s,;)\]}}]*(?:#.*)?")
"""A quote of another kind that was to end the text that does not end: one within a word is an apostrophe."""
_QUOTE_NAMES: Final = {"`": "a backtick"}


def odd_character(line: Line) -> str | None:
    """What to do about the character at which the parser stopped, if that is one of them."""
    last = None if line.rest else _LAST_QUOTE.fullmatch(line.before)
    at = line.rest[:1] or (last[1] if last else "")
    fence = line.text.lstrip().startswith("```")
    if not at or (at.isascii() and at.isprintable() and (at != "`" or fence)) or at == "\t":
        return None
    if at in _QUOTES:
        named = _QUOTE_NAMES.get(at, f"a curly quote, {at}")
        return f"there is {named}: write straight quotes, `\"` or `'`"
    import unicodedata  # noqa: PLC0415  (only where something is wrong, and 1 ms)

    if at == "\r":
        return "there is a carriage return inside of the line: end each line with a line feed"
    code = f"U+{ord(at):04X}"
    name = unicodedata.name(at, "control character").lower()
    plain = unicodedata.normalize("NFKC", at)
    if not at.isprintable():
        return f"there is an invisible character, {code} ({name}): take it out, or write a plain blank"
    if plain != at and plain.isascii() and plain.isprintable():
        return f"there is {code} ({name}), which only looks like `{plain}`: write `{plain}`"
    return f"there is {code} ({name}): put a name or a text with it in quotes"
