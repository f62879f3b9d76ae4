"""A PostgreSQL server that answers, looked at through one connection.

Nothing outlives a transaction of it, so that it works behind a pooler in transaction mode, too; and it waits for no
lock of others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final, NamedTuple

import psycopg

from codemation.backend.doctor.check import Finding, NotToldError, ok
from codemation.backend.doctor.postgresql import catalogues, obstacles, writing
from codemation.backend.doctor.postgresql.lifetimes import supported
from codemation.backend.doctor.relations import Instead, Relation
from codemation.backend.doctor.subject import Obstacle
from codemation.backend.errors import BackendError
from codemation.backend.migrations.history_check import RecordedHistory
from codemation.backend.migrations.history_queries import ONLY_CURRENT_SCHEMA, Dialect, read_history
from codemation.backend.postgresql import connection as postgresql_connection
from codemation.backend.postgresql import unfit
from codemation.backend.postgresql.deadline import answered
from codemation.backend.postgresql.driver_errors import backend_error
from codemation.backend.scrubbing import scrubbed
from codemation.runtime.form import Database
from codemation.text.amounts import milliseconds

_HERE: Final = f"{ONLY_CURRENT_SCHEMA}; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '20s'"
"""Only the current schema is looked at, and nobody's lock is waited for long."""

# Of functions only: some providers hide the catalogues of roles and databases.
_FACTS: Final = """
    SELECT current_setting('server_version'), current_setting('server_version_num')::int,
        current_user, coalesce(current_schema(), ''), current_database(), pg_backend_pid(),
        current_setting('is_superuser') = 'on', pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
        current_setting('server_encoding'), current_setting('client_encoding')
"""


class Facts(NamedTuple):
    """What a server says of itself and of the session, in one answer."""

    version: str
    version_number: int
    user: str
    schema: str
    """The current one; empty where none of `search_path` is there."""
    name: str
    backend_pid: int
    superuser: bool
    standby: bool
    read_only: bool
    may_create: bool
    encoding: str
    """The database's."""
    client_encoding: str


class Server:
    """The server of a database, for the checks; `open_server` makes one."""

    dialect: Dialect = "postgresql"

    def __init__(self, database: Database, connection: psycopg.Connection[Any], *, skips_migrations: bool) -> None:
        self.database = database
        self.skips_migrations = skips_migrations
        self.connection = connection
        with self._typed(otherwise=unfit.unclear), answered(connection, database):
            self.facts = Facts(*self._rows(_FACTS)[0])

    # --- asking ---

    def ask(self, statement: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a statement; without parameters there may be several, and the last one's rows count.

        Raises:
            BackendError: the connection was lost, or a lock was waited for in vain.
            NotToldError: the server refuses the statement.

        """
        with self._typed(otherwise=lambda _, said: NotToldError(f"the server does not say: {said}")):
            return self._rows(statement, parameters)
        raise AssertionError  # (for type checkers)

    @contextmanager
    def transaction(self, modes: str = "") -> Iterator[None]:
        """A transaction that is rolled back."""
        self.ask(f"BEGIN {modes}; {_HERE}")
        try:
            yield
        finally:
            if not self.lost:
                self.ask("ROLLBACK")

    @property
    def lost(self) -> bool:
        """Whether the connection is gone, so that there is nobody left to ask."""
        return bool(self.connection.closed)

    def _rows(self, statement: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(statement.encode(), parameters)
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _typed(self, otherwise: Callable[[Database, str], Exception]) -> Iterator[None]:
        """Raise what a driver's error means; `otherwise` makes one of what is a statement's own fault."""
        failure: Exception | None = None
        try:
            yield
        except psycopg.Error as error:
            said = scrubbed((error.diag.message_primary or str(error)).strip(), self.database.url or "")
            known = None if error.sqlstate == _NO_RIGHT else backend_error(error, self.database, lost=self.lost)
            pooled = unfit.pooled_by_statement(self.database) if unfit.STATEMENT_POOLING in said else None
            failure = pooled or known or otherwise(self.database, said)
        # Out here, so that it does not even carry the original as its context.
        if failure is not None:
            raise failure

    # --- what a subject tells ---

    @property
    def history(self) -> RecordedHistory:
        """Everything that says where the database is."""
        if isinstance(self._history, BackendError):
            raise self._history
        return self._history

    def answers(self) -> Finding:
        """That it answers, and how fast."""
        return ok(f"answers in {milliseconds(self.latency)}")

    def version(self) -> Finding:
        """The server's, and until when it gets fixes."""
        return supported(self.facts.version, self.facts.version_number)

    def writable(self, *, makes_tables: bool) -> Finding:
        """What became of a write that was rolled back."""
        return writing.tried(self, makes_tables=makes_tables)

    def obstacles(self, tables: list[str]) -> Sequence[Obstacle]:
        """By the catalogues."""
        with self.transaction("READ ONLY"):
            return tuple(obstacles.obstacles(self, tables))

    def relations(self) -> Mapping[str, Relation]:
        """The tables of the current schema."""
        with self.transaction("READ ONLY"):
            return catalogues.relations(self.ask)

    def instead(self, tables: list[str]) -> Mapping[str, Instead]:
        """By the catalogues, of all schemas."""
        return catalogues.instead(self, tables)

    # --- what is asked for once ---

    @cached_property
    def latency(self) -> float:
        """Seconds that one round trip takes on the open connection: the best of three."""
        times = []
        for _ in range(3):
            began = time.perf_counter()
            self.ask("SELECT 1")
            times.append(time.perf_counter() - began)
        return min(times)

    @cached_property
    def pooled(self) -> bool:
        """Whether a pooler stands between: it cannot tell the process that will serve, and so makes a number up."""
        return self.connection.info.backend_pid != self.facts.backend_pid

    @cached_property
    def _history(self) -> RecordedHistory | BackendError:
        try:
            with self.transaction("ISOLATION LEVEL REPEATABLE READ, READ ONLY"), self._typed(unfit.unreadable):
                return read_history(self._rows, "postgresql")
        except BackendError as error:
            return error


_NO_RIGHT: Final = "42501"


@contextmanager
def open_server(database: Database, *, skips_migrations: bool) -> Iterator[Server]:
    """A connection to a database's server, for the time that the checks take.

    Raises:
        BackendError: no connection came about, or the server does not say what it is.

    """
    with postgresql_connection.opened(database) as connection:
        yield Server(database, connection, skips_migrations=skips_migrations)
