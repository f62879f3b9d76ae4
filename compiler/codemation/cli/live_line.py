"""One line on standard output that is written over while something is under way."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import Final

from codemation.cli.output import QUIET
from codemation.text.terminal import display_width

CELLS: Final = 24
"""Columns of a bar."""
OFTEN: Final = 0.1
"""Seconds between two looks of a line that changes all the time."""


class LiveLine:
    """The line. Who hears of nobody who reads goes on: what was begun is done, and the last words tell."""

    def __init__(self) -> None:
        self._width = 0
        self._next = 0.0

    def show(self, text: str) -> None:
        """Show a text in place of what is there."""
        self._write(text)
        self._width = display_width(text)

    def show_often(self, text: str) -> None:
        """The same of what changes all the time: not each change is shown."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + OFTEN
            self.show(text)

    def print(self, text: str) -> None:
        """Print lines that stay, in place of what is there."""
        self._write(f"{text}\n")
        self._width = 0

    def end(self) -> None:
        """Leave nothing of the line."""
        if self._width:
            self.show("")

    def _write(self, text: str) -> None:
        if QUIET.get():
            return
        over = f"\r{' ' * self._width}\r" if self._width else ""
        with suppress(OSError):
            sys.stdout.write(over + text)
            sys.stdout.flush()


def bar(done: int, total: int) -> str:
    """How much of something is done, as a bar and in percent."""
    part = min(1.0, done / total) if total else 1.0
    cells = round(part * CELLS)
    return f"[{'#' * cells}{'.' * (CELLS - cells)}] {part:4.0%}"
