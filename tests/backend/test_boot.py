"""A boot tells before the first request: what cannot be reached yet, cannot be written, or is not fit."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import psycopg
import pytest
from sqlalchemy import exc, text

import codemation
from codemation.backend.engine import provision, provision_async
from codemation.backend.errors import (
    BackendError,
    DatabaseAuthenticationError,
    DatabaseLockedError,
    DatabaseNotReadyError,
    SqliteNotWritableError,
)
from codemation.backend.migrations import migrate
from codemation.backend.migrations.errors import MigrationFailedError, MigrationsPendingError
from tests.backend.commands import Codemation, Project
from tests.backend.doctor.places import standby
from tests.backend.engines import on_file, on_server, opened, own, unprivileged
from tests.backend.link import linked
from tests.conftest import Fresh
from tests.postgresql_server import SCRAM_PASSWORD, Server


def on_postgresql(fresh: Fresh, *, migrated: bool = True) -> dict[str, str]:
    """The environment of a host of that database."""
    if migrated:
        with opened(on_server(fresh.url)) as engine:
            migrate.upgrade(engine)
    return {"DATABASE_URL": fresh.url}


def at_sqlite(path: Path) -> dict[str, str]:
    """The environment of a host of that file, which is at head."""
    with opened(on_file(path)) as engine:
        migrate.upgrade(engine)
    return {"CODEMATION_SQLITE_FILE_PATH": str(path)}


def alter(fresh: Fresh, setting: str) -> None:
    with psycopg.connect(fresh.url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE {fresh.name} SET {setting}".encode())


# --- what cannot be written -------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.parametrize("migrated", [True, False])
def test_a_server_that_only_lets_read(postgresql: Fresh, migrated: bool) -> None:  # noqa: FBT001
    env = on_postgresql(postgresql, migrated=migrated)
    alter(postgresql, "default_transaction_read_only = on")
    with pytest.raises(MigrationFailedError, match="is read-only for this user"), codemation.boot("/", env=env):
        pass

    async def run() -> None:
        async with codemation.boot_async("/", env=env):
            pass

    with pytest.raises(MigrationFailedError, match="is read-only for this user"):
        asyncio.run(run())


@pytest.mark.postgresql
def test_a_lock_on_the_history_is_not_waited_for_without_end(postgresql: Fresh) -> None:
    env = on_postgresql(postgresql)
    env["DATABASE_URL"] += "&connect_timeout=2"
    with psycopg.connect(postgresql.url) as holder:
        holder.execute("LOCK TABLE codemation_revision")
        with pytest.raises(DatabaseNotReadyError, match="within 2 s") as caught, codemation.boot("/", env=env):
            pass
    assert "holds a lock" in caught.value.help


@contextmanager
def role_with(fresh: Fresh, *rights: str) -> Iterator[dict[str, str]]:
    """The environment of a host whose role has these rights on all tables."""
    role = f"host_{secrets.token_hex(4)}"
    with psycopg.connect(fresh.url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN".encode())
        try:
            for right in rights:
                admin.execute(f"GRANT {right} TO {role}".encode())
            yield {"DATABASE_URL": fresh.url.replace("user=postgres", f"user={role}")}
        finally:
            admin.execute(f"DROP OWNED BY {role}".encode())
            admin.execute(f"DROP ROLE {role}".encode())


@pytest.mark.postgresql
def test_a_role_that_may_only_read(postgresql: Fresh) -> None:
    on_postgresql(postgresql)

    async def run(env: dict[str, str]) -> None:
        async with codemation.boot_async("/", env=env):
            pass

    with role_with(postgresql, "SELECT ON ALL TABLES IN SCHEMA public") as env:
        with pytest.raises(DatabaseAuthenticationError, match="may not read and write runs") as caught:
            asyncio.run(run(env))
        assert "read_only=True" in caught.value.help
        with pytest.raises(DatabaseAuthenticationError, match="may not read and write"), codemation.boot("/", env=env):
            pass
        with codemation.boot("/", env=env, read_only=True) as host, host.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM runs")).scalar() == 0
    writes = ("SELECT ON ALL TABLES IN SCHEMA public", "INSERT, UPDATE, DELETE ON runs")
    with role_with(postgresql, *writes) as env, codemation.boot("/", env=env):
        pass


@pytest.mark.postgresql
def test_a_host_that_means_to_read(postgresql: Fresh) -> None:
    with (
        pytest.raises(MigrationsPendingError),
        codemation.boot("/", env={"DATABASE_URL": postgresql.url}, read_only=True),
    ):
        pass
    env = on_postgresql(postgresql)
    alter(postgresql, "default_transaction_read_only = on")
    with codemation.boot("/", env=env, read_only=True) as host:
        with host.engine.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM runs")).scalar() == 0
        alter(postgresql, "default_transaction_read_only = off")
        with pytest.raises(exc.InternalError, match="read-only"), host.engine.begin() as connection:
            connection.execute(text("DELETE FROM runs"))


def test_a_host_that_means_to_read_sqlite(open_folder: Path) -> None:
    path = open_folder / "folder" / "db.sqlite"
    env = at_sqlite(path)
    path.chmod(0o400)
    path.parent.chmod(0o500)

    async def read() -> Any:
        async with codemation.boot_async("/", env=env, read_only=True) as host, host.engine.connect() as connection:
            return await connection.scalar(text("SELECT count(*) FROM runs"))

    asyncio.run(asyncio.to_thread(os.getpid))  # imports what that user may not read
    with unprivileged(open_folder, path.parent, path):
        before = sorted(os.listdir(path.parent))
        with codemation.boot("/", env=env, read_only=True) as host, host.engine.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM runs")).scalar() == 0
            with pytest.raises(exc.OperationalError, match="readonly"):
                connection.execute(text("DELETE FROM runs"))
        assert asyncio.run(read()) == 0
        assert sorted(os.listdir(path.parent)) == before
        with pytest.raises(SqliteNotWritableError, match="read-only"), codemation.boot("/", env=env):
            pass
    path.parent.chmod(0o700)


def test_reading_follows_who_writes(tmp_path: Path) -> None:
    env = at_sqlite(tmp_path / "db.sqlite")
    insert = text("INSERT INTO codemation_revision_log VALUES ('x', 'y', '2026-01-01', 1, '0')")
    counted = text("SELECT count(*) FROM codemation_revision_log")
    with codemation.boot("/", env=env) as writer, codemation.boot("/", env=env, read_only=True) as reader:
        with reader.engine.connect() as connection:
            before = connection.execute(counted).scalar()
        with writer.engine.begin() as connection:
            connection.execute(insert)
        with reader.engine.connect() as connection:
            assert connection.execute(counted).scalar() == before + 1  # type: ignore[operator]


def test_a_locked_file(tmp_path: Path) -> None:
    env = at_sqlite(tmp_path / "db.sqlite")
    options = {"connect_args": {"timeout": 0.1}}
    with closing(sqlite3.connect(tmp_path / "db.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLockedError), codemation.boot("/", env=env, engine_options=options):
            pass
        with codemation.boot("/", env=env, engine_options=options, read_only=True):
            pass


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = at_sqlite(tmp_path / "db.sqlite")
    monkeypatch.setattr("codemation.backend.sqlite.file.LEAST_FREE", 2**62)
    with pytest.raises(SqliteNotWritableError, match="full"), codemation.boot("/", env=env):
        pass


@pytest.mark.postgresql
def test_a_standby(postgresql_server: Server, postgresql: Fresh) -> None:
    on_postgresql(postgresql)
    folder, port = own(postgresql_server)
    with standby(folder, port) as standing_by:
        env = {"DATABASE_URL": f"postgresql://postgres@127.0.0.1:{standing_by}/{postgresql.name}"}
        with pytest.raises(MigrationFailedError, match="is a standby"), codemation.boot("/", env=env):
            pass
        with codemation.boot("/", env=env, read_only=True) as host, host.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM runs")).scalar() == 0


# --- what is not fit --------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_an_encoding_that_lacks_characters(postgresql_server: Server) -> None:
    name = f"codemation_latin_{secrets.token_hex(4)}"
    with psycopg.connect(postgresql_server.url, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'".encode()
        )
        try:
            _, port = own(postgresql_server)
            url = f"postgresql://postgres@127.0.0.1:{port}/{name}"
            with pytest.raises(MigrationFailedError, match="LATIN1"), codemation.boot("/", env={"DATABASE_URL": url}):
                pass
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.postgresql
@pytest.mark.parametrize("setting", ["datestyle = 'German'", "datestyle = 'SQL'", "timezone = 'Asia/Kolkata'"])
def test_dates_are_read_whatever_a_role_says(postgresql: Fresh, setting: str) -> None:
    env = on_postgresql(postgresql)
    alter(postgresql, setting)
    moment = text("SELECT TIMESTAMPTZ '2026-02-03 04:05:06+00'")

    async def read() -> Any:
        async with codemation.boot_async("/", env=env) as host, host.engine.connect() as connection:
            return await connection.scalar(moment)

    with codemation.boot("/", env=env) as host, host.engine.connect() as connection:
        at = connection.execute(moment).scalar()
    assert at.isoformat() == asyncio.run(read()).isoformat()  # type: ignore[union-attr]
    assert at.timestamp() == 1770091506  # type: ignore[union-attr]


# --- what is not there yet --------------------------------------------------------------------------------------------


@contextmanager
def later(target: int, seconds: float) -> Iterator[int]:
    """A port at which nobody listens for so long."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    servers: list[socket.socket] = []

    def serve() -> None:
        time.sleep(seconds)
        servers.append(listener := socket.create_server(("127.0.0.1", port)))
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            other = socket.create_connection(("127.0.0.1", target))
            for one, two in ((client, other), (other, client)):
                Thread(target=_copy, args=(one, two), daemon=True).start()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    yield port
    for server in servers:
        server.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with source, suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)


