"""Provisioning: from the runtime form to a SQLAlchemy engine.

An engine opens nothing by itself: its first connection creates SQLite's file or reaches PostgreSQL, and every further
one does the same checks. What fails then is raised as a `BackendError`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from codemation.backend.driver_errors import backend_error
from codemation.backend.errors import BackendError
from codemation.backend.migrations.history_check import Kind, kind_of
from codemation.backend.migrations.history_queries import read_history
from codemation.runtime.form import Database, Runtime

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["Kind", "kind_of_database", "provision", "provision_async", "typed_errors"]


def provision(runtime: Runtime, *, adopt: bool = False, **engine_options: Any) -> Engine:
    """The engine for the database that `runtime` names; dispose of it when done.

    SQLite: transactions begin as `BEGIN IMMEDIATE`, so that reads and writes of one transaction belong together and
    waiting for a lock (10 s, `connect_args={"timeout": seconds}`) happens at its start; with the execution option
    `codemation_readonly=True` they begin deferred and must only read. A foreign database is opened for reading only,
    unless `adopt` says that it may be written, and so is one whose history this program does not know. PostgreSQL: the
    URL reaches libpq as it is.

    `engine_options` are `create_engine`'s. What they say wins over what is set here, but for how SQLite is opened.

    Raises:
        TypeError: `connect_args` interferes with how SQLite is opened, or an option is not one of `create_engine`'s.

    """
    database = runtime.database
    if database.kind == "sqlite":
        from codemation.backend.sqlite import engine as sqlite_engine  # noqa: PLC0415  (each engine costs a start the import of its driver)

        return sqlite_engine.engine(_path(database), adopt=adopt, options=engine_options)
    from codemation.backend.postgresql import engine as postgresql_engine  # noqa: PLC0415

    return postgresql_engine.engine(database, engine_options)


def provision_async(runtime: Runtime, *, adopt: bool = False, **engine_options: Any) -> AsyncEngine:
    """As `provision`, for asyncio (through aiosqlite and psycopg); it does not block the event loop.

    Raises:
        TypeError: as `provision`.

    """
    database = runtime.database
    if database.kind == "sqlite":
        from codemation.backend.sqlite import async_engine as sqlite_async_engine  # noqa: PLC0415

        return sqlite_async_engine.engine(_path(database), adopt=adopt, options=engine_options)
    from codemation.backend.postgresql import engine as postgresql_engine  # noqa: PLC0415

    return postgresql_engine.async_engine(database, engine_options)


def kind_of_database(connection: Connection) -> Kind:
    """What the database behind `connection` is (on PostgreSQL its current schema), found out by reading only.

    Begins a transaction where none is under way.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be read.

    """
    return kind_of(read_history(lambda statement: connection.exec_driver_sql(statement).all(), connection.dialect.name))


@contextmanager
def typed_errors(runtime: Runtime) -> Iterator[None]:
    """Raise as `BackendError` what SQLAlchemy raises within for one of its reasons; let everything else pass.

    For commands that report; a host's own statements keep raising SQLAlchemy's errors.

    Raises:
        BackendError: a full disk, a lock waited for in vain, a lost connection and the like.

    """
    failure: BackendError | None = None
    try:
        yield
    except DBAPIError as error:
        failure = backend_error(error, runtime.database)
        if failure is None:
            raise
    if failure is not None:
        raise failure from None


def _path(database: Database) -> str:
    assert database.sqlite_file_path is not None, "the runtime form of SQLite has a path"  # noqa: S101
    return database.sqlite_file_path
