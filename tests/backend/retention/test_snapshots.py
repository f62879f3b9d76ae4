"""A snapshot that a host is about to use is kept, and one that is gone is told."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import Connection, insert, select

import codemation
from codemation.backend.migrations import migrate
from codemation.backend.retention.prune import prune
from codemation.backend.tables import metadata
from tests.backend.places import Place
from tests.backend.retention.world import NOW, runtime_with

OLD, NEW = "0" * 64, "1" * 64


def prepare(place: Place) -> None:
    migrate.upgrade(place.engine)
    snapshot = {"workflow_id": "w", "definition": {}}
    with place.engine.begin() as connection:
        connection.execute(
            insert(metadata.tables["workflow_snapshots"]),
            [
                {**snapshot, "content_hash": OLD, "created_at": NOW - timedelta(days=400)},
                {**snapshot, "content_hash": NEW, "created_at": NOW - timedelta(days=300)},
            ],
        )


def start_run(connection: Connection) -> None:
    run = {"workflow_id": "w", "snapshot_hash": OLD, "status": "running", "created_at": NOW}
    connection.execute(insert(metadata.tables["runs"]), run)


def left(place: Place) -> set[str]:
    with place.engine.connect() as connection:
        return set(connection.execute(select(metadata.tables["workflow_snapshots"].c.content_hash)).scalars())


def test_what_is_kept_is_passed_over(place: Place) -> None:
    prepare(place)
    runtime = runtime_with(place, {})
    with place.engine.begin() as connection:
        assert codemation.keep_snapshot(connection, OLD)
        assert not codemation.keep_snapshot(connection, "2" * 64)
        pruning = threading.Thread(target=prune, args=(place.engine, runtime), kwargs={"now": NOW})
        pruning.start()
        if place.kind == "postgresql":
            pruning.join(30)
            assert not pruning.is_alive(), "nobody waits for what is kept"
        start_run(connection)
    pruning.join(30)
    assert left(place) == {OLD, NEW}


def test_without_it_the_snapshot_goes_but_for_the_newest(place: Place) -> None:
    prepare(place)
    assert prune(place.engine, runtime_with(place, {}), now=NOW).rows == {"workflow_snapshots": 1}
    assert left(place) == {NEW}
    with place.engine.begin() as connection:
        assert not codemation.keep_snapshot(connection, OLD)
