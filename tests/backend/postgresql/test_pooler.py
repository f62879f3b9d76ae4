"""Hosts whose connections go through a transaction pooler."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

import psycopg
import pytest
from sqlalchemy import text

from codemation import boot, boot_async
from codemation.backend.engine import provision, provision_async
from codemation.backend.errors import BackendError, DatabaseNotReadyError
from codemation.backend.migrations import migrate
from tests.backend.commands import Codemation
from tests.backend.engines import on_server, opened, own
from tests.backend.link import Link, linked
from tests.backend.pgbouncer import pooling, through
from tests.conftest import Fresh
from tests.postgresql_server import Server
from tests.torture import FACTOR

pytestmark = pytest.mark.postgresql

PROCESSES = 6 if FACTOR == 1 else 32
QUERIES = 40 if FACTOR == 1 else 100

HOST = """
import asyncio, sys
import codemation
from sqlalchemy import text
url, queries, way = sys.argv[1], int(sys.argv[2]), sys.argv[3]
statement = text("SELECT :x + 1, :y || 'b'")
if way == "sync":
    with codemation.boot("/", env={"DATABASE_URL": url}) as host:
        for x in range(queries):
            with host.engine.begin() as connection:
                assert connection.execute(statement, {"x": x, "y": "a"}).one() == (x + 1, "ab")
else:
    async def main():
        async with codemation.boot_async("/", env={"DATABASE_URL": url}) as host:
            for x in range(queries):
                async with host.engine.begin() as connection:
                    assert (await connection.execute(statement, {"x": x, "y": "a"})).one() == (x + 1, "ab")
    asyncio.run(main())
