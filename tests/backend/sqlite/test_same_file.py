"""A SQLite file that goes away under a running host."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.pool import NullPool

import codemation
from codemation.backend.engine import provision, provision_async
from codemation.backend.errors import SqliteNotWritableError
from codemation.backend.migrations import migrate
from tests.backend.engines import on_file, opened

WRITE = text("UPDATE codemation_revision_log SET duration_ms = 1")


@pytest.fixture
def at_head(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "db.sqlite"
    with opened(on_file(path)) as engine:
        migrate.upgrade(engine)
    return path


def deleted(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    shutil.copy(path, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def with_its_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (deleted, "was deleted"),
        (replaced, "was replaced by another"),
        (emptied, "was emptied"),
        (with_its_folder, "was deleted"),
    ],
)
@pytest.mark.parametrize("pooled", [True, False])
def test_what_goes_away_is_told(at_head: Path, happens: object, said: str, pooled: bool) -> None:  # noqa: FBT001
    engine = provision(on_file(at_head), engine_options={} if pooled else {"poolclass": NullPool})
    with engine.begin() as connection:
        connection.execute(WRITE)
    assert callable(happens)
    happens(at_head)
    for _ in range(2):
        with pytest.raises(SqliteNotWritableError, match=said), engine.begin() as connection:
            connection.execute(WRITE)
    assert at_head.exists() is (happens in {replaced, emptied})
    engine.dispose()


def test_who_disposes_of_an_engine_begins_anew(at_head: Path) -> None:
    engine = provision(on_file(at_head))
    with engine.connect():
        pass
    engine.dispose()
    replaced(at_head)
    with engine.begin() as connection:
        connection.execute(WRITE)
    engine.dispose()


def test_in_asyncio(at_head: Path) -> None:
    async def run() -> None:
        engine = provision_async(on_file(at_head))
        async with engine.begin() as connection:
            await connection.execute(WRITE)
        deleted(at_head)
        with pytest.raises(SqliteNotWritableError, match="was deleted"):
            async with engine.begin() as connection:
                await connection.execute(WRITE)
        await engine.dispose()

    asyncio.run(run())


def test_what_goes_away_between_a_boot_and_the_first_query(tmp_path: Path) -> None:
    """Also where the boot has just made it; else a new file would be made in its place, without a table."""
    path = tmp_path / "db.sqlite"
    env = {"CODEMATION_SQLITE_FILE_PATH": str(path)}

    async def attempt() -> None:
        async with codemation.boot_async(tmp_path, env=env) as host:
            path.unlink()
            with pytest.raises(SqliteNotWritableError, match="was deleted"):
                async with host.engine.connect():
                    pass

    for _ in range(2):
        asyncio.run(attempt())
        assert not path.exists()
        with codemation.boot(tmp_path, env=env) as host:
            path.unlink()
            with pytest.raises(SqliteNotWritableError, match="was deleted"), host.engine.connect():
                pass
        assert not path.exists()
        with codemation.boot(tmp_path, env=env):
            pass


def test_a_connection_that_is_held(at_head: Path) -> None:
    """What is written then is not committed; the connection can be used until the next commit."""
    with opened(on_file(at_head)) as engine, engine.connect() as connection:
        connection.execute(WRITE)
        connection.commit()
        connection.execute(WRITE)
        at_head.unlink()
        for _ in range(2):
            with pytest.raises(SqliteNotWritableError, match="was deleted"):
                connection.commit()
            connection.rollback()
            connection.execute(WRITE)
        connection.rollback()


def test_a_connection_that_is_held_by_asyncio(at_head: Path) -> None:
    async def attempt() -> None:
        engine = provision_async(on_file(at_head))
        async with engine.connect() as connection:
            await connection.execute(WRITE)
            deleted(at_head)
            with pytest.raises(SqliteNotWritableError, match="was deleted"):
                await connection.commit()
            await connection.rollback()
        await engine.dispose()

    asyncio.run(attempt())
