"""Migrations against the real thing: SQLite files, and a PostgreSQL server."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Double,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)

from codemation import __version__
from codemation.backend import migrate, revisions
from codemation.backend.engine import provision, typed_errors
from codemation.backend.errors import (
    BackendError,
    DatabaseLockedError,
    DatabaseUnreachableError,
    SqliteNotWritableError,
)
from codemation.backend.locks import ADVISORY_KEY, Migrating
from codemation.backend.migrate import BASE, HEAD, Patience, Progress
from codemation.backend.migration_errors import (
    DatabaseNewerError,
    ForeignDatabaseError,
    HistoryAlteredError,
    MigrationFailedError,
    MigrationsPendingError,
)
from codemation.backend.reading import reading
from codemation.backend.revisions import LOG_TABLE, VERSION_TABLE
from codemation.backend.tables import UtcDateTime, metadata
from codemation.backend.tables.bookkeeping import bookkeeping
from codemation.runtime_form import Database, EventBus, Retention, Runtime, Scheduler
from tests.conftest import Fresh

_MORE = "op.create_table('more', sa.Column('id', sa.Integer, primary_key=True))"
IDS = [revision.id for revision in migrate.history()]
HOUR = 3_600


def runtime(database: Database) -> Runtime:
    return Runtime(
        database=database,
        scheduler=Scheduler(kind="local", worker_queues=()),
        event_bus=EventBus(kind="memory"),
        retention=Retention(
            run_seconds=HOUR,
            binary_seconds=HOUR,
            telemetry_artifact_seconds=HOUR,
            telemetry_span_seconds=HOUR,
            telemetry_metric_seconds=HOUR,
        ),
    )


class Place(NamedTuple):
    """A database of a test's own, and how to reach it again."""

    kind: str
    where: str
    engine: Engine

    def again(self, *, adopt: bool = False, **options: Any) -> Engine:
        return provision(runtime_of(self.kind, self.where), adopt=adopt, **options)


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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    yield from made(request.param, request)


@pytest.fixture
def on_sqlite(request: pytest.FixtureRequest) -> Iterator[Place]:
    yield from made("sqlite", request)


@pytest.fixture
def on_postgresql(request: pytest.FixtureRequest) -> Iterator[Place]:
    yield from made("postgresql", request)


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the history that a test may change."""
    folder = tmp_path / "migrations" / "versions"
    shutil.copytree(revisions.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(revisions, "FOLDER", str(folder))
    return folder


@pytest.fixture
def add(scripts: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Adds a revision, given what it does."""

    def written(body: str) -> None:
        script = (
            f"import sqlalchemy as sa\nrevision = '0004'\ndown_revision = {HEAD!r}\n\n\n"
            f"def upgrade(op):\n    {body}\n\n\ndef downgrade(op):\n    pass\n"
        )
        (scripts / "0004_more.py").write_text(script)
        monkeypatch.setattr(revisions, "HEAD", "0004")

    return written


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
            for name in inspect(connection).get_table_names()
        }


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


# --- the history ------------------------------------------------------------------------------------------------------


def test_one_head_and_it_is_the_constant() -> None:
    scripts = ScriptDirectory(os.path.dirname(revisions.FOLDER), version_locations=[revisions.FOLDER])
    assert scripts.get_heads() == [HEAD]
    assert scripts.get_bases() == [IDS[0]]
    walked = [script.revision for script in scripts.walk_revisions()]
    assert walked == IDS[::-1]
    assert [script.down_revision for script in scripts.walk_revisions()] == [*IDS[-2::-1], None]


def test_who_only_wants_to_know_imports_nothing() -> None:
    script = (
        "import sys, codemation.backend.revisions, codemation.backend.history, codemation.backend.migration_errors; "
        "print({'sqlalchemy', 'alembic', 'psycopg'} & {*sys.modules})"
    )
    assert run(script) == "set()\n"


def run(script: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def test_checksums_do_not_depend_on_line_ends(scripts: Path) -> None:
    before = [revision.checksum() for revision in migrate.history()]
    for revision in migrate.history():
        path = Path(revision.path)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"  \r\n") + b"\r\n\r\n")
    assert [revision.checksum() for revision in migrate.history()] == before
    assert len(set(before)) == len(before)
    (scripts / "0002_runs.py").write_text("revision = '0002'\n")
    assert migrate.history()[1].checksum() != before[1]


