"""The SQLite database that is copied: one state of it, only ever read, and whether it has changed since."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

from codemation.backend.copy.columns import FLOAT_TEXT, CopiedColumn, CopiedTable
from codemation.backend.copy.errors import CopyRefusedError
from codemation.backend.errors import BackendError
from codemation.backend.migrations.errors import MigrationsPendingError
from codemation.backend.migrations.history_check import RecordedHistory, checked
from codemation.backend.migrations.history_queries import Query, read_history
from codemation.backend.migrations.revisions import revisions
from codemation.backend.sqlite import driver_errors, inspection
from codemation.text.redaction import redact

CHUNK: Final = 2**21
"""Bytes of lines that are read at a time, about; a single row may be larger.

Enough for SQLite's work on one to outlast the 5 ms for which its thread may wait for Python's lock: of a quarter of a
MiB at a time a scan took 1.5 times as long.
"""

_MOST_ROWS: Final = 16_000
_FIRST_ROWS: Final = 50
_MOST_BYTES: Final = 2**24
"""Bytes of a chunk, unless a single row has more."""
_FIRST_ROWID: Final = -(2**63)
_LAST_ROWID: Final = 2**63 - 1


class Chunk(NamedTuple):
    """So many rows: first and last `rowid`, their lines with `ROW` between, the sum of `empty`, whether any is odd."""

    rows: int
    first: int
    last: int
    lines: bytes
    empty: int
    odd: bool


class Snapshot:
    """One state of the database in the file `path`, for as long as its read transaction lasts."""

    def __init__(self, path: str, connection: sqlite3.Connection, *, fixed: bool) -> None:
        self.path = path
        self._connection = connection
        self._fixed = fixed
        # Reading ahead has a limit of its own.
        self._lock = Lock()
        self._largest = connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH)
        self._mark = self._state()

    def chunks(self, table: CopiedTable) -> Iterator[Chunk]:
        """All rows in the order of their `rowid`.

        SQLite joins the lines itself: so it works on while Python does something else.
        """
        # Names and expressions of ours, as in all statements of this module.
        statement = (
            "SELECT count(*), count(line), min(rowid), max(rowid), group_concat(line, char(3)), sum(empty), max(odd)"  # noqa: S608
            f" FROM (SELECT rowid, {table.line} AS line, {table.empty} AS empty, {table.odd} AS odd FROM {table.name}"
            " WHERE rowid >= ? ORDER BY rowid LIMIT ?)"
        )
        begin, rows = _FIRST_ROWID, _FIRST_ROWS
        while begin <= _LAST_ROWID and (chunk := self._chunk(statement, begin, rows)):
            yield chunk
            begin = chunk.last + 1
            rows = max(1, min(_MOST_ROWS, chunk.rows * CHUNK // (len(chunk.lines) + 1)))

    def _chunk(self, statement: str, begin: int, rows: int) -> Chunk | None:
        """The next chunk, of fewer rows where so many would be too large."""
        while True:
            try:
                with self._lock, self._at_most(_MOST_BYTES if rows > 1 else self._largest):
                    found = self._connection.execute(statement, (begin, rows)).fetchone()
            except sqlite3.DataError as error:
                if rows == 1 or driver_errors.result_code(error) != sqlite3.SQLITE_TOOBIG:
                    raise
            else:
                count, told, first, last, lines, empty, odd = found
                # Where a line is too large, `printf` makes none.
                if told == count:
                    return Chunk(count, first, last, lines, empty, bool(odd)) if count else None
                if rows == 1:
                    raise _too_large(self.path)
            rows = max(1, rows // 20)

    def closely(self, table: CopiedTable, first: int, last: int) -> list[tuple[Any, ...]]:
        """Rows by their `rowid`s: that, for each check whether it holds, and for each column `typeof` and the value.

        Texts come as bytes.
        """
        checks = [f"coalesce(({condition}), 1)" for _, condition in table.checks]
        cells = [f"typeof({column.name}), {column.name}" for column in table.columns]
        asked = ", ".join(["rowid", *checks, *cells])
        statement = f"SELECT {asked} FROM {table.name} WHERE rowid BETWEEN ? AND ? ORDER BY rowid"  # noqa: S608
        with self._lock:
            return self._connection.execute(statement, (first, last)).fetchall()

    def row(self, table: CopiedTable, number: int) -> int | None:
        """The `rowid` of the row that is so many from the first, from 1."""
        statement = f"SELECT rowid FROM {table.name} ORDER BY rowid LIMIT 1 OFFSET ?"  # noqa: S608
        found = self._connection.execute(statement, (number - 1,)).fetchone()
        return None if found is None else int(found[0])

    def count(self, table: CopiedTable) -> int:
        """How many rows a table has."""
        return self._number(f"SELECT count(*) FROM {table.name}")  # noqa: S608

    def last_number(self, table: CopiedTable) -> int:
        """The last number that a row of a numbered table had, also one that is gone; 0 for none."""
        highest = self._number(f"SELECT coalesce(max(id), 0) FROM {table.name}")  # noqa: S608
        given = self._number(
            f"SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = '{table.name}'"  # noqa: S608
        )
        return max(highest, given, 0)

    def orphans(self, table: CopiedTable, column: CopiedColumn) -> list[int]:
        """The `rowid`s of rows whose `column` refers to a row that is not there, in order."""
        assert column.target is not None  # noqa: S101  (who asks has looked)
        target, _, name = column.target.partition(".")
        statement = (
            f"SELECT child.rowid FROM {table.name} AS child WHERE child.{column.name} IS NOT NULL AND NOT EXISTS"  # noqa: S608
            f" (SELECT 1 FROM {target} AS parent WHERE parent.{name} = child.{column.name}) ORDER BY 1"
        )
        return [rowid for (rowid,) in self._connection.execute(statement)]

    def duplicates(self, table: CopiedTable, columns: tuple[str, ...]) -> list[int]:
        """The `rowid`s of rows that have what an earlier one has; only where no index of the file forbids it."""
        if columns == ("id",) or columns in self._unique(table):
            return []
        listed, filled = ", ".join(columns), " AND ".join(f"{name} IS NOT NULL" for name in columns)
        statement = (
            f"SELECT rowid FROM {table.name} WHERE {filled} AND rowid NOT IN"  # noqa: S608
            f" (SELECT min(rowid) FROM {table.name} WHERE {filled} GROUP BY {listed}) ORDER BY 1"
        )
        return [rowid for (rowid,) in self._connection.execute(statement)]

    def changed(self) -> bool:
        """Whether somebody wrote since; ends the read transaction."""
        self._connection.execute("ROLLBACK").close()
        return self._state() != self._mark

    def _unique(self, table: CopiedTable) -> set[tuple[str, ...]]:
        statement = (
            "SELECT i.name, c.name FROM pragma_index_list(?) AS i JOIN pragma_index_info(i.name) AS c"
            ' WHERE i."unique" AND NOT i.partial ORDER BY i.name, c.seqno'
        )
        found: dict[bytes, list[str]] = {}
        for index, column in self._connection.execute(statement, (table.name,)):
            found.setdefault(index, []).append(column.decode())
        return {tuple(columns) for columns in found.values()}

    @contextmanager
    def _at_most(self, length: int) -> Iterator[None]:
        """Let no text, and no row, be longer than so many bytes."""
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, length)
        try:
            yield
        finally:
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, self._largest)

    def _number(self, statement: str) -> int:
        return int(self._connection.execute(statement).fetchone()[0])

    def _state(self) -> tuple[int, ...]:
        """What differs once somebody has written, or another file has taken this one's place."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        try:
            status = os.stat(self.path)
        except OSError:
            return (version,)
        size = (status.st_size, status.st_mtime_ns) if self._fixed else ()
        return (version, status.st_dev, status.st_ino, *size)