@pytest.mark.postgresql
@pytest.mark.parametrize("stated", [True, False], ids=["argument", "waitSeconds"])
def test_a_boot_waits_for_a_server(
    postgresql_server: Server,
    postgresql: Fresh,
    caplog: pytest.LogCaptureFixture,
    stated: bool,  # noqa: FBT001
) -> None:
    _, target = own(postgresql_server)
    wait: dict[str, Any] = {"wait": 30} if stated else {}
    env = {} if stated else {"CODEMATION_DATABASE_WAIT_SECONDS": "30"}
    with later(target, 0.5) as port, caplog.at_level(logging.WARNING, "codemation"):
        env["DATABASE_URL"] = f"postgresql://postgres@127.0.0.1:{port}/{postgresql.name}"
        with codemation.boot("/", env=env, **wait) as host:
            assert migrate.at_head(host.engine)
    assert "trying again" in caplog.text


@pytest.mark.postgresql
def test_a_boot_waits_for_a_server_in_asyncio(postgresql_server: Server, postgresql: Fresh) -> None:
    _, target = own(postgresql_server)

    async def run(port: int) -> int:
        url = f"postgresql://postgres@127.0.0.1:{port}/{postgresql.name}"
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.02)
                ticks += 1

        ticking = asyncio.create_task(tick())
        async with codemation.boot_async("/", env={"DATABASE_URL": url}, wait=30) as host, host.engine.connect() as it:
            assert await it.scalar(text("SELECT count(*) FROM runs")) == 0
        ticking.cancel()
        return ticks

    with later(target, 0.5) as port:
        assert asyncio.run(run(port)) > 5


