"""A SQLite database and a PostgreSQL database of a test's own, and the same rows read from both."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import CheckConstraint, Engine, select

from codemation.backend.copy.copy import copy
from codemation.backend.copy.result import Copied
from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from codemation.backend.tables import metadata
from tests.backend.places import runtime_of

T0 = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)
MOMENT = "2026-01-02 03:04:05.678900"


class Pair(NamedTuple):
    """A source and a target, both at the newest revision."""

    file: Path
    url: str
    source: Engine
    target: Engine

    def copy(self, **options: Any) -> Copied:
        return copy(self.source, self.target, **options)

    def execute(self, *statements: str, parameters: tuple[Any, ...] = ()) -> None:
        """On the source, as who cares for no constraint."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            connection.execute("PRAGMA ignore_check_constraints=ON")
            for statement in statements:
                connection.execute(statement, parameters)

    def insert(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Rows on the source, with what they do not say made up; as who cares for no constraint."""
        for row in rows:
            given = {**made_up(table), **row}
            names, marks = ", ".join(given), ", ".join("?" * len(given))
            self.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", parameters=tuple(given.values()))  # noqa: S608

    def there(self, statement: str) -> list[Any]:
        """Rows of the target."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement.encode()).fetchall()

    def numbers(self) -> dict[str, int]:
        """How many rows the target's tables have, where they have any."""
        with psycopg.connect(self.url) as connection:
            # Names of ours.
            counted = {
                name: connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone()  # noqa: S608
                for name in metadata.tables
            }
        return {name: row[0] for name, row in counted.items() if row and row[0]}

    def empty(self) -> None:
        """Take all rows from both."""
        with psycopg.connect(self.url) as connection:
            connection.execute(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY".encode())
        self.execute(*(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)))  # noqa: S608


def made_up(table: str) -> dict[str, Any]:
    """What a row of a table must have, as SQLite stores it; its references are to number 1."""
    columns = metadata.tables[table].columns
    return {c.name: _made_up(c) for c in columns if not c.nullable and c.name != "id" and c.server_default is None}


def _made_up(column: Any) -> Any:
    checks = [str(it.sqltext) for it in column.table.constraints if isinstance(it, CheckConstraint)]
    chosen = [check.split("'")[1] for check in checks if check.startswith(f"{column.name} IN (")]
    if chosen:
        return chosen[0]
    length = {"content_hash": 64, "trace_id": 32}.get(column.name, 1)
    by_sort: dict[str, Any] = {
        "text": column.name.ljust(length, "x")[: max(length, 20)],
        "json": "{}",
        "moment": MOMENT,
    }
    by_sort |= {"bytes": b"\0\xff", "float": 1.5}
    from codemation.backend.copy.columns import copied_table  # noqa: PLC0415

    sort = next(it.sort for it in copied_table(column.table).columns if it.name == column.name)
    return by_sort.get(sort, 1)


@contextmanager
def paired(folder: Path, url: str) -> Iterator[Pair]:
    file = folder / "source.sqlite"
    engines = [provision(runtime_of("sqlite", str(file))), provision(runtime_of("postgresql", url))]
    for engine in engines:
        migrate.upgrade(engine)
    engines[0].dispose()
    try:
        yield Pair(file, url, *engines)
    finally:
        for engine in engines:
            engine.dispose()


def rows_of(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table as a host reads it, by what it holds."""
    with engine.connect() as connection:
        return {
            table.name: sorted(
                (
                    {name: _plain(value) for name, value in row.items()}
                    for row in connection.execute(select(table)).mappings()
                ),
                key=str,
            )
            for table in metadata.sorted_tables
        }


def _plain(value: Any) -> Any:
    """The value, made such that what differs is not equal: numbers by their kind, -0.0 by its sign."""
    if isinstance(value, float):
        return ("float", repr(value) if not math.isnan(value) else "nan")
    if isinstance(value, datetime):
        return value.isoformat()
    return value
