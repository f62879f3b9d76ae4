"""SQLite's file under a running host: whether it is still the one that was opened.

A file that is deleted stays with who has it open. What is written then succeeds, and is gone when the host ends; where
another file took its place, so is what that one's readers expect.
"""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import Engine, event

from codemation.backend.errors import SqliteNotWritableError
from codemation.text.redaction import redact


class SameFile:
    """Remembers the file that an engine first opened, by device and inode, until the engine is disposed of."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._first: tuple[int, int] | None = None

    def watch(self, engine: Engine) -> None:
        """Look before a connection is opened, and whenever one is taken from the pool."""
        event.listen(engine, "do_connect", self._before)
        event.listen(engine, "connect", self._opened)
        event.listen(engine, "checkout", self._taken)
        event.listen(engine, "engine_disposed", self._forget)

    def _before(self, *_: Any) -> None:
        # Opening would make a new file in the place of one that is gone.
        if self._first is not None:
            self._refuse_another()

    def _opened(self, *_: Any) -> None:
        self._first = self._first or self._now()

    def _taken(self, *_: Any) -> None:
        self._refuse_another()

    def _forget(self, _: Engine) -> None:
        self._first = None

    def _refuse_another(self) -> None:
        now = self._now()
        if now != self._first:
            what = "was deleted" if now is None else "was replaced by another"
            message = f"the SQLite file {redact(self._path)} {what} while it was in use"
            raise SqliteNotWritableError(
                message, "Stop the host before the file is moved, restored or deleted; start it again now."
            )

    def _now(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return status.st_dev, status.st_ino