def test_without_waiting_it_says_so_at_once() -> None:
    env = {"DATABASE_URL": "postgresql://u@127.0.0.1:1/db"}
    for wait in (None, 0, 0.3):
        with pytest.raises(DatabaseNotReadyError) as caught, codemation.boot("/", env=env, wait=wait):
            pass
        assert caught.value.code == "CM501"


@pytest.mark.postgresql
def test_too_many_connections_pass(postgresql: Fresh, caplog: pytest.LogCaptureFixture) -> None:
    env = on_postgresql(postgresql)
    role = f"few_{secrets.token_hex(4)}"
    with psycopg.connect(postgresql.url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} SUPERUSER LOGIN CONNECTION LIMIT 1".encode())
        admin.execute(f"ALTER ROLE {role} NOSUPERUSER".encode())
        admin.execute(f"GRANT pg_read_all_data, pg_write_all_data TO {role}".encode())
        try:
            env["DATABASE_URL"] = postgresql.url.replace("user=postgres", f"user={role}")
            holder = psycopg.connect(env["DATABASE_URL"])
            full = pytest.raises(DatabaseNotReadyError, match="all the connections that it may have")
            with full, codemation.boot("/", env=env):
                pass
            Timer(0.4, holder.close).start()
            with caplog.at_level(logging.WARNING, "codemation"), codemation.boot("/", env=env, wait=30):
                pass
            assert "trying again" in caplog.text
        finally:
            holder.close()
            admin.execute(f"DROP OWNED BY {role}".encode())
            admin.execute(f"DROP ROLE {role}".encode())


