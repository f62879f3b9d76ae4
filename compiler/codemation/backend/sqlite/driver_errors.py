"""What SQLite's errors mean."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Final

from codemation.backend.errors import BackendError, DatabaseLockedError, SqliteNotWritableError
from codemation.backend.migrations.errors import MigrationFailedError
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

_NO_ROOM: Final = {
    *(sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_FSYNC),
    *(sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_DIR_FSYNC),
}
"""What is said where a write, of the file or of what SQLite keeps beside it, came to nothing."""

_ROOM: Final = 2**20

OF_THE_STATEMENT: Final = frozenset(
    {
        *(sqlite3.SQLITE_OK, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_INTERNAL, sqlite3.SQLITE_ABORT),
        *(sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_NOTFOUND, sqlite3.SQLITE_EMPTY),
        *(sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH),
        *(sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_FORMAT),
        *(sqlite3.SQLITE_RANGE, sqlite3.SQLITE_NOTICE, sqlite3.SQLITE_WARNING, sqlite3.SQLITE_ROW),
        sqlite3.SQLITE_DONE,
    }
)
"""Primary codes that say that a statement or the program is wrong; not that the file is unfit."""


def backend_error(error: BaseException, path: str) -> BackendError | None:
    """The error that says why SQLite failed with the file `path`, or `None` if it is a statement's own fault."""
    named = redact(path)
    if isinstance(error, OSError):
        return _refused_by_the_system(error, path)
    if is_lock(error):
        reason = f"the SQLite database {named} is locked by another connection"
        return DatabaseLockedError(reason, "Wait until the other program has finished its transaction, or stop it.")
    if getattr(error, "sqlite_errorcode", 0) in _NO_ROOM:
        why, advice = _no_room(path)
        return SqliteNotWritableError(f"the SQLite file {named} cannot grow: {why}", advice)
    refused = result_code(error) in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
    if refused and (failure := _where_it_lies(path)):
        return failure
    if result_code(error) in CAUSES:
        what, advice = CAUSES[result_code(error)]
        return SqliteNotWritableError(f"the SQLite file {named} {what}", advice)
    return None


def not_writable(path: str, what: str) -> SqliteNotWritableError:
    """The error for what cannot be written; `what` says so, where it is not for how the file system is mounted."""
    if is_mounted_read_only(path):
        return SqliteNotWritableError(
            f"the SQLite file {redact(path)} is on a file system that is mounted for reading only",
            "Mount it for writing, or state another `sqliteFilePath`; a host that only reads boots with "
            "`read_only=True`.",
        )
    return SqliteNotWritableError(what, CAUSES[sqlite3.SQLITE_READONLY][1])


def _where_it_lies(path: str) -> SqliteNotWritableError | None:
    """The error where it is not the file itself that is refused, but what it lies in, or beside."""
    return not_writable(path, "") if is_mounted_read_only(path) else _beside(path) or no_more_files(path)


def _beside(path: str) -> SqliteNotWritableError | None:
    """The error for what SQLite keeps beside the file, where this user can do nothing with that."""
    for beside in (f"{path}-wal", f"{path}-shm", f"{path}-journal"):
        if not os.path.lexists(beside):
            continue
        named = redact(beside)
        if not os.path.isfile(beside):
            message = (
                f"the SQLite file {redact(path)} cannot be opened: {named}, which SQLite keeps beside it, is no file"
            )
            return SqliteNotWritableError(message, "Move that away: SQLite makes its own.")
        if not os.access(beside, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            message = f"the SQLite file {redact(path)} cannot be opened: this user may not read and write {named}"
            return SqliteNotWritableError(
                message, "Give it to the user who runs this (`chown`): a program of another user's left it there."
            )
    return None


def no_more_files(path: str) -> SqliteNotWritableError | None:
    """The error for a file system that has room, but none for one more file."""
    if not hasattr(os, "statvfs"):
        return None  # Windows
    try:
        disk = os.statvfs(_nearest_folder(path))
    except OSError:
        return None
    if not disk.f_files or disk.f_favail:
        return None
    folder = redact(str(_nearest_folder(path)))
    return SqliteNotWritableError(
        f"the disk of {folder} has no inode left, and so no room for what SQLite keeps beside {redact(path)}",
        "Remove files that nobody needs (`df -i` tells where they are), or state another `sqliteFilePath`.",
    )


def is_mounted_read_only(path: str) -> bool:
    """Whether it is not for file modes that nothing can be written there."""
    if not hasattr(os, "statvfs"):
        return False  # Windows
    try:
        return bool(os.statvfs(_nearest_folder(path)).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _refused_by_the_system(error: OSError, path: str) -> SqliteNotWritableError:
    named = redact(path)
    if error.errno == errno.EROFS:
        return not_writable(path, f"the SQLite file {named} cannot be created: {error.strerror}")
    if closed := _closed_folder(path):
        return SqliteNotWritableError(
            f"the SQLite file {named} cannot be reached: this user may not enter the folder {redact(closed)}",
            "Let the user who runs this enter it (`chmod u+x`, or make the folder the user's), or state another "
            "`sqliteFilePath`.",
        )
    place = f"{redact(str(error.filename))}: " if error.filename not in {None, path} else ""
    reason = f"the SQLite file {named} cannot be created: {place}{error.strerror}"
    if error.errno in {errno.EACCES, errno.EPERM}:
        folder = redact(str(_nearest_folder(path)))
        return SqliteNotWritableError(
            reason, f"Let the user who runs this write to the folder {folder}, or state another `sqliteFilePath`."
        )
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return SqliteNotWritableError(reason, CAUSES[sqlite3.SQLITE_FULL][1])
    return SqliteNotWritableError(reason, "Create its folder, or state another `sqliteFilePath`.")


def _closed_folder(path: str) -> str | None:
    """The folder on the way to a file that this user may not enter."""
    effective = os.access in os.supports_effective_ids
    folders = (it for it in reversed(Path(path).absolute().parents) if os.path.isdir(it))
    return next((str(it) for it in folders if not os.access(it, os.X_OK, effective_ids=effective)), None)


def _nearest_folder(path: str) -> Path:
    """The folder of a file, or the nearest one above it that is there."""
    return next(it for it in Path(path).absolute().parents if os.path.isdir(it))


def unknown_error(error: BaseException, path: str) -> BackendError:
    """The error for what `backend_error` takes for a statement's own fault, where the statement is not its user's."""
    return MigrationFailedError(
        f"the SQLite database {redact(path)} refused what it was asked: {redact(str(error))}",
        "These are SQLite's own words. Where its schema was changed by hand, restore it from a backup.",
    )


def _no_room(path: str) -> tuple[str, str]:
    """Why a write came to nothing, and what to do."""
    if (most := largest_file()) is not None:
        return f"this process may write no file above {most} bytes", "Raise its limit (`ulimit -f`)."
    if shutil.disk_usage(_nearest_folder(path)).free < _ROOM:
        return "the disk is full", CAUSES[sqlite3.SQLITE_FULL][1]
    return "the disk refuses to write", "Look after the disk, and its quota; the system's log may tell more."


def largest_file() -> int | None:
    """How many bytes a file that this process writes may have, if not as many as the disk."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415  (not on Windows)

    most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return None if most == resource.RLIM_INFINITY else most


def result_code(error: BaseException) -> int:
    """SQLite's primary result code; 0 for an error of Python's own."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def is_lock(error: BaseException) -> bool:
    """Whether another connection is in the way."""
    return result_code(error) in _LOCKED
