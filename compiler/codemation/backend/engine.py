"""Provisioning: from the runtime form to a SQLAlchemy engine.

An engine opens nothing by itself: its first connection creates SQLite's file or reaches PostgreSQL, and every further
one does the same checks. What fails then is raised as a `BackendError`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from codemation.backend import postgresql, sqlite
from codemation.backend.errors import BackendError
from codemation.runtime_form import Database, Runtime

Kind = Literal["empty", "ours", "foreign"]
"""What a database is: without any table, with a history of ours, or someone else's."""

REVISION_TABLE: Final = sqlite.REVISION_TABLE
"""The table that makes a database one of ours."""

READONLY: Final = sqlite.READONLY
"""The execution option that makes SQLite's transactions deferred ones: for transactions that only read."""

# An extension's tables (PostGIS's `spatial_ref_sys`) are nobody's data. The revision table is looked for as a statement
# without a schema would find it; new tables go into the current schema, so that is where others would be in the way.
_POSTGRESQL_KIND: Final = text(
    """
    SELECT to_regclass(:revision) IS NOT NULL, EXISTS (
        SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
    """
)


def provision(runtime: Runtime, *, adopt: bool = False, **engine_options: Any) -> Engine:
    """The engine for the database that `runtime` names; dispose of it when done.

    SQLite: transactions begin as `BEGIN IMMEDIATE`, so that reads and writes of one transaction belong together and
    waiting for a lock (10 s, `connect_args={"timeout": seconds}`) happens at its start; with the execution option
    `codemation_readonly=True` they begin deferred and must only read. A foreign database is opened for reading only,
    unless `adopt` says that it may be written. PostgreSQL: the URL reaches libpq as it is.

    `engine_options` are `create_engine`'s. What they say wins over what is set here, but for how SQLite is opened.

    Raises:
        TypeError: `connect_args` interferes with how SQLite is opened, or an option is not one of `create_engine`'s.

    """
    database = runtime.database
    if database.kind == "sqlite":
        return sqlite.engine(_path(database), adopt=adopt, options=engine_options)
    return postgresql.engine(database, engine_options)


def provision_async(runtime: Runtime, *, adopt: bool = False, **engine_options: Any) -> AsyncEngine:
    """As `provision`, for asyncio (through aiosqlite and psycopg); it does not block the event loop.

    Raises:
        TypeError: as `provision`.

    """
    database = runtime.database
    if database.kind == "sqlite":
        return sqlite.async_engine(_path(database), adopt=adopt, options=engine_options)
    return postgresql.async_engine(database, engine_options)


def kind_of_database(connection: Connection) -> Kind:
    """What the database behind `connection` is, found out by reading only.

    On PostgreSQL the schemas that count are those of `search_path`. Begins a transaction where none is under way.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be read.

    """
    if connection.dialect.name == "sqlite":
        return sqlite.kind(connection.exec_driver_sql(sqlite.TABLES).scalars())
    ours, others = connection.execute(_POSTGRESQL_KIND, {"revision": REVISION_TABLE}).one()
    return "ours" if ours else "foreign" if others else "empty"


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
        failure = _explained(error, runtime.database)
        if failure is None:
            raise
    if failure is not None:
        raise failure from None


def _explained(error: DBAPIError, database: Database) -> BackendError | None:
    if error.orig is None:
        return None
    if database.kind == "sqlite":
        return sqlite.explained(error.orig, _path(database))
    return postgresql.explained(error.orig, database, lost=error.connection_invalidated)


def _path(database: Database) -> str:
    assert database.sqlite_file_path is not None, "the runtime form of SQLite has a path"  # noqa: S101
    return database.sqlite_file_path
