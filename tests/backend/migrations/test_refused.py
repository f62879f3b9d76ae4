"""What is refused is left untouched."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from sqlalchemy import (
    text,
)
from sqlalchemy.exc import OperationalError

from codemation.backend.errors import (
    BackendError,
)
from codemation.backend.migrations import migrate, revisions
from codemation.backend.migrations.errors import (
    DatabaseNewerError,
    ForeignDatabaseError,
    HistoryAlteredError,
    MigrationsPendingError,
)
from codemation.backend.migrations.migrate import BASE, HEAD
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE
from tests.backend.engines import snapshot
from tests.backend.places import IDS, MORE, NEXT, Place, dump, execute, known, state_of


def refused(place: Place, kind: type[BackendError], *said: str, **options: Any) -> None:
    """Refused by everything, and untouched."""
    before = dump(place)
    content = Path(place.where).read_bytes() if place.kind == "sqlite" else b""
    engine = place.again(**options)
    for attempt in (
        lambda: migrate.upgrade(engine, **options),
        lambda: migrate.downgrade(engine, "0001"),
        lambda: migrate.status(engine),
        lambda: migrate.verify(engine),
    ):
        with pytest.raises(kind) as caught:
            attempt()
        for part in said:
            assert part in caught.value.message
    engine.dispose()
    assert dump(place) == before
    if place.kind == "sqlite":
        assert Path(place.where).read_bytes() == content


def test_pending(place: Place) -> None:
    for target in (BASE, *IDS[:-1]):
        if target != BASE:
            migrate.upgrade(place.engine, target)
        with pytest.raises(MigrationsPendingError) as caught:
            migrate.verify(place.engine)
        assert (caught.value.code, caught.value.slug) == ("CM505", "migrations-pending")
        assert HEAD in caught.value.message
        assert "codemation db migrate" in caught.value.help
    assert [it.id for it in migrate.status(place.engine).pending] == IDS[-1:]


def test_newer_than_the_code(place: Place, add: Callable[[str], None], scripts: Path, monkeypatch: Any) -> None:
    add(MORE)
    migrate.upgrade(place.engine)
    place.engine.dispose()
    (scripts / f"{NEXT}_more.py").unlink()
    monkeypatch.setattr(revisions, "KNOWN", known())
    refused(place, DatabaseNewerError, f"at revision {NEXT}", f"up to {HEAD}")


def test_an_edited_revision(place: Place, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(place.engine)
    place.engine.dispose()
    migrate.verify(place.engine)
    place.engine.dispose()
    edited = scripts / "0002_runs.py"
    edited.write_text(edited.read_text().replace('"work_items"', '"work_item"'))
    assert migrate.at_head(place.engine), "a boot reads no script"
    place.engine.dispose()
    for _ in range(2):
        refused(place, HistoryAlteredError, "revision 0002 was another one when it was applied")
        monkeypatch.setattr(revisions, "KNOWN", known())
        assert not migrate.at_head(place.engine)
        place.engine.dispose()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (f"DELETE FROM {VERSION_TABLE}", "is empty"),  # noqa: S608
        (f"INSERT INTO {VERSION_TABLE} VALUES ('0001')", "names 2 revisions"),  # noqa: S608
        (f"UPDATE {VERSION_TABLE} SET version_num = 'abcdef012345'", "'abcdef012345' is none of this program's"),  # noqa: S608
        (f"UPDATE {VERSION_TABLE} SET version_num = '0000'", "'0000' is none of this program's"),  # noqa: S608
        (f"UPDATE {VERSION_TABLE} SET version_num = '0002'", "its log names 0003"),  # noqa: S608
        (f"DROP TABLE {LOG_TABLE}", "is missing"),
        (f"DELETE FROM {LOG_TABLE} WHERE revision = '0002'", "does not name revision 0002"),  # noqa: S608
        (f"ALTER TABLE {VERSION_TABLE} RENAME COLUMN version_num TO revision", "`codemation_revision` is another one"),
        (f"ALTER TABLE {LOG_TABLE} RENAME COLUMN checksum TO hash", "`codemation_revision_log` is another one"),
        (f"UPDATE {LOG_TABLE} SET checksum = 'x' WHERE revision = '0001'", "revision 0001 was another one"),  # noqa: S608
    ],
)
def test_an_altered_history(place: Place, statement: str, said: str) -> None:
    migrate.upgrade(place.engine)
    place.engine.dispose()
    execute(place, statement)
    assert not migrate.at_head(place.engine)
    place.engine.dispose()
    refused(place, HistoryAlteredError, said)


def test_a_foreign_database(place: Place) -> None:
    execute(place, "CREATE TABLE customers (id INTEGER)", "INSERT INTO customers VALUES (7)", adopt=True)
    refused(place, ForeignDatabaseError, "customers")
    engine = place.again(adopt=True)
    assert [it.id for it in migrate.upgrade(engine, adopt=True)] == IDS
    engine.dispose()
    assert migrate.status(place.engine).up_to_date
    assert dump(place)["customers"] == ["(7,)"]
    migrate.downgrade(place.engine, BASE)
    place.engine.dispose()
    assert dump(place) == {"customers": ["(7,)"]}
    refused(place, ForeignDatabaseError, "customers")


def test_a_foreign_database_whose_names_collide(place: Place) -> None:
    execute(place, "CREATE TABLE spans (id INTEGER)", "CREATE VIEW runs AS SELECT 1 AS a", adopt=True)
    before = dump(place)
    engine = place.again(adopt=True)
    with pytest.raises(ForeignDatabaseError, match="already holds runs, spans") as caught:
        migrate.upgrade(engine, adopt=True)
    engine.dispose()
    assert (caught.value.code, caught.value.slug) == ("CM511", "foreign-database")
    assert dump(place) == before


def test_an_applications_own_alembic_lives_beside(place: Place) -> None:
    engine = place.again(adopt=True)

    def own(step: str) -> list[str]:
        with engine.begin() as connection:
            context = MigrationContext.configure(connection)
            context._ensure_version_table()
            connection.execute(text("DELETE FROM alembic_version"))
            connection.execute(text(f"INSERT INTO alembic_version VALUES ('{step}')"))  # noqa: S608
            return list(context.get_current_heads())

    assert own("abc") == ["abc"]
    assert [it.id for it in migrate.upgrade(engine, adopt=True)] == IDS
    assert own("def") == ["def"]
    migrate.verify(engine)
    assert migrate.status(engine).current == HEAD
    migrate.downgrade(engine, BASE)
    engine.dispose()
    assert dump(place) == {"alembic_version": ["('def',)"]}


def test_an_extensions_tables_are_nobodys(on_postgresql: Place) -> None:
    added = "ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys"
    execute(on_postgresql, "CREATE TABLE spatial_ref_sys (a int)", added)
    assert [it.id for it in migrate.upgrade(on_postgresql.engine)] == IDS


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {VERSION_TABLE} SET version_num = '0009'",  # noqa: S608
        f"UPDATE {LOG_TABLE} SET checksum = 'edited'",  # noqa: S608
        f"DELETE FROM {VERSION_TABLE}",  # noqa: S608
    ],
)
def test_neither_mode_nor_journal_of_a_refused_file_changes(on_sqlite: Place, statement: str) -> None:
    migrate.upgrade(on_sqlite.engine)
    execute(on_sqlite, statement)
    on_sqlite.engine.dispose()
    with closing(sqlite3.connect(on_sqlite.where)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    path = Path(on_sqlite.where)
    path.chmod(0o644)
    before = snapshot(path.parent)
    for attempt in (migrate.upgrade, migrate.verify, migrate.status, migrate.at_head):
        with suppress(BackendError):
            assert not attempt(on_sqlite.engine)
    with on_sqlite.engine.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.exec_driver_sql("DELETE FROM runs")
    on_sqlite.engine.dispose()
    assert snapshot(path.parent) == before


def test_looking_makes_nothing(on_sqlite: Place) -> None:
    assert migrate.status(on_sqlite.engine).current is None
    assert not migrate.at_head(on_sqlite.engine)
    with pytest.raises(MigrationsPendingError):
        migrate.verify(on_sqlite.engine)
    assert not Path(on_sqlite.where).exists()


@pytest.mark.parametrize(
    ("kind", "statement", "name"),
    [
        ("sqlite", "CREATE TABLE RUNS (a)", "runs"),
        ("sqlite", "CREATE TABLE t (a); CREATE INDEX ix_binaries_run_id ON t (a)", "ix_binaries_run_id"),
        (
            "postgresql",
            "CREATE TABLE t (a int); CREATE INDEX uq_spans_trace_id_span_id ON t (a)",
            "uq_spans_trace_id_s",
        ),
        ("postgresql", "CREATE TABLE t (a int); CREATE TYPE runs AS (a int)", "runs"),
        ("postgresql", "CREATE TABLE t (a int); CREATE SEQUENCE spans_id_seq", "spans_id_seq"),
    ],
)
def test_what_cannot_be_adopted_wholly_is_not_begun(
    request: pytest.FixtureRequest, kind: str, statement: str, name: str
) -> None:
    place: Place = request.getfixturevalue(f"on_{kind}")
    execute(place, *statement.split("; "), adopt=True)
    before = state_of(place.kind, place.where)
    engine = place.again(adopt=True)
    with pytest.raises(ForeignDatabaseError, match=f"already holds {name}"):
        migrate.upgrade(engine, adopt=True)
    engine.dispose()
    assert state_of(place.kind, place.where) == before


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("sqlite", f"UPDATE {LOG_TABLE} SET applied_at = '0001-01-01 00:00:00+14:00'"),  # noqa: S608
        ("sqlite", f"UPDATE {LOG_TABLE} SET applied_at = 7"),  # noqa: S608
        ("sqlite", f"UPDATE {LOG_TABLE} SET checksum = CAST(x'ff' AS TEXT)"),  # noqa: S608
        ("sqlite", f"DROP TABLE {LOG_TABLE}; CREATE VIEW {LOG_TABLE} AS SELECT * FROM gone"),  # noqa: S608
        ("postgresql", f"UPDATE {LOG_TABLE} SET applied_at = 'infinity'"),  # noqa: S608
        ("postgresql", f"ALTER TABLE {VERSION_TABLE} ALTER version_num TYPE bytea USING version_num::bytea"),
    ],
)
def test_odd_values_are_an_altered_history(request: pytest.FixtureRequest, kind: str, statement: str) -> None:
    place: Place = request.getfixturevalue(f"on_{kind}")
    migrate.upgrade(place.engine)
    execute(place, *statement.split("; "))
    place.engine.dispose()
    for attempt in (migrate.status, migrate.upgrade, migrate.verify):
        with pytest.raises(HistoryAlteredError, match="is another one than codemation's"):
            attempt(place.engine)


KILLED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode=DELETE")
connection.execute("PRAGMA cache_size=1")
connection.execute("BEGIN")
connection.execute("UPDATE codemation_revision SET version_num = ?", (sys.argv[2],))
connection.execute("DELETE FROM codemation_revision_log WHERE revision > ?", (sys.argv[2],))
rows = [(str(number) * 900,) for number in range(90)]
connection.executemany("INSERT INTO workflow_activations VALUES (?, 1, NULL, '2026')", rows)
os._exit(0)
"""


