"""Engines for a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from codemation.backend.engine import kind_of_database, provision_async, typed_errors
from codemation.backend.errors import (
    DatabaseLockedError,
    DatabaseUnreachableError,
)
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.backend.postgresql.dialect import AsyncDialect, Dialect
from tests.backend.engines import make_ours, on_server, opened, scalar
from tests.conftest import Fresh

SETTING = "SELECT current_setting(:name)"


def setting(connection: Connection, name: str) -> object:
    return connection.execute(text(SETTING), {"name": name}).scalar()


@pytest.mark.parametrize("dialect", [Dialect(dbapi=psycopg), AsyncDialect(dbapi=psycopg)])
def test_a_connection_whose_answers_do_not_fit_is_of_no_more_use(dialect: Dialect | AsyncDialect) -> None:
    """Psycopg says it without an SQLSTATE; a server's own internal error, which has one, ends no connection."""
    assert dialect.is_disconnect(psycopg.InternalError("received 2 results from command 'BEGIN'"), None, None)
    assert not dialect.is_disconnect(psycopg.errors.InternalError_("cache lookup failed"), None, None)
    assert not dialect.is_disconnect(psycopg.OperationalError("it took too long"), None, None)


@pytest.mark.postgresql
def test_postgresql_is_transactional_and_known(postgresql: Fresh) -> None:
    with opened(on_server(postgresql.url)) as engine:
        with engine.begin() as connection:
            assert scalar(connection, "SELECT current_database()") == postgresql.name
            assert setting(connection, "application_name") == "codemation"
            assert kind_of_database(connection) == "empty"
        with engine.connect() as connection:
            connection.execute(text("CREATE TABLE t (a int)"))
            assert kind_of_database(connection) == "foreign"
            make_ours(connection)
            assert kind_of_database(connection) == "ours"
            connection.rollback()
            assert kind_of_database(connection) == "empty"


@pytest.mark.postgresql
def test_kind_follows_the_search_path(postgresql: Fresh) -> None:
    with opened(on_server(postgresql.url)) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (a int)"))
        connection.execute(text("CREATE SCHEMA mine"))
    given = on_server(f"{postgresql.url}&options=-csearch_path%3Dmine,public")
    with opened(given) as engine, engine.begin() as connection:
        assert kind_of_database(connection) == "empty"
        make_ours(connection)
        assert kind_of_database(connection) == "ours"
    with opened(on_server(postgresql.url)) as engine, engine.begin() as connection:
        assert kind_of_database(connection) == "foreign"
    nowhere = on_server(f"{postgresql.url}&options=-csearch_path%3Dnone")
    with opened(nowhere) as engine, engine.begin() as connection, pytest.raises(DatabaseUnreachableError):
        kind_of_database(connection)


@pytest.mark.postgresql
def test_an_extensions_tables_are_nobodys(postgresql: Fresh) -> None:
    with opened(on_server(postgresql.url)) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE spatial_ref_sys (a int)"))
        assert kind_of_database(connection) == "foreign"
        connection.execute(text("ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys"))
        assert kind_of_database(connection) == "empty"


@pytest.mark.postgresql
def test_names_of_the_application(postgresql: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    def name(url: str, **options: Any) -> object:
        with opened(on_server(url), **options) as engine, engine.connect() as connection:
            return setting(connection, "application_name")

    assert name(f"{postgresql.url}&application_name=theirs") == "theirs"
    assert name(f"{postgresql.url}&fallback_application_name=fell") == "fell"
    assert name(postgresql.url, connect_args={"application_name": "given"}) == "given"
    monkeypatch.setenv("PGAPPNAME", "environment")
    assert name(postgresql.url) == "environment"


def timeout(url: str, **options: Any) -> object:
    with opened(on_server(url), **options) as engine, engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        return driver.info.get_parameters().get("connect_timeout")


@pytest.mark.postgresql
def test_connect_timeout(postgresql: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    assert timeout(postgresql.url) == "10"
    assert timeout(f"{postgresql.url}&connect_timeout=7") == "7"
    assert timeout(postgresql.url, connect_args={"connect_timeout": 6}) == "6"
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "5")
    assert timeout(postgresql.url) == "5"


@pytest.mark.postgresql
def test_a_lost_connection_is_replaced_before_use(postgresql: Fresh) -> None:
    with opened(on_server(postgresql.url), pool_size=1, max_overflow=0) as engine:
        with engine.connect() as connection:
            first = scalar(connection, "SELECT pg_backend_pid()")
        with opened(on_server(postgresql.url)) as killer, killer.begin() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
        with engine.connect() as connection:
            assert scalar(connection, "SELECT pg_backend_pid()") != first
        assert engine.pool.size() == 1  # type: ignore[attr-defined]


@pytest.mark.postgresql
def test_typed_errors_of_postgresql(postgresql: Fresh) -> None:
    given = on_server(postgresql.url)
    with opened(given) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (a int)"))
        with engine.begin() as holder:
            holder.execute(text("LOCK t"))
            with engine.connect() as other:
                other.execute(text("SET LOCAL lock_timeout = 20"))
                with pytest.raises(DatabaseLockedError), typed_errors(given):
                    other.execute(text("LOCK t"))
        with engine.connect() as connection, pytest.raises(DatabaseUnreachableError), typed_errors(given):
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid(), 5000)"))
        unforeseen = pytest.raises(MigrationFailedError, match='relation "missing" does not exist')
        with engine.connect() as connection, unforeseen, typed_errors(given):
            connection.execute(text("SELECT * FROM missing"))


@pytest.mark.postgresql
def test_a_broken_link(postgresql: Fresh) -> None:
    given = on_server(postgresql.url)
    with opened(given) as engine, engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with socket.socket(fileno=os.dup(driver.fileno())) as link:
            link.shutdown(socket.SHUT_RDWR)
        with pytest.raises(DatabaseUnreachableError, match="server closed the connection"), typed_errors(given):
            connection.execute(text("SELECT 1"))


@pytest.mark.postgresql
def test_async_postgresql(postgresql: Fresh) -> None:
    async def run() -> None:
        engine = provision_async(on_server(postgresql.url))
        try:
            async with engine.connect() as connection:
                assert await connection.run_sync(kind_of_database) == "empty"
                assert await connection.scalar(text(SETTING), {"name": "application_name"}) == "codemation"
                await connection.run_sync(make_ours)
                await connection.rollback()
                assert await connection.run_sync(kind_of_database) == "empty"
        finally:
            await engine.dispose()
        broken = provision_async(on_server("postgresql://u:S3cretCanary@127.0.0.1:1/db"))
        with pytest.raises(DatabaseUnreachableError) as caught:
            async with broken.connect():
                pass
        assert caught.value.__context__ is None
        await broken.dispose()

    asyncio.run(run())