# --- model and migrations ---------------------------------------------------------------------------------------------


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


def test_offline_sql_leaves_the_same(place: Place) -> None:
    migrate.upgrade(place.engine)
    migrated = schema(place.engine)
    migrate.downgrade(place.engine, BASE)
    dialect = place.engine.dialect.name
    script(place, migrate.offline_sql(dialect, "0001"))  # type: ignore[arg-type]
    assert migrate.status(place.engine).current == "0001"
    script(place, migrate.offline_sql(dialect, start="0001"))  # type: ignore[arg-type]
    assert schema(place.engine) == migrated
    found = migrate.status(place.engine)
    assert found.up_to_date
    assert [(row.revision, row.duration_ms, row.program_version) for row in found.applied] == [
        (it, None, __version__) for it in IDS
    ]
    assert abs(found.applied[0].applied_at - datetime.now(UTC)).total_seconds() < HOUR
    migrate.verify(place.engine)
    script(place, migrate.offline_sql(dialect, BASE, start=HEAD))  # type: ignore[arg-type]
    assert counts(place.engine) == {}


def script(place: Place, sql: str) -> None:
    if place.kind == "sqlite":
        connection = sqlite3.connect(place.where)
        connection.executescript(sql)
        connection.close()
    else:
        with psycopg.connect(place.where, autocommit=True) as server:
            server.execute(sql.encode())


# --- up and down ------------------------------------------------------------------------------------------------------


def test_up_tells_and_records(place: Place) -> None:
    told: list[Progress] = []
    before = datetime.now(UTC)
    done = migrate.upgrade(place.engine, on_progress=told.append)
    assert done == migrate.history()
    assert [(it.revision.id, it.number, it.total, it.seconds is None) for it in told] == [
        (revision, number, len(IDS), begins) for number, revision in enumerate(IDS, start=1) for begins in (True, False)
    ]
    found = migrate.status(place.engine)
    assert (found.current, found.pending, found.up_to_date) == (HEAD, (), True)
    for row, revision in zip(found.applied, migrate.history(), strict=True):
        assert (row.revision, row.checksum, row.program_version) == (revision.id, revision.checksum(), __version__)
        assert before <= row.applied_at <= datetime.now(UTC)
        assert row.duration_ms is not None
        assert 0 <= row.duration_ms < 30_000
    assert migrate.upgrade(place.engine, on_progress=told.append) == ()
    assert len(told) == 2 * len(IDS)
    migrate.verify(place.engine)


def test_up_down_up(place: Place) -> None:
    migrate.upgrade(place.engine)
    first = schema(place.engine)
    for revision, before in zip(IDS[::-1], [*IDS[-2::-1], BASE], strict=True):
        assert [it.id for it in migrate.downgrade(place.engine, before)] == [revision]
    assert counts(place.engine) == {}
    assert migrate.status(place.engine).current is None
    for revision in IDS:
        assert [it.id for it in migrate.upgrade(place.engine, revision)] == [revision]
    assert schema(place.engine) == first
    assert [it.id for it in migrate.downgrade(place.engine, BASE)] == IDS[::-1]
    assert migrate.downgrade(place.engine, BASE) == ()


def test_rows_survive_every_revision_and_its_taking_back(place: Place) -> None:
    before: dict[str, int] = {}
    books: dict[str, int] = {}
    for number, revision in enumerate(IDS):
        migrate.upgrade(place.engine, revision)
        after = counts(place.engine)
        books = {VERSION_TABLE: 1, LOG_TABLE: number + 1}
        assert after == {**after, **before, **books}
        seed(place.engine)
        before = counts(place.engine)
        assert all(rows >= 3 for name, rows in before.items() if name not in books)
    assert before.keys() == {*metadata.tables, VERSION_TABLE, LOG_TABLE}
    assert migrate.losses(place.engine, HEAD) == {}
    for target in [*IDS[-2::-1], BASE]:
        lost = migrate.losses(place.engine, target)
        migrate.downgrade(place.engine, target)
        after = counts(place.engine)
        assert lost == {name: rows for name, rows in before.items() if name not in after and name not in books}
        assert {name: rows for name, rows in before.items() if name not in {*lost, *books}} == {
            name: rows for name, rows in after.items() if name not in books
        }
        before = after
    assert before == {}


