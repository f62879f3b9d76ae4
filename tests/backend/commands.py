"""Commands run within the test's process, in a project of its own."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from codemation.backend.engine import provision
from tests.backend.places import runtime_of, seed
from tests.conftest import Fresh

ROWS = 3
Codemation = Callable[..., "Ran"]


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that it said, as one line."""
        return " ".join(f"{self.out} {self.err}".split())


class Project(NamedTuple):
    """A project whose environment names a database, and where that is."""

    kind: str
    root: Path
    where: str

    @property
    def variable(self) -> str:
        """The variable that names the database."""
        return "CODEMATION_SQLITE_FILE_PATH" if self.kind == "sqlite" else "DATABASE_URL"

    def seed(self) -> None:
        engine = provision(runtime_of(self.kind, self.where))
        seed(engine, ROWS)
        engine.dispose()

    def execute(self, *statements: str) -> list[Any]:
        """The rows of the last statement."""
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.where, isolation_level=None)) as connection:
                return [connection.execute(statement).fetchall() for statement in statements][-1]
        with psycopg.connect(self.where, autocommit=True) as server:
            cursors = [server.execute(statement.encode()) for statement in statements]
            return cursors[-1].fetchall() if cursors[-1].description else []


def made_project(kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in list(os.environ):
        if name.startswith("CODEMATION_") or name in {"DATABASE_URL", "REDIS_URL"}:
            monkeypatch.delenv(name)
    root = tmp_path / "project"
    root.mkdir()
    (root / "codemation.toml").write_text("")
    monkeypatch.chdir(root)
    if kind == "sqlite":
        return Project(kind, root, str(root / ".codemation/codemation.sqlite"))
    fresh: Fresh = request.getfixturevalue("postgresql")
    monkeypatch.setenv("DATABASE_URL", fresh.url)
    return Project(kind, root, fresh.url)