@contextmanager
def opened(path: str, seconds: float) -> Iterator[Snapshot]:
    """One state of the database, which waits for locks so many `seconds`.

    Raises:
        BackendError: there is no such file, it cannot be read, or is not one of ours at the newest revision.

    """
    found = inspection.inspect(path, inspection.read_history, seconds)
    if found is None:
        raise _missing(path)
    refuse_other(found, path)
    with reading(path), _connected(path, seconds) as (connection, fixed):
        connection.execute("BEGIN").close()
        refuse_other(read_history(_asking(connection), "sqlite"), path)
        if connection.execute("PRAGMA encoding").fetchone() != ("UTF-8",):
            message = f"the SQLite file {redact(path)} stores texts as UTF-16"
            raise CopyRefusedError(message, "Copy it into a file of UTF-8 first (`sqlite3 OLD .dump | sqlite3 NEW`).")
        connection.text_factory = bytes
        connection.create_function(FLOAT_TEXT, 1, repr, deterministic=True)
        yield Snapshot(path, connection, fixed=fixed)


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Raise as `BackendError` what sqlite3 raises within.

    Raises:
        BackendError: the file is locked, damaged, gone, …

    """
    failure: BackendError | None = None
    try:
        yield
    except sqlite3.DataError as error:
        failure = _too_large(path) if driver_errors.result_code(error) == sqlite3.SQLITE_TOOBIG else None
        failure = failure or driver_errors.unknown_error(error, path)
    except sqlite3.Error as error:
        failure = driver_errors.backend_error(error, path) or driver_errors.unknown_error(error, path)
    if failure is not None:
        raise failure from None


def refuse_other(found: RecordedHistory, path: str) -> None:
    """Refuse a database that is not one of ours at the newest revision.

    Raises:
        DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError: it is not ours.
        MigrationsPendingError: it is older.

    """
    known = revisions()
    try:
        status = checked(found, known)
    except BackendError as error:
        message = f"the source {redact(path)} cannot be copied: {error.message}"
        raise type(error)(message, error.help) from None
    if status.up_to_date:
        return
    place = f"is at revision {status.current}" if status.current else "has no tables yet"
    message = f"the source {redact(path)} {place}, and a copy needs revision {known[-1].id}"
    raise MigrationsPendingError(
        message,
        "Migrate it first: `codemation db migrate`, with CODEMATION_DATABASE_KIND=sqlite and "
        "CODEMATION_SQLITE_FILE_PATH naming that file.",
    )


@contextmanager
def _connected(path: str, seconds: float) -> Iterator[tuple[sqlite3.Connection, bool]]:
    """A connection that only reads, and whether it takes the file for one that nobody changes.

    It does so only on a mount or in a folder for reading only, where SQLite cannot make its shared memory; and never
    beside a log or a journal, whose rows it would not see.
    """
    uri = f"{Path(path).absolute().as_uri()}?mode=ro"
    connection = _opened(uri, seconds)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").close()
    except sqlite3.OperationalError as error:
        connection.close()
        blocked = driver_errors.result_code(error) in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
        if not blocked or not _at_rest(path):
            raise
        with closing(_opened(f"{uri}&immutable=1", seconds)) as fixed:
            yield fixed, True
        return
    with closing(connection):
        yield connection, False


def _opened(uri: str, seconds: float) -> sqlite3.Connection:
    # Read ahead in another thread, one at a time.
    return sqlite3.connect(uri, timeout=seconds, uri=True, isolation_level=None, check_same_thread=False)


def _at_rest(path: str) -> bool:
    beside = [f"{path}-wal", f"{path}-journal"]
    return not any(os.path.exists(it) and os.path.getsize(it) for it in beside)


def _asking(connection: sqlite3.Connection) -> Query:
    return lambda statement: connection.execute(statement).fetchall()


def _missing(path: str) -> CopyRefusedError:
    message = f"there is no SQLite file {redact(path)} to copy"
    return CopyRefusedError(message, "Name it with `--from FILE`, or state its `sqliteFilePath`.")


def _too_large(path: str) -> CopyRefusedError:
    message = f"a row of the SQLite file {redact(path)} has more than 1 GB, which PostgreSQL cannot hold"
    return CopyRefusedError(message, "Make its largest value smaller.")
