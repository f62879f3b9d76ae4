"""SQLite's file under a running host: whether it is still the one that was opened.

A file that is deleted stays with who has it open. What is written then succeeds, and is gone when the host ends; where
another file took its place, so is what that one's readers expect. The same goes for one that was emptied.

What is written over in place (`cp backup.db FILE`) cannot be told: it stays the same file, SQLite's own checkpoints
change its size, its time and its header, too, and whoever opened it to look would, by closing it, drop the locks that
SQLite holds on it (POSIX). SQLite then mixes both contents, until it finds one damaged or everybody has closed it.
"""

from __future__ import annotations

import os
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, event

from codemation.backend.errors import SqliteNotWritableError
from codemation.text.redaction import redact

_LEAST: Final = 512
"""Bytes of the smallest page, of which a database in WAL mode has one at the least (sqlite.org's `fileformat.html`)."""


class _Seen(NamedTuple):
    """A file: its device and inode, and whether it holds a page."""

    file: tuple[int, int]
    holds: bool


class SameFile:
    """Remembers the file that an engine first opened, by device and inode, until the engine is disposed of.

    And whether it held anything then: none of ours is empty once it is open.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._first: _Seen | None = None

    def watch(self, engine: Engine) -> None:
        """Look before a connection is opened, whenever one is taken from the pool, and before a commit.

        Some hold one connection for as long as they live.
        """
        event.listen(engine, "do_connect", self._before)
        event.listen(engine, "connect", self._opened)
        event.listen(engine, "checkout", self._taken)
        event.listen(engine, "commit", self._to_be_committed)
        event.listen(engine, "engine_disposed", self._forget)

    def _before(self, *_: Any) -> None:
        # Opening would make a new file in the place of one that is gone.
        if self._first is not None:
            self._refuse_another()

    def _opened(self, *_: Any) -> None:
        self._first = self._first or self._now()

    def _taken(self, *_: Any) -> None:
        self._refuse_another()

    def _to_be_committed(self, connection: Connection) -> None:
        try:
            self._refuse_another()
        except SqliteNotWritableError:
            # For SQLAlchemy the transaction is over with that, and it would not end it.
            connection.connection.rollback()
            raise

    def _forget(self, _: Engine) -> None:
        self._first = None

    def _refuse_another(self) -> None:
        now = self._now()
        if what := self._what_happened(now):
            message = f"the SQLite file {redact(self._path)} {what} while it was in use"
            raise SqliteNotWritableError(
                message, "Stop the host before the file is moved, restored or deleted; start it again now."
            )

    def _what_happened(self, now: _Seen | None) -> str | None:
        if now is None:
            return "was deleted"
        if self._first is None or now.file != self._first.file:
            return "was replaced by another"
        return "was emptied" if self._first.holds and not now.holds else None

    def _now(self) -> _Seen | None:
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return _Seen((status.st_dev, status.st_ino), status.st_size >= _LEAST)
