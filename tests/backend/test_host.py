"""Boots against the real thing: SQLite files, and a PostgreSQL server."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from sqlalchemy import Engine, String, column, event, func, select, table
from sqlalchemy.pool import NullPool

import codemation
from codemation.backend.engine import provision
from codemation.backend.errors import DatabaseUnreachableError, SqliteNotWritableError
from codemation.backend.migrations.errors import ForeignDatabaseError, HistoryAlteredError, MigrationsPendingError
from codemation.backend.migrations.history_queries import ADVISORY_KEY
from codemation.backend.migrations.migrate import status
from codemation.backend.migrations.revisions import HEAD, LOG_TABLE, VERSION_TABLE
from codemation.cli import main
from codemation.settings.host_variables import SKIP_STARTUP_MIGRATIONS
from tests.conftest import Fresh

SKIP = SKIP_STARTUP_MIGRATIONS.name


class Project(NamedTuple):
    """A project root, and the environment that names its database."""

    root: Path
    env: dict[str, str]

    def skipping(self, text: str = "true") -> dict[str, str]:
        return {**self.env, SKIP: text}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    if request.param == "sqlite":
        yield Project(tmp_path, {})
    else:
        fresh: Fresh = request.getfixturevalue("postgresql")
        yield Project(tmp_path, {"DATABASE_URL": fresh.url})


def drop_by_hand(project: Project, table: str) -> None:
    """As somebody without codemation, which lets nobody write to such a database."""
    if url := project.env.get("DATABASE_URL"):
        with psycopg.connect(url) as server:
            server.execute(f"DROP TABLE {table}".encode())
        return
    with closing(sqlite3.connect(project.root / ".codemation" / "codemation.sqlite")) as file:
        file.execute(f"DROP TABLE {table}")


def audited(root: Path, env: dict[str, str]) -> int:
    """Boots, and counts a table's rows."""
    with codemation.boot(root, env=env) as host, host.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(codemation.tables.audit_events)).scalar_one()


def test_a_boot_migrates_and_the_next_one_has_nothing_to_do(project: Project) -> None:
    with codemation.boot(project.root, env=project.env) as host:
        assert host.runtime == codemation.load(project.root, env=project.env)
        assert status(host.engine).up_to_date
        assert repr(host).startswith("Host(")
    assert audited(project.root, project.env) == 0
    assert audited(project.root, project.skipping()) == 0


def test_a_boot_in_asyncio_does_the_same(project: Project) -> None:
    async def booted(env: dict[str, str]) -> str:
        async with codemation.boot_async(project.root, env=env) as host, host.engine.connect() as connection:
            assert host.runtime == codemation.load(project.root, env=env)
            found = await connection.execute(select(column("version_num", String)).select_from(table(VERSION_TABLE)))
            return str(found.scalar_one())

    with pytest.raises(MigrationsPendingError):
        asyncio.run(booted(project.skipping()))
    assert asyncio.run(booted(project.env)) == HEAD
    assert asyncio.run(booted(project.skipping())) == HEAD


def test_many_boot_at_once_in_asyncio(project: Project) -> None:
    async def one() -> None:
        async with codemation.boot_async(project.root, env=project.env):
            pass

    async def all_of_them() -> None:
        await asyncio.gather(*(one() for _ in range(8)))

    asyncio.run(all_of_them())
    assert audited(project.root, project.skipping()) == 0


@pytest.mark.postgresql
def test_a_boot_that_is_cancelled_waits_for_nobody(postgresql: Fresh, tmp_path: Path) -> None:
    async def cancelled() -> None:
        async def booted() -> None:
            async with codemation.boot_async(tmp_path, env={"DATABASE_URL": postgresql.url}):
                pytest.fail("it booted")

        task = asyncio.create_task(booted())
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with closing(psycopg.connect(postgresql.url)) as holder:
        holder.execute(f"SELECT pg_advisory_xact_lock({ADVISORY_KEY})".encode())
        began = time.monotonic()
        asyncio.run(cancelled())
        assert time.monotonic() - began < 30, "it does not wait for the migrator's whole patience"
        tables = holder.execute("SELECT count(*) FROM pg_class WHERE relname = 'runs'").fetchone()
    assert tables == (0,)


@pytest.mark.parametrize("text", ["true", "1", "YES", " On "])
def test_skipping_verifies_and_migrates_nothing(text: str, project: Project) -> None:
    with (
        pytest.raises(MigrationsPendingError, match="CM505"),
        codemation.boot(project.root, env=project.skipping(text)),
    ):
        pytest.fail("it booted")
    with pytest.raises(MigrationsPendingError):
        audited(project.root, project.skipping())


@pytest.mark.parametrize("text", ["false", "0", "No", "OFF", "  "])
def test_not_skipping_migrates(text: str, tmp_path: Path) -> None:
    assert audited(tmp_path, {SKIP: text}) == 0