"""


@pytest.fixture
def pool(postgresql_server: Server, postgresql: Fresh) -> Iterator[str]:
    with pooling(postgresql_server) as port:
        yield through(port, postgresql.name)


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_many_hosts_share_few_connections(pool: str, way: str) -> None:
    command = [sys.executable, "-c", HOST, pool, str(QUERIES), way]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    hosts = [
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd="/") for _ in range(PROCESSES)
    ]
    said = [host.communicate(timeout=300)[1] for host in hosts]
    assert [(host.returncode, text[-2000:]) for host, text in zip(hosts, said, strict=True)] == [(0, "")] * PROCESSES


def test_two_engines_take_turns(pool: str) -> None:
    engines = [provision(on_server(pool)), provision(on_server(pool))]
    for number in range(12):
        for engine in engines:
            with engine.begin() as connection:
                assert connection.execute(text("SELECT 1 + :x"), {"x": number}).scalar() == number + 1
    for engine in engines:
        engine.dispose()


def test_who_asks_for_prepared_statements_gets_them(postgresql: Fresh) -> None:
    given = {"prepare_threshold": 0}
    with opened(on_server(postgresql.url), connect_args=given) as engine, engine.begin() as connection:
        connection.execute(text("SELECT 1 + :x"), {"x": 1})
        assert connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar()


def test_migrations_go_through_it(pool: str) -> None:
    with opened(on_server(pool)) as engine:
        migrate.upgrade(engine)
        migrate.downgrade(engine, migrate.BASE)
        migrate.upgrade(engine)
        migrate.verify(engine)


def test_a_role_that_writes_dates_its_own_way(postgresql_server: Server, postgresql: Fresh) -> None:
    """What one client's session says is not another's."""
    with psycopg.connect(postgresql.url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {postgresql.name} SET datestyle = 'German'".encode())
    with pooling(postgresql_server, size=1) as port:
        url = through(port, postgresql.name)
        with psycopg.connect(url, autocommit=True) as other, boot("/", env={"DATABASE_URL": url}) as host:
            for _ in range(3):
                assert other.execute("SHOW datestyle").fetchone() == ("German, DMY",)
                with host.engine.begin() as connection:
                    assert connection.execute(text("SHOW datestyle")).scalar() == "ISO, DMY"
                    assert connection.execute(text("SELECT now()")).scalar()


def test_a_parameter_that_the_pooler_does_not_take(pool: str) -> None:
    with (
        pytest.raises(BackendError) as caught,
        boot("/", env={"DATABASE_URL": f"{pool}?options=-cgeqo%3Doff"}),
    ):
        pass
    assert caught.value.code == "CM501"
    assert "ignore_startup_parameters" in caught.value.help
    assert "host and port" not in caught.value.help


def test_a_pooler_without_its_server(postgresql_server: Server) -> None:
    nowhere = Server(postgresql_server.url, postgresql_server.folder, 1)
    with (
        pooling(nowhere, server_login_retry="1", query_wait_timeout="2") as port,
        pytest.raises(BackendError) as caught,
        opened(on_server(through(port, "postgres"))) as engine,
    ):
        engine.connect()
    assert caught.value.code == "CM501"
    assert "pooler" in caught.value.message


@contextmanager
def with_its_server_away(server: Server, database: str, *, retry: str) -> Iterator[tuple[str, Link]]:
    """A URL through a pooler that accepts clients, as it has been told who they are, but whose server is away."""
    _, port = own(server)
    with (
        linked(port) as link,
        pooling(Server(server.url, server.folder, link.port), size=1, server_login_retry=retry) as pooler,
    ):
        url = through(pooler, database)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT 1")
            link.again(1)
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT 1")
        yield f"{url}?connect_timeout=2", link


@pytest.mark.parametrize("command", [("db", "status"), ("db", "migrate"), ("db", "history"), ("doctor",)])
def test_a_command_does_not_wait_with_the_pooler(
    postgresql_server: Server,
    postgresql: Fresh,
    codemation: Codemation,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    """PgBouncer itself would let it wait for two minutes."""
    with with_its_server_away(postgresql_server, postgresql.name, retry="60") as (url, _):
        monkeypatch.setenv("DATABASE_URL", url)
        began = time.monotonic()
        ran = codemation(*command)
        assert time.monotonic() - began < 20
    assert ran.code == 3
    assert "CM501" in ran.said
    assert "does not answer within 2 s" in ran.said
    assert "pooler's log" in ran.said


@pytest.mark.parametrize("way", ["sync", "asyncio"])
def test_a_boot_does_not_wait_with_the_pooler(postgresql_server: Server, postgresql: Fresh, way: str) -> None:
    async def booted_async() -> None:
        async with boot_async("/", env={"DATABASE_URL": url}):
            pass

    def booted() -> None:
        with boot("/", env={"DATABASE_URL": url}):
            pass

    with with_its_server_away(postgresql_server, postgresql.name, retry="60") as (url, _):
        began = time.monotonic()
        with pytest.raises(DatabaseNotReadyError, match="does not answer within 2 s"):
            booted() if way == "sync" else asyncio.run(booted_async())
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("command", [("db", "migrate", "--wait", "60"), ("doctor", "--wait", "60")])
def test_waiting_takes_an_answer_of_the_server(
    postgresql_server: Server,
    postgresql: Fresh,
    codemation: Codemation,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    """That the pooler accepts a client is none."""
    with with_its_server_away(postgresql_server, postgresql.name, retry="1") as (url, link):
        monkeypatch.setenv("DATABASE_URL", url)
        back = Timer(3, link.again, [None])
        back.start()
        ran = codemation(*command)
        back.join()
    assert "waiting, for 60 s at most" in ran.err
    assert ran.code == 0


def test_asyncio_in_many_tasks(pool: str) -> None:
    async def run() -> list[int]:
        engine = provision_async(on_server(pool))

        async def one(x: int) -> int:
            async with engine.begin() as connection:
                return int(await connection.scalar(text("SELECT 1 + :x"), {"x": x}) or 0)

        try:
            return await asyncio.gather(*map(one, range(30)))
        finally:
            await engine.dispose()

    assert asyncio.run(run()) == list(range(1, 31))
