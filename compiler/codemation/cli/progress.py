"""What is printed while revisions are done: a line each, which on a terminal is there from the revision's beginning."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from codemation.cli.output import terminal
from codemation.text.terminal import display_width, wrap

if TYPE_CHECKING:
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
