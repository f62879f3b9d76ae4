"""One migrator at a time, and what stands in its way. Of many processes tells `test_torture_at_once`."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import (
    text,
)

from codemation.backend.errors import (
    DatabaseLockedError,
)
from codemation.backend.inspection import inspect_through
from codemation.backend.migrations import migrate
from codemation.backend.migrations.history_queries import ADVISORY_KEY
from codemation.backend.migrations.lock import Migrating
from codemation.backend.migrations.migrate import Patience
from codemation.backend.migrations.revisions import LOG_TABLE
from tests.backend.places import IDS, NEXT, Place, counts


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
        assert f"revision {NEXT} waited 0.6 s in vain" in caught.value.message
        assert (
            f"held by process {idle.info.backend_pid} (dashboard), idle in transaction, since 2" in caught.value.message
        )
        assert "canary" not in str(caught.value)
        # A reader gets through between two attempts, whatever else makes it wait.
        assert sum(wait > 0.2 for wait in waits) >= 2
        assert applied_in_log(on_postgresql) == IDS
        timer = threading.Timer(0.5, idle.rollback)
        timer.start()
        assert [it.id for it in migrate.upgrade(on_postgresql.engine, patience=Patience(table=0.2))] == [NEXT]
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
    assert inspect_through(engine, lambda query: [query(f"SHOW {it}")[0][0] for it in shown]) == [
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
            assert driver.prepare_threshold is None
            assert not driver.autocommit
