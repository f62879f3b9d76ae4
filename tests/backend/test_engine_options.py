"""SQLite: a caller's options, and asyncio."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from codemation.backend.engine import kind_of_database, provision, provision_async
from codemation.backend.errors import (
    DatabaseLockedError,
    SqliteNotWritableError,
)
from codemation.backend.sqlite.engine import READONLY
from tests.backend.engines import make_ours, mode, on_file, opened


@pytest.mark.parametrize("name", ["factory", "uri", "isolation_level", "autocommit"])
def test_connect_args_cannot_undo_it(file: Path, name: str) -> None:
    with pytest.raises(TypeError, match=name):
        provision(on_file(file), engine_options={"connect_args": {name: None}})


def test_engine_options_reach_the_engine(file: Path) -> None:
    given = {"detect_types": sqlite3.PARSE_DECLTYPES}
    with opened(
        on_file(file), poolclass=NullPool, echo=False, execution_options={"x": 1}, connect_args=given
    ) as engine:
        assert isinstance(engine.pool, NullPool)
        with engine.connect() as connection:
            assert connection.get_execution_options()["x"] == 1
    assert given == {"detect_types": sqlite3.PARSE_DECLTYPES}
    with opened(on_file(file), pool_size=3) as engine:
        assert engine.pool.size() == 3  # type: ignore[attr-defined]


def test_async_sqlite(file: Path, tmp_path: Path) -> None:
    async def run() -> None:
        engine = provision_async(on_file(file))
        try:
            async with engine.begin() as connection:
                assert await connection.run_sync(kind_of_database) == "empty"
                await connection.run_sync(make_ours)
            async with engine.connect() as connection:
                await connection.execute(text("CREATE TABLE gone (a)"))
                await connection.rollback()
                assert await connection.run_sync(kind_of_database) == "ours"
                gone = text("SELECT count(*) FROM sqlite_master WHERE name = 'gone'")
                assert await connection.scalar(gone) == 0
                for pragma, value in (("journal_mode", "wal"), ("foreign_keys", 1), ("auto_vacuum", 2)):
                    assert await connection.scalar(text(f"PRAGMA {pragma}")) == value
                await connection.rollback()
                async with engine.connect() as connected:
                    reader = await connected.execution_options(**{READONLY: True})
                    async with engine.begin() as writer:
                        await writer.execute(text("UPDATE codemation_revision_log SET duration_ms = 7"))
                        assert await reader.scalar(text("SELECT duration_ms FROM codemation_revision_log")) == 1
        finally:
            await engine.dispose()
        assert mode(file) == 0o600
        broken = provision_async(on_file(tmp_path))
        with pytest.raises(SqliteNotWritableError) as caught:
            async with broken.connect():
                pass
        assert caught.value.__context__ is None
        await broken.dispose()

    asyncio.run(run())


def test_waiting_for_sqlite_does_not_block_the_event_loop(ours: Path) -> None:
    async def run() -> int:
        engine = provision_async(on_file(ours), engine_options={"connect_args": {"timeout": 0.5}})
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.create_task(tick())
        with pytest.raises(DatabaseLockedError):
            async with engine.connect():
                pass
        ticking.cancel()
        await engine.dispose()
        return ticks

    with closing(sqlite3.connect(ours, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert asyncio.run(run()) > 5