@pytest.mark.postgresql
def test_nobody_waits_for_what_does_not_pass(
    postgresql_server: Server, postgresql: Fresh, caplog: pytest.LogCaptureFixture
) -> None:
    _, port = own(postgresql_server)
    refused = f"postgresql://scrammer:wrong@127.0.0.1:{port}/{postgresql.name}"
    missing = f"postgresql://postgres@127.0.0.1:{port}/{postgresql.name}_nope"
    with caplog.at_level(logging.WARNING, "codemation"):
        for url, said in ((refused, "refuses the user"), (missing, "does not exist")):
            with pytest.raises(BackendError, match=said), codemation.boot("/", env={"DATABASE_URL": url}, wait=60):
                pass
    assert "trying again" not in caplog.text


@pytest.mark.postgresql
@pytest.mark.parametrize("project", ["postgresql"], indirect=True)
def test_the_command_waits_too(
    project: Project, codemation: Codemation, postgresql_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, target = own(postgresql_server)
    with later(target, 0.5) as port:
        name = project.where.partition("dbname=")[2].partition("&")[0]
        monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres@127.0.0.1:{port}/{name}")
        assert codemation("db", "migrate").code == 3
        ran = codemation("db", "migrate", "--wait", "30")
        assert ran.code == 0
        assert "waiting, for 30 s at most" in ran.err
        assert ran.err.count("waiting") == 1
    with later(target, 0.5) as port:
        monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres@127.0.0.1:{port}/{name}")
        ran = codemation("doctor", "--wait", "30")
        assert ran.code == 0
        assert "waiting, for 30 s at most" in ran.err


# --- passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_password_is_asked_for_each_connection(postgresql_server: Server, postgresql: Fresh) -> None:
    _, port = own(postgresql_server)
    given = on_server(f"postgresql://scrammer:expired@127.0.0.1:{port}/{postgresql.name}")
    asked: list[str] = []

    def password() -> str:
        asked.append("once")
        return SCRAM_PASSWORD

    async def awaited() -> str:
        await asyncio.sleep(0)
        return password()

    async def run(ask: Callable[[], Any]) -> None:
        engine = provision_async(given, password=ask)
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT current_user")) == "scrammer"
        await engine.dispose()

    engine = provision(given, password=password)
    with engine.connect() as one, engine.connect() as two:
        assert one.execute(text("SELECT 1")).scalar() == two.execute(text("SELECT 1")).scalar()
    engine.dispose()
    assert len(asked) == 2
    for ask in (password, awaited):
        asyncio.run(run(ask))
    assert len(asked) == 4
    env = {"DATABASE_URL": given.database.url or ""}
    with codemation.boot("/", env=env, password=password):
        pass

    async def boot() -> None:
        async with codemation.boot_async("/", env=env, password=awaited) as host, host.engine.connect() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM runs")) == 0

    with opened(on_server(postgresql.url)) as engine:
        migrate.downgrade(engine, migrate.BASE)
    asyncio.run(boot())


@pytest.mark.postgresql
def test_a_wrong_password_is_not_repeated(postgresql_server: Server, postgresql: Fresh) -> None:
    _, port = own(postgresql_server)
    given = on_server(f"postgresql://scrammer@127.0.0.1:{port}/{postgresql.name}")
    engine = provision(given, password=lambda: "S3cretCanary")
    with pytest.raises(DatabaseAuthenticationError) as caught:
        engine.connect()
    assert "Canary" not in repr(caught.value)
    assert caught.value.__context__ is None

    def fails() -> str:
        message = "no token to be had"
        raise LookupError(message)

    with pytest.raises(LookupError, match="no token"):
        provision(given, password=fails).connect()
    no_text: Any = lambda: b"S3cretCanary"  # noqa: E731  (one that a type checker lets pass)
    with pytest.raises(TypeError, match="must be a str, and the callable gave bytes"):
        provision(given, password=no_text).connect()


# --- the pool, time-outs and messages ---------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_the_pool_has_its_size_and_no_more(postgresql: Fresh) -> None:
    env = {**on_postgresql(postgresql), "CODEMATION_DATABASE_POOL_SIZE": "2"}
    options = {"pool_timeout": 0.1}
    with codemation.boot("/", env=env, engine_options=options) as host:
        taken = [host.engine.connect() for _ in range(2)]
        with pytest.raises(exc.TimeoutError):
            host.engine.connect()
        for connection in taken:
            connection.close()
    options = {"pool_size": 1, "max_overflow": 1}
    with codemation.boot("/", env=env, engine_options=options) as host, host.engine.connect(), host.engine.connect():
        pass


@pytest.mark.postgresql
def test_statements_end_in_time(postgresql: Fresh) -> None:
    env = {"DATABASE_URL": postgresql.url, "CODEMATION_DATABASE_STATEMENT_TIMEOUT_SECONDS": "1"}
    slow, limit = text("SELECT pg_sleep(5)"), text("SHOW statement_timeout")
    with codemation.boot("/", env=env) as host:
        with pytest.raises(exc.OperationalError, match="statement timeout"), host.engine.begin() as connection:
            connection.execute(slow)
        with host.engine.begin() as connection:
            assert connection.execute(limit).scalar() == "1s"
        with host.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            assert connection.execute(limit).scalar() == "0"

    async def run() -> Any:
        async with codemation.boot_async("/", env=env) as host, host.engine.begin() as connection:
            return await connection.scalar(limit)

    assert asyncio.run(run()) == "1s"


@pytest.mark.postgresql
def test_the_time_to_connect(postgresql: Fresh) -> None:
    def said(url: str, **options: Any) -> object:
        env = {"DATABASE_URL": url, "CODEMATION_DATABASE_CONNECT_TIMEOUT_SECONDS": "7"}
        runtime = codemation.load("/", env=env)
        with opened(runtime, **options) as engine, engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            return driver.info.get_parameters().get("connect_timeout")

    assert said(postgresql.url) == "7"
    assert said(f"{postgresql.url}&connect_timeout=8") == "8"
    assert said(postgresql.url, connect_args={"connect_timeout": 9}) == "9"


@pytest.mark.postgresql
def test_a_boot_at_head_asks_one_question(postgresql_server: Server, postgresql: Fresh) -> None:
    on_postgresql(postgresql)
    _, port = own(postgresql_server)
    with linked(port) as link:
        url = f"postgresql://postgres@127.0.0.1:{link.port}/{postgresql.name}"
        with codemation.boot("/", env={"DATABASE_URL": url}):
            pass
        assert b"".join(link.asked).replace(b"X", b"") == b"Q"

        async def run() -> None:
            async with codemation.boot_async("/", env={"DATABASE_URL": url}):
                pass

        link.again(None)
        asyncio.run(run())
        assert b"".join(link.asked).replace(b"X", b"") == b"Q"
