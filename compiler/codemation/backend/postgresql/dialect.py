"""SQLAlchemy's dialect for psycopg, but that it asks once when an engine first connects.

Its own asks six times, in a transaction. What the server reports at the start of every session is not asked for here,
and what a boot wants to know is asked with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg
from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg, PGDialectAsync_psycopg
from sqlalchemy.exc import ArgumentError, DBAPIError

from codemation.backend.errors import BackendError
from codemation.backend.migrations.history_queries import AT_HEAD, Query
from codemation.backend.postgresql import unfit
from codemation.backend.postgresql.arguments import AUTOCOMMIT, IN_AUTOCOMMIT
from codemation.backend.postgresql.deadline import Deadline
from codemation.backend.postgresql.driver_errors import backend_error, unknown_error
from codemation.runtime.form import Database

_SESSION: Final = "SELECT current_schema(), current_setting('transaction_isolation')"
WRITTEN: Final = "runs"
"""The table that stands for what a host writes: nobody hosts without. `doctor` looks at each."""

_MAY_WRITE: Final = (
    "(SELECT has_table_privilege(it, 'INSERT') AND has_table_privilege(it, 'UPDATE')"  # noqa: S608  (constants)
    f" FROM to_regclass(quote_ident(current_schema()) || '.{WRITTEN}') AS it)"
)
AT_START: Final = (
    f"{_SESSION}, current_setting('transaction_read_only') = 'on', pg_is_in_recovery(), current_user, {_MAY_WRITE},"
    f" head.* FROM ({AT_HEAD['postgresql']}) AS head (version, here, revision, checksum) ORDER BY revision"
)
"""What `_SESSION` asks, whether and why nothing can be written, and what `AT_HEAD` asks. As that, it may fail.

Asked of each table, the rights would cost the server more than all the rest.
"""

_TEN: Final = 100_000


class AskingOnce:
    """What the two dialects have in common.

    `database` is what the engine is for; `reads` tells that it must never write. `question` is asked in place of
    `_SESSION`, where somebody wants to know more; `answer` is what it gave: nothing, where it failed as a statement.
    """

    database: Database
    reads: bool = False
    question: str | None = None
    answer: Sequence[Sequence[Any]] | None = None
    _isolation: str

    def __init__(self, **options: Any) -> None:
        # To look for that extension takes a query; who has it calls psycopg's `register_hstore`.
        super().__init__(**{"use_native_hstore": False, **options})

    def initialize(self, connection: Connection) -> None:
        """Find out what there is at the other end.

        Raises:
            BackendError: the link broke meanwhile, or nothing was answered in time.

        """
        failure: BackendError | None = None
        with Deadline(_driver(connection)) as deadline:
            try:
                super().initialize(connection)  # type: ignore[misc]
            except DBAPIError as error:
                said = error.orig or error
                lost = error.connection_invalidated
                failure = backend_error(said, self.database, lost=lost) or unknown_error(said, self.database)
        if deadline.passed:
            failure = unfit.no_answer(self.database, deadline.seconds)
        if failure is not None:
            raise failure

    def is_disconnect(self, e: Exception, connection: Any, cursor: Any) -> bool:
        """Whether a connection is of no more use: also where psycopg itself says that answers do not fit the questions.

        So it is where a pooler's link to the server was cut: a BEGIN is answered, and then comes the pooler's error.
        What psycopg says by itself has no SQLSTATE.
        """
        out_of_step = isinstance(e, psycopg.InternalError) and e.sqlstate is None
        return out_of_step or super().is_disconnect(e, connection, cursor)  # type: ignore[misc]

    def _get_server_version_info(self, connection: Connection) -> tuple[int, ...]:
        number = _driver(connection).info.server_version
        major, minor = divmod(number, 10_000)
        return (major, minor) if number >= _TEN else (major, *divmod(minor, 100))

    def _set_backslash_escapes(self, connection: Connection) -> None:
        self._backslash_escapes = _driver(connection).info.parameter_status("standard_conforming_strings") == "off"

    def _get_default_schema_name(self, connection: Connection) -> str | None:
        with asking(connection) as query:
            rows = self._asked(query) or query(_SESSION)
        schema: str | None
        schema, self._isolation, *_ = rows[0]
        return schema

    def _asked(self, query: Query) -> Sequence[Sequence[Any]]:
        if self.question is None:
            return ()
        self.answer = ()
        with suppress(psycopg.ProgrammingError):  # no such table: it is another's, or has none yet
            self.answer = query(self.question)
        return self.answer

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        """As SQLAlchemy's.

        Raises:
            sqlalchemy.exc.ArgumentError: the engine only reads, and nothing would keep a statement from writing.

        """
        if self.reads and level == AUTOCOMMIT:
            raise ArgumentError(IN_AUTOCOMMIT)
        super().set_isolation_level(dbapi_connection, level)  # type: ignore[misc]

    def set_readonly(self, connection: Any, value: Any) -> None:
        """As SQLAlchemy's, which takes it back when a connection returns to its pool."""
        super().set_readonly(connection, self.reads or value)  # type: ignore[misc]

    def get_default_isolation_level(self, dbapi_conn: Any) -> str:
        """What the server, the database or the role says, in capitals."""
        del dbapi_conn
        return self._isolation.upper()


class Dialect(AskingOnce, PGDialect_psycopg):  # type: ignore[misc]  # its own methods promise more than they keep
    """For threads."""

    supports_statement_cache = True

    @classmethod
    def get_async_dialect_cls(cls, url: Any) -> type[AsyncDialect]:
        """The one for asyncio."""
        del url
        return AsyncDialect


class AsyncDialect(AskingOnce, PGDialectAsync_psycopg):  # type: ignore[misc]  # as above
    """For asyncio."""

    supports_statement_cache = True


@contextmanager
def asking(connection: Connection) -> Iterator[Query]:
    """A way to ask in autocommit mode, after which the connection is as it was.

    SQLAlchemy's own options would leave its isolation and its right to write stated, over the defaults of its role.

    Raises:
        sqlalchemy.exc.DBAPIError: where psycopg raises an error.

    """
    driver: Any = connection.connection.dbapi_connection
    before = driver.autocommit

    def query(statement: str) -> list[Any]:
        cursor = driver.cursor()
        cursor.execute(statement)
        rows: list[Any] = cursor.fetchall() if cursor.description else []
        cursor.close()
        return rows

    driver.autocommit = True
    failure: DBAPIError | None = None
    try:
        yield query
    except psycopg.Error as error:
        lost = isinstance(error, psycopg.OperationalError) and bool(_driver(connection).closed)
        dialect = connection.dialect
        failure = DBAPIError.instance(None, None, error, psycopg.Error, connection_invalidated=lost, dialect=dialect)  # type: ignore[assignment]
        if lost:
            connection.invalidate()
    finally:
        with suppress(psycopg.Error):
            driver.rollback()
            driver.autocommit = before
    if failure is not None:
        raise failure


def _driver(connection: Connection) -> Any:
    """The driver's own connection, behind what adapts it to asyncio."""
    return connection.connection.driver_connection


registry.register("postgresql.codemation", __name__, "Dialect")
