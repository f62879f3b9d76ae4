"""Databases of a test's own, what is in them, and histories that a test may change."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from msgspec.structs import replace
from psycopg import sql
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Double,
    Engine,
    Integer,
    LargeBinary,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)

from codemation.backend.engine import provision
from codemation.backend.migrations import migrate, revisions
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE
from codemation.backend.tables import UtcDateTime, metadata
from codemation.pipeline import compile_sources
from codemation.runtime.form import Database, Runtime
from codemation.settings.catalogue import CATALOGUE
from codemation.sources.environment import Environment
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource
from tests.conftest import Fresh

MORE = "op.create_table('more', sa.Column('id', sa.Integer, primary_key=True))"
IDS = [revision.id for revision in migrate.known_revisions()]

NEXT = f"{int(IDS[-1]) + 1:04}"
"""The id that the next revision would have; tests make one up."""

PROVISION = """
import os, sys, time
from codemation.backend.migrations import migrate
from codemation.backend.engine import provision
from tests.backend.places import runtime_of
kind, where, *rest = sys.argv[1:]
engine = provision(runtime_of(kind, where))
"""
"""Begins a script that is given a kind and a place: makes its engine."""


def runtime(database: Database) -> Runtime:
    """What a host gets that states nothing, but with this database."""
    sources = TomlSource("codemation.toml", None), Environment({})
    compilation = compile_sources(CATALOGUE, Project("/srv/app", None), *sources, {})
    assert compilation.runtime is not None
    return replace(compilation.runtime, database=database)


class Place(NamedTuple):
    """A database of a test's own, and how to reach it again."""

    kind: str
    where: str
    engine: Engine

    def again(self, *, adopt: bool = False, **options: Any) -> Engine:
        return provision(runtime_of(self.kind, self.where), adopt=adopt, engine_options=options)


def runtime_of(kind: str, where: str) -> Runtime:
    if kind == "sqlite":
        return runtime(Database(kind="sqlite", sqlite_file_path=where))
    return runtime(Database(kind="postgresql", url=where))


def made(kind: str, request: pytest.FixtureRequest) -> Iterator[Place]:
    if kind == "sqlite":
        tmp_path: Path = request.getfixturevalue("tmp_path")
        where = str(tmp_path / "db.sqlite")
    else:
        fresh: Fresh = request.getfixturevalue("postgresql")
        where = fresh.url
    engine = provision(runtime_of(kind, where))
    yield Place(kind, where, engine)
    engine.dispose()


def known() -> tuple[tuple[str, str], ...]:
    """What `revisions.KNOWN` is to be for the scripts as they are now."""
    return tuple((revision.id, revision.checksum) for revision in revisions.revisions())


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
            for name in inspect(connection).get_table_names()
        }


def run(script: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def dump(place: Place) -> dict[str, list[Any]]:
    """Every row of every table."""
    engine = place.again()
    with engine.connect() as connection:
        rows = {
            name: sorted(map(str, connection.execute(text(f'SELECT * FROM "{name}"')).all()))  # noqa: S608
            for name in inspect(connection).get_table_names()
        }
    engine.dispose()
    return rows


def execute(place: Place, *statements: str, adopt: bool = False) -> None:
    engine = place.again(adopt=adopt)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def value(column: Any, number: int, states: dict[str, str]) -> Any:
    """One that the column takes."""
    if column.name in states:
        return states[column.name]
    by_type = {UtcDateTime: datetime.now(UTC), Boolean: True, LargeBinary: b"\0\xff", JSON: {"number": number}}
    by_type |= dict.fromkeys((BigInteger, Integer, Double), number)
    length = {"content_hash": 64, "trace_id": 32}.get(column.name, 0)
    return by_type.get(type(column.type), f"{column.name}-{number}".ljust(length, "x"))


def seed(engine: Engine, rows: int = 3) -> None:
    """Fill every table that is there."""
    with engine.begin() as connection:
        there = set(inspect(connection).get_table_names())
        for it in metadata.sorted_tables:
            if it.name not in there or connection.execute(select(func.count()).select_from(it)).scalar():
                continue
            checks = [str(check.sqltext) for check in it.constraints if isinstance(check, CheckConstraint)]
            states = {
                check.partition(" IN ")[0]: check.split("'")[1]
                for check in checks
                if " IN (" in check and check[0] != "("
            }
            wanted = [column for column in it.columns if not column.nullable or column.foreign_keys]
            for number in range(1, rows + 1):
                # A primary key is numbered by the database, but for those that refer.
                given = [c for c in wanted if c.name != "id"]
                connection.execute(insert(it), {c.name: _referred(c, number, states) for c in given})


def _referred(column: Any, number: int, states: dict[str, str]) -> Any:
    for key in column.foreign_keys:
        if key.column.name != "id":
            return value(key.column, number, states)
    return value(column, number, states)


def applied(engine: Engine) -> list[str]:
    return [row.revision for row in migrate.status(engine).applied]


def schema(engine: Engine) -> set[tuple[Any, ...]]:
    """All that makes up the tables, as the engine itself tells it, but for the version table: that is Alembic's."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = [
                (name, tuple(it[1] for it in connection.exec_driver_sql(f"PRAGMA table_info('{name}')")), _parts(sql))
                for name, sql in connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            ]
        else:
            rows = [tuple(row) for query in _POSTGRESQL_SCHEMA for row in connection.exec_driver_sql(query)]
    return {row for row in rows if LOG_TABLE in row[0] or not row[0].startswith(VERSION_TABLE)}


def _parts(sql: str) -> frozenset[str]:
    """The lines of a statement, in whatever order its constraints come."""
    return frozenset(line.strip().rstrip(",") for line in sql.splitlines())


_POSTGRESQL_SCHEMA = (
    """
    SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = current_schema()
    """,
    """
    SELECT conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace
    WHERE nspname = current_schema()
    """,
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
)


def state_of(kind: str, where: str) -> Any:
    """Whatever a write would change."""
    if kind == "sqlite":
        path = Path(where)
        status = path.stat()
        content = sorted(path.iterdir()) if path.is_dir() else path.read_bytes()
        # Without space SQLite may leave an empty `-wal` beside it, and its shared memory, which holds no data.
        beside = {it for it in path.parent.iterdir() if it.suffix != ".sqlite-shm"}
        beside -= {it for it in beside if it.suffix == ".sqlite-wal" and not it.stat().st_size}
        return content, status.st_mtime_ns, status.st_mode, status.st_ino, beside
    with psycopg.connect(where) as connection:
        relations = connection.execute(
            "SELECT oid, relname, relfilenode, reltuples FROM pg_class WHERE oid >= 16384 ORDER BY oid"
        ).fetchall()
        names = [
            row[1]
            for row in connection.execute(
                "SELECT 1, relname FROM pg_class JOIN pg_namespace n"
                " ON n.oid = relnamespace WHERE nspname = 'public' AND relkind = 'r' ORDER BY 2"
            )
        ]
        rows = [
            connection.execute(sql.SQL("SELECT xmin::text, ctid::text, t::text FROM {} t").format(sql.Identifier(it)))
            for it in names
        ]
        return relations, names, [it.fetchall() for it in rows]
