"""What `tomllib` says of a text that is no TOML, told apart: the place, and the words without anything of the text."""

from __future__ import annotations

import tomllib

from codemation.origin import Position
from codemation.text.patterns import lazy
from codemation.text.toml_lexemes import open_string

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
_OPEN_STRING = lazy(r"""Expected (?:"'"|"'''")|Unterminated string""")


def syntax_position(error: tomllib.TOMLDecodeError, text: str) -> Position:
    """Return where in `text` the `error` that `tomllib` raised for it stands; its end if the error does not say.

    A string that nothing closes is noticed at the end of the text. It stands where it opens; one that cannot pass its
    line, where that ends.
    """
    if _OPEN_STRING.match(str(error)):
        # As `tomllib` reads it: of a line's end in two characters it sees one.
        text = text.replace("\r\n", "\n")
        string = open_string(text)
        if string is not None:
            return _position(text, string.start if len(string.sign) > 1 else string.end)
    line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    if isinstance(line, int) and isinstance(column, int):
        return Position(line, column)
    if (place := _PLACE.search(str(error))) and place[1]:
        return Position(int(place[1]), int(place[2]))
    return _position(text, len(text))


def _position(text: str, offset: int) -> Position:
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def syntax_message(error: tomllib.TOMLDecodeError) -> str:
    """Return what `error` says without the place, and without anything of the document but a single character."""
    # The last line of the pattern leaves off the key that is quoted; a message no known release has may quote anything.
    safe = _SAFE_MESSAGE.match(_PLACE.sub("", str(error)))
    return "Invalid TOML" if safe is None else _DECLARE.sub("declare a table twice", safe[0])
