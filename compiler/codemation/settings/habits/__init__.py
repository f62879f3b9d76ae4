"""What was probably meant by a line that is no TOML: habits from JSON, YAML, INI, shells, programs and word processors.

Imported only where a file does not parse. Of the line nothing is repeated that may be a secret: names and words of
ours, numbers, and the values of settings that hold none.
"""

from __future__ import annotations

from codemation.origin import Span
from codemation.settings.catalogue import dotted
from codemation.settings.habits.characters import odd_character
from codemation.settings.habits.keys import of_key
from codemation.settings.habits.line import Line
from codemation.settings.habits.repairs import repair
from codemation.settings.habits.structures import leaves_open, of_structure
from codemation.settings.habits.values import of_value

__all__ = ["Line", "meaning", "opening", "remedy", "repair"]

CLOSE_QUOTE = "close the string with a quote on the same line"

MESSAGES = (
    ("Illegal character '\\n'", CLOSE_QUOTE),
    ("Found invalid character", CLOSE_QUOTE),
    ("Unterminated string", CLOSE_QUOTE),
    ("Expected \"'", CLOSE_QUOTE),
    ("Expected ']", "close the table's name with its bracket"),
    ("Invalid value", "put text in double quotes; numbers and true/false stand without"),
    ("Invalid date", "write a date as `2024-12-31`, or put the text in quotes"),
    ("Values are nested", "take out the nesting: no setting has so many levels"),
    ("A number has", "write fewer digits: no setting takes so large a number"),
    ("Un", "look for a missing quote or bracket on this line or above it"),
    ("Expected newline", "look for a missing quote or bracket on this line or above it"),
    ("Cannot", "write each key and each table once: keep one of the two"),
    ("Duplicate", "write each key and each table once: keep one of the two"),
    ("", "write one `key = value` on a line, under a `[table]` header"),
)
"""What to do where no habit is known, by how the parser's message begins."""


MEANINGS = {
    "Invalid hex value": "a `\\` in double quotes starts an escape, and this is none",
    "Unescaped '\\' in a string": "a `\\` in double quotes starts an escape, and this is none",
    "Cannot mutate immutable namespace": "a table is written in braces, and again",
    "Duplicate inline table key": "a key is written twice in braces",
    "Cannot redefine namespace": "a table is written again, as a part of another key",
}
"""In other words, where the parser's presume that one knows how it works."""


_OPEN_STRING = ("Illegal character '\\n'", "Found invalid character '\\n'", "Expected \"'", "Unterminated string")


def meaning(line: Line) -> str:
    """Why the parser stopped, as the end of a sentence."""
    if line.message.startswith(_OPEN_STRING):
        return "a text of several lines is not closed" if line.opens_lines else "a text in quotes is not closed"
    if leaves_open(line):
        return "an array is not closed"
    if line.message.startswith("Cannot") and line.repeated and line.catalogue.node(line.repeated) is not None:
        return f"`{dotted(line.repeated)}` is written twice"
    return MEANINGS.get(line.message) or line.message[:1].lower() + line.message[1:]


def opening(line: Line) -> Span | None:
    """What an earlier line opened and this one should not be in, or ends."""
    return line.opening(bracket=leaves_open(line))


def remedy(line: Line) -> str:
    """What to write instead, where the parser stopped at a line and why."""
    if line.opens_lines and line.message.startswith(_OPEN_STRING):
        return f"close the text that begins here with `{line.opens_lines}`, or write it in one pair of quotes"
    habits = (odd_character, of_structure, of_key, of_value)
    found = next((help_ for habit in habits if (help_ := habit(line))), None)
    return found or next(text for start, text in MESSAGES if line.message.startswith(start))
