"""PostgreSQL through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ProgrammingError

from codemation.backend import libpq
from codemation.backend.reading import AT_HEAD, ONLY_CURRENT_SCHEMA, Query, is_head
from codemation.runtime_form import Database

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
    """A listener for `do_connect`."""

    def connect(dialect: Any, record: Any, cargs: Any, cparams: dict[str, Any]) -> Any:  # noqa: ARG001
        return libpq.connect(database, dialect.loaded_dbapi.connect, cparams)

    return connect


def look(engine: Engine, ask: Callable[[Query], T]) -> T:
    """What `ask` finds out in one state of the database, whoever migrates meanwhile, and of its current schema.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be read.

    """
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        connection.exec_driver_sql(ONLY_CURRENT_SCHEMA)
        return ask(lambda statement: connection.exec_driver_sql(statement).all())


def at_head(connection: Connection) -> bool:
    """Whether nothing is pending, by one read; `connection` is in autocommit mode.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be read.

    """
    try:
        return is_head(connection.exec_driver_sql(AT_HEAD["postgresql"]).all())
    except ProgrammingError:
        return False  # a table or a column is missing
