"""The PostgreSQL database that is copied into: in one transaction, which nobody sees before it is committed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from codemation.backend.copy.columns import CopiedTable
from codemation.backend.copy.errors import CopyRefusedError
from codemation.backend.errors import BackendError, DatabaseLockedError, DatabaseUnreachableError
from codemation.backend.inspection import inspect_through
from codemation.backend.migrations import history_queries, lock
from codemation.backend.migrations.errors import MigrationsPendingError
from codemation.backend.migrations.history_check import checked
from codemation.backend.migrations.history_queries import Query
from codemation.backend.migrations.revisions import revisions
from codemation.backend.postgresql import driver_errors, lock_holders
from codemation.text.amounts import first_of
from codemation.text.redaction import mask_url, redact

_LEAST_VERSION: Final = 110_000
"""`sha256` came with PostgreSQL 11."""
_MOST_NAMES: Final = 3
_LAST_ID: Final = 2**63 - 1
_REFUSALS: Final = ("21", "22", "23", "54", "0A", "42", "P0", "27", "44")
"""Classes of codes that say that rows are refused, not that the server or the link is unfit."""
_LINE: Final = re.compile(r"^COPY \w+, line (\d+)(?:, column (\w+))?")

_SUM: Final = "sum(('x' || encode(substr(sha256(convert_to({}, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint)"
_HOLDERS: Final = """
    SELECT DISTINCT a.pid, a.application_name, a.state, coalesce(a.xact_start, a.backend_start)
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.granted AND l.pid <> pg_backend_pid() AND l.mode LIKE '%%Exclusive%%'
        AND l.relation = ANY (%s::text[]::regclass[]) ORDER BY 4, 1
