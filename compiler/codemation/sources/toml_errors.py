"""What `tomllib` says of a text that is no TOML, told apart: the place, and the words without anything of the text."""

from __future__ import annotations

import tomllib

from codemation.origin import Position
from codemation.text.patterns import lazy

_PLACE = lazy(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)\Z")
_SAFE_MESSAGE = lazy(
    r"""(?:Expected (?:'\]{1,2}' at the end of an? (?:table|array) declaration|'=' after a key in a key/value pair)"""
    r"""|Expected (?:"'"|"'''"|newline or end of document after a statement)"""
    r"""|(?:Found invalid|Illegal) character '(?:.|\\.|\\x..)'"""
    r"""|Invalid (?:statement|value|hex value|date or datetime|initial character for a key part)"""
    r"""|Un(?:closed array|closed inline table|terminated string|escaped '\\' in a string)"""
    r"""|Escaped character is not a Unicode scalar value|Cannot overwrite a value)\Z"""
    r"""|Cannot declare(?= )|Cannot (?:mutate immutable|redefine) namespace(?= )|Duplicate inline table key(?= )"""
)
_DECLARE = lazy(r"declare\Z")


def syntax_position(error: tomllib.TOMLDecodeError, text: str) -> Position:
    """Return where in `text` the `error` that `tomllib` raised for it stands; its end if the error does not say."""
    line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    if isinstance(line, int) and isinstance(column, int):
        return Position(line, column)
    if (place := _PLACE.search(str(error))) and place[1]:
        return Position(int(place[1]), int(place[2]))
    return Position(text.count("\n") + 1, len(text) - text.rfind("\n"))


def syntax_message(error: tomllib.TOMLDecodeError) -> str:
    """Return what `error` says without the place, and without anything of the document but a single character."""
    # The last line of the pattern leaves off the key that is quoted; a message no known release has may quote anything.
    safe = _SAFE_MESSAGE.match(_PLACE.sub("", str(error)))
    return "Invalid TOML" if safe is None else _DECLARE.sub("declare a table twice", safe[0])
