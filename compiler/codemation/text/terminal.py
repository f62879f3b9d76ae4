"""What text output needs to know of a terminal: how wide it is, whether it has colours, what it can show.

The standard library only: `rich` would cost a third of the time of a whole command.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import IO, Literal

from msgspec import Struct

Style = Literal["bold", "dim", "underline", "red", "green", "yellow", "blue", "magenta", "cyan"]

CODES: dict[Style, int] = {
    "bold": 1,
    "dim": 2,
    "underline": 4,
    "red": 31,
    "green": 32,
    "yellow": 33,
    "blue": 34,
    "magenta": 35,
    "cyan": 36,
}

DEFAULT_WIDTH = 80
NARROWEST = 40
WIDEST = 120
"""The bounds of a width: lines of prose are read badly outside of them."""

LEAST_INDENT = 2
"""Blanks before a word that does not fit below the others."""

JOINERS = "\u200c\u200d"
"""Format characters that letters and emoji are made with; all others (bidi controls, soft hyphens) are not shown."""

HANGUL_JAMO = range(0x1160, 0x1200)
"""Vowels and final consonants, which join the syllable before them."""


class Terminal(Struct, frozen=True):
    """Where text goes: `width` in columns, whether to colour, whether it takes more than ASCII."""

    width: int = DEFAULT_WIDTH
    colour: bool = False
    unicode: bool = True

    @property
    def ellipsis(self) -> str:
        """What stands for what was left out."""
        return "…" if self.unicode else "..."

    def style(self, text: str, *styles: Style) -> str:
        """The text between escape codes; without colour, or with nothing to style, the text itself."""
        if not self.colour or not styles or not text:
            return text
        return f"\033[{';'.join(str(CODES[style]) for style in styles)}m{text}\033[0m"

    def labelled(self, label: str, text: str, head: Sequence[Style] = (), body: Sequence[Style] = ()) -> list[str]:
        """A text in lines, below itself behind its label, with nothing that steers the terminal; each in its style."""
        lines = wrap(self.visible(text), self.width, indent=" " * display_width(label), first=label)
        if not self.colour:
            return lines
        below = [(line, line.lstrip(" ")) for line in lines[1:]]
        return [
            self.style(lines[0][: len(label)], *head) + self.style(lines[0][len(label) :], *body),
            *(line[: len(line) - len(words)] + self.style(words, *body) for line, words in below),
        ]

    def visible(self, text: str) -> str:
        """The text with nothing that steers the terminal or cannot be written to it; line feeds stay."""
        if text.isascii() and text.isprintable():
            return text
        return "".join(self._visible(character) for character in text)

    def _visible(self, character: str) -> str:
        if character == "\n" or " " <= character <= "~":
            return character
        if character == "\t":
            return " "
        from unicodedata import category  # noqa: PLC0415  (a library to load, for what is not ASCII)

        if category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in JOINERS:
            return ascii(character)[1:-1]
        if self.unicode:
            return character
        return "..." if character == "…" else ascii(character)[1:-1]


When = Literal["auto", "always", "never"]
"""When to colour."""


def detect(stream: IO[str], environ: Mapping[str, str], when: When = "auto") -> Terminal:
    """What a stream is.

    With `auto` the first of these decides on colours: `NO_COLOR` (https://no-color.org), `FORCE_COLOR`
    (https://force-color.org), and whether it is a terminal that is not dumb. The width is that of `COLUMNS`,
    else of the terminal, else 80, in any case between 40 and 120.
    """
    terminal = _is_terminal(stream)
    colour = when == "always"
    if when == "auto" and not environ.get("NO_COLOR"):
        colour = bool(environ.get("FORCE_COLOR")) or (terminal and environ.get("TERM") != "dumb")
    width = _columns(environ) or (_terminal_width(stream) if terminal else 0) or DEFAULT_WIDTH
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("_", "-")
    return Terminal(min(max(width, NARROWEST), WIDEST), colour, encoding.startswith("utf"))


def display_width(text: str) -> int:
    """How many columns a text takes: wide characters two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def pad(text: str, width: int) -> str:
    """The text with blanks after it, up to a width in columns."""
    return text + " " * (width - display_width(text))


def wrap(text: str, width: int, *, indent: str = "", first: str | None = None) -> list[str]:
    """Break a text into lines of at most `width` columns, at blanks and at the text's own line feeds.

    A word is never broken, however long: a URL or a path stays whole. Every line begins with `indent` (of blanks), the
    first one with `first` if it is given. A word that does not fit behind these has a line of its own.
    """
    lines: list[str] = []
    start = indent if first is None else first
    for paragraph in text.split("\n"):
        rest: str | None = paragraph
        while rest is not None:
            fitting = _fitting(rest, width - display_width(start))
            if fitting == len(rest):
                line, rest = start + rest, None
            elif (end := rest.rfind(" ", 0, fitting + 1)) >= 0:
                line, rest = start + rest[:end], rest[end + 1 :]
            else:
                lines += [start.rstrip(" ")] if start.strip(" ") else []
                word, blank, more = rest.partition(" ")
                size = display_width(word)
                blanks = min(len(indent), LEAST_INDENT, width - size if size <= width else LEAST_INDENT)
                line, rest = " " * blanks + word, more if blank else None
            lines.append(line.rstrip(" "))
            start = indent
    return lines


def _fitting(text: str, columns: int) -> int:
    """How many characters of a text have room in so many columns."""
    if text.isascii():
        return min(len(text), max(columns, 0))
    widths = accumulate(map(_character_width, text))
    return next((count for count, used in enumerate(widths) if used > columns), len(text))


def _character_width(character: str) -> int:
    from unicodedata import category, east_asian_width  # noqa: PLC0415  (a library to load, for what is not ASCII)

    if category(character) in {"Mn", "Me", "Cf"} or ord(character) in HANGUL_JAMO:
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def _is_terminal(stream: IO[str]) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        # Something that only looks like a stream, or one that is closed.
        return False


def _columns(environ: Mapping[str, str]) -> int:
    text = environ.get("COLUMNS", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004


def _terminal_width(stream: IO[str]) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (AttributeError, OSError, ValueError):
        return 0
