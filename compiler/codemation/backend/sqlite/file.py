"""SQLite's file: made safely, looked at without a trace, and opened as what it is. Of the standard library alone.

Facts are of sqlite.org's `uri.html`, `wal.html` and `pragma.html`, and measured with 3.40: a reader with `mode=ro`
leaves empty `-wal` and `-shm` files beside a WAL database, one with `immutable=1` leaves nothing.
"""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Final, TypeVar

from codemation.backend.errors import BackendError, DatabaseLockedError, SqliteNotWritableError
from codemation.backend.migrations import history_queries
from codemation.backend.migrations.history_check import Found, Kind, kind_of
from codemation.backend.migrations.history_queries import Query
from codemation.text.redaction import redact

READONLY: Final = "codemation_readonly"
"""The execution option that makes an engine's transactions deferred ones: for transactions that only read."""

BUSY_SECONDS: Final = 10.0
"""How long a connection waits for a lock, unless its engine says otherwise."""

T = TypeVar("T")

_LOCKED: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_CAUSES: Final = {
    sqlite3.SQLITE_PERM: ("cannot be opened", "Let the user who runs this read and write the file and its folder."),
    sqlite3.SQLITE_READONLY: ("is read-only", "Let the user who runs this write to the file and to its folder."),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "Look after the disk; a network file system is none for it."),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Restore it from a backup, or recover it with `sqlite3 FILE .recover`."),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "Free some space, or state another `sqliteFilePath`."),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "Let the user who runs this write to the file and to its folder."),
    sqlite3.SQLITE_NOTADB: ("is not a SQLite database", "Move that file away, or state another `sqliteFilePath`."),
}
# Closing any descriptor of a file drops all locks that the process holds on it (POSIX), SQLite's too. So the only
# descriptor of our own is the one that creates the file, and no thread may open the database before that is closed.
_creating: Final = Lock()


def look(path: str, ask: Callable[[Query], T], timeout: float = BUSY_SECONDS) -> T | None:
    """What `ask` finds out in one state of the database, which this leaves as it is; `None` where there is no file.

    Raises:
        DatabaseLockedError, SqliteNotWritableError: it cannot be read.

    """
    failure: BackendError | None = None
    try:
        file = Path(path)
        if not file.exists():
            _refuse_nowhere(file)
            return None
        _refuse_other(file)
        return _look(file, ask, timeout)[0]
    except BackendError as error:
        failure = error
    except (sqlite3.Error, OSError) as error:
        failure = explained(error, path)
        if failure is None:
            raise
    # Out here, so that it does not even carry the original as its context.
    raise failure


def try_to_write(path: str, timeout: float = 1.0) -> None:
    """Take the lock of a writer, and write nothing.

    Raises:
        DatabaseLockedError, SqliteNotWritableError: it cannot be had.

    """
    failure: BackendError | None = None
    try:
        uri = f"{Path(path).as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, timeout=timeout, uri=True, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE").close()
            connection.execute("ROLLBACK").close()
    except sqlite3.Error as error:
        failure = explained(error, path)
        if failure is None:
            raise
    if failure is not None:
        raise failure


def find(query: Query) -> Found:
    """Where the database is: for `look`."""
    return history_queries.find(query, "sqlite")


def _kind(query: Query) -> Kind:
    return kind_of(find(query))


def at_head(query: Query) -> bool:
    """Whether nothing is pending, by one read: for `look`."""
    try:
        return history_queries.is_head(query(history_queries.AT_HEAD["sqlite"]))
    except sqlite3.OperationalError as error:
        if _cause(error) != sqlite3.SQLITE_ERROR:
            raise
        return False  # a table is missing


