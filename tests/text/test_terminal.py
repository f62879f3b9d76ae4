"""Widths, wrapping, and what is found out about a terminal."""

from __future__ import annotations

import io
import os
import struct

import pytest

from codemation.text.terminal import Terminal, detect, display_width, pad, wrap


class Stream(io.StringIO):
    """A stream that says what it is told to."""

    def __init__(self, *, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__()
        self._terminal = terminal
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("plain", 5),
        ("日本語", 6),
        ("ｑ", 2),
        ("e\u0301", 1),
        ("\u00e9", 1),
        ("😀", 2),
        ("👩\u200d💻", 4),
        ("❤\ufe0f", 1),
        ("\u1112\u1161\u11ab", 2),
        ("…→", 2),
    ],
)
def test_display_width(text: str, width: int) -> None:
    assert display_width(text) == width


def test_pad_counts_columns() -> None:
    assert pad("日本", 6) == "日本  "
    assert pad("long", 2) == "long"


def test_wrap_keeps_words_line_feeds_and_indents() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("one two three", 9, indent="  ", first="- ") == ["- one two", "  three"]
    assert wrap("a\n\nb", 10, indent="  ") == ["  a", "", "  b"]
    url = "https://example.com/" + "x" * 50
    assert wrap(f"see {url} there", 20) == ["see", url, "there"]
    assert wrap("日本 日本 日本", 9) == ["日本 日本", "日本"]
    assert wrap("", 10) == [""]
    assert wrap("a", 4, indent="     ", first="label: ") == ["label:", "  a"]
    assert wrap("a  b", 2) == ["a", "b"]
    assert wrap("a  b", 1) == ["a", "", "b"]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_wrap_never_exceeds_its_width(width: int) -> None:
    text = "The quick 速い brown 茶色の fox jumps over the 怠惰な dog, e\u0301ach time 😀 anew. " * 5
    lines = wrap(text, width, indent="      ", first="  = ")
    assert all(display_width(line) <= width for line in lines)
    assert " ".join(line.strip() for line in lines) == f"= {text.strip()}"


def test_style_without_colour_is_the_text() -> None:
    assert Terminal().style("x", "bold", "red") == "x"
    assert Terminal(colour=True).style("x", "bold", "red") == "\033[1;31mx\033[0m"
    assert Terminal(colour=True).style("x") == "x"
    assert Terminal(colour=True).style("", "red") == ""


def test_visible_shows_what_would_steer_the_terminal() -> None:
    assert Terminal().visible("a\x1b[31mb\u202ec\tdé😀") == r"a\x1b[31mb\u202ec dé😀"
    assert Terminal(unicode=False).visible("é…日") == r"\xe9...\u65e5"
    assert Terminal().visible("\udcff") == r"\udcff"


def test_detect_colours() -> None:
    assert detect(Stream(terminal=True), {}).colour
    assert detect(Stream(terminal=True), {"NO_COLOR": ""}).colour
    assert not detect(Stream(terminal=True), {"NO_COLOR": "1"}).colour
    assert not detect(Stream(terminal=True), {"TERM": "dumb"}).colour
    assert not detect(Stream(terminal=False), {}).colour


@pytest.mark.parametrize(
    ("columns", "width"), [("100", 100), ("10", 40), ("500", 120), ("0", 80), ("x", 80), ("", 80), ("9" * 5000, 80)]
)
def test_detect_width_from_columns(columns: str, width: int) -> None:
    assert detect(Stream(terminal=False), {"COLUMNS": columns}).width == width


def test_detect_width_of_a_real_terminal() -> None:
    pty = pytest.importorskip("pty")
    fcntl = pytest.importorskip("fcntl")
    termios = pytest.importorskip("termios")
    leader, follower = pty.openpty()
    try:
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 97, 0, 0))
        with os.fdopen(follower, "w", encoding="utf-8") as stream:
            assert detect(stream, {}) == Terminal(97, colour=True, unicode=True)
            assert detect(stream, {"COLUMNS": "50"}).width == 50
    finally:
        os.close(leader)


def test_detect_encoding_and_odd_streams() -> None:
    assert detect(Stream(terminal=False, encoding="UTF-8"), {}).unicode
    assert detect(Stream(terminal=False, encoding="utf_8"), {}).unicode
    assert not detect(Stream(terminal=False, encoding="ascii"), {}).unicode
    closed = io.StringIO()
    closed.close()
    assert detect(closed, {}) == Terminal(80, colour=False, unicode=False)
