"""Looking at a database: what it says, without changing anything. The driver is imported when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from codemation.backend.migrations.history_check import NOTHING, RecordedHistory
from codemation.backend.migrations.history_queries import Query, read_history
from codemation.runtime.form import Database

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")


def inspect(database: Database, ask: Callable[[Query], T]) -> T | None:
    """What `ask` finds out in one state of the database, without SQLAlchemy; `None` where there is no SQLite file.

    Raises:
        BackendError: it cannot be reached or read.

    """
    if database.kind == "sqlite":
        from codemation.backend.sqlite import inspection as sqlite_inspection  # noqa: PLC0415

        return sqlite_inspection.inspect(database.sqlite_file_path or "", ask)
    from codemation.backend.postgresql import connection as postgresql_connection  # noqa: PLC0415

    return postgresql_connection.inspect(database, ask)


def history_in(database: Database) -> RecordedHistory:
    """Everything that says where the database is; raises as `inspect` does."""
    return inspect(database, lambda query: read_history(query, database.kind)) or NOTHING


def inspect_through(engine: Engine, ask: Callable[[Query], T]) -> T | None:
    """As `inspect`, with a host's engine. SQLite's file is looked at apart from it: opening it could change it.

    Raises:
        BackendError: SQLite's file cannot be read.
        sqlalchemy.exc.DBAPIError: the PostgreSQL database cannot be read.

    """
    if engine.dialect.name == "sqlite":
        from codemation.backend.sqlite import engine as sqlite_engine  # noqa: PLC0415

        return sqlite_engine.inspect(engine, ask)
    from codemation.backend.postgresql import engine as postgresql_engine  # noqa: PLC0415

    return postgresql_engine.inspect(engine, ask)


def history_through(engine: Engine) -> RecordedHistory:
    """Everything that says where the database is; raises as `inspect_through` does."""
    return inspect_through(engine, lambda query: read_history(query, engine.dialect.name)) or NOTHING


def at_head(engine: Engine) -> bool:
    """Whether nothing is pending, by one read; raises as `inspect_through` does."""
    if engine.dialect.name == "sqlite":
        from codemation.backend.sqlite import engine as sqlite_engine  # noqa: PLC0415
        from codemation.backend.sqlite import inspection as sqlite_inspection  # noqa: PLC0415

        return bool(sqlite_engine.inspect(engine, sqlite_inspection.at_head))
    from codemation.backend.postgresql import engine as postgresql_engine  # noqa: PLC0415

    with engine.connect() as connection:
        return postgresql_engine.at_head(connection)


async def at_head_async(engine: AsyncEngine) -> bool:
    """As `at_head`, for asyncio."""
    if engine.dialect.name == "sqlite":
        import asyncio  # noqa: PLC0415  (25 ms, and the commands that look do without)

        return await asyncio.to_thread(at_head, engine.sync_engine)
    from codemation.backend.postgresql import engine as postgresql_engine  # noqa: PLC0415

    async with engine.connect() as connection:
        return await connection.run_sync(postgresql_engine.at_head)
