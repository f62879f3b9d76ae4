"""Engines against the real thing: SQLite files, and a PostgreSQL server."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, exc, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from codemation.backend import postgresql as postgresql_backend
from codemation.backend import sqlite
from codemation.backend.engine import READONLY, kind_of_database, provision, provision_async, typed_errors
from codemation.backend.errors import (
    BackendError,
    DatabaseAuthenticationError,
    DatabaseLockedError,
    DatabaseUnreachableError,
    SqliteNotWritableError,
)
from codemation.runtime_form import Database, EventBus, Retention, Runtime, Scheduler
from tests.conftest import SCRAM_PASSWORD, Fresh, Server

OURS = "CREATE TABLE codemation_revision (revision TEXT)"


def runtime(database: Database) -> Runtime:
    return Runtime(
        database=database,
        scheduler=Scheduler(kind="local", worker_queues=()),
        event_bus=EventBus(kind="memory"),
        retention=Retention(
            run_seconds=1,
            binary_seconds=1,
            telemetry_artifact_seconds=1,
            telemetry_span_seconds=1,
            telemetry_metric_seconds=1,
        ),
    )


def on_file(path: Path) -> Runtime:
    return runtime(Database(kind="sqlite", sqlite_file_path=str(path)))


def on_server(url: str) -> Runtime:
    return runtime(Database(kind="postgresql", url=url))


@contextmanager
def opened(given: Runtime, **options: object) -> Iterator[Engine]:
    engine = provision(given, **options)  # type: ignore[arg-type]
    try:
        yield engine
    finally:
        engine.dispose()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def scalar(connection: Connection, statement: str) -> object:
    return connection.execute(text(statement)).scalar()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new" / "db.sqlite"


def make(path: Path, *statements: str) -> Path:
    """A database made without codemation."""
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return make(tmp_path / "ours.db", OURS)


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


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody can reach: pytest's own are root's alone."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_the_package_and_its_errors_import_no_driver() -> None:
    script = (
        "import sys, codemation.backend, codemation.backend.errors; print({'sqlalchemy', 'psycopg'} & {*sys.modules})"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment)
    assert ran.stdout == "set()\n"


# --- SQLite: what is made ---------------------------------------------------------------------------------------------


def test_file_and_folder_are_made_private(file: Path) -> None:
    old = os.umask(0)
    try:
        with opened(on_file(file)) as engine, engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (a)"))
            assert (mode(file.parent), mode(file)) == (0o700, 0o600)
            assert [mode(Path(f"{file}{suffix}")) for suffix in ("-wal", "-shm")] == [0o600, 0o600]
    finally:
        os.umask(old)


def test_the_file_is_private_from_its_first_moment(file: Path) -> None:
    old = os.umask(0)
    try:
        sqlite._create(file)
    finally:
        os.umask(old)
    assert mode(file) == 0o600


def test_only_a_missing_folder_gets_a_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with opened(on_file(tmp_path / "a" / "b" / "db")) as engine, engine.connect():
        assert (mode(tmp_path), mode(tmp_path / "a" / "b")) == (0o755, 0o700)


def test_nothing_is_opened_before_the_first_connection(file: Path) -> None:
    with opened(on_file(file)):
        assert not file.parent.exists()


def test_pragmas(file: Path) -> None:
    with opened(on_file(file)) as engine:
        for _ in range(2):
            with engine.connect() as connection:
                assert scalar(connection, "PRAGMA journal_mode") == "wal"
                assert scalar(connection, "PRAGMA foreign_keys") == 1
                assert scalar(connection, "PRAGMA synchronous") == 1
                assert scalar(connection, "PRAGMA busy_timeout") == 10_000
                assert scalar(connection, "PRAGMA auto_vacuum") == 2
            engine.dispose()
    with opened(on_file(file), connect_args={"timeout": 0.25}) as engine, engine.connect() as connection:
        assert scalar(connection, "PRAGMA busy_timeout") == 250


def test_one_of_ours_is_made_private_and_wal(tmp_path: Path) -> None:
    path = make(tmp_path / "db", OURS)
    path.chmod(0o664)
    with opened(on_file(path)) as engine, engine.connect() as connection:
        assert kind_of_database(connection) == "ours"
        assert scalar(connection, "PRAGMA journal_mode") == "wal"
        assert mode(path) == 0o600
        assert mode(Path(f"{path}-shm")) == 0o600


@pytest.mark.parametrize("name", ["a b?c#d%41.db", "ünï;\u2713.db", "file:x", "-", "'\"`.db"])
def test_any_name_is_a_name(tmp_path: Path, name: str) -> None:
    with opened(on_file(tmp_path / name)) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a)"))
    assert [path.name for path in tmp_path.iterdir()] == [name]


# --- SQLite: whose it is ----------------------------------------------------------------------------------------------


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns, mode(path))
        for path in (folder, *folder.iterdir())
        if path.is_file()
    }


def crash_with_wal(path: Path, statement: str = "INSERT INTO t VALUES (1)") -> None:
    """Leave what a killed writer leaves: a `-wal` that is not yet in the database."""
    script = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode=WAL');"
        "c.execute(sys.argv[2]); c.commit(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, path, statement], check=True)


def crash_with_journal(path: Path) -> None:
    """Leave a transaction that the next writer has to roll back."""
    script = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA cache_size=1');"
        "c.executemany('INSERT INTO t VALUES (?)', [('x' * 3000,)] * 99); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, path], check=True)
    assert Path(f"{path}-journal").stat().st_size


FOREIGN: dict[str, Callable[[Path], object]] = {
    "rollback journal": lambda path: make(path, "CREATE TABLE t (a)"),
    "WAL": lambda path: make(path, "PRAGMA journal_mode=WAL", "CREATE TABLE t (a)"),
    "a view": lambda path: make(path, "CREATE VIEW v AS SELECT 1"),
    "a left -wal": lambda path: crash_with_wal(make(path, "CREATE TABLE t (a)")),
    "a hot journal": lambda path: crash_with_journal(make(path, "CREATE TABLE t (a)")),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_foreign_database_stays_as_it_was(tmp_path: Path, case: str) -> None:
    path = tmp_path / "foreign.db"
    FOREIGN[case](path)
    path.chmod(0o644)
    # Whoever maps the index of a WAL writes locks into it.
    before = {name: state for name, state in snapshot(tmp_path).items() if not name.endswith("-shm")}
    with opened(on_file(path)) as engine:
        with engine.connect() as connection:
            assert kind_of_database(connection) == "foreign"
            connection.commit()
            scalar(connection, "SELECT count(*) FROM sqlite_master")
        with engine.connect() as connection, pytest.raises(exc.OperationalError, match="readonly"):
            connection.execute(text("CREATE TABLE mine (a)"))
    assert {name: state for name, state in snapshot(tmp_path).items() if not name.endswith("-shm")} == before


def test_what_is_in_the_wal_alone_counts(tmp_path: Path) -> None:
    path = make(tmp_path / "db", "CREATE TABLE t (a)")
    crash_with_wal(path, OURS)
    with opened(on_file(path)) as engine, engine.connect() as connection:
        assert kind_of_database(connection) == "ours"


def test_a_foreign_database_can_be_adopted(tmp_path: Path) -> None:
    path = make(tmp_path / "foreign.db", "CREATE TABLE t (a)")
    path.chmod(0o644)
    with opened(on_file(path), adopt=True) as engine, engine.begin() as connection:
        assert kind_of_database(connection) == "foreign"
        assert (scalar(connection, "PRAGMA journal_mode"), mode(path)) == ("delete", 0o644)
        connection.execute(text(OURS))
    with opened(on_file(path)) as engine, engine.connect() as connection:
        assert kind_of_database(connection) == "ours"
        assert (scalar(connection, "PRAGMA journal_mode"), mode(path)) == ("wal", 0o600)


def test_kinds(file: Path) -> None:
    with opened(on_file(file)) as engine, engine.begin() as connection:
        assert kind_of_database(connection) == "empty"
        connection.execute(text("CREATE TABLE t (a)"))
        assert kind_of_database(connection) == "foreign"
        connection.execute(text(OURS))
        assert kind_of_database(connection) == "ours"


def test_a_killed_switch_to_wal_is_finished(tmp_path: Path) -> None:
    """A file whose first page is written and whose journal is hot: ours, and not begun."""
    path = tmp_path / "db"
    script = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA user_version=0');"
    subprocess.run([sys.executable, "-c", script, path], check=True)
    make(path, "PRAGMA user_version=7")
    header = bytes.fromhex("d9d505f920a163d7")
    # One page in the journal, and a main file that differs.
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=PERSIST")
        connection.execute("PRAGMA user_version=8")
    journal = Path(f"{path}-journal")
    data = journal.read_bytes()
    journal.write_bytes(header + (1).to_bytes(4, "big") + data[12:])
    with opened(on_file(path)) as engine, engine.connect() as connection:
        assert kind_of_database(connection) == "empty"
        assert scalar(connection, "PRAGMA journal_mode") == "wal"
    assert not journal.exists()


# --- SQLite: transactions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("readonly", [False, True])
def test_rollback_takes_back_ddl_and_dml(ours: Path, *, readonly: bool) -> None:
    with opened(on_file(ours), execution_options={READONLY: readonly}) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (a)"))
            connection.execute(text("INSERT INTO t VALUES (1)"))
        with engine.connect() as connection:
            connection.execute(text("CREATE TABLE gone (a)"))
            connection.execute(text("ALTER TABLE t ADD COLUMN b"))
            connection.execute(text("UPDATE t SET a = 2"))
            connection.execute(text("DROP TABLE gone"))
            connection.execute(text("CREATE TABLE gone (b)"))
            connection.rollback()
            assert scalar(connection, "SELECT group_concat(name) FROM sqlite_master") == "codemation_revision,t"
            assert connection.execute(text("SELECT * FROM t")).all() == [(1,)]


def test_a_transaction_sees_one_state_from_its_first_read_on(ours: Path) -> None:
    with opened(on_file(ours)) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (a)"))
        with engine.connect().execution_options(**{READONLY: True}) as reader:
            assert scalar(reader, "SELECT count(*) FROM t") == 0
            with engine.begin() as writer:
                writer.execute(text("INSERT INTO t VALUES (1)"))
            assert scalar(reader, "SELECT count(*) FROM t") == 0
            reader.commit()
            assert scalar(reader, "SELECT count(*) FROM t") == 1


def test_readers_can_stand_beside_a_writer_and_writers_cannot(ours: Path) -> None:
    with opened(on_file(ours), connect_args={"timeout": 0.05}) as engine, engine.begin() as writer:
        writer.execute(text("CREATE TABLE t (a)"))
        with engine.execution_options(**{READONLY: True}).connect() as reader:
            assert scalar(reader, "SELECT count(*) FROM sqlite_master") == 1
        with engine.connect() as other, pytest.raises(exc.OperationalError, match="locked"):
            scalar(other, "SELECT 1")


def test_a_connection_that_waited_in_vain_is_transactional_afterwards(ours: Path) -> None:
    with opened(on_file(ours), connect_args={"timeout": 0.05}) as engine:
        with engine.begin() as first:
            first.execute(text("CREATE TABLE t (a)"))
        with engine.connect() as other:
            with engine.begin(), pytest.raises(exc.OperationalError, match="locked"):
                other.execute(text("INSERT INTO t VALUES (1)"))
            other.execute(text("INSERT INTO t VALUES (2)"))
            other.rollback()
            assert scalar(other, "SELECT count(*) FROM t") == 0


def test_autocommit_is_respected_and_ends_with_its_connection(ours: Path) -> None:
    with opened(on_file(ours), pool_size=1, max_overflow=0) as engine:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CREATE TABLE t (a)"))
            connection.execute(text("VACUUM"))
            connection.rollback()
        with engine.connect() as connection:
            assert scalar(connection, "SELECT count(*) FROM t") == 0
            connection.execute(text("INSERT INTO t VALUES (1)"))
            connection.rollback()
            assert scalar(connection, "SELECT count(*) FROM t") == 0


def test_savepoints(ours: Path) -> None:
    with opened(on_file(ours)) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a)"))
        with connection.begin_nested() as inner:
            connection.execute(text("INSERT INTO t VALUES (1)"))
            inner.rollback()
        with connection.begin_nested():
            connection.execute(text("INSERT INTO t VALUES (2)"))
        assert scalar(connection, "SELECT group_concat(a) FROM t") == "2"


def test_skipping_autocommits_rollback_leaves_no_transaction_open(ours: Path) -> None:
    with opened(on_file(ours), skip_autocommit_rollback=True, pool_size=1, connect_args={"timeout": 0.05}) as engine:
        with engine.connect() as connection:
            connection.execute(text("CREATE TABLE t (a)"))
        with closing(sqlite3.connect(ours, timeout=0)) as other:
            other.execute("CREATE TABLE t (a)")


def test_concurrent_writers_lose_nothing(ours: Path) -> None:
    with opened(on_file(ours)) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (a INTEGER)"))
            connection.execute(text("INSERT INTO t VALUES (0)"))
        failures: list[Exception] = []

        def count() -> None:
            try:
                for _ in range(25):
                    with engine.begin() as connection:
                        found = scalar(connection, "SELECT a FROM t")
                        time.sleep(0)
                        connection.execute(text("UPDATE t SET a = :a"), {"a": int(str(found)) + 1})
            except Exception as error:  # noqa: BLE001
                failures.append(error)

        threads = [threading.Thread(target=count) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        with engine.connect() as connection:
            assert scalar(connection, "SELECT a FROM t") == 200


OPENER = """
import sys, time
from pathlib import Path
from sqlalchemy import text
from codemation.backend import postgresql as postgresql_backend
from codemation.backend import sqlite
from codemation.backend.engine import kind_of_database, provision
from tests.test_engine import on_file
engine = provision(on_file(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
with engine.begin() as connection:
    kind = kind_of_database(connection)
    assert kind in ("empty", "ours"), kind
    connection.execute(text("CREATE TABLE IF NOT EXISTS codemation_revision (revision TEXT)"))
    connection.execute(text("INSERT INTO codemation_revision VALUES ('x')"))
engine.dispose()
"""


def test_sixteen_processes_open_one_fresh_file(file: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    openers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", OPENER, file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(16)
    ]
    for opener in openers:
        assert opener.stdout
        opener.stdout.readline()
    for opener in openers:
        assert opener.stdin
        opener.stdin.write("\n")
        opener.stdin.flush()
    assert [(opener.communicate()[1], opener.returncode) for opener in openers] == [("", 0)] * 16
    with opened(on_file(file)) as engine, engine.connect() as connection:
        assert scalar(connection, "SELECT count(*) FROM codemation_revision") == 16
        assert scalar(connection, "PRAGMA journal_mode") == "wal"
        assert scalar(connection, "PRAGMA auto_vacuum") == 2
        assert mode(file) == 0o600


def test_threads_open_fresh_files(tmp_path: Path) -> None:
    barrier = threading.Barrier(12)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            for at in range(5):
                with opened(on_file(tmp_path / f"new{at}" / "db")) as engine:
                    barrier.wait(60)
                    with engine.begin() as connection:
                        connection.execute(text("CREATE TABLE IF NOT EXISTS codemation_revision (revision TEXT)"))
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_the_switch_to_wal_is_tried_again(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite may refuse it at once, whatever `busy_timeout`, where another opener switches too."""
    refusals = [1, 2, 3]

    def execute(self: sqlite.Opening, statement: str) -> sqlite3.Cursor:
        if statement == "PRAGMA journal_mode=WAL" and refusals:
            refusals.pop()
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        return sqlite3.Connection.execute(self, statement)

    monkeypatch.setattr(sqlite.Opening, "execute", execute)
    with opened(on_file(ours)) as engine, engine.connect() as connection:
        assert scalar(connection, "PRAGMA journal_mode") == "wal"
    assert not refusals


# --- SQLite: what goes wrong ------------------------------------------------------------------------------------------


def failure(given: Runtime, **options: object) -> BackendError:
    with opened(given, **options) as engine, pytest.raises(BackendError) as caught, engine.connect():
        pass
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


def test_a_directory(tmp_path: Path) -> None:
    error = failure(on_file(tmp_path))
    assert isinstance(error, SqliteNotWritableError)
    assert (error.code, error.slug) == ("CM503", "sqlite-not-writable")
    assert error.message == f"the SQLite file {tmp_path} is a directory"
    assert str(error) == f"error[CM503]: {error.message} (help: {error.help})"


@pytest.mark.parametrize("content", ["hi", "kind = 'sqlite'\n" * 300])
def test_a_text_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "db"
    path.write_text(content)
    path.chmod(0o644)
    before = snapshot(tmp_path)
    error = failure(on_file(path))
    assert isinstance(error, SqliteNotWritableError)
    assert "is not a SQLite database" in error.message
    assert snapshot(tmp_path) == before


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    assert f"cannot be created: {tmp_path / 'x'}: File exists" in failure(on_file(tmp_path / "x" / "y" / "db")).message


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "db").symlink_to(tmp_path / "no" / "where")
    assert "cannot be opened" in failure(on_file(tmp_path / "db")).message


@pytest.mark.parametrize("content", [[], [OURS], ["PRAGMA journal_mode=WAL", OURS]])
def test_a_read_only_file(open_folder: Path, content: list[str]) -> None:
    path = make(open_folder / "db", *content)
    path.touch()
    path.chmod(0o440)
    with unprivileged(open_folder, path):
        error = failure(on_file(path))
    assert isinstance(error, SqliteNotWritableError)
    assert "read-only" in error.message
    assert mode(path) == 0o400


def test_a_read_only_folder(open_folder: Path) -> None:
    path = make(open_folder / "db", OURS)
    open_folder.chmod(0o500)
    with unprivileged(open_folder, path):
        errors = [failure(on_file(path)), failure(on_file(open_folder / "new")), failure(on_file(open_folder / "a/b"))]
    assert {type(error) for error in errors} == {SqliteNotWritableError}
    assert "read-only" in errors[0].message
    assert "cannot be created: Permission denied" in errors[1].message


def test_a_full_disk(file: Path) -> None:
    given = on_file(file)
    with opened(given) as engine, engine.connect() as connection:
        connection.execute(text("CREATE TABLE t (a)"))
        connection.execute(text("PRAGMA max_page_count = 3"))
        with pytest.raises(SqliteNotWritableError, match="disk is full"), typed_errors(given):
            connection.execute(text("INSERT INTO t VALUES (zeroblob(99999))"))


@pytest.mark.parametrize("written", [False, True])
def test_a_locked_database(tmp_path: Path, *, written: bool) -> None:
    path = make(tmp_path / "db", OURS)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        if written:
            holder.execute("CREATE TABLE t (a)")
        assert Path(f"{path}-journal").exists() is written
        started = time.monotonic()
        error = failure(on_file(path), connect_args={"timeout": 1.5})
        assert 1.5 <= time.monotonic() - started < 2.9  # once, not for each look
    assert isinstance(error, DatabaseLockedError)
    assert error.code == "CM504"


def test_a_lock_that_another_transaction_holds(ours: Path) -> None:
    given = on_file(ours)
    with (
        opened(given, connect_args={"timeout": 0.05}) as engine,
        engine.begin(),
        pytest.raises(DatabaseLockedError),
        typed_errors(given),
        engine.begin(),
    ):
        pass


def test_typed_errors_lets_pass_what_is_not_the_databases_fault(file: Path) -> None:
    given = on_file(file)
    with opened(given) as engine, engine.connect() as connection:
        with pytest.raises(exc.OperationalError, match="no such table"), typed_errors(given):
            connection.execute(text("SELECT * FROM missing"))
        with pytest.raises(ZeroDivisionError), typed_errors(given):
            print(1 / 0)


@pytest.mark.parametrize("name", ["factory", "uri", "isolation_level", "autocommit"])
def test_connect_args_cannot_undo_it(file: Path, name: str) -> None:
    with pytest.raises(TypeError, match=name):
        provision(on_file(file), connect_args={name: None})


def test_engine_options_reach_the_engine(file: Path) -> None:
    given = {"detect_types": sqlite3.PARSE_DECLTYPES}
    with opened(
        on_file(file), poolclass=NullPool, echo=False, execution_options={"x": 1}, connect_args=given
    ) as engine:
        assert isinstance(engine.pool, NullPool)
        with engine.connect() as connection:
            assert connection.get_execution_options()["x"] == 1
    assert given == {"detect_types": sqlite3.PARSE_DECLTYPES}
    with opened(on_file(file), pool_size=3) as engine:
        assert engine.pool.size() == 3  # type: ignore[attr-defined]


def test_async_sqlite(file: Path, tmp_path: Path) -> None:
    async def run() -> None:
        engine = provision_async(on_file(file))
        try:
            async with engine.begin() as connection:
                assert await connection.run_sync(kind_of_database) == "empty"
                await connection.execute(text(OURS))
            async with engine.connect() as connection:
                await connection.execute(text("CREATE TABLE gone (a)"))
                await connection.rollback()
                assert await connection.run_sync(lambda it: scalar(it, "SELECT count(*) FROM sqlite_master")) == 1
                for pragma, value in (("journal_mode", "wal"), ("foreign_keys", 1), ("auto_vacuum", 2)):
                    assert await connection.scalar(text(f"PRAGMA {pragma}")) == value
                await connection.rollback()
                async with engine.connect() as connected:
                    reader = await connected.execution_options(**{READONLY: True})
                    async with engine.begin() as writer:
                        await writer.execute(text("INSERT INTO codemation_revision VALUES ('x')"))
                        assert await reader.scalar(text("SELECT count(*) FROM codemation_revision")) == 0
        finally:
            await engine.dispose()
        assert mode(file) == 0o600
        broken = provision_async(on_file(tmp_path))
        with pytest.raises(SqliteNotWritableError) as caught:
            async with broken.connect():
                pass
        assert caught.value.__context__ is None
        await broken.dispose()

    asyncio.run(run())


def test_waiting_for_sqlite_does_not_block_the_event_loop(ours: Path) -> None:
    async def run() -> int:
        engine = provision_async(on_file(ours), connect_args={"timeout": 0.5})
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.create_task(tick())
        with pytest.raises(DatabaseLockedError):
            async with engine.connect():
                pass
        ticking.cancel()
        await engine.dispose()
        return ticks

    with closing(sqlite3.connect(ours, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert asyncio.run(run()) > 5


# --- PostgreSQL -------------------------------------------------------------------------------------------------------

SETTING = "SELECT current_setting(:name)"


def setting(connection: Connection, name: str) -> object:
    return connection.execute(text(SETTING), {"name": name}).scalar()


@pytest.mark.postgresql
def test_postgresql_is_transactional_and_known(postgresql: Fresh) -> None:
    with opened(on_server(postgresql.url)) as engine:
        with engine.begin() as connection:
            assert scalar(connection, "SELECT current_database()") == postgresql.name
            assert setting(connection, "application_name") == "codemation"
            assert kind_of_database(connection) == "empty"
        with engine.connect() as connection:
            connection.execute(text("CREATE TABLE t (a int)"))
            assert kind_of_database(connection) == "foreign"
            connection.execute(text(OURS))
            assert kind_of_database(connection) == "ours"
            connection.rollback()
            assert kind_of_database(connection) == "empty"


@pytest.mark.postgresql
def test_kind_follows_the_search_path(postgresql: Fresh) -> None:
    with opened(on_server(postgresql.url)) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (a int)"))
        connection.execute(text("CREATE SCHEMA mine"))
    given = on_server(f"{postgresql.url}&options=-csearch_path%3Dmine,public")
    with opened(given) as engine, engine.begin() as connection:
        assert kind_of_database(connection) == "empty"
        connection.execute(text(OURS))
        assert kind_of_database(connection) == "ours"
    with opened(on_server(postgresql.url)) as engine, engine.begin() as connection:
        assert kind_of_database(connection) == "foreign"
    with opened(on_server(f"{postgresql.url}&options=-csearch_path%3Dnone")) as engine, engine.begin() as connection:
        assert kind_of_database(connection) == "empty"


@pytest.mark.postgresql
def test_an_extensions_tables_are_nobodys(postgresql: Fresh) -> None:
    with opened(on_server(postgresql.url)) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE spatial_ref_sys (a int)"))
        assert kind_of_database(connection) == "foreign"
        connection.execute(text("ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys"))
        assert kind_of_database(connection) == "empty"


@pytest.mark.postgresql
def test_names_of_the_application(postgresql: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    def name(url: str, **options: object) -> object:
        with opened(on_server(url), **options) as engine, engine.connect() as connection:
            return setting(connection, "application_name")

    assert name(f"{postgresql.url}&application_name=theirs") == "theirs"
    assert name(f"{postgresql.url}&fallback_application_name=fell") == "fell"
    assert name(postgresql.url, connect_args={"application_name": "given"}) == "given"
    monkeypatch.setenv("PGAPPNAME", "environment")
    assert name(postgresql.url) == "environment"


def timeout(url: str, **options: object) -> object:
    with opened(on_server(url), **options) as engine, engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        return driver.info.get_parameters().get("connect_timeout")


@pytest.mark.postgresql
def test_connect_timeout(postgresql: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    assert timeout(postgresql.url) == "10"
    assert timeout(f"{postgresql.url}&connect_timeout=7") == "7"
    assert timeout(postgresql.url, connect_args={"connect_timeout": 6}) == "6"
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "5")
    assert timeout(postgresql.url) == "5"


@pytest.mark.postgresql
def test_a_lost_connection_is_replaced_before_use(postgresql: Fresh) -> None:
    with opened(on_server(postgresql.url), pool_size=1, max_overflow=0) as engine:
        with engine.connect() as connection:
            first = scalar(connection, "SELECT pg_backend_pid()")
        with opened(on_server(postgresql.url)) as killer, killer.begin() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
        with engine.connect() as connection:
            assert scalar(connection, "SELECT pg_backend_pid()") != first
        assert engine.pool.size() == 1  # type: ignore[attr-defined]


@pytest.mark.postgresql
def test_typed_errors_of_postgresql(postgresql: Fresh) -> None:
    given = on_server(postgresql.url)
    with opened(given) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (a int)"))
        with engine.begin() as holder:
            holder.execute(text("LOCK t"))
            with engine.connect() as other:
                other.execute(text("SET LOCAL lock_timeout = 20"))
                with pytest.raises(DatabaseLockedError), typed_errors(given):
                    other.execute(text("LOCK t"))
        with engine.connect() as connection, pytest.raises(DatabaseUnreachableError), typed_errors(given):
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid(), 5000)"))
        with engine.connect() as connection, pytest.raises(exc.ProgrammingError), typed_errors(given):
            connection.execute(text("SELECT * FROM missing"))


@pytest.mark.postgresql
def test_a_broken_link(postgresql: Fresh) -> None:
    given = on_server(postgresql.url)
    with opened(given) as engine, engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with socket.socket(fileno=os.dup(driver.fileno())) as link:
            link.shutdown(socket.SHUT_RDWR)
        with pytest.raises(DatabaseUnreachableError, match="server closed the connection"), typed_errors(given):
            connection.execute(text("SELECT 1"))


@pytest.mark.postgresql
def test_async_postgresql(postgresql: Fresh) -> None:
    async def run() -> None:
        engine = provision_async(on_server(postgresql.url))
        try:
            async with engine.connect() as connection:
                assert await connection.run_sync(kind_of_database) == "empty"
                assert await connection.scalar(text(SETTING), {"name": "application_name"}) == "codemation"
                await connection.execute(text(OURS))
                await connection.rollback()
                assert await connection.run_sync(kind_of_database) == "empty"
        finally:
            await engine.dispose()
        broken = provision_async(on_server("postgresql://u:S3cretCanary@127.0.0.1:1/db"))
        with pytest.raises(DatabaseUnreachableError) as caught:
            async with broken.connect():
                pass
        assert caught.value.__context__ is None
        await broken.dispose()

    asyncio.run(run())


def own(server: Server) -> tuple[Path, int]:
    if server.folder is None or server.port is None:
        pytest.skip("needs a server started here")
    return server.folder, server.port


@pytest.mark.postgresql
def test_every_kind_of_url(postgresql_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, port = own(postgresql_server)
    services = tmp_path / "services.conf"
    services.write_text(f"[here]\nhost={folder}\nport={port}\nuser=postgres\ndbname=postgres\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    secret = quote(SCRAM_PASSWORD, safe="")
    for url in (
        f"postgresql://postgres@{quote(str(folder), safe='')}:{port}/postgres",
        f"postgres://postgres@127.0.0.1:{port}/postgres",
        f"postgresql://postgres@127.0.0.1:1,127.0.0.1:{port}/postgres",
        f"postgresql://postgres@[::1]:1,127.0.0.1:{port}/postgres?target_session_attrs=read-write",
        f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable",
        f"postgresql://scrammer:{secret}@127.0.0.1:{port}/postgres",
        f"postgresql://scrammer@127.0.0.1:{port}/postgres?password={secret}",
        f"postgresql://scrammer@{quote(str(folder), safe='')}:{port}/postgres?password={secret}",
        f"postgresql:///postgres?host={folder}&port={port}&user=postgres",
        "postgresql://?service=here",
    ):
        with opened(on_server(url)) as engine, engine.connect() as connection:
            assert scalar(connection, "SELECT 1") == 1
            assert str(engine.url) == "postgresql+psycopg://"
            assert repr(engine) == "Engine(postgresql+psycopg://)"


@pytest.mark.postgresql
def test_refused_users(postgresql_server: Server) -> None:
    folder, port = own(postgresql_server)
    for url, said in (
        (f"postgresql://scrammer:wrongCanary@127.0.0.1:{port}/postgres", "password authentication failed"),
        (f"postgresql://scrammer:wrongCanary@/postgres?host={folder}&port={port}", "password authentication failed"),
        (f"postgresql://scrammer@127.0.0.1:{port}/postgres", "no password supplied"),
        (f"postgresql://nobody@127.0.0.1:{port}/postgres", 'role "nobody" does not exist'),
    ):
        error = failure(on_server(url))
        assert isinstance(error, DatabaseAuthenticationError)
        assert error.code == "CM502"
        assert said in error.message
        assert "Canary" not in str(error)


@pytest.mark.postgresql
def test_what_the_server_says_is_masked(postgresql_server: Server) -> None:
    """It quotes what libpq took for a user or a database, and what we take for a part of the password."""
    folder, port = own(postgresql_server)
    everything_encoded = "".join(f"%{ord(letter):02x}" for letter in "leftCanary")
    for url, said in (
        (f"postgresql://nobody%3A{everything_encoded}@127.0.0.1:{port}/postgres", 'role "nobody:***" does not exist'),
        (
            f"postgresql://x:1/rightCanary@h/db?host={folder}&port={port}&user=postgres",
            'database "***@h/db" does not exist',
        ),
    ):
        error = failure(on_server(url))
        assert said in error.message
        assert "Canary" not in str(error)


def test_a_text_with_a_piece_of_the_password_is_not_shown() -> None:
    url = "postgresql://user:rightCanary@host/db"
    assert postgresql_backend._scrubbed("refused", url) == "refused"
    assert postgresql_backend._scrubbed('invalid token "tCana"', url) == ""


def test_what_psycopg_logs_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="psycopg")
    failure(on_server("postgresql://127.0.0.1:47111/rightCanary@h/db"))
    assert "connection attempt: host: '127.0.0.1', port: '***'" in caplog.text
    assert "47111" not in caplog.text
    before = caplog.text
    logging.getLogger("psycopg").debug("port 47111")
    assert "port 47111" in caplog.text.removeprefix(before)


@pytest.mark.postgresql
def test_a_missing_database(postgresql_server: Server) -> None:
    _, port = own(postgresql_server)
    error = failure(on_server(f"postgresql://postgres@127.0.0.1:{port}/absent"))
    assert isinstance(error, DatabaseUnreachableError)
    assert 'database "absent" does not exist' in error.message


def test_unreachable_servers() -> None:
    error = failure(on_server("postgresql://u:S3cretCanary@127.0.0.1:1,127.0.0.1:2/db"))
    assert (type(error), error.code) == (DatabaseUnreachableError, "CM501")
    assert error.message.startswith("the PostgreSQL database postgresql://u:***@127.0.0.1:1,127.0.0.1:2/db cannot be ")
    assert error.message.count("Connection refused") == 2
    assert "No such file or directory" in failure(on_server("postgresql:///db?host=/nonexistent")).message


def test_an_at_sign_in_the_password_asks_no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> object:
        pytest.fail("a name was looked up")

    monkeypatch.setattr("socket.getaddrinfo", asked)
    error = failure(on_server("postgresql://user:left@rightCanary@db.example/db"))
    assert error.message == "the host in the PostgreSQL URL postgresql://user:***@db.example/db is none"
    assert "%40" in error.help


TOKENS = [f"{word}{number}" for number, word in enumerate(("Qzxv", "Jkwq", "Vbnx", "Wjzk", "Xqvj", "Zkxw"), start=31)]
GLUE = [
    "@",
    "/",
    ":",
    "%",
    "%zz",
    "%40",
    "%2F",
    "?",
    "#",
    "&",
    "=",
    "+",
    " ",
    "%20",
    "'",
    '"',
    "\\",
    ",",
    "[",
    "é",
    "\ud800",
    "",
]
SHAPES = [
    "postgresql://user:{}@127.0.0.1:1/db",
    "postgres://user:{}@127.0.0.1:1,127.0.0.1:2/db",
    "postgresql://user:{}@[::1]:1/db?sslmode=require",
    "postgresql://user:{}@%2Fnonexistent/db",
    "postgresql://user@127.0.0.1:1/db?password={}",
    "postgresql://user:{}@127.0.0.1:1/db?sslpassword={}&sslmode=bogus",
    "postgresql://user%3A{}@127.0.0.1:1/db",
    "postgresql://user:{}@127.0.0.1:1/db?nonsense=1",
    "postgresql://user:{}@127.0.0.1:99999/db",
]


def fuzzed(count: int) -> list[str]:
    rng = random.Random(20)
    urls = []
    for at in range(count):
        shape = SHAPES[at % len(SHAPES)]
        parts = [rng.choice(TOKENS)]
        for _ in range(rng.randrange(3)):
            parts += rng.choice(GLUE), rng.choice(TOKENS)
        urls.append(shape.replace("{}", "".join(parts)))
    return urls


def test_no_part_of_a_password_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    for logger in (None, "psycopg", "sqlalchemy"):
        caplog.set_level(logging.DEBUG, logger=logger)
    for url in fuzzed(216):
        with opened(on_server(url), poolclass=NullPool) as engine:
            shown = [repr(engine), str(engine.url), repr(engine.url), repr(engine.pool)]
            with pytest.raises(BackendError) as caught, engine.connect():
                pass
        error = caught.value
        shown += [str(error), repr(error), repr(error.args), repr(error.__dict__)]
        assert error.__context__ is None
        assert error.__cause__ is None
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown += [str(frame.locals) for frame in told.stack if frame.filename != __file__]
        shown += [caplog.text]
        for token in TOKENS:
            assert not any(token in text for text in shown), (url, token, [text for text in shown if token in text])
        assert error.message
        caplog.clear()
