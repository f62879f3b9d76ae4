"""Provisioning: from the runtime form to a SQLAlchemy engine.

An engine opens nothing by itself: its first connection creates SQLite's file or reaches PostgreSQL, and every further
one does the same checks. What fails then is raised as a `BackendError`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from codemation.backend.driver_errors import backend_error, unknown_error
from codemation.backend.errors import BackendError
from codemation.backend.masking import masked_options
from codemation.backend.migrations.history_check import Kind, kind_of
from codemation.backend.migrations.history_queries import read_history
from codemation.runtime.form import Database, Runtime

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["Kind", "kind_of_database", "provision", "provision_async", "typed_errors"]


def provision(
    runtime: Runtime,
    *,
    adopt: bool = False,
    read_only: bool = False,
    password: Callable[[], str] | None = None,
    engine_options: Mapping[str, Any] | None = None,
) -> Engine:
    """The engine for the database that `runtime` names; dispose of it when done.

    SQLite: transactions begin as `BEGIN IMMEDIATE`, so that reads and writes of one transaction belong together and
    waiting for a lock (10 s, `connect_args={"timeout": seconds}`) happens at its start; with the execution option
    `codemation_readonly=True` they begin deferred and must only read. A foreign database is opened for reading only,
    unless `adopt` says that it may be written, and so is one whose history this program does not know. A file that is
    deleted, replaced or emptied while the engine is in use is found out when a connection is next taken (CM503); one
    that is written over in place (`cp` onto it) cannot be: stop the host first, or what it writes may be lost.

    PostgreSQL: the URL reaches libpq as it is. `poolSize` is the most connections at a time, with none on top;
    `statementTimeoutSeconds` holds in each transaction of this engine's. No statement is prepared on the server, so
    that a transaction pooler may stand between; `connect_args={"prepare_threshold": 5}` asks for it.

    A child of this process (`os.fork`, `multiprocessing`, gunicorn) starts with an empty pool.

    `read_only` opens everything for reading only: on PostgreSQL each transaction is begun as one that reads, and
    AUTOCOMMIT, which has none, is refused; SQLite's own files beside a database in WAL mode (`-wal`, `-shm`), which
    every reader needs, are made as ever. It is for a host that means only to read; who must be kept from writing gets a
    role, or file modes, that keep him from it. `password` is called for each connection to PostgreSQL, for tokens
    that expire; what it gives stands in place of the URL's. What it raises passes. `engine_options` are
    `create_engine`'s. What they say wins over what is set here, but for how SQLite is opened.

    Raises:
        TypeError: an option is not one of `create_engine`'s, or not of the driver's; `connect_args` interferes with how
            SQLite is opened or rows are read, or gives the password once more; or `read_only` is to be in AUTOCOMMIT.
        ValueError: a text in `connect_args` is none that can be sent to PostgreSQL.

    """
    database, options = runtime.database, masked_options(engine_options)
    del engine_options  # this frame may be shown with its variables
    if database.kind == "sqlite":
        from codemation.backend.sqlite import engine as sqlite_engine  # noqa: PLC0415  (each engine costs a start the import of its driver)

        return sqlite_engine.engine(_path(database), sqlite_engine.opening(adopt=adopt, reads=read_only), options)
    from codemation.backend.postgresql import engine as postgresql_engine  # noqa: PLC0415  (psycopg)

    return postgresql_engine.engine(database, options, password, reads=read_only)


def provision_async(
    runtime: Runtime,
    *,
    adopt: bool = False,
    read_only: bool = False,
    password: Callable[[], str | Awaitable[str]] | None = None,
    engine_options: Mapping[str, Any] | None = None,
) -> AsyncEngine:
    """As `provision`, for asyncio (through aiosqlite and psycopg); it does not block the event loop.

    `password` may also give something to await.

    Raises:
        TypeError, ValueError: as `provision`.

    """
    database, options = runtime.database, masked_options(engine_options)
    del engine_options  # this frame may be shown with its variables
    if database.kind == "sqlite":
        from codemation.backend.sqlite import async_engine as sqlite_async_engine  # noqa: PLC0415  (aiosqlite)
        from codemation.backend.sqlite import engine as sqlite_engine  # noqa: PLC0415  (sqlite3)

        opening = sqlite_engine.opening(adopt=adopt, reads=read_only)
        return sqlite_async_engine.engine(_path(database), opening, options)
    from codemation.backend.postgresql import engine as postgresql_engine  # noqa: PLC0415  (psycopg)

    return postgresql_engine.async_engine(database, options, password, reads=read_only)


def kind_of_database(connection: Connection) -> Kind:
    """What the database behind `connection` is (on PostgreSQL its current schema), found out by reading only.

    Begins a transaction where none is under way.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be read.

    """
    return kind_of(read_history(lambda statement: connection.exec_driver_sql(statement).all(), connection.dialect.name))


@contextmanager
def typed_errors(runtime: Runtime) -> Iterator[None]:
    """Raise as `BackendError` what SQLAlchemy raises within because of the database; let everything else pass.

    For commands that report; a host's own statements keep raising SQLAlchemy's errors.

    Raises:
        BackendError: a full disk, a lock waited for in vain, a lost connection and the like, and what the database
            says that nobody foresaw, in its own words.

    """
    failure: BackendError | None = None
    try:
        yield
    except DBAPIError as error:
        failure = backend_error(error, runtime.database) or unknown_error(error, runtime.database)
    if failure is not None:
        raise failure from None


def _path(database: Database) -> str:
    assert database.sqlite_file_path is not None, "the runtime form of SQLite has a path"  # noqa: S101
    return database.sqlite_file_path
