"""What migrations leave is what the model says, however they are applied."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from codemation import __version__
from codemation.backend import migrate
from codemation.backend.migrate import BASE, HEAD
from codemation.backend.offline import offline_sql
from codemation.backend.revisions import VERSION_TABLE
from codemation.backend.tables import metadata
from codemation.backend.tables.bookkeeping import bookkeeping
from tests.backend.places import (
    HOUR,
    IDS,
    Place,
    counts,
    schema,
)


def test_model_equals_migrations(place: Place) -> None:
    migrate.upgrade(place.engine)
    with place.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "version_table": VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        both: Any = [metadata, bookkeeping]
        assert compare_metadata(context, both) == []


def test_model_equals_migrations_to_the_letter(place: Place) -> None:
    """Checks, `AUTOINCREMENT` and partial indexes too, which Alembic does not compare."""
    migrate.upgrade(place.engine)
    migrated = schema(place.engine)
    migrate.downgrade(place.engine, BASE)
    with place.engine.begin() as connection:
        metadata.create_all(connection)
        bookkeeping.create_all(connection)
    assert schema(place.engine) == migrated


def test_offline_sql_leaves_the_same(place: Place) -> None:
    migrate.upgrade(place.engine)
    migrated = schema(place.engine)
    migrate.downgrade(place.engine, BASE)
    dialect = place.engine.dialect.name
    script(place, offline_sql(dialect, "0001"))  # type: ignore[arg-type]
    assert migrate.status(place.engine).current == "0001"
    script(place, offline_sql(dialect, start="0001"))  # type: ignore[arg-type]
    assert schema(place.engine) == migrated
    found = migrate.status(place.engine)
    assert found.up_to_date
    assert [(row.revision, row.duration_ms, row.program_version) for row in found.applied] == [
        (it, None, __version__) for it in IDS
    ]
    assert abs(found.applied[0].applied_at - datetime.now(UTC)).total_seconds() < HOUR
    migrate.verify(place.engine)
    script(place, offline_sql(dialect, BASE, start=HEAD))  # type: ignore[arg-type]
    assert counts(place.engine) == {}


def script(place: Place, sql: str) -> None:
    if place.kind == "sqlite":
        connection = sqlite3.connect(place.where)
        connection.executescript(sql)
        connection.close()
    else:
        with psycopg.connect(place.where, autocommit=True) as server:
            server.execute(sql.encode())