def explained(error: BaseException, path: str) -> BackendError | None:
    """The error that says why SQLite failed with the file `path`, or `None` if it is a statement's own fault."""
    named = redact(path)
    if isinstance(error, OSError):
        place = f"{redact(str(error.filename))}: " if error.filename not in {None, path} else ""
        reason = f"the SQLite file {named} cannot be created: {place}{error.strerror}"
        return SqliteNotWritableError(reason, "Create its folder, or state another `sqliteFilePath`.")
    if _is_lock(error):
        reason = f"the SQLite database {named} is locked by another connection"
        return DatabaseLockedError(reason, "Wait until the other program has finished its transaction, or stop it.")
    if _cause(error) in _CAUSES:
        what, advice = _CAUSES[_cause(error)]
        return SqliteNotWritableError(f"the SQLite file {named} {what}", advice)
    return None


def _cause(error: BaseException) -> int:
    """SQLite's primary result code; 0 for an error of Python's own."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def _is_lock(error: BaseException) -> bool:
    return _cause(error) in _LOCKED


class Opening(sqlite3.Connection):
    """A connection that creates its file when there is none and claims one that is empty or ours.

    What is somebody else's, or has a history that this program does not know, is opened for reading only.

    It is sqlite3's `factory`, so whoever connects, in whatever thread, gets all of it.

    Raises:
        DatabaseLockedError, SqliteNotWritableError: from its constructor.

    """

    adopt: ClassVar[bool] = False

    def __init__(self, database: str, timeout: float = BUSY_SECONDS, **options: Any) -> None:
        failure: BackendError | None = None
        if legacy := getattr(sqlite3, "LEGACY_TRANSACTION_CONTROL", None):
            options["autocommit"] = legacy  # another default is announced
        try:
            self._open(Path(database), timeout, options)
        except BackendError as error:
            failure = error
        except (sqlite3.Error, OSError) as error:
            failure = explained(error, database)
            if failure is None:
                raise
        if failure is not None:
            with suppress(sqlite3.ProgrammingError):  # never opened
                self.close()
            # Out here, so that it does not even carry the original as its context.
            raise failure

    def _open(self, path: Path, timeout: float, options: dict[str, Any]) -> None:
        options = {**options, "timeout": timeout, "uri": True}
        _create(path)
        found, uri = _look(path, _kind, timeout)
        if found == "refused" or (found == "foreign" and not self.adopt):
            super().__init__(uri, **options)
        else:
            if found != "foreign":
                _make_usable(path)  # before SQLite makes files beside one that it cannot write
            super().__init__(f"{path.as_uri()}?mode=rw", **options)
            # Looked at again, under the lock that the first look may have done without.
            found = _asked(self, _kind)
            if found in {"empty", "ours"}:
                self._claim(path, found, timeout)
        self.execute("PRAGMA foreign_keys=ON").close()
        self.execute("PRAGMA synchronous=NORMAL").close()

    def _claim(self, path: Path, found: Kind, timeout: float) -> None:
        _make_usable(path)
        if found == "empty":
            # Counts only before the first page is written, which the switch to WAL does.
            self.execute("PRAGMA auto_vacuum=INCREMENTAL").close()
        deadline = time.monotonic() + timeout
        while not self._uses_wal(path, deadline):
            time.sleep(random.uniform(0.001, 0.02))  # noqa: S311  (no secret: openers must not retry in step)

    def _uses_wal(self, path: Path, deadline: float) -> bool:
        """Switch to WAL unless that is done; `False` where another opener was in the way, whatever `busy_timeout`."""
        try:
            if self.execute("PRAGMA journal_mode").fetchall() == [("wal",)]:
                return True
            if self.execute("PRAGMA journal_mode=WAL").fetchall() == [("wal",)]:
                return True
        except sqlite3.OperationalError as error:
            if not _is_lock(error) or time.monotonic() > deadline:
                raise
            return False
        what = f"the SQLite file {redact(str(path))} is on a file system without shared memory, which WAL needs"
        raise SqliteNotWritableError(what, "State a `sqliteFilePath` on a local disk.")


class Adopting(Opening):
    """As `Opening`, but a foreign database may be written."""

    adopt = True


def _create(path: Path) -> None:
    with _creating:
        _refuse_nowhere(path)
        if not path.parent.exists():
            path.parent.parent.mkdir(parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
        _refuse_other(path)
        # With its mode from the first moment on; `-wal` and `-shm` inherit it.
        with suppress(FileExistsError):
            os.close(os.open(os.path.realpath(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _refuse_other(path: Path) -> None:
    """Refuse what is there and no file: a pipe would be waited for without end."""
    try:
        mode = path.stat().st_mode  # once: another process may be creating it
    except OSError:
        return
    if not stat.S_ISREG(mode):
        what = f"the SQLite file {redact(str(path))} is {'a directory' if stat.S_ISDIR(mode) else 'not a regular file'}"
        raise SqliteNotWritableError(what, "State the path of a file as `sqliteFilePath`.")


def _refuse_nowhere(path: Path) -> None:
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


def _look(path: Path, ask: Callable[[Query], T], timeout: float) -> tuple[T, str]:
    """What `ask` finds out, without changing anything, and the URI that was able to see it.

    Where a killed writer of ours left a journal, what it had not committed is rolled back first, as every opener does.
    """
    readers = [f"{path.as_uri()}?mode=ro", f"{path.as_uri()}?mode=ro&immutable=1"]
    if _at_rest(path):
        readers.reverse()
    failure: sqlite3.Error | None = None
    for uri in readers:
        try:
            found = _read(uri, ask, timeout)
        except sqlite3.DatabaseError as error:
            # A writer came in between, or (`mode=ro`) a killed one's journal wants to be rolled back.
            if _is_lock(error):
                raise
            if _is_hot(path, error) and not _is_somebody_elses(readers[-1], timeout):
                _roll_back(path, timeout)
                return _read(uri, ask, timeout), uri
            failure = failure or error
        else:
            if uri is readers[-1] or "immutable" not in uri or _at_rest(path):
                return found, uri
    assert failure is not None  # noqa: S101
    raise failure


def _read(uri: str, ask: Callable[[Query], T], timeout: float) -> T:
    with closing(sqlite3.connect(uri, timeout=timeout, uri=True, isolation_level=None)) as reader:
        return _asked(reader, ask)


def _is_hot(path: Path, error: sqlite3.Error) -> bool:
    """Whether a reader failed because of what a killed writer left."""
    journal = Path(f"{path}-journal")
    return _cause(error) == sqlite3.SQLITE_READONLY and journal.exists() and journal.stat().st_size > 0


def _is_somebody_elses(uri: str, timeout: float) -> bool:
    """Whether what can be seen of a file, which may be half written, is a foreign database."""
    try:
        return _read(uri, _kind, timeout) == "foreign"
    except sqlite3.DatabaseError:
        return False


def _roll_back(path: Path, timeout: float) -> None:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", timeout=timeout, uri=True)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()


def _asked(connection: sqlite3.Connection, ask: Callable[[Query], T]) -> T:
    """What `ask` finds out in one transaction, whoever writes meanwhile."""
    connection.execute("BEGIN").close()
    try:
        return ask(lambda statement: connection.execute(statement).fetchall())
    finally:
        connection.execute("ROLLBACK").close()


def _at_rest(path: Path) -> bool:
    """Whether nobody is at work: then the file alone is the database."""
    return not any(Path(f"{path}{suffix}").exists() for suffix in ("-wal", "-journal"))


def _make_usable(path: Path) -> None:
    if os.name == "posix":
        _make_private(path)
    # SQLite itself falls back to reading in silence.
    effective = os.access in os.supports_effective_ids
    if not all(os.access(it, os.W_OK, effective_ids=effective) for it in (path, path.parent)):
        what = f"the SQLite file {redact(str(path))} or its folder is read-only"
        raise SqliteNotWritableError(what, _CAUSES[sqlite3.SQLITE_READONLY][1])


def _make_private(path: Path) -> None:
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(FileNotFoundError, PermissionError):
            mode = file.stat().st_mode
            if mode & 0o077:
                file.chmod(mode & 0o700)
