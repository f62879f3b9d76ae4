"""PostgreSQL through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, ProgrammingError

from codemation.backend.migrations.history_queries import AT_HEAD, ONLY_CURRENT_SCHEMA, Query, is_head
from codemation.backend.postgresql import connection as postgresql_connection
from codemation.runtime.form import Database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

# The whole of it is in the URL that libpq gets: SQLAlchemy cannot read every one (several hosts, for one).
_BARE: Final = "postgresql+psycopg://"


def engine(database: Database, options: dict[str, Any]) -> Engine:
    """An engine for PostgreSQL; `options` are `create_engine`'s."""
    made = create_engine(_BARE, **{"pool_pre_ping": True, **options})
    event.listen(made, "do_connect", _connector(database))
    return made


def async_engine(database: Database, options: dict[str, Any]) -> AsyncEngine:
    """As `engine`, for asyncio."""
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415  (costs every other start the import)

    made = create_async_engine(_BARE, **{"pool_pre_ping": True, **options})
    event.listen(made.sync_engine, "do_connect", _connector(database))
    return made


def _connector(database: Database) -> Any:
    """A listener for SQLAlchemy's `do_connect`, which opens connections with the raw URL."""

    def connect(dialect: Any, record: Any, cargs: Any, cparams: dict[str, Any]) -> Any:  # noqa: ARG001
        return postgresql_connection.connect(database, dialect.loaded_dbapi.connect, cparams)

    return connect


def inspect(engine: Engine, ask: Callable[[Query], T]) -> T:
    """What `ask` finds out in one state of the database, whoever migrates meanwhile, and of its current schema.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be read.

    """
    with engine.connect() as connection, _asking(connection) as query:
        query(f"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {ONLY_CURRENT_SCHEMA}")
        return ask(query)


def at_head(connection: Connection) -> bool:
    """Whether nothing is pending, by one read.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be read.

    """
    try:
        # Without a transaction: its BEGIN would be a round trip of its own.
        with _asking(connection) as query:
            return is_head(query(AT_HEAD["postgresql"]))
    except ProgrammingError:
        return False  # a table or a column is missing


@contextmanager
def _asking(connection: Connection) -> Iterator[Query]:
    """A way to ask in autocommit mode, after which the connection is as it was.

    SQLAlchemy's own options would leave its isolation and its right to write stated, over the defaults of its role.
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
        lost = isinstance(error, psycopg.OperationalError) and bool(connection.connection.driver_connection.closed)  # type: ignore[union-attr]
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
