"""What a SQLite file says, found out without leaving a trace. Of the standard library alone.

Facts are of sqlite.org's `uri.html`, `wal.html` and `pragma.html`, and measured with 3.40: a reader with `mode=ro`
leaves empty `-wal` and `-shm` files beside a WAL database, one with `immutable=1` leaves nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from codemation.backend.errors import BackendError
from codemation.backend.migrations import history_queries
from codemation.backend.migrations.history_check import Kind, RecordedHistory, kind_of
from codemation.backend.migrations.history_queries import Query
from codemation.backend.sqlite.driver_errors import backend_error, is_lock, result_code
from codemation.backend.sqlite.file import is_there, refuse_nowhere, refuse_other

BUSY_SECONDS: Final = 10.0
"""How long a connection waits for a lock, unless its engine says otherwise."""

T = TypeVar("T")


def inspect(path: str, ask: Callable[[Query], T], timeout: float = BUSY_SECONDS) -> T | None:
    """What `ask` finds out in one state of the database, which this leaves as it is; `None` where there is no file.

    Raises:
        DatabaseLockedError, SqliteNotWritableError: it cannot be read.

    """
    failure: BackendError | None = None
    try:
        file = Path(path)
        if not is_there(file):
            refuse_nowhere(file)
            return None
        refuse_other(file)
        return inspect_file(file, ask, timeout)[0]
    except BackendError as error:
        failure = error
    except (sqlite3.Error, OSError) as error:
        failure = backend_error(error, path)
        if failure is None:
            raise
    # Out here, so that it does not even carry the original as its context.
    raise failure


def look(path: str, at: Callable[[sqlite3.Connection], T], timeout: float = BUSY_SECONDS) -> T:
    """As `inspect`, of a file that is there, for who needs the connection itself; it may be asked twice.

    Raises:
        DatabaseLockedError, SqliteNotWritableError: it cannot be read.

    """
    failure: BackendError | None = None
    try:
        refuse_other(Path(path))
        return look_at_file(Path(path), at, timeout)[0]
    except (sqlite3.Error, OSError) as error:
        failure = backend_error(error, path)
        if failure is None:
            raise
    # Out here, so that it does not even carry the original as its context.
    raise failure


def try_to_write(path: str, timeout: float = 1.0, *, alone: bool = False) -> None:
    """Take the lock of a writer, and write nothing; `alone`: that which also keeps readers out, outside of WAL.

    Raises:
        DatabaseLockedError, SqliteNotWritableError: it cannot be had.

    """
    failure: BackendError | None = None
    try:
        uri = f"{Path(path).as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, timeout=timeout, uri=True, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE" if alone else "BEGIN IMMEDIATE").close()
            connection.execute("ROLLBACK").close()
    except sqlite3.Error as error:
        failure = backend_error(error, path)
        if failure is None:
            raise
    if failure is not None:
        raise failure


def read_history(query: Query) -> RecordedHistory:
    """Where the database is: for `inspect`."""
    return history_queries.read_history(query, "sqlite")


def kind(query: Query) -> Kind:
    """What the database is: for `inspect`."""
    return kind_of(read_history(query))


def at_head(query: Query) -> bool:
    """Whether nothing is pending, by one read: for `inspect`."""
    try:
        return history_queries.is_head(query(history_queries.AT_HEAD["sqlite"]))
    except sqlite3.OperationalError as error:
        if result_code(error) != sqlite3.SQLITE_ERROR:
            raise
        return False  # a table is missing


def inspect_file(path: Path, ask: Callable[[Query], T], timeout: float) -> tuple[T, str]:
    """What `ask` finds out, without changing anything, and the URI that was able to see it.

    Where a killed writer of ours left a journal, what it had not committed is rolled back first, as every opener does.
    """
    return look_at_file(path, lambda reader: in_one_state(reader, ask), timeout)


def look_at_file(path: Path, at: Callable[[sqlite3.Connection], T], timeout: float) -> tuple[T, str]:
    """As `inspect_file`, with a connection."""
    readers = [f"{path.as_uri()}?mode=ro", f"{path.as_uri()}?mode=ro&immutable=1"]
    if _at_rest(path):
        readers.reverse()
    failure: sqlite3.Error | None = None
    for uri in readers:
        try:
            found = _read(uri, at, timeout)
        except sqlite3.DatabaseError as error:
            # A writer came in between, or (`mode=ro`) a killed one's journal wants to be rolled back.
            if is_lock(error):
                raise
            if _is_hot(path, error) and not _is_somebody_elses(readers[-1], timeout):
                _roll_back(path, timeout)
                return _read(uri, at, timeout), uri
            failure = failure or error
        else:
            if uri is readers[-1] or "immutable" not in uri or _at_rest(path):
                return found, uri
    assert failure is not None  # noqa: S101
    raise failure


def _read(uri: str, at: Callable[[sqlite3.Connection], T], timeout: float) -> T:
    with closing(sqlite3.connect(uri, timeout=timeout, uri=True, isolation_level=None)) as reader:
        return at(reader)


def _is_hot(path: Path, error: sqlite3.Error) -> bool:
    """Whether a reader failed because of what a killed writer left."""
    journal = Path(f"{path}-journal")
    return result_code(error) == sqlite3.SQLITE_READONLY and journal.exists() and journal.stat().st_size > 0


def _is_somebody_elses(uri: str, timeout: float) -> bool:
    """Whether what can be seen of a file, which may be half written, is a foreign database."""
    try:
        return _read(uri, lambda reader: in_one_state(reader, kind), timeout) == "foreign"
    except sqlite3.DatabaseError:
        return False


def _roll_back(path: Path, timeout: float) -> None:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", timeout=timeout, uri=True)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()


def in_one_state(connection: sqlite3.Connection, ask: Callable[[Query], T]) -> T:
    """What `ask` finds out in one transaction, whoever writes meanwhile."""
    connection.execute("BEGIN").close()
    try:
        return ask(lambda statement: connection.execute(statement).fetchall())
    finally:
        connection.execute("ROLLBACK").close()


def _at_rest(path: Path) -> bool:
    """Whether nobody is at work: then the file alone is the database."""
    return not any(Path(f"{path}{suffix}").exists() for suffix in ("-wal", "-journal"))
