"""What is kept is not read: rows that are not due, however many, cost a prune nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from codemation.backend.migrations import migrate
from codemation.backend.retention.prune import prune
from codemation.backend.tables import metadata
from tests.backend.places import Place
from tests.backend.retention.world import POLICY, runtime_with
from tests.backend.tables.test_plans import expression, fill

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LONG = 3_153_600_000
DOCUMENT = {"workflows": {"w-kept": {"prunePolicy": dict.fromkeys(POLICY, LONG)}}}
WORKFLOWS, EACH = 20, 20
TABLES = ("spans", "runs", "binaries", "metric_points")


def made(place: Place, name: str, kept: int) -> None:
    """So many old rows of a workflow that keeps them, and a few of others that do not."""
    table = metadata.tables[name]
    migrate.upgrade(place.engine)
    with place.engine.begin() as connection:
        given = {}
        if name == "binaries":
            if not connection.execute(text("SELECT count(*) FROM runs")).scalar():
                fill(connection, metadata.tables["runs"], 1, {"finished_at": "'2026-05-31 23:59:59.000000+00'"})
            given["run_id"] = "1"
        if name == "runs":
            given["finished_at"] = expression(table.c.finished_at, {}, place.kind)
        if kept:
            fill(connection, table, kept, {"workflow_id": "'w-kept'", **given})
        for number in range(WORKFLOWS):
            own = {"workflow_id": f"'w-{number:02}'", **given}
            fill(connection, table, EACH, own, kept + 1 + number * EACH)
        connection.exec_driver_sql("ANALYZE" if place.kind == "postgresql" else "PRAGMA optimize")


@contextmanager
def counted(place: Place, name: str) -> Iterator[list[int]]:
    """How much is read meanwhile: hundreds of SQLite's instructions, or rows of PostgreSQL's table."""
    found = [0]
    if place.kind == "postgresql":
        watching = place.again()
        with watching.connect() as connection:
            before = _rows_read(connection, name)
            yield found
            connection.rollback()
            # What a session has read is told some time after it ended.
            deadline = time.monotonic() + 30
            while (read := _rows_read(connection, name) - before) < WORKFLOWS * EACH and time.monotonic() < deadline:
                time.sleep(0.05)
            found[0] = read
        watching.dispose()
        return

    def count() -> None:
        found[0] += 1

    def watch(connection: Any, *_: Any) -> None:
        connection.set_progress_handler(count, 100)

    place.engine.dispose()
    event.listen(place.engine, "connect", watch)
    yield found
    event.remove(place.engine, "connect", watch)
    place.engine.dispose()


def _rows_read(connection: Connection, name: str) -> int:
    connection.execute(text("SELECT pg_stat_force_next_flush()"))
    connection.commit()
    connection.execute(text("SELECT pg_stat_clear_snapshot()"))
    read = (
        "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = :name"
    )
    return int(connection.execute(text(read), {"name": name}).scalar_one())


def read_by_a_prune(place: Place, name: str) -> int:
    with counted(place, name) as found:
        done = prune(place.engine, runtime_with(place, DOCUMENT), now=NOW, on_binary=lambda _: None)
        # What its sessions have read is told when they end.
        place.engine.dispose()
    assert done.rows == {name: WORKFLOWS * EACH}
    return found[0]


@pytest.mark.parametrize("name", TABLES)
def test_a_workflow_that_keeps_much_costs_the_others_nothing(place: Place, name: str) -> None:
    made(place, name, 0)
    few = read_by_a_prune(place, name)
    with place.engine.begin() as connection:
        connection.execute(metadata.tables[name].delete())
    made(place, name, 60_000)
    assert read_by_a_prune(place, name) <= few * 1.2 + 50
