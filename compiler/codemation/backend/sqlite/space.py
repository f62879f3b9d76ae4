"""What pruning leaves of a SQLite file: free pages, which go back to the file system, and a bounded WAL.

All of it happens outside of a transaction, on the driver's own connection. What SQLite says to it is raised typed:
DatabaseLockedError, SqliteNotWritableError and MigrationFailedError.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection

from codemation.backend.errors import BackendError
from codemation.backend.sqlite.driver_errors import backend_error, unknown_error

FULL: Final = 1
"""`auto_vacuum` of a file that gives its free pages back at each commit."""
INCREMENTAL: Final = 2
"""`auto_vacuum` of a file whose free pages can be given back a few at a time."""


def wal_size(connection: Connection) -> int:
    """How many bytes the WAL has."""
    try:
        return os.stat(f"{connection.engine.url.database}-wal").st_size
    except OSError:
        return 0


def checkpoint(connection: Connection) -> None:
    """Write the WAL's pages into the file, and empty it, as far as readers allow.

    Outside of a transaction. Who reads or writes meanwhile is not waited for.
    """
    script(connection, "PRAGMA wal_checkpoint(PASSIVE)")
    with_patience(connection, 0, "PRAGMA wal_checkpoint(TRUNCATE)")


def gives_back(connection: Connection) -> bool:
    """Whether the file can give free pages back without being written anew."""
    return value(connection, "PRAGMA auto_vacuum") == INCREMENTAL


def free_pages(connection: Connection) -> int:
    """How many pages of the file hold nothing."""
    return value(connection, "PRAGMA freelist_count")


def used_bytes(connection: Connection) -> int:
    """How many bytes of the file hold something."""
    pages = value(connection, "PRAGMA page_count") - free_pages(connection)
    return pages * value(connection, "PRAGMA page_size")


def give_back(connection: Connection, pages: int) -> None:
    """Give so many free pages back to the file system, in one transaction. Outside of another."""
    # A script: of a statement sqlite3 takes one step, which is one page.
    script(connection, f"PRAGMA incremental_vacuum({pages})")


def value(connection: Connection, pragma: str) -> int:
    """What a pragma says, outside of a transaction."""
    with _typed(connection):
        cursor: Any = connection.connection.cursor()
        try:
            cursor.execute(pragma)
            number: int = cursor.fetchone()[0]
            return number
        finally:
            cursor.close()


def with_patience(connection: Connection, milliseconds: int, pragma: str) -> None:
    """Run a pragma that waits no longer than this for others."""
    before = value(connection, "PRAGMA busy_timeout")
    value(connection, f"PRAGMA busy_timeout={milliseconds}")
    try:
        script(connection, pragma)
    finally:
        value(connection, f"PRAGMA busy_timeout={before}")


def script(connection: Connection, sql: str) -> None:
    """Run a script with the driver's own connection, also behind asyncio's."""
    driver: Any = connection.connection.driver_connection
    with _typed(connection):
        given = driver.executescript(sql)
        if hasattr(given, "__await__"):
            from sqlalchemy.util import await_only  # noqa: PLC0415  (greenlet, which threads do without)

            await_only(given)


@contextmanager
def _typed(connection: Connection) -> Iterator[None]:
    """Raise what SQLite says as a `BackendError`: past SQLAlchemy nobody else would."""
    failure: BackendError | None = None
    try:
        yield
    except sqlite3.Error as error:
        path = connection.engine.url.database or ""
        failure = backend_error(error, path) or unknown_error(error, path)
    if failure is not None:
        raise failure