def test_a_rebuilt_table_keeps_its_childrens_rows(place: Place, add: Callable[[str], None]) -> None:
    migrate.upgrade(place.engine)
    seed(place.engine)
    before = counts(place.engine)
    change = "it.alter_column('trigger_node_id', type_=sa.String(9))"
    add(f"with op.batch_alter_table('runs', recreate='auto') as it: {change}")
    execute(place, "UPDATE runs SET trigger_node_id = 'x'")
    assert [it.id for it in migrate.upgrade(place.engine)] == ["0004"]
    assert counts(place.engine) == {**before, LOG_TABLE: before[LOG_TABLE] + 1}
    with place.engine.begin() as connection:
        connection.execute(text("DELETE FROM binaries"))
        connection.execute(text("DELETE FROM runs"))
    assert counts(place.engine)["node_executions"] == 0, "foreign keys are on again, and cascade"


def test_rows_that_lose_what_they_refer_to_fail_the_revision(on_sqlite: Place, add: Callable[[str], None]) -> None:
    migrate.upgrade(on_sqlite.engine)
    seed(on_sqlite.engine)
    before = dump(on_sqlite)
    add("op.execute('DELETE FROM workflow_snapshots')")
    with pytest.raises(MigrationFailedError, match="rows of runs refer to rows that are gone"):
        migrate.upgrade(on_sqlite.engine)
    assert dump(on_sqlite) == before


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("op.execute('INSERT INTO nowhere VALUES (1)')", "nowhere"),
        ("op.execute(\"INSERT INTO audit_events (action) VALUES ('s3cret')\")", "occurred_at"),
        ("raise KeyError('why')", "KeyError: 'why'"),
    ],
)
def test_a_failing_revision_leaves_nothing(place: Place, add: Callable[[str], None], fault: str, said: str) -> None:
    migrate.upgrade(place.engine)
    seed(place.engine)
    before, was = dump(place), schema(place.engine)
    before_it = "op.execute('DELETE FROM metric_points')", "op.drop_table('spans')"
    add("; ".join((_MORE, *before_it, fault)))
    with pytest.raises(MigrationFailedError) as caught:
        migrate.upgrade(place.engine)
    assert (caught.value.code, caught.value.slug) == ("CM508", "migration-failed")
    assert "revision 0004 (more)" in caught.value.message
    assert said in caught.value.message
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None
    assert dump(place) == before
    assert schema(place.engine) == was
    add(_MORE)
    assert [it.id for it in migrate.upgrade(place.engine)] == ["0004"]


def test_a_disk_that_is_full_is_not_the_revisions_fault(on_sqlite: Place, add: Callable[[str], None]) -> None:
    migrate.upgrade(on_sqlite.engine)
    before = dump(on_sqlite)
    add("op.execute('PRAGMA max_page_count=1'); op.execute('CREATE TABLE more AS SELECT randomblob(99999)')")
    with pytest.raises(SqliteNotWritableError, match="the disk is full"), typed(on_sqlite):
        migrate.upgrade(on_sqlite.engine)
    assert dump(on_sqlite) == before


def test_a_lost_connection_is_not_the_revisions_fault(on_postgresql: Place, add: Callable[[str], None]) -> None:
    migrate.upgrade(on_postgresql.engine)
    before = dump(on_postgresql)
    add(f"{_MORE}; op.execute('SELECT pg_terminate_backend(pg_backend_pid())')")
    with pytest.raises(DatabaseUnreachableError, match="terminating connection"), typed(on_postgresql):
        migrate.upgrade(on_postgresql.engine)
    assert dump(on_postgresql) == before
    add(_MORE)
    assert [it.id for it in migrate.upgrade(on_postgresql.engine)] == ["0004"]


def typed(place: Place) -> AbstractContextManager[None]:
    return typed_errors(runtime_of(place.kind, place.where))