"""


class Target:
    """A database with the lock on it, within the transaction that is committed at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]

    def prepare(self, tables: Sequence[CopiedTable], seconds: float) -> None:
        """Keep everybody else from writing, and refuse what is not empty, or not at the newest revision.

        Raises:
            BackendError: it is refused, or somebody writes for longer than so many `seconds`.

        """
        if self._driver.info.server_version < _LEAST_VERSION:
            message = "the PostgreSQL server is older than version 11, and cannot compute what the copy is compared by"
            raise CopyRefusedError(message, "Copy into a newer server.")
        _refuse_other(self._query)
        self._lock(tables, seconds)
        _refuse_filled(self._query, tables)
        self._execute("SET LOCAL TIME ZONE 'UTC'; SET LOCAL lock_timeout = 0")

    def fill(self, table: CopiedTable, chunks: Iterator[tuple[int, bytes]], on_rows: Callable[[int], None]) -> int:
        """Copy chunks of so many rows into a table, in one statement; how many rows PostgreSQL took.

        One statement: its foreign keys are looked at when it is done, so rows may refer to others of their table.
        """
        columns = ", ".join(column.name for column in table.columns)
        statement = (
            f"COPY {table.name} ({columns}) FROM STDIN"
            " WITH (FORMAT text, DELIMITER E'\\x01', NULL E'\\x02', ENCODING 'UTF8')"
        )
        with self._driver.cursor() as cursor:
            done = 0
            with cursor.copy(statement.encode()) as copy:
                for rows, data in chunks:
                    copy.write(data)
                    on_rows(done := done + rows)
            return cursor.rowcount

    def sum(self, table: CopiedTable) -> tuple[int, int]:
        """How many rows a table has now, and their sum."""
        rows, total, empty = self._row(
            f"SELECT count(*), {_SUM.format(table.summed)}, sum({table.summed_empty})"  # noqa: S608
            f" FROM {table.name}"
        )
        return int(rows), int((total or 0) + (empty or 0)) % 2**64

    def number(self, table: CopiedTable, last: int) -> None:
        """Let the next row of a table have the number after `last`.

        It comes last: where the user does not own the sequence, it cannot be taken back.
        """
        sequence, owned = self._row(
            "SELECT s.name, pg_has_role(c.relowner, 'USAGE') FROM pg_get_serial_sequence(%s, 'id') AS s (name)"
            " LEFT JOIN pg_class c ON c.oid = s.name::regclass",
            (table.name,),
        )
        if sequence is None:
            message = f"the numbers of {table.name} have no sequence in the PostgreSQL database"
            raise CopyRefusedError(message, "Copy into a database that `codemation db migrate` made.")
        if owned and last < _LAST_ID:
            self._execute(f"ALTER SEQUENCE {sequence} RESTART WITH {last + 1}")
        elif last:
            self._execute(f"SELECT setval('{sequence}', {last})")

    def analyze(self, tables: Sequence[CopiedTable]) -> None:
        """Let the planner know what there is; a user who does not own the tables may not, and is only warned."""
        self._execute(f"ANALYZE {', '.join(table.name for table in tables)}")

    def _lock(self, tables: Sequence[CopiedTable], seconds: float) -> None:
        """Readers, and hosts that boot, go on; who writes waits, and then finds the copy."""
        names = [table.name for table in tables]
        self._execute(f"SET LOCAL lock_timeout = {max(1, round(seconds * 1000))}; SAVEPOINT before_locks")
        try:
            self._execute(f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE")
        except psycopg.errors.LockNotAvailable:
            self._execute("ROLLBACK TO before_locks")
            with self._driver.cursor() as cursor:
                holders = [lock_holders.Session(*row) for row in cursor.execute(_HOLDERS, (names,)).fetchall()]
            told = lock_holders.told(holders)
        else:
            return
        message = f"another session writes into the PostgreSQL database; waited {seconds:.1f} s for it{told}"
        raise DatabaseLockedError(message, "Stop its hosts, or let that session finish; then copy again.")

    def _execute(self, statement: str) -> None:
        with self._driver.cursor() as cursor:
            cursor.execute(statement.encode())

    def _row(self, statement: str, parameters: Sequence[Any] | None = None) -> tuple[Any, ...]:
        with self._driver.cursor() as cursor:
            row: tuple[Any, ...] = cursor.execute(statement.encode(), parameters).fetchone()  # type: ignore[assignment]
            return row

    def _query(self, statement: str) -> Sequence[Sequence[Any]]:
        return self._connection.exec_driver_sql(statement).all()


def look(engine: Engine, tables: Sequence[CopiedTable]) -> None:
    """Refuse a database that cannot be copied into, as far as reading tells.

    Raises:
        BackendError: it is not at the newest revision, not ours, or not empty.
        sqlalchemy.exc.DBAPIError: it cannot be read.

    """

    def asked(query: Query) -> None:
        _refuse_other(query)
        _refuse_filled(query, tables)

    inspect_through(engine, asked)


def _refuse_other(query: Query) -> None:
    known = revisions()
    status = checked(history_queries.read_history(query, "postgresql"), known)
    if not status.up_to_date:
        place = f"is at revision {status.current}" if status.current else "has no tables yet"
        message = f"the PostgreSQL database {place}, and a copy needs revision {known[-1].id}"
        raise MigrationsPendingError(
            message,
            "Migrate it first: `codemation db migrate` (with `--env-file FILE` for that of `--to-env FILE`).",
        )


def _refuse_filled(query: Query, tables: Sequence[CopiedTable]) -> None:
    exists = ", ".join(f"EXISTS (SELECT FROM {table.name})" for table in tables)
    (found,) = query(f"SELECT {exists}")
    filled = [table.name for table, rows in zip(tables, found, strict=True) if rows]
    if filled:
        message = f"the PostgreSQL database is not empty: there are rows in {first_of(filled, _MOST_NAMES)}"
        raise CopyRefusedError(
            message,
            "Copy into an empty one; `codemation db downgrade base` and `codemation db migrate` empty this one.",
        )


@contextmanager
def locked(engine: Engine, patience: lock.Patience, on_wait: lock.OnWait | None) -> Iterator[Target]:
    """A target in its transaction, which is committed unless an exception leaves it. Nobody migrates meanwhile.

    Raises:
        BackendError: it cannot be reached or written, is locked, or the link was lost.

    """
    with writing(engine), lock.Migrating(engine, patience, on_wait) as migrating:
        migrating.refuse_unfit(creates=False)
        committing = False
        try:
            with migrating.locked() as connection:
                yield Target(connection)
                committing = True
        except (DBAPIError, psycopg.Error) as error:
            if committing and _is_lost(error):
                raise _unsure(engine) from None
            raise


@contextmanager
def writing(engine: Engine) -> Iterator[None]:
    """Raise as `BackendError` what SQLAlchemy and psycopg raise within."""
    database = engine.dialect.database  # type: ignore[attr-defined]
    failure: BackendError | None = None
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        said = (error.orig or error) if isinstance(error, DBAPIError) else error
        failure = driver_errors.backend_error(said, database, lost=_is_lost(error))
        failure = failure or driver_errors.unknown_error(said, database)
    if failure is not None:
        raise failure from None


@contextmanager
def refusing(table: CopiedTable, row_of: Callable[[int], str]) -> Iterator[None]:
    """Raise as `CopyRefusedError` that PostgreSQL does not take a row; `row_of` names one by its number, from 1."""
    failure: BackendError | None = None
    try:
        yield
    except psycopg.Error as error:
        if not (error.sqlstate or "").startswith(_REFUSALS) or error.sqlstate == "42501":
            raise
        failure = _refused(table, error, row_of)
    if failure is not None:
        raise failure from None


def _refused(table: CopiedTable, error: psycopg.Error, row_of: Callable[[int], str]) -> CopyRefusedError:
    line = _LINE.match(error.diag.context or "")
    where = f" {row_of(int(line[1]))}" if line else ""
    column = f" {line[2]}" if line and line[2] else ""
    # What follows is a value.
    said = (error.diag.message_primary or type(error).__name__).partition(': "')[0]
    message = f"PostgreSQL does not take {table.name}{where}{column}: {redact(said)}"
    return CopyRefusedError(message, "Correct that row in the source, then copy again.")


def _is_lost(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _is_lost(error.orig or Exception())
    return isinstance(error, psycopg.OperationalError) and not error.sqlstate


def _unsure(engine: Engine) -> DatabaseUnreachableError:
    url = mask_url(engine.dialect.database.url or "")  # type: ignore[attr-defined]
    return DatabaseUnreachableError(
        f"the connection to the PostgreSQL database {url} was lost while the copy was committed",
        "Copy again: where it says that the database is not empty, all of it has arrived.",
    )
