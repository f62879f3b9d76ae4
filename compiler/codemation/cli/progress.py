"""What is printed while revisions are done or rows are copied, as listeners of those who do it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar

from codemation.cli.live_line import LiveLine, bar
from codemation.cli.output import terminal
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.backend.copy.result import Progress as CopyProgress
    from codemation.backend.migrations.migrate import Progress


class Lines:
    """The listener of a migration: a line for each revision, on a terminal from its beginning.

    `doing`: what it does, as a word. `shown`: whether anything is printed. `done`: the revisions that it has done.
    """

    def __init__(self, doing: str, *, shown: bool = True) -> None:
        self._doing = doing
        self._shown = shown
        self.done: list[str] = []
        self._live = shown and sys.stdout.isatty()
        self._terminal = terminal()
        self._line = LiveLine()

    def progress(self, progress: Progress) -> None:
        """A revision begins, or is done."""
        what = f"{progress.revision.id} {progress.revision.title}"
        if progress.seconds is not None:
            self.done.append(progress.revision.id)
            took = f"{progress.seconds * 1000:.0f} ms" if progress.seconds < 1 else f"{progress.seconds:.1f} s"
            if self._shown:
                self._line.print(f"  {what}  {self._terminal.style(took, 'dim')}")
        elif self._live:
            self._line.show(f"  {self._doing} {what} ({progress.number} of {progress.total}) {self._terminal.ellipsis}")

    def wait(self, holders: str) -> None:
        """Say that somebody else has the lock; `holders` continues the sentence."""
        if self._shown:
            self._line.print(waiting(f"for another process that migrates or locks the database{holders}"))

    def end(self) -> None:
        """What began was not done: leave nothing of its line."""
        self._line.end()


class Phases:
    """The listener of a copy: on a terminal one line that changes; elsewhere it only tells of waiting."""

    DOING: ClassVar = {"scan": "looking at", "copy": "copying", "verify": "comparing"}

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._live = shown and sys.stdout.isatty()
        self._line = LiveLine()

    def progress(self, progress: CopyProgress) -> None:
        """Some rows of a table are done."""
        if self._live:
            what = f"{self.DOING[progress.phase]} {progress.table}"
            self._line.show_often(f"  {bar(progress.rows, progress.total)}  {what}")

    def wait(self, holders: str) -> None:
        """Say that somebody is waited for; `holders` continues the sentence."""
        if self._shown:
            self._line.print(waiting(f"for another process that copies, migrates or writes{holders}"))

    def end(self) -> None:
        """Leave nothing of the line."""
        self._line.end()


def waiting(text: str) -> str:
    """That something is waited for, in lines as wide as the terminal."""
    screen = terminal()
    return "\n".join(wrap(screen.visible(f"waiting {text}"), screen.width, indent="  "))
