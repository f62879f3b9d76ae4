"""What is printed while revisions are done: a line each, which on a terminal is there from the revision's beginning."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from codemation.cli.output import terminal
from codemation.text.terminal import display_width, wrap

if TYPE_CHECKING:
    from codemation.backend.copy.result import Progress as CopyProgress
    from codemation.backend.migrations.migrate import Progress


class Lines:
    """The listener of a migration. `doing`: what it does, as a word. `done`: the revisions that it has done."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self.done: list[str] = []
        self._live = sys.stdout.isatty()
        self._terminal = terminal()
        self._open = 0

    def progress(self, progress: Progress) -> None:
        """A revision begins, or is done."""
        what = f"{progress.revision.id} {progress.revision.title}"
        if progress.seconds is not None:
            self.done.append(progress.revision.id)
            took = f"{progress.seconds * 1000:.0f} ms" if progress.seconds < 1 else f"{progress.seconds:.1f} s"
            self._replace(f"  {what}  {self._terminal.style(took, 'dim')}\n")
        elif self._live:
            self._replace(f"  {self._doing} {what} ({progress.number} of {progress.total}) {self._terminal.ellipsis}")

    def wait(self, holders: str) -> None:
        """Say that somebody else has the lock; `holders` continues the sentence."""
        text = self._terminal.visible(f"waiting for another process that migrates or locks the database{holders}")
        self._replace("\n".join(wrap(text, self._terminal.width, indent="  ")) + "\n")

    def end(self) -> None:
        """What began was not done: leave nothing of its line."""
        if self._open:
            self._replace("")

    def _replace(self, text: str) -> None:
        text = f"\r{' ' * self._open}\r{text}" if self._open else text
        self._open = 0 if not text.strip("\r ") or text.endswith("\n") else display_width(text.rpartition("\r")[2])
        # Nobody reads any more, or the disk is full: what was begun goes on, and the command's last words tell.
        with suppress(OSError):
            sys.stdout.write(text)
            sys.stdout.flush()


class Phases:
    """The listener of a copy: on a terminal one line that changes; elsewhere it is silent but for waiting."""

    CELLS = 24
    DOING: ClassVar = {"scan": "looking at", "copy": "copying", "verify": "comparing"}

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._live = shown and sys.stdout.isatty()
        self._open = 0
        self._next = 0.0

    def progress(self, progress: CopyProgress) -> None:
        """Some rows of a table are done."""
        now = time.monotonic()
        if not self._live or now < self._next:
            return
        self._next = now + 0.1
        part = min(1.0, progress.rows / progress.total) if progress.total else 1.0
        cells = round(part * self.CELLS)
        bar = f"[{'#' * cells}{'.' * (self.CELLS - cells)}]"
        self._replace(f"  {bar} {part:4.0%}  {self.DOING[progress.phase]} {progress.table}")

    def wait(self, holders: str) -> None:
        """Say that somebody is waited for; `holders` continues the sentence."""
        if self._shown:
            self._replace("")
            text = f"waiting for another process that copies, migrates or writes{holders}"
            with suppress(OSError):
                sys.stdout.write("\n".join(wrap(text, terminal().width, indent="  ")) + "\n")
                sys.stdout.flush()

    def end(self) -> None:
        """Leave nothing of the line."""
        if self._open:
            self._replace("")

    def _replace(self, text: str) -> None:
        clear = f"\r{' ' * self._open}\r" if self._open else ""
        self._open = display_width(text)
        with suppress(OSError):  # nobody reads any more: the work goes on
            sys.stdout.write(clear + text)
            sys.stdout.flush()
