"""The tables: what every one of them must say, and that they mean the same on both engines."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, Table, create_engine, exc, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from codemation.backend import tables
from codemation.backend.tables import (
    ByStatus,
    Expires,
    Kept,
    Lifetime,
    PartOf,
    Policy,
    Stored,
    Unreferenced,
    UtcDateTime,
    lifetime,
    metadata,
)
from codemation.runtime.form import PrunePolicy, Retention

EVERY = pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
SETTINGS = set(Retention.__struct_encode_fields__)
POLICY = set(PrunePolicy.__struct_encode_fields__)
POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
SQLITE = sqlite.dialect()


def leading(table: Table) -> list[tuple[str, ...]]:
    """The columns of each index, the key and unique constraints included."""
    constraints = [c for c in table.constraints if type(c).__name__ in {"UniqueConstraint", "PrimaryKeyConstraint"}]
    return [tuple(column.name for column in it.columns) for it in (*table.indexes, *constraints)]  # type: ignore[attr-defined]


def removed(table: Table) -> bool:
    """Whether rows go as a matter of course."""
    how = lifetime(table)
    return removed(metadata.tables[how.table]) if isinstance(how, PartOf) else not isinstance(how, Kept)


@EVERY
def test_every_table_says_how_long_its_rows_live(table: Table) -> None:
    how: Lifetime = lifetime(table)
    match how:
        case Policy(settings, column) | Stored(settings, column) | Unreferenced(settings, column):
            assert {*settings} <= SETTINGS
            assert isinstance(table.c[column].type, UtcDateTime)
            assert "workflow_id" in table.c or {*settings}.isdisjoint(POLICY), "a workflow's own policy decides"
            wanted = ("workflow_id", column) if "workflow_id" in table.c else (column,)
            assert wanted in leading(table), "pruning must not scan, nor read what others keep"
        case ByStatus(settings, column):
            assert {*settings.values()} <= SETTINGS
            assert isinstance(table.c[column].type, UtcDateTime)
            assert ("workflow_id", "status", column) in leading(table), "pruning must not read what others keep"
        case Expires(column):
            assert isinstance(table.c[column].type, UtcDateTime)
            assert not table.c[column].nullable
            assert (column,) in leading(table), "pruning must not scan"
        case PartOf(parent):
            keys = [key for key in table.foreign_keys if key.column.table.name == parent]
            assert [key.ondelete for key in keys] == ["CASCADE"]
        case Kept(why):
            assert why


@EVERY
def test_what_goes_does_not_scan_what_refers_to_it(table: Table) -> None:
    for key in table.foreign_keys:
        if removed(key.column.table):
            assert any(columns[0] == key.parent.name for columns in leading(table)), key.parent.name


@EVERY
def test_what_goes_takes_nothing_along_that_is_kept(table: Table) -> None:
    for key in table.foreign_keys:
        if key.ondelete == "CASCADE" and removed(key.column.table):
            assert removed(table)


@EVERY
def test_numbered_rows_are_never_numbered_again(table: Table) -> None:
    sqlite_sql = str(CreateTable(table).compile(dialect=SQLITE))
    postgresql_sql = str(CreateTable(table).compile(dialect=POSTGRESQL))
    assert ("AUTOINCREMENT" in sqlite_sql) == ("id" in table.c) == ("BIGSERIAL" in postgresql_sql)


@EVERY
def test_types_are_real_ones(table: Table) -> None:
    sql = str(CreateTable(table).compile(dialect=POSTGRESQL))
    assert "VARCHAR" not in sql
    assert "WITHOUT TIME ZONE" not in sql
    assert " JSON" not in sql.replace("JSONB", "")
    for column in table.columns:
        assert isinstance(column.type, UtcDateTime) == column.name.endswith("_at"), column.name


@EVERY
def test_states_are_checked(table: Table) -> None:
    checks = " ".join(str(getattr(it, "sqltext", "")) for it in table.constraints)
    for column in table.columns:
        if column.name in {"status", "setup_status", "purpose"}:
            assert f"{column.name} IN (" in checks


@EVERY
def test_names(table: Table) -> None:
    assert table.name == table.name.lower()
    assert table.name.endswith("s")
    assert getattr(tables, table.name) is table
    assert table.name in tables.__all__
    for it in (*table.constraints, *table.indexes):
        name = POSTGRESQL.identifier_preparer.format_constraint(it)
        assert name, "a nameless constraint cannot be changed by a later revision"
        assert len(name) <= 63, "PostgreSQL would cut it"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = create_engine(f"sqlite:///{tmp_path / 'db'}")
    metadata.create_all(made)
    return made


def user(**values: object) -> dict[str, object]:
    now = datetime.now(UTC)
    return {"email": "a@b.c", "status": "active", "created_at": now, "updated_at": now, **values}


def test_moments_keep_their_meaning_on_sqlite(engine: Engine, tmp_path: Path) -> None:
    there = datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    with engine.begin() as connection:
        connection.execute(insert(tables.auth_users), user(created_at=there))
        got = connection.execute(select(tables.auth_users.c.created_at, tables.auth_users.c.email_verified_at)).one()
    engine.dispose()
    assert tuple(got) == (there, None)
    assert got[0].tzinfo is UTC
    raw = sqlite3.connect(tmp_path / "db")
    assert raw.execute("SELECT created_at FROM auth_users").fetchall() == [("2025-12-31 22:30:00.000000",)]
    raw.close()


def test_a_moment_without_a_time_zone_is_refused(engine: Engine) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with engine.begin() as connection, pytest.raises(exc.StatementError, match="has no time zone"):
        connection.execute(insert(tables.auth_users), user(created_at=naive))
    engine.dispose()


@pytest.mark.parametrize(("status", "finished"), [("running", True), ("completed", False), ("done", False)])
def test_exactly_the_finished_runs_have_an_end(engine: Engine, status: str, finished: bool) -> None:  # noqa: FBT001
    now = datetime.now(UTC)
    row = {"workflow_id": "w", "status": status, "created_at": now, "finished_at": now if finished else None}
    with engine.begin() as connection, pytest.raises(exc.IntegrityError):
        connection.execute(insert(tables.runs), row)
    engine.dispose()


def test_a_table_that_does_not_say_is_found() -> None:
    with pytest.raises(KeyError):
        lifetime(Table("silent", type(metadata)(), Column("id")))
