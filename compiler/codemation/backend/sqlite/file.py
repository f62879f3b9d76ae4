"""SQLite's file: where one may be made, and its mode."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final

from codemation.backend.errors import SqliteNotWritableError
from codemation.backend.sqlite.driver_errors import CAUSES, not_writable
from codemation.text.redaction import redact

LEAST_FREE: Final = 128 * 2**10
"""Bytes without which a boot does not begin: SQLite's shared memory and a few pages of its log."""

# Closing any descriptor of a file drops all locks that the process holds on it (POSIX), SQLite's too. So the only
# descriptor of our own is the one that creates the file, and no thread may open the database before that is closed.
_creating: Final = Lock()


def create(path: Path) -> None:
    """Make an empty file (0600), and its folder (0700), unless something is there.

    Raises:
        SqliteNotWritableError: no file can be made there, or what is there is none.
        OSError: the system refuses.
    """
    with _creating:
        refuse_nowhere(path)
        if not path.parent.exists():
            path.parent.parent.mkdir(parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
        refuse_other(path)
        # With its mode from the first moment on; `-wal` and `-shm` inherit it.
        with suppress(FileExistsError):
            os.close(os.open(os.path.realpath(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def is_there(path: Path) -> bool:
    """Whether there is anything.

    Raises:
        OSError: that cannot be told, as in a folder that may not be entered. (`Path.exists` then says no, or raises,
            by Python's version.)

    """
    try:
        path.stat()
    except OSError as error:
        if error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
            raise
        return False
    return True


def refuse_other(path: Path) -> None:
    """Refuse what is there and no file: a pipe would be waited for without end."""
    try:
        mode = path.stat().st_mode  # once: another process may be creating it
    except OSError:
        return
    if not stat.S_ISREG(mode):
        what = f"the SQLite file {redact(str(path))} is {'a directory' if stat.S_ISDIR(mode) else 'not a regular file'}"
        raise SqliteNotWritableError(what, "State the path of a file as `sqliteFilePath`.")


def refuse_nowhere(path: Path) -> None:
    """Refuse a path at which no file can be made."""
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    folder = next(it for it in target.parents if os.path.lexists(it))
    if target.is_symlink():
        reason = f"the SQLite file {redact(str(path))} is a link in a circle"
    elif not folder.is_dir():
        reason = f"the SQLite file {redact(str(path))} cannot be created: {redact(str(folder))} is not a folder"
    elif target is not path and folder != target.parent:
        reason = f"the SQLite file {redact(str(path))} is a link to {redact(str(target))}, whose folder is missing"
    else:
        return
    raise SqliteNotWritableError(reason, "State the path of a file as `sqliteFilePath`.")


def refuse_full_disk(path: str) -> None:
    """Refuse a file whose disk has no room for the next commit.

    Raises:
        SqliteNotWritableError: there is less than `LEAST_FREE`.

    """
    free = shutil.disk_usage(Path(path).parent).free
    if free < LEAST_FREE:
        reason = f"the disk of the SQLite file {redact(path)} is full: {free / 2**10:.0f} KiB left"
        raise SqliteNotWritableError(reason, CAUSES[sqlite3.SQLITE_FULL][1])


def make_usable(path: Path) -> None:
    """Let nobody else read the file, and refuse one that this user may not write."""
    if os.name == "posix":
        _make_private(path)
    # SQLite itself falls back to reading in silence.
    effective = os.access in os.supports_effective_ids
    if not all(os.access(it, os.W_OK, effective_ids=effective) for it in (path, path.parent)):
        raise not_writable(str(path), f"the SQLite file {redact(str(path))} or its folder is read-only")


def _make_private(path: Path) -> None:
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(FileNotFoundError, PermissionError):
            mode = file.stat().st_mode
            if mode & 0o077:
                file.chmod(mode & 0o700)