def test_what_a_killed_writer_had_not_committed_does_not_count(on_sqlite: Place) -> None:
    migrate.upgrade(on_sqlite.engine)
    on_sqlite.engine.dispose()
    for attempt in (migrate.at_head, lambda engine: migrate.status(engine).up_to_date):
        subprocess.run([sys.executable, "-c", KILLED, on_sqlite.where, "0001"], check=True)
        assert Path(f"{on_sqlite.where}-journal").stat().st_size
        with closing(sqlite3.connect(f"file:{on_sqlite.where}?immutable=1", uri=True)) as half_written:
            assert half_written.execute("SELECT version_num FROM codemation_revision").fetchall() == [("0001",)]
        assert attempt(on_sqlite.engine)
        with on_sqlite.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM workflow_activations").scalar() == 0
        on_sqlite.engine.dispose()


@pytest.mark.parametrize("adopt", [False, True])
def test_a_database_of_prismas(place: Place, adopt: bool) -> None:  # noqa: FBT001
    execute(
        place,
        "CREATE TABLE _prisma_migrations (id TEXT PRIMARY KEY)",
        'CREATE TABLE "Run" (id TEXT PRIMARY KEY)',
        "INSERT INTO \"Run\" VALUES ('1')",
        adopt=True,
    )
    before = dump(place)
    engine = place.again(adopt=adopt)
    with pytest.raises(ForeignDatabaseError, match=r"Prisma made it.*TypeScript host") as caught:
        migrate.upgrade(engine, adopt=adopt)
    engine.dispose()
    assert "adopt" not in str(caught.value)
    assert dump(place) == before
