"""What a caller says of an engine and a boot: told at once where it cannot be, and no secret of it is shown."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from psycopg.rows import dict_row
from sqlalchemy import exc, text

import codemation
from codemation.backend.engine import provision, provision_async
from codemation.backend.errors import BackendError
from codemation.backend.migrations import migrate
from tests.backend.engines import on_server, opened, own
from tests.conftest import Fresh
from tests.postgresql_server import Server

NOBODY = "postgresql://app@127.0.0.1:1/app"
CANARY = "S3cretCanary"


@pytest.mark.parametrize("make", [provision, provision_async])
@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"connect_args": {"nope": 1, "sslmode": "prefer"}}, TypeError, "neither psycopg nor libpq takes nope"),
        ({"connect_args": {"row_factory": dict_row}}, TypeError, "row_factory"),
        ({"connect_args": {"application_name": "half \ud800"}}, ValueError, "`application_name` holds a character"),
        ({"connect_args": {"password": f"{CANARY}\0"}}, ValueError, "`password` holds a character"),
    ],
)
def test_connect_args_that_no_driver_takes(
    make: Callable[..., Any], given: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        make(on_server(NOBODY), engine_options=given)
    assert CANARY not in shown(caught.value)


def test_a_password_is_given_once() -> None:
    for make in (provision, provision_async):
        with pytest.raises(TypeError, match="given twice") as caught:
            make(on_server(NOBODY), password=lambda: CANARY, engine_options={"connect_args": {"password": CANARY}})
        assert CANARY not in shown(caught.value)


def test_a_password_that_is_no_text() -> None:
    with pytest.raises(ValueError, match="the password holds a character") as caught:
        provision(on_server(NOBODY), password=lambda: f"{CANARY}\ud800").connect()
    assert CANARY not in shown(caught.value)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "options",
    [
        {"isolation_level": "AUTOCOMMIT"},
        {"execution_options": {"isolation_level": "AUTOCOMMIT"}},
        {"connect_args": {"autocommit": True}},
    ],
)
def test_reading_has_no_autocommit(postgresql: Fresh, options: dict[str, Any]) -> None:
    for make in (provision, provision_async):
        with pytest.raises(TypeError, match="AUTOCOMMIT"):
            make(on_server(postgresql.url), read_only=True, engine_options=options)
        make(on_server(postgresql.url), engine_options=options)


@pytest.mark.postgresql
def test_what_only_reads_never_writes(postgresql: Fresh) -> None:
    """Whatever a connection's options say: a boot's `read_only` is the engine's."""
    insert = text("INSERT INTO codemation_revision_log VALUES ('x', 'y', now(), 1, '0')")
    with opened(on_server(postgresql.url)) as engine:
        migrate.upgrade(engine)
    env = {"DATABASE_URL": postgresql.url}
    with codemation.boot("/", env=env, read_only=True) as host:
        with host.engine.connect() as connection, pytest.raises(exc.ArgumentError, match="AUTOCOMMIT"):
            connection.execution_options(isolation_level="AUTOCOMMIT")
        for readonly in (True, False):  # the first of which SQLAlchemy takes back afterwards
            with host.engine.connect().execution_options(postgresql_readonly=readonly) as connection:
                connection.execute(text("SELECT 1"))
        with pytest.raises(exc.InternalError, match="read-only"), host.engine.begin() as connection:
            connection.execute(insert)

    async def run() -> None:
        async with codemation.boot_async("/", env=env, read_only=True) as host:
            async with host.engine.connect() as connection:
                with pytest.raises(exc.ArgumentError, match="AUTOCOMMIT"):
                    _ = await connection.execution_options(isolation_level="AUTOCOMMIT")
            with pytest.raises(exc.InternalError, match="read-only"):
                async with host.engine.begin() as connection:
                    await connection.execute(insert)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("wait", "error"),
    [(-1, ValueError), (float("nan"), ValueError), ("5", TypeError), (True, TypeError), ([], TypeError)],
)
def test_wait_is_a_number_of_seconds(wait: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="wait must be"), codemation.boot("/", env={}, wait=wait):
        pytest.fail("it booted")

    async def run() -> None:
        async with codemation.boot_async("/", env={}, wait=wait):
            pytest.fail("it booted")

    with pytest.raises(error, match="wait must be"):
        asyncio.run(run())


def shown(error: BaseException) -> str:
    """What a report with the variables of every frame shows, but for those of this file."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [str(frame.locals) for frame in told.stack if frame.filename != __file__]
    return f"{error!r} {error.__context__!r} {error.__cause__!r} {frames}"


async def awaited() -> str:
    await asyncio.sleep(0)
    return CANARY


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "given",
    [{"password": lambda: CANARY}, {"password": awaited}, {"engine_options": {"connect_args": {"password": CANARY}}}],
    ids=["password", "awaited", "connect_args"],
)
def test_no_frame_shows_a_password(postgresql_server: Server, postgresql: Fresh, given: dict[str, Any]) -> None:
    _, port = own(postgresql_server)
    env = {"DATABASE_URL": f"postgresql://scrammer:{CANARY}@127.0.0.1:{port}/{postgresql.name}"}

    async def run() -> None:
        async with codemation.boot_async("/", env=env, **given):
            pytest.fail("it booted")

    with pytest.raises(BackendError, match="CM502") as caught:
        asyncio.run(run())
    assert CANARY not in shown(caught.value)
    if given.get("password") is awaited:
        return
    with pytest.raises(BackendError, match="CM502") as caught, codemation.boot("/", env=env, **given):
        pytest.fail("it booted")
    assert CANARY not in shown(caught.value)
