"""Engines of a test's own, and files to open."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from codemation.backend.engine import provision
from codemation.backend.errors import (
    BackendError,
)
from codemation.backend.migrations.revisions import KNOWN
from codemation.runtime.form import Database, Runtime
from tests.backend.places import runtime
from tests.postgresql_server import Server

OURS = (
    "CREATE TABLE IF NOT EXISTS codemation_revision (version_num VARCHAR(32) PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS codemation_revision_log (revision TEXT PRIMARY KEY, checksum TEXT, "  # noqa: ISC004
    "applied_at TEXT, duration_ms INTEGER, program_version TEXT)",
    f"INSERT INTO codemation_revision VALUES ('{KNOWN[0][0]}') ON CONFLICT DO NOTHING",  # noqa: S608
    f"INSERT INTO codemation_revision_log VALUES ('{KNOWN[0][0]}', '{KNOWN[0][1]}', '2026-01-01', 1, '0') "  # noqa: ISC004, S608
    "ON CONFLICT DO NOTHING",
)
"""Makes a database one of ours, as far as opening it goes."""


def on_file(path: Path) -> Runtime:
    return runtime(Database(kind="sqlite", sqlite_file_path=str(path)))


def on_server(url: str) -> Runtime:
    return runtime(Database(kind="postgresql", url=url))


@contextmanager
def opened(given: Runtime, *, adopt: bool = False, read_only: bool = False, **options: Any) -> Iterator[Engine]:
    engine = provision(given, adopt=adopt, read_only=read_only, engine_options=options)
    try:
        yield engine
    finally:
        engine.dispose()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def scalar(connection: Connection, statement: str) -> object:
    return connection.execute(text(statement)).scalar()


def make(path: Path, *statements: str) -> Path:
    """A database made without codemation."""
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


@contextmanager
def unprivileged(*folders: Path) -> Iterator[None]:
    """As a user whom file modes concern: root's are given up, and `folders` given to nobody."""
    if os.geteuid() != 0:
        yield
        return
    for folder in folders:
        os.chown(folder, 65534, 65534)
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def make_ours(connection: Connection) -> None:
    for statement in OURS:
        connection.execute(text(statement))


def failure(given: Runtime, *, adopt: bool = False, read_only: bool = False, **options: Any) -> BackendError:
    with (
        opened(given, adopt=adopt, read_only=read_only, **options) as engine,
        pytest.raises(BackendError) as caught,
        engine.connect(),
    ):
        pass
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


def own(server: Server) -> tuple[Path, int]:
    if server.folder is None or server.port is None:
        pytest.skip("needs a server started here")
    return server.folder, server.port


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns, mode(path))
        for path in (folder, *folder.iterdir())
        if path.is_file()
    }
