"""PostgreSQL through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ProgrammingError

from codemation.backend import forking
from codemation.backend.masking import Secret
from codemation.backend.migrations.history_queries import ONLY_CURRENT_SCHEMA, Query, is_head
from codemation.backend.postgresql import connection as postgresql_connection
from codemation.backend.postgresql import dialect as postgresql_dialect
from codemation.backend.postgresql import unfit
from codemation.backend.postgresql.arguments import refuse_wrong
from codemation.backend.postgresql.dialect import AT_START, WRITTEN, asking
from codemation.runtime.form import Database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

Password = Callable[[], Any]
"""Gives the password for one connection, or, for asyncio, something to await that does."""

# The whole of it is in the URL that libpq gets: SQLAlchemy cannot read every one (several hosts, for one).
_BARE: Final = f"{postgresql_dialect.Dialect.name}+codemation://"

_ENCODINGS: Final = {"UTF8", "SQL_ASCII", None}
"""Of the server's: those that take every character (`SQL_ASCII` by taking any byte), or a pooler that does not say."""


def engine(database: Database, options: dict[str, Any], password: Password | None = None, *, reads: bool) -> Engine:
    """An engine for PostgreSQL; `options` are `create_engine`'s. Raises as `refuse_wrong` does."""
    refuse_wrong(options, asks_password=password is not None, reads=reads)
    made = create_engine(_BARE, **_defaults(database, options))
    _prepare(made, database, password, reads=reads)
    return made


def async_engine(
    database: Database, options: dict[str, Any], password: Password | None = None, *, reads: bool
) -> AsyncEngine:
    """As `engine`, for asyncio."""
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415  (costs every other start the import)

    refuse_wrong(options, asks_password=password is not None, reads=reads)
    made = create_async_engine(_BARE, **_defaults(database, options))
    _prepare(made.sync_engine, database, _awaited(password) if password else None, reads=reads)
    return made


def _defaults(database: Database, options: dict[str, Any]) -> dict[str, Any]:
    """The caller's options, with what they do not say."""
    pool = {} if database.pool_size is None else {"pool_size": database.pool_size, "max_overflow": 0}
    if options.get("poolclass") or options.get("pool") or "pool_size" in options:
        pool = {}  # theirs may have no size
    return {"pool_pre_ping": True, **pool, **options}


def _prepare(engine: Engine, database: Database, password: Password | None, *, reads: bool) -> None:
    engine.dialect.database = database  # type: ignore[attr-defined]
    engine.dialect.reads = reads  # type: ignore[attr-defined]
    event.listen(engine, "do_connect", _connector(database, password, reads=reads))
    forking.guard(engine, socket=True)
    if database.statement_timeout_seconds is not None:
        event.listen(engine, "begin", _limiter(database.statement_timeout_seconds))


def _connector(database: Database, password: Password | None, *, reads: bool) -> Any:
    """A listener for SQLAlchemy's `do_connect`, which opens connections with the raw URL."""

    def connect(dialect: Any, record: Any, cargs: Any, cparams: dict[str, Any]) -> Any:  # noqa: ARG001
        made = postgresql_connection.connect(database, dialect.loaded_dbapi.connect, cparams, password)
        encoding = made.info.parameter_status("server_encoding")
        if encoding not in _ENCODINGS:
            made.close()
            raise unfit.encoding(database, encoding)
        if reads:
            dialect.set_readonly(made, True)  # noqa: FBT003  (SQLAlchemy's signature)
        return made

    return connect


def _awaited(password: Password) -> Password:
    """The same, also where it gives something to await."""

    def ask() -> Any:
        from sqlalchemy.util import await_only  # noqa: PLC0415  (only where there is such a callable)

        given = password()
        return await_only(_masked(given)) if isawaitable(given) else given

    return ask


async def _masked(asked: Awaitable[Any]) -> Any:
    """What is awaited; SQLAlchemy keeps that in a variable of a frame that a traceback shows."""
    given = await asked
    return Secret(given) if isinstance(given, str) else given


def _limiter(seconds: int) -> Callable[[Connection], None]:
    """A listener for `begin`: a pooler may hand each transaction to another session, so each says it anew."""
    statement = f"SET LOCAL statement_timeout = {seconds * 1000}"

    def limit(connection: Connection) -> None:
        if not _in_autocommit(connection):
            connection.exec_driver_sql(statement)

    return limit


def _in_autocommit(connection: Connection) -> bool:
    return bool(connection.connection.dbapi_connection.autocommit)  # type: ignore[union-attr]


def inspect(engine: Engine, ask: Callable[[Query], T]) -> T:
    """What `ask` finds out in one state of the database, whoever migrates meanwhile, and of its current schema.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be read.

    """
    with engine.connect() as connection, asking(connection) as query:
        query(f"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {ONLY_CURRENT_SCHEMA}")
        return ask(query)


def ask_at_start(engine: Engine) -> None:
    """Let the engine's first connection ask what `at_head` wants to know."""
    engine.dialect.question = AT_START  # type: ignore[attr-defined]


def at_head(connection: Connection, *, reads: bool) -> bool:
    """Whether nothing is pending, by one read. `reads`: the host means only to read.

    Raises:
        MigrationFailedError, DatabaseAuthenticationError: nothing is pending, but a host could not write.
        sqlalchemy.exc.DBAPIError: the database cannot be read.

    """
    rows = _at_start(connection)
    if not is_head([head for _, _, _, _, _, _, *head in rows]):
        return False
    _, _, read_only, standby, user, may_write, *_ = rows[0]
    database: Database = connection.dialect.database  # type: ignore[attr-defined]
    if standby and not reads:
        raise unfit.standby(database)
    if read_only and not reads:
        raise unfit.read_only(database)
    if may_write is False and not reads:
        raise unfit.may_not_write(user, [WRITTEN])
    return True


def _at_start(connection: Connection) -> Sequence[Sequence[Any]]:
    """What `AT_START` asks, unless the connection's engine has just heard it; nothing where a table is missing."""
    dialect: Any = connection.dialect
    rows: Sequence[Sequence[Any]] | None
    rows, dialect.answer = dialect.answer, None
    if rows is not None:
        return rows
    try:
        # Without a transaction: its BEGIN would be a round trip of its own.
        with asking(connection) as query:
            return query(AT_START)
    except ProgrammingError:
        return ()
