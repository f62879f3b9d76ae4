"""Looking at a database: what it says, without changing anything. The driver is imported when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from codemation.backend.errors import BackendError
from codemation.backend.migrations.errors import unknown
from codemation.backend.migrations.history_check import NOTHING, RecordedHistory, Status, checked
from codemation.backend.migrations.history_queries import Query, read_history
from codemation.backend.migrations.revisions import Revision
from codemation.backend.scrubbing import scrubbed
from codemation.runtime.form import Database

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

_DRIVERS: Final = {"psycopg", "sqlite3"}


def inspect(database: Database, ask: Callable[[Query], T]) -> T | None:
    """What `ask` finds out in one state of the database, without SQLAlchemy; `None` where there is no SQLite file.

    Raises:
        BackendError: it cannot be reached or read; also what nobody knows the meaning of (CM508).

    """
    failure: BackendError
    try:
        return _inspect(database, ask)
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _DRIVERS:
            raise
        primary = getattr(getattr(error, "diag", None), "message_primary", None)
        failure = unknown(scrubbed(primary or str(error), database.url or ""))
    # Out here, so that it does not even carry the original as its context.
    raise failure


def _inspect(database: Database, ask: Callable[[Query], T]) -> T | None:
    if database.kind == "sqlite":
        from codemation.backend.sqlite import inspection as sqlite_inspection  # noqa: PLC0415  (sqlite3)

        return sqlite_inspection.inspect(database.sqlite_file_path or "", ask)
    from codemation.backend.postgresql import connection as postgresql_connection  # noqa: PLC0415  (psycopg)

    return postgresql_connection.inspect(database, ask)


def reach(database: Database) -> None:
    """Connect to PostgreSQL and get one answer: a pooler accepts clients also while its server is away.

    Raises:
        BackendError: it cannot be reached.

    """
    from codemation.backend.postgresql import connection as postgresql_connection  # noqa: PLC0415  (psycopg)

    postgresql_connection.reach(database)


def history_in(database: Database) -> RecordedHistory:
    """Everything that says where the database is; raises as `inspect` does."""
    return inspect(database, lambda query: read_history(query, database.kind)) or NOTHING


def status_of_ours(database: Database, known: Sequence[Revision]) -> Status | None:
    """Where the database is, without SQLAlchemy; `None` where there is no history of ours, whatever else there is.

    Raises:
        DatabaseNewerError, HistoryAlteredError: its history is not this program's.
        BackendError: as `inspect`.

    """
    found = history_in(database)
    return checked(found, known) if found.ours else None


def inspect_through(engine: Engine, ask: Callable[[Query], T]) -> T | None:
    """As `inspect`, with a host's engine. SQLite's file is looked at apart from it: opening it could change it.

    Raises:
        BackendError: SQLite's file cannot be read.
        sqlalchemy.exc.DBAPIError: the PostgreSQL database cannot be read.

    """
    if engine.dialect.name == "sqlite":
        from codemation.backend.sqlite import engine as sqlite_engine  # noqa: PLC0415  (sqlite3)

        return sqlite_engine.inspect(engine, ask)
    from codemation.backend.postgresql import engine as postgresql_engine  # noqa: PLC0415  (psycopg)

    return postgresql_engine.inspect(engine, ask)


def history_through(engine: Engine) -> RecordedHistory:
    """Everything that says where the database is; raises as `inspect_through` does."""
    return inspect_through(engine, lambda query: read_history(query, engine.dialect.name)) or NOTHING


def at_head(engine: Engine, *, reads: bool = False) -> bool:
    """Whether nothing is pending, by one read, and a host can begin. `reads`: it means only to read.

    Raises:
        BackendError: nothing is pending, but nothing could be written either; or as `inspect_through`.
        sqlalchemy.exc.DBAPIError: as `inspect_through`.

    """
    if engine.dialect.name == "sqlite":
        from codemation.backend.sqlite import engine as sqlite_engine  # noqa: PLC0415  (sqlite3)
        from codemation.backend.sqlite import inspection as sqlite_inspection  # noqa: PLC0415  (sqlite3)

        found = bool(sqlite_engine.inspect(engine, sqlite_inspection.at_head))
        if found and not reads:
            with engine.connect() as connection:
                sqlite_engine.try_to_write(connection)
        return found
    from codemation.backend.postgresql import engine as postgresql_engine  # noqa: PLC0415  (psycopg)

    postgresql_engine.ask_at_start(engine)
    with engine.connect() as connection:
        return postgresql_engine.at_head(connection, reads=reads)


async def at_head_async(engine: AsyncEngine, *, reads: bool = False) -> bool:
    """As `at_head`, for asyncio."""
    if engine.dialect.name == "sqlite":
        import asyncio  # noqa: PLC0415  (25 ms, and the commands that look do without)

        from codemation.backend.sqlite import engine as sqlite_engine  # noqa: PLC0415  (sqlite3)
        from codemation.backend.sqlite import inspection as sqlite_inspection  # noqa: PLC0415  (sqlite3)

        found = await asyncio.to_thread(sqlite_engine.inspect, engine.sync_engine, sqlite_inspection.at_head)
        if found and not reads:
            async with engine.connect() as connection:
                await connection.run_sync(sqlite_engine.try_to_write)
        return bool(found)
    from codemation.backend.postgresql import engine as postgresql_engine  # noqa: PLC0415  (psycopg)

    postgresql_engine.ask_at_start(engine.sync_engine)
    async with engine.connect() as connection:
        return await connection.run_sync(postgresql_engine.at_head, reads=reads)
