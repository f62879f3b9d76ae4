"""SQLite: the file that is made, and whose it is."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from codemation.backend.engine import kind_of_database
from codemation.backend.sqlite import file as sqlite_file
from tests.backend.engines import OURS, make, make_ours, mode, on_file, opened, scalar, snapshot


def test_the_package_and_its_errors_import_no_driver() -> None:
    script = (
        "import sys, codemation.backend, codemation.backend.errors; print({'sqlalchemy', 'psycopg'} & {*sys.modules})"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment)
    assert ran.stdout == "set()\n"


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
        sqlite_file.create(file)
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
    path = make(tmp_path / "db", *OURS)
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


def crash_with_wal(path: Path, statement: str = "INSERT INTO t VALUES (1)") -> None:
    """Leave what a killed writer leaves: a `-wal` that is not yet in the database."""
    script = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode=WAL');"
        "c.executescript(sys.argv[2]); c.commit(); os._exit(0)"
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
    crash_with_wal(path, ";".join(OURS))
    with opened(on_file(path)) as engine, engine.connect() as connection:
        assert kind_of_database(connection) == "ours"


def test_a_foreign_database_can_be_adopted(tmp_path: Path) -> None:
    path = make(tmp_path / "foreign.db", "CREATE TABLE t (a)")
    path.chmod(0o644)
    with opened(on_file(path), adopt=True) as engine, engine.begin() as connection:
        assert kind_of_database(connection) == "foreign"
        assert (scalar(connection, "PRAGMA journal_mode"), mode(path)) == ("delete", 0o644)
        make_ours(connection)
    with opened(on_file(path)) as engine, engine.connect() as connection:
        assert kind_of_database(connection) == "ours"
        assert (scalar(connection, "PRAGMA journal_mode"), mode(path)) == ("wal", 0o600)


def test_kinds(file: Path) -> None:
    with opened(on_file(file)) as engine, engine.begin() as connection:
        assert kind_of_database(connection) == "empty"
        connection.execute(text("CREATE TABLE t (a)"))
        assert kind_of_database(connection) == "foreign"
        make_ours(connection)
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
