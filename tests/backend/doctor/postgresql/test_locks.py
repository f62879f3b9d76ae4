"""Ways in which somebody stands in the way of hosts on PostgreSQL."""

from __future__ import annotations

import time
from contextlib import contextmanager

import psycopg
import pytest

from codemation.backend.doctor.postgresql import locks
from tests.backend.commands import Codemation
from tests.backend.doctor.postgresql.servers import (
    Made,
    Servers,
    Url,
    found_and_mended,
    held,
)
from tests.backend.doctor.ways import Way


@contextmanager
def a_prepared_transaction(servers: Servers) -> Url:
    with servers.databases.fresh() as database:
        with psycopg.connect(database.url(), autocommit=True) as session:
            for statement in ("BEGIN", "LOCK TABLE runs", "PREPARE TRANSACTION 'it''s theirs'"):
                session.execute(statement.encode())
        time.sleep(1.1)
        try:
            yield database.url()
        finally:
            if database.admin.execute("SELECT 1 FROM pg_prepared_xacts WHERE gid = 'it''s theirs'").fetchone():
                database.execute("ROLLBACK PREPARED 'it''s theirs'")


def impatient(what: str, made: Made) -> Made:
    """With a doctor that is not patient."""

    @contextmanager
    def hurried(servers: Servers) -> Url:
        with pytest.MonkeyPatch.context() as patch, made(servers) as url:
            patch.setitem(locks.PATIENCE, what, 0.0)
            yield url

    return hurried


@contextmanager
def an_unread_slot(servers: Servers) -> Url:
    """No gigabyte is written: the least that is told is nothing."""
    database = servers.database
    database.execute("SELECT pg_create_physical_replication_slot('theirs', true)")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(locks, "LEAST_KEPT", 0)
            yield database.url()
    finally:
        database.execute("SELECT pg_drop_replication_slot('theirs')")


WAYS = [
    Way(
        "a lock on a table",
        "locks",
        "failed",
        "runs is locked by process ",
        "pg_terminate_backend",
        held("LOCK TABLE runs IN EXCLUSIVE MODE"),
    ),
    Way(
        "a lock that a prepared transaction holds",
        "locks",
        "failed",
        "runs is locked by the prepared transaction it's theirs",
        "ROLLBACK PREPARED",
        a_prepared_transaction,
        remedy="ROLLBACK PREPARED 'it''s theirs'",
    ),
    Way(
        "a session that is idle in its transaction",
        "locks",
        "warning",
        "(a console), idle in transaction, for ",
        "pg_terminate_backend",
        impatient("idle", held("SELECT count(*) FROM runs")),
    ),
    Way(
        "a replication slot that nobody reads",
        "locks",
        "warning",
        "the replication slot theirs, which nobody reads, keeps ",
        "pg_drop_replication_slot",
        an_unread_slot,
    ),
]


@pytest.mark.postgresql
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
def test_a_way(way: Way, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    found_and_mended(way, servers, codemation, monkeypatch)