def test_neither_is_a_wrong_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(codemation.ConfigError) as caught, codemation.boot(tmp_path, env={SKIP: "maybe"}):
        pytest.fail("it booted")
    (found,) = caught.value.diagnostics
    assert (found.code, found.severity, found.key) == ("CM201", "error", SKIP)
    assert not list(tmp_path.iterdir())
    assert main(["check", "--root", str(tmp_path), "--no-env", "--env", f"{SKIP}=maybe"]) == 1
    assert f'`{SKIP}` is "maybe", which is neither true nor false' in " ".join(capsys.readouterr().out.split())


def test_the_variable_may_stand_in_an_env_file(tmp_path: Path) -> None:
    env_file = tmp_path / "skip.env"
    env_file.write_text(f"{SKIP}=yes\n")
    with pytest.raises(MigrationsPendingError), codemation.boot(tmp_path, env={}, env_files=[env_file]):
        pytest.fail("it booted")


def test_a_wrong_configuration_opens_nothing(tmp_path: Path) -> None:
    async def booted() -> None:
        async with codemation.boot_async(tmp_path, env={"CODEMATION_DATABASE_KIND": "mysql"}):
            pytest.fail("it booted")

    with pytest.raises(codemation.ConfigError):
        asyncio.run(booted())
    assert not list(tmp_path.iterdir())


def test_it_disposes_of_the_engine_also_on_an_error(project: Project) -> None:
    disposed: list[Engine] = []

    def fail_within() -> None:
        with codemation.boot(project.root, env=project.env) as host, host.engine.connect():
            event.listen(host.engine, "engine_disposed", disposed.append)
            message = "the host's own"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="the host's own"):
        fail_within()
    assert len(disposed) == 1


def test_engine_options_are_the_engines(tmp_path: Path) -> None:
    with codemation.boot(
        tmp_path, env={}, engine_options={"poolclass": NullPool, "connect_args": {"timeout": 3.0}}
    ) as host:
        assert isinstance(host.engine.pool, NullPool)
        with host.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 3000


def test_somebody_elses_database_is_refused(project: Project) -> None:
    with codemation.boot(project.root, env=project.env) as host, host.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {VERSION_TABLE}")
    with pytest.raises(HistoryAlteredError):
        audited(project.root, project.env)
    engine = provision(codemation.load(project.root, env=project.env), adopt=True)
    with pytest.raises(HistoryAlteredError):
        status(engine)
    engine.dispose()
    drop_by_hand(project, LOG_TABLE)
    with pytest.raises(ForeignDatabaseError):
        audited(project.root, project.env)


def test_what_fails_is_typed_and_shows_no_password(tmp_path: Path) -> None:
    (tmp_path / "codemation.sqlite").write_text("no database at all, " * 200)
    with pytest.raises(SqliteNotWritableError):
        audited(tmp_path, {"CODEMATION_SQLITE_FILE_PATH": "codemation.sqlite"})
    url = "postgresql://app:canary@127.0.0.1:1/app"
    with pytest.raises(codemation.BackendError) as caught:
        audited(tmp_path, {"DATABASE_URL": url})
    assert isinstance(caught.value, DatabaseUnreachableError)
    assert "canary" not in f"{caught.value!r} {caught.value}"


AT_HEAD = """
import asyncio, sys, codemation
if {asynchronous}:
    async def booted():
        async with codemation.boot_async({root!r}, env={env!r}) as host:
            pass
    asyncio.run(booted())
else:
    with codemation.boot({root!r}, env={env!r}) as host:
        pass
print(sorted(name for name in sys.modules if name.partition('.')[0] in ('alembic', 'mako', {other!r})))
"""


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("skipping", [False, True])
def test_with_nothing_pending_neither_alembic_nor_the_other_driver_is_imported(
    *, asynchronous: bool, skipping: bool, project: Project
) -> None:
    audited(project.root, project.env)
    env = project.skipping() if skipping else project.env
    other = "sqlite3" if "DATABASE_URL" in env else "psycopg"
    code = AT_HEAD.format(asynchronous=asynchronous, root=str(project.root), env=env, other=other)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.postgresql
def test_with_nothing_pending_the_check_is_the_last_query(postgresql: Fresh, tmp_path: Path) -> None:
    env = {"DATABASE_URL": postgresql.url}
    audited(tmp_path, env)
    with codemation.boot(tmp_path, env=env), closing(psycopg.connect(postgresql.url)) as observer:
        queries = observer.execute(
            "SELECT query FROM pg_stat_activity WHERE application_name = 'codemation' AND datname = current_database()"
            " ORDER BY backend_start DESC LIMIT 1"  # another's end may take a while
        ).fetchall()
    ((query,),) = queries
    assert VERSION_TABLE in query
