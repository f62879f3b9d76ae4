"""SQLite: transactions that are ones."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from codemation.backend.sqlite.engine import READONLY
from tests.backend.engines import on_file, opened, scalar


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
            assert scalar(connection, "SELECT group_concat(name) FROM sqlite_master WHERE name IN ('t', 'gone')") == "t"
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
            assert scalar(reader, "SELECT count(*) FROM sqlite_master WHERE name = 't'") == 0
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
