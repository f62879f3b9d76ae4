"""SQLite through SQLAlchemy, for asyncio."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import aiosqlite
from sqlalchemy import URL
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from codemation.backend.sqlite.connection import Opening
from codemation.backend.sqlite.engine import Begins, merged, prepare
from codemation.backend.sqlite.inspection import BUSY_SECONDS


def engine(path: str, factory: type[Opening], options: dict[str, Any]) -> AsyncEngine:
    """An engine for the file `path`; `options` are `create_async_engine`'s."""
    given = merged(options, factory)
    given["connect_args"]["async_creator_fn"] = _connect_async
    made = create_async_engine(URL.create("sqlite+codemation_async", database=path), **given)
    prepare(made.sync_engine, path, given)
    return made


async def _connect_async(*args: Any, **options: Any) -> Any:
    """Open in a thread, then hand over: where aiosqlite itself fails to, its own thread may outlive the event loop."""
    opened = await asyncio.to_thread(sqlite3.connect, *args, **options)
    connection = aiosqlite.Connection(lambda: opened, iter_chunk_size=64)
    # As SQLAlchemy does: a program that forgets to close it can end.
    connection._thread.daemon = True  # noqa: SLF001
    return await connection


class AsyncDialect(Begins, SQLiteDialect_aiosqlite):
    """SQLAlchemy's dialect for asyncio, but for how it begins. `busy_seconds`: as `sqlite.Dialect`'s."""

    busy_seconds: float = BUSY_SECONDS
    supports_statement_cache = True


registry.register("sqlite.codemation_async", __name__, "AsyncDialect")
