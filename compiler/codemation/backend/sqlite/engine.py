"""SQLite through SQLAlchemy: transactions that are ones."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from codemation.backend import forking
from codemation.backend.migrations.history_queries import Query
from codemation.backend.sqlite import inspection
from codemation.backend.sqlite.connection import Adopting, Opening, Reading
from codemation.backend.sqlite.file import refuse_full_disk
from codemation.backend.sqlite.inspection import BUSY_SECONDS
from codemation.backend.sqlite.same_file import SameFile

T = TypeVar("T")

READONLY: Final = "codemation_readonly"
"""The execution option that makes an engine's transactions deferred ones: for transactions that only read."""

_BEGIN: Final = "codemation_begin"
_OURS: Final = {"async_creator_fn", "factory", "uri", "isolation_level", "autocommit"}


def opening(*, adopt: bool, reads: bool) -> type[Opening]:
    """How the connections of an engine open its file."""
    return Reading if reads else Adopting if adopt else Opening


def engine(path: str, factory: type[Opening], options: dict[str, Any]) -> Engine:
    """An engine for the file `path`; `options` are `create_engine`'s."""
    given = merged(options, factory)
    made = create_engine(URL.create("sqlite+codemation", database=path), **given)
    prepare(made, path, given)
    return made


def prepare(engine: Engine, path: str, given: dict[str, Any]) -> None:
    """What both kinds of engine get, once they are made from `given`."""
    engine.dialect.busy_seconds = given["connect_args"]["timeout"]  # type: ignore[attr-defined]
    event.listen(engine, "begin", choose_begin)
    SameFile(path).watch(engine)
    forking.guard(engine, socket=False)


def inspect(engine: Engine, ask: Callable[[Query], T]) -> T | None:
    """What `ask` finds out in the file of `engine`; as `inspection.inspect`, and with the engine's patience."""
    assert engine.url.database is not None  # noqa: S101  (`engine` has one)
    return inspection.inspect(engine.url.database, ask, engine.dialect.busy_seconds)  # type: ignore[attr-defined]


def merged(options: dict[str, Any], factory: type[Opening]) -> dict[str, Any]:
    """The options of `create_engine`, with how SQLite is opened.

    Raises:
        TypeError: they say that, too.

    """
    connect_args = dict(options.get("connect_args") or {})
    if taken := sorted(_OURS & connect_args.keys()):
        message = f"connect_args must not hold {', '.join(taken)}: how SQLite is opened is codemation's"
        raise TypeError(message)
    connect_args.setdefault("timeout", BUSY_SECONDS)
    connect_args["factory"] = factory
    execution_options = {READONLY: True} if factory is Reading else {}
    execution_options.update(options.get("execution_options") or {})
    return {**options, "connect_args": connect_args, "execution_options": execution_options}


def try_to_write(connection: Connection) -> None:
    """Take the lock of a writer, and write nothing; what then stands in the pool is a host's first connection.

    Raises:
        BackendError: the file cannot be opened for writing, or its disk is full.
        sqlalchemy.exc.DBAPIError: somebody else writes, and goes on.

    """
    path = connection.engine.url.database
    assert path is not None  # noqa: S101  (`engine` has one)
    refuse_full_disk(path)
    with connection.begin() as transaction:
        transaction.rollback()


def choose_begin(connection: Connection) -> None:
    """Choose how a transaction begins, as a listener for `begin`."""
    # Only chosen here: SQLAlchemy 2.1 leaves a connection unusable (no further transaction) whose `begin` event raised.
    deferred = connection.get_execution_options().get(READONLY, False)
    connection.info[_BEGIN] = "BEGIN" if deferred else "BEGIN IMMEDIATE"


class Begins:
    """Begins transactions when SQLAlchemy does; left alone, sqlite3 begins them before some statements only.

    `isolation_level` stays what both take for "transactional", `""`: with `None`, which means autocommit to SQLAlchemy,
    `skip_autocommit_rollback` would leave transactions open.
    """

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin, unless the connection is in autocommit mode."""
        if dbapi_connection.isolation_level is not None:
            with closing(dbapi_connection.cursor()) as cursor:
                cursor.execute(dbapi_connection.info.get(_BEGIN, "BEGIN IMMEDIATE"))


class Dialect(Begins, SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect, but for how it begins. `busy_seconds`: how long its connections wait for a lock."""

    busy_seconds: float = BUSY_SECONDS
    supports_statement_cache = True


registry.register("sqlite.codemation", __name__, "Dialect")
