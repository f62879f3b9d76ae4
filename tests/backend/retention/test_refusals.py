"""What is not to be pruned is refused, typed, and nothing of it is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

import codemation
from codemation.backend.engine import provision
from codemation.backend.errors import BackendError, SqliteNotWritableError
from codemation.backend.migrations import migrate
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE
from codemation.backend.retention.due import due_rows, retention_lag
from codemation.backend.retention.prune import prune
from tests.backend.disks import FILLER, leave, read_only, small_disk
from tests.backend.places import NEXT, Place, execute, runtime_of
from tests.backend.retention.world import NOW, World, keys_of, runtime_with, write


def filled(place: Place) -> Any:
    migrate.upgrade(place.engine)
    world = World(random.Random(7), size=20)
    runtime = runtime_with(place, world.document)
    world.fill(runtime)
    write(place.engine, world.rows)
    return runtime


@contextmanager
def on_disk(folder: Path) -> Iterator[Place]:
    where = str(folder / "db.sqlite")
    engine = provision(runtime_of("sqlite", where))
    try:
        yield Place("sqlite", where, engine)
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (f"UPDATE {VERSION_TABLE} SET version_num = '{NEXT}'", "CM506"),  # noqa: S608
        (f"UPDATE {LOG_TABLE} SET checksum = 'other'", "CM507"),  # noqa: S608
        (f"DROP TABLE {VERSION_TABLE}; DROP TABLE {LOG_TABLE}", "CM511"),
    ],
)
def test_a_database_that_is_not_ours_as_we_know_it(place: Place, spoil: str, code: str) -> None:
    runtime = filled(place)
    before = keys_of(place.engine)
    execute(place, *spoil.split("; "))
    for look in (prune, codemation.retention_lag):
        with pytest.raises(BackendError) as caught:
            look(place.engine, runtime, now=NOW)
        assert caught.value.code == code
    assert keys_of(place.engine) == before


def test_a_database_that_is_not_up_to_date(place: Place) -> None:
    with pytest.raises(BackendError) as caught:
        prune(place.engine, runtime_with(place, {}))
    assert caught.value.code == "CM505"


def test_a_file_that_somebody_writes_to(on_sqlite: Place) -> None:
    runtime = filled(on_sqlite)
    before = keys_of(on_sqlite.engine)
    impatient = on_sqlite.again(connect_args={"timeout": 0.2})
    with on_sqlite.engine.begin(), pytest.raises(BackendError) as caught:
        prune(impatient, runtime, now=NOW)
    impatient.dispose()
    assert caught.value.code == "CM504"
    assert keys_of(on_sqlite.engine) == before


def left_by_a_prune(place: Place, runtime: Any) -> dict[str, set[Any]]:
    """What a prune leaves that nothing is in the way of."""
    assert prune(place.engine, runtime, now=NOW).end == "done"
    return keys_of(place.engine)


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """Also deleting needs room. What went before stays gone, and the next prune does the rest."""
    with small_disk(tmp_path / "disk", 8) as folder, on_disk(folder) as place:
        runtime = filled(place)
        place.engine.dispose()
        master = (folder / "db.sqlite").read_bytes()
        expected = left_by_a_prune(place, runtime)
        found = set[str]()
        for free in (0, *(2**power for power in range(14, 22))):
            place.engine.dispose()
            (folder / "db.sqlite").write_bytes(master)
            before = keys_of(place.engine)
            leave(folder, free)
            try:
                prune(place.engine, runtime, now=NOW, batch=3)
                found.add("done")
            except SqliteNotWritableError as error:
                assert "full" in error.message  # noqa: PT017  (whether it fails, too, is asked for below)
                found.add("full")
            (folder / FILLER).unlink()
            left = keys_of(place.engine)
            assert all(expected[name] <= left[name] <= before[name] for name in before)
            assert left_by_a_prune(place, runtime) == expected
        assert found == {"done", "full"}


def test_a_disk_for_reading_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 8) as folder, on_disk(folder) as place:
        runtime = filled(place)
        place.engine.dispose()
        before = (folder / "db.sqlite").read_bytes()
        read_only(folder)
        with pytest.raises(SqliteNotWritableError, match="for reading only"):
            prune(place.engine, runtime, now=NOW)
        assert (folder / "db.sqlite").read_bytes() == before


@pytest.mark.postgresql
def test_a_server_that_only_lets_read(on_postgresql: Place) -> None:
    runtime = filled(on_postgresql)
    before = keys_of(on_postgresql.engine)
    reader = on_postgresql.again(connect_args={"options": "-c default_transaction_read_only=on"})
    with pytest.raises(BackendError) as caught:
        prune(reader, runtime, now=NOW)
    reader.dispose()
    assert caught.value.code == "CM508"
    assert keys_of(on_postgresql.engine) == before


@pytest.mark.postgresql
def test_a_row_that_a_host_has_locked_is_passed_over(on_postgresql: Place) -> None:
    runtime = filled(on_postgresql)
    execute(on_postgresql, "UPDATE spans SET started_at = '2000-01-01 00:00:00+00'")
    spans = keys_of(on_postgresql.engine)["spans"]
    with psycopg.connect(on_postgresql.where) as host:
        host.execute("SELECT 1 FROM spans ORDER BY id LIMIT 1 FOR UPDATE")
        assert prune(on_postgresql.engine, runtime, now=NOW).end == "busy"
        left = keys_of(on_postgresql.engine)["spans"]
        forever = {name for name, it in runtime.workflows.items() if it.prune_policy.telemetry_span_seconds > 10**9}
        assert min(spans) in left
        assert forever or left == {min(spans)}
    assert prune(on_postgresql.engine, runtime, now=NOW).end == "done"
    after = keys_of(on_postgresql.engine)["spans"]
    assert after == set() if not forever else after <= left


@pytest.mark.postgresql
def test_a_row_that_a_host_has_locked_for_a_moment_goes(on_postgresql: Place) -> None:
    runtime = filled(on_postgresql)
    execute(on_postgresql, "UPDATE spans SET started_at = '2000-01-01 00:00:00+00'")
    with psycopg.connect(on_postgresql.where) as host, ThreadPoolExecutor(1) as pool:
        host.execute("SELECT 1 FROM spans ORDER BY id LIMIT 1 FOR UPDATE")
        pruning = pool.submit(prune, on_postgresql.engine, runtime, now=NOW, on_binary=lambda _: host.rollback())
        assert pruning.result().end == "done"
    assert keys_of(on_postgresql.engine) == left_by_a_prune(on_postgresql, runtime)


def test_a_table_of_somebody_elses_that_refers_to_ours(place: Place) -> None:
    """It keeps what it refers to, and nothing else of what is due; afterwards that goes, too."""
    runtime = filled(place)
    execute(
        place,
        "CREATE TABLE theirs (point BIGINT REFERENCES metric_points (id))",
        "INSERT INTO theirs SELECT id FROM metric_points",
    )
    before = keys_of(place.engine)
    assert prune(place.engine, runtime, now=NOW).end == "busy"
    kept = keys_of(place.engine)
    assert kept["metric_points"] == before["metric_points"]
    assert kept["spans"] < before["spans"]
    execute(place, "DROP TABLE theirs")
    assert prune(place.engine, runtime, now=NOW).end == "done"
    after = keys_of(place.engine)
    assert after.pop("metric_points") < kept.pop("metric_points")
    assert after == kept


def test_what_makes_no_sense_is_a_value_error(place: Place) -> None:
    runtime = filled(place)
    before = keys_of(place.engine)
    for options in (
        {"now": NOW.replace(tzinfo=None)},
        {"batch": 0},
        {"max_seconds": 0},
        {"max_seconds": -1},
        {"max_seconds": float("nan")},
    ):
        with pytest.raises(ValueError, match="must"):
            prune(place.engine, runtime, **options)
    for ask in (due_rows, retention_lag):
        with pytest.raises(ValueError, match="must have a time zone"):
            ask(place.engine, runtime, now=NOW.replace(tzinfo=None))
    assert keys_of(place.engine) == before
