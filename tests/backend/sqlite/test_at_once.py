"""SQLite: many who open one file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from codemation.backend.sqlite.connection import Opening
from tests.backend.engines import make_ours, mode, on_file, opened, scalar

OPENERS = """
import os, sys, traceback
from pathlib import Path
from sqlalchemy import text
from codemation.backend.engine import kind_of_database, provision
from tests.backend.engines import make_ours, on_file

def work(file, ready, gate):
    engine = provision(on_file(Path(file)))
    os.write(ready, b"x")
    os.read(gate, 1)  # until the gate opens
    with engine.begin() as connection:
        kind = kind_of_database(connection)
        assert kind in ("empty", "ours"), kind
        make_ours(connection)
        connection.execute(text("CREATE TABLE IF NOT EXISTS openers (name TEXT)"))
        connection.execute(text("INSERT INTO openers VALUES ('x')"))
    engine.dispose()

for file in sys.argv[1:]:
    ready, gate = os.pipe(), os.pipe()
    for _ in range(16):
        if not os.fork():
            os.close(gate[1])
            try:
                work(file, ready[1], gate[0])
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
    for _ in range(16):
        os.read(ready[0], 1)
    for end in (*ready, *gate):
        os.close(end)
    print(*[os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(16)])
"""
"""Everything is imported before the first fork: so they arrive at the file together."""


def test_sixteen_processes_open_a_fresh_file(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    files = [tmp_path / f"new{at}" / "db" for at in range(2)]
    command = [sys.executable, "-W", "error", "-c", OPENERS, *map(str, files)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=600)
    assert (done.stderr, done.stdout.split()) == ("", ["0"] * 16 * len(files))
    for file in files:
        with opened(on_file(file)) as engine, engine.connect() as connection:
            assert scalar(connection, "SELECT count(*) FROM openers") == 16
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
                        make_ours(connection)
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

    def execute(self: Opening, statement: str) -> sqlite3.Cursor:
        if statement == "PRAGMA journal_mode=WAL" and refusals:
            refusals.pop()
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        return sqlite3.Connection.execute(self, statement)

    monkeypatch.setattr(Opening, "execute", execute)
    with opened(on_file(ours)) as engine, engine.connect() as connection:
        assert scalar(connection, "PRAGMA journal_mode") == "wal"
    assert not refusals
