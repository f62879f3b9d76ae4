"""What migrations leave is what the model says, however they are applied."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from codemation import __version__
from codemation.backend.migrations import migrate, rendered_sql
from codemation.backend.migrations.migrate import BASE, HEAD
from codemation.backend.migrations.offline_sql import offline_sql
from codemation.backend.migrations.rendered_sql import Prerendered, rendered
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE
from codemation.backend.tables import metadata
from codemation.backend.tables.bookkeeping import bookkeeping
from codemation.cli import main
from codemation.host import boot
from tests.backend.places import (
    IDS,
    PROVISION,
    Place,
    counts,
    execute,
    run,
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
    assert abs(found.applied[0].applied_at - datetime.now(UTC)).total_seconds() < 3600
    migrate.verify(place.engine)
    script(place, offline_sql(dialect, BASE, start=HEAD))  # type: ignore[arg-type]
    assert counts(place.engine) == {}


def whole_and_offline(place: Place) -> None:
    script(place, offline_sql(place.engine.dialect.name))  # type: ignore[arg-type]


def step_by_step_and_offline(place: Place) -> None:
    for before, revision in zip([BASE, *IDS], IDS, strict=False):
        script(place, offline_sql(place.engine.dialect.name, revision, before))  # type: ignore[arg-type]


def step_by_step(place: Place) -> None:
    for revision in IDS:
        migrate.upgrade(place.engine, revision)


def by_its_revisions(place: Place) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Prerendered, "covers", lambda *_: False)
        migrate.upgrade(place.engine)


def there_and_back(place: Place) -> None:
    migrate.upgrade(place.engine)
    for target in (BASE, "head", "0003", "head"):
        (migrate.downgrade if target != "head" else migrate.upgrade)(place.engine, target)


def by_a_boot(place: Place) -> None:
    variable = {"sqlite": "CODEMATION_SQLITE_FILE_PATH", "postgresql": "DATABASE_URL"}[place.kind]
    with boot(config=os.devnull, env={variable: place.where}):
        pass


def of_the_file(place: Place) -> list[Any]:
    """What a SQLite file is like, beside its tables."""
    if place.kind != "sqlite":
        return []
    place.engine.dispose()
    names = ("auto_vacuum", "journal_mode", "page_size", "encoding", "user_version", "application_id")
    with closing(sqlite3.connect(place.where)) as connection:
        return [connection.execute(f"PRAGMA {name}").fetchall() for name in names]


@pytest.mark.parametrize(
    "route",
    [whole_and_offline, step_by_step_and_offline, step_by_step, by_its_revisions, there_and_back, by_a_boot],
)
def test_every_route_leads_to_the_same(place: Place, route: Callable[[Place], None]) -> None:
    migrate.upgrade(place.engine)
    found = schema(place.engine), of_the_file(place)
    empty(place)
    route(place)
    migrate.verify(place.engine)
    assert (schema(place.engine), of_the_file(place)) == found


def empty(place: Place) -> None:
    if place.kind == "sqlite":
        place.engine.dispose()
        os.remove(place.where)
    else:
        execute(place, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


def test_offline_sql_makes_a_file_as_a_boot_does(on_sqlite: Place) -> None:
    whole_and_offline(on_sqlite)
    assert of_the_file(on_sqlite)[:2] == [[(2,)], [("wal",)]]


def script(place: Place, sql: str) -> None:
    if place.kind == "sqlite":
        connection = sqlite3.connect(place.where)
        connection.executescript(sql)
        connection.close()
    else:
        with psycopg.connect(place.where, autocommit=True) as server:
            server.execute(sql.encode())


def to_the_letter(place: Place) -> tuple[Any, Any]:
    """All that a migration leaves, but for times."""
    with place.engine.connect() as connection:
        books = connection.exec_driver_sql(
            f"SELECT version_num, revision, checksum, program_version FROM {VERSION_TABLE}, {LOG_TABLE} ORDER BY 2"  # noqa: S608
        ).all()
        if place.kind == "sqlite":
            return connection.exec_driver_sql("SELECT * FROM sqlite_master ORDER BY rowid").all(), books
    return schema(place.engine), books


def test_what_is_rendered_ahead_leaves_what_the_revisions_leave(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(place.engine)
    ahead = to_the_letter(place)
    empty(place)
    monkeypatch.setattr(Prerendered, "covers", lambda *_: False)
    migrate.upgrade(place.engine)
    assert to_the_letter(place) == ahead


def test_a_script_that_changed_since_is_executed_itself(place: Place, scripts: Path) -> None:
    script = scripts / "0003_observability_audit.py"
    script.write_text(script.read_text().replace('"ip_address"', '"address"'))
    migrate.upgrade(place.engine)
    columns = {column["name"] for column in inspect(place.engine).get_columns("audit_events")}
    assert {"address", "ip_address"} & columns == {"address"}


def test_an_empty_database_needs_no_alembic(place: Place) -> None:
    script = (
        f"{PROVISION}\nprint(*[it.id for it in migrate.upgrade(engine)], 'alembic' in sys.modules)\nengine.dispose()"
    )
    assert run(script, place.kind, place.where) == f"{' '.join(IDS)} False\n"


NOTE = "CREATE TABLE notes (it TEXT DEFAULT 'one;\n\ntwo; -- three')"


def test_prerendered_statements_stay_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = migrate.known_revisions()[:2]
    monkeypatch.setattr(rendered_sql, "FOLDER", str(tmp_path))
    (tmp_path / "sqlite.sql").write_text(rendered({one: ["CREATE TABLE first (id)", NOTE], other: ["SELECT 1"]}))
    scripts = Prerendered("sqlite")
    assert scripts.covers([one, other])
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        scripts.upgrade(connection, one)
        assert connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'notes'")).scalar() == NOTE
    engine.dispose()


@pytest.mark.parametrize("statement", ["SELECT 1;\n--\nSELECT 2", f"SELECT '\n-- 0001 {'0' * 64}\n'"])
def test_a_statement_that_cannot_be_told_apart_is_not_rendered(statement: str) -> None:
    with pytest.raises(ValueError, match="revision 0001"):
        rendered({migrate.known_revisions()[0]: [statement]})


def test_a_missing_part_of_the_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    missing = Path(rendered_sql.FOLDER) / "missing"
    monkeypatch.setattr(rendered_sql, "FOLDER", str(missing))
    assert main(["db", "migrate", "--no-env-file"]) == 3
    said = capsys.readouterr().err
    assert f"{missing}/sqlite.sql cannot be used: No such file or directory; it is a part of codemation" in said