def test_what_a_progress_listener_raises_stops_it(place: Place) -> None:
    def stop(progress: Progress) -> None:
        if progress.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate.upgrade(place.engine, on_progress=stop)
    assert applied(place.engine) == ["0001"]
    assert [it.id for it in migrate.upgrade(place.engine)] == IDS[1:]


def test_targets_that_are_none(place: Place) -> None:
    for wrong in ("0009", "1", "", "HEAD", "'; --"):
        with pytest.raises(ValueError, match="there is no revision"):
            migrate.upgrade(place.engine, wrong)
        with pytest.raises(ValueError, match="there is no revision"):
            migrate.downgrade(place.engine, wrong)
    assert counts(place.engine) == {}
    migrate.upgrade(place.engine, "0002")
    with pytest.raises(ValueError, match="needs a downgrade"):
        migrate.upgrade(place.engine, "0001")
    with pytest.raises(ValueError, match="needs an upgrade"):
        migrate.downgrade(place.engine, "0003")
    assert applied(place.engine) == ["0001", "0002"]


# --- one at a time ----------------------------------------------------------------------------------------------------

_PROVISION = """
import os, sys, time
from codemation.backend import migrate
from codemation.backend.engine import provision
from codemation.runtime_form import Database, EventBus, Retention, Runtime, Scheduler
kind, where, *rest = sys.argv[1:]
engine = provision(Runtime(
    database=Database(kind=kind, **{"sqlite": {"sqlite_file_path": where}, "postgresql": {"url": where}}[kind]),
    scheduler=Scheduler(kind="local", worker_queues=()),
    event_bus=EventBus(kind="memory"),
    retention=Retention(**dict.fromkeys(Retention.__struct_fields__, 1)),
))
"""
_MIGRATOR = f"""{_PROVISION}
from codemation.backend import steps
open(rest[0] + str(os.getpid()), "w").close()
while not os.path.exists(rest[0]):
    time.sleep(0.005)
print(*[it.id for it in migrate.upgrade(engine)])
engine.dispose()
"""
_BOOT = f"""{_PROVISION}
migrate.verify(engine)
print(migrate.upgrade(engine), "alembic" in sys.modules)
engine.dispose()
"""


def test_eight_processes_migrate_at_once(place: Place, tmp_path: Path) -> None:
    go = tmp_path / "go"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", _MIGRATOR, place.kind, place.where, str(go)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        for _ in range(8)
    ]
    while len(list(tmp_path.glob("go*"))) < 8 and all(it.poll() is None for it in processes):
        time.sleep(0.01)
    go.touch()
    results = [process.communicate(timeout=60) for process in processes]
    assert [error for _, error in results] == [""] * 8
    assert sorted(revision for said, _ in results for revision in said.split()) == IDS
    assert applied(place.engine) == IDS


def test_threads_migrate_at_once(place: Place) -> None:
    done: list[str] = []
    failed: list[BaseException] = []

    def work() -> None:
        engine = place.again()
        try:
            done.extend(it.id for it in migrate.upgrade(engine))
        except BaseException as error:  # noqa: BLE001
            failed.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(done), failed) == (IDS, [])


