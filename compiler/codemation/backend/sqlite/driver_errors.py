"""What SQLite's errors mean."""

from __future__ import annotations

import sqlite3
from typing import Final

from codemation.backend.errors import BackendError, DatabaseLockedError, SqliteNotWritableError
from codemation.text.redaction import redact

_LOCKED: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
CAUSES: Final = {
    sqlite3.SQLITE_PERM: ("cannot be opened", "Let the user who runs this read and write the file and its folder."),
    sqlite3.SQLITE_READONLY: ("is read-only", "Let the user who runs this write to the file and to its folder."),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "Look after the disk; a network file system is none for it."),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Restore it from a backup, or recover it with `sqlite3 FILE .recover`."),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "Free some space, or state another `sqliteFilePath`."),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "Let the user who runs this write to the file and to its folder."),
    sqlite3.SQLITE_NOTADB: ("is not a SQLite database", "Move that file away, or state another `sqliteFilePath`."),
}


def backend_error(error: BaseException, path: str) -> BackendError | None:
    """The error that says why SQLite failed with the file `path`, or `None` if it is a statement's own fault."""
    named = redact(path)
    if isinstance(error, OSError):
        place = f"{redact(str(error.filename))}: " if error.filename not in {None, path} else ""
        reason = f"the SQLite file {named} cannot be created: {place}{error.strerror}"
        return SqliteNotWritableError(reason, "Create its folder, or state another `sqliteFilePath`.")
    if is_lock(error):
        reason = f"the SQLite database {named} is locked by another connection"
        return DatabaseLockedError(reason, "Wait until the other program has finished its transaction, or stop it.")
    if result_code(error) in CAUSES:
        what, advice = CAUSES[result_code(error)]
        return SqliteNotWritableError(f"the SQLite file {named} {what}", advice)
    return None


def result_code(error: BaseException) -> int:
    """SQLite's primary result code; 0 for an error of Python's own."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def is_lock(error: BaseException) -> bool:
    """Whether another connection is in the way."""
    return result_code(error) in _LOCKED