def test_another_writer_on_sqlite(on_sqlite: Place) -> None:
    migrate.upgrade(on_sqlite.engine, "0001")
    writer = sqlite3.connect(on_sqlite.where, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    engine = on_sqlite.again(connect_args={"timeout": 0.05})
    with pytest.raises(DatabaseLockedError, match="another process migrates or locks the database"):
        migrate.upgrade(engine, patience=Patience(migrator=0.2))
    engine.dispose()
    writer.execute("ROLLBACK")
    writer.close()
    assert [it.id for it in migrate.upgrade(on_sqlite.engine)] == IDS[1:]


def test_another_migrator_on_postgresql(on_postgresql: Place) -> None:
    with psycopg.connect(on_postgresql.where, application_name="other-host") as other:
        other.execute(f"SELECT pg_advisory_xact_lock({ADVISORY_KEY})".encode())
        with pytest.raises(DatabaseLockedError) as caught:
            migrate.upgrade(on_postgresql.engine, patience=Patience(migrator=0.2))
        assert f"held by process {other.info.backend_pid} (other-host), idle in transaction, since 2" in str(
            caught.value
        )
        assert "SELECT" not in caught.value.message
        assert counts(on_postgresql.engine) == {}
        timer = threading.Timer(0.3, other.rollback)
        timer.start()
        assert [it.id for it in migrate.upgrade(on_postgresql.engine)] == IDS
        timer.join()


def test_a_table_in_use_on_postgresql(on_postgresql: Place, add: Callable[[str], None]) -> None:
    migrate.upgrade(on_postgresql.engine)
    add("op.add_column('runs', sa.Column('more', sa.Text))")
    waits: list[float] = []
    over = threading.Event()

    def read() -> None:
        with psycopg.connect(on_postgresql.where, autocommit=True) as reader:
            while not over.is_set():
                began = time.monotonic()
                reader.execute("SELECT count(*) FROM runs")
                waits.append(time.monotonic() - began)

    thread = threading.Thread(target=read)
    with psycopg.connect(on_postgresql.where, application_name="dashboard") as idle:
        idle.execute("SELECT 'canary' FROM runs")
        thread.start()
        try:
            with pytest.raises(DatabaseLockedError) as caught:
                migrate.upgrade(on_postgresql.engine, patience=Patience(table=0.3, attempts=2))
        finally:
            over.set()
            thread.join()
        assert caught.value.code == "CM504"
        assert "revision 0004 waited 0.6 s in vain" in caught.value.message
        assert (
            f"held by process {idle.info.backend_pid} (dashboard), idle in transaction, since 2" in caught.value.message
        )
        assert "canary" not in str(caught.value)
        assert 0.2 < max(waits) < 0.6
        assert applied_in_log(on_postgresql) == IDS
        timer = threading.Timer(0.5, idle.rollback)
        timer.start()
        assert [it.id for it in migrate.upgrade(on_postgresql.engine, patience=Patience(table=0.2))] == ["0004"]
        timer.join()


def applied_in_log(place: Place) -> list[str]:
    with place.engine.connect() as connection:
        return list(connection.execute(text(f"SELECT revision FROM {LOG_TABLE} ORDER BY 1")).scalars())  # noqa: S608


def test_a_stricter_isolation_of_the_hosts_changes_nothing(on_postgresql: Place) -> None:
    engine = on_postgresql.again(isolation_level="SERIALIZABLE", pool_size=1, max_overflow=0)
    assert [it.id for it in migrate.upgrade(engine)] == IDS
    with engine.connect() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "serializable"
        assert connection.execute(text("SHOW lock_timeout")).scalar() == "0"
    engine.dispose()


def test_how_it_reads_and_locks_on_postgresql(on_postgresql: Place) -> None:
    """What only a race or a transaction pooler would show."""
    engine = on_postgresql.again(isolation_level="SERIALIZABLE")
    shown = ("transaction_isolation", "transaction_read_only", "search_path", "lock_timeout")
    with reading(engine) as connection:
        assert [connection.execute(text(f"SHOW {it}")).scalar() for it in shown] == [
            *("repeatable read", "on", "public", "0")
        ]
    with Migrating(engine, Patience(table=1.5)) as migrating, migrating.locked() as connection:
        assert [connection.execute(text(f"SHOW {it}")).scalar() for it in shown] == [
            *("read committed", "off", "public", "1500ms")
        ]
        driver: Any = connection.connection.driver_connection
        assert driver.prepare_threshold is None
    engine.dispose()


def test_the_hosts_connections_stay_as_they_are(place: Place) -> None:
    with place.engine.connect():
        pass
    migrate.upgrade(place.engine)
    migrate.verify(place.engine)
    with place.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if place.kind == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
            assert driver.isolation_level == ""
            assert driver.in_transaction
        else:
            assert driver.prepare_threshold == 5
            assert not driver.autocommit


# --- what is refused --------------------------------------------------------------------------------------------------


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
    add(_MORE)
    migrate.upgrade(place.engine)
    place.engine.dispose()
    (scripts / "0004_more.py").unlink()
    monkeypatch.setattr(revisions, "HEAD", HEAD)
    refused(place, DatabaseNewerError, "at revision 0004", "up to 0003")


def test_an_edited_revision(place: Place, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(place.engine)
    place.engine.dispose()
    migrate.verify(place.engine)  # one read only: it goes by the revision
    place.engine.dispose()
    edited = scripts / "0002_runs.py"
    edited.write_text(edited.read_text().replace('"work_items"', '"work_item"'))
    with pytest.raises(HistoryAlteredError) as caught:
        migrate.status(place.engine)
    assert (caught.value.code, caught.value.slug) == ("CM507", "migration-history-altered")
    place.engine.dispose()
    monkeypatch.setattr(revisions, "HEAD", "0004")
    refused(place, HistoryAlteredError, "revision 0002 was another one when it was applied")


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
        (f"UPDATE {LOG_TABLE} SET checksum = 'x' WHERE revision = '0001'", "revision 0001 was another one"),  # noqa: S608
    ],
)
def test_an_altered_history(place: Place, statement: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(place.engine)
    place.engine.dispose()
    execute(place, statement)
    monkeypatch.setattr(revisions, "HEAD", "0004")  # so that nobody is content with the revision alone
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


# --- schemas, logging, imports ----------------------------------------------------------------------------------------


def test_only_the_current_schema_counts(on_postgresql: Place) -> None:
    """`search_path=app,public`, with somebody else's codemation in `public`."""
    migrate.upgrade(on_postgresql.engine)
    execute(on_postgresql, "CREATE SCHEMA app")
    options = quote("-csearch_path=app,public", safe="")
    within = Place("postgresql", f"{on_postgresql.where}&options={options}", on_postgresql.engine)
    engine = within.again()
    with pytest.raises(MigrationsPendingError, match="has no tables yet"):
        migrate.verify(engine)
    assert [it.id for it in migrate.upgrade(engine, "0002")] == IDS[:2]
    with engine.connect() as connection:
        assert inspect(connection).has_table("runs", schema="app")
        assert not inspect(connection).has_table("spans", schema="app")
        assert connection.execute(text("SHOW search_path")).scalar() == "app,public"
        connection.rollback()
    assert migrate.losses(engine, "0001")["runs"] == 0
    migrate.downgrade(engine, BASE)
    migrate.verify(on_postgresql.engine)
    assert [it.id for it in migrate.upgrade(engine)] == IDS
    migrate.verify(engine)
    engine.dispose()


def test_a_search_path_that_leads_nowhere(on_postgresql: Place) -> None:
    where = f"{on_postgresql.where}&options={quote('-csearch_path=nowhere', safe='')}"
    engine = Place("postgresql", where, on_postgresql.engine).again()
    with pytest.raises(MigrationFailedError, match="no schema has been selected"):
        migrate.upgrade(engine)
    engine.dispose()
    assert counts(on_postgresql.engine) == {}


def test_logging_is_the_applications(place: Place) -> None:
    own = logging.getLogger("an.application")
    root = logging.getLogger()
    names = ("alembic", "alembic.runtime.migration", "sqlalchemy", "sqlalchemy.engine")

    def state() -> list[Any]:
        loggers = [root, own, *map(logging.getLogger, names)]
        return [(it.name, it.level, it.disabled, list(it.handlers), it.propagate, list(it.filters)) for it in loggers]

    before = state()
    migrate.upgrade(place.engine)
    migrate.downgrade(place.engine, BASE)
    assert state() == before


def test_a_boot_at_head_imports_no_alembic(place: Place) -> None:
    migrate.upgrade(place.engine)
    assert run(_BOOT, place.kind, place.where) == "() False\n"


def test_the_check_at_head_is_one_statement(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    migrate.upgrade(place.engine)
    engine = place.again(echo=False)
    with engine.connect():
        pass
    with caplog.at_level(logging.INFO, logger="sqlalchemy.engine"):
        engine.echo = True
        migrate.verify(engine)
    engine.dispose()
    statements = [it.getMessage() for it in caplog.records if "[" not in it.getMessage()[:1]]
    assert len([it for it in statements if VERSION_TABLE in it]) == 1
    assert not [it for it in statements if "pg_class" in it or LOG_TABLE in it]


def test_the_bookkeeping_is_not_a_hosts_table() -> None:
    assert isinstance(bookkeeping, MetaData)
    assert isinstance(bookkeeping.tables[LOG_TABLE], Table)
    assert not bookkeeping.tables.keys() & metadata.tables.keys()
