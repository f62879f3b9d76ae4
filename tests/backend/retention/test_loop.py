"""A host that keeps its retention by itself: threads, asyncio, backlogs, failures, and the end."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

import codemation
from codemation.backend.engine import provision_async
from codemation.backend.migrations import migrate
from codemation.backend.retention import loop
from codemation.backend.retention.loop import RetentionTask, RetentionThread, Schedule, retention_loop
from codemation.backend.retention.prune import prune
from codemation.backend.retention.result import Pruned
from codemation.backend.tables import metadata
from codemation.runtime.form import Runtime
from tests.backend.places import Place, runtime_of
from tests.backend.retention.world import World, runtime_with, write

EVERY = 0.05


@pytest.fixture
def runtime(place: Place) -> Runtime:
    """That of a database in which much is due."""
    migrate.upgrade(place.engine)
    world = World(random.Random(3), size=40)
    made = runtime_with(place, world.document)
    world.fill(made)
    write(place.engine, world.rows)
    return made


def until(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_running(one: RetentionThread | RetentionTask) -> bool:
    """What a type checker would take for settled."""
    return one.running


def rows(place: Place, table: str) -> int:
    with place.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one()


def test_a_thread_prunes_again_and_again(place: Place, runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    done: list[Pruned] = []
    with caplog.at_level(logging.INFO, "codemation"):
        with retention_loop(place.engine, runtime, every=EVERY, on_binary=lambda _: None, on_pruned=done.append) as one:
            until(lambda: len(done) >= 3)
            assert is_running(one)
        assert not is_running(one)
    assert done[0].total > 0
    assert [it.total for it in done[1:3]] == [0, 0]
    assert codemation.retention_lag(place.engine, runtime) == {}
    assert "pruned" in caplog.text
    assert one.stop(), "a second time does nothing"


def test_a_task_prunes_on_the_event_loop(place: Place, runtime: Runtime) -> None:
    async def run() -> list[Pruned]:
        done: list[Pruned] = []
        engine = provision_async(runtime)
        loops: list[float] = []

        async def delete(keys: Any) -> None:
            del keys
            await asyncio.sleep(0)

        async with retention_loop(engine, runtime, every=EVERY, on_binary=delete, on_pruned=done.append) as one:
            while len(done) < 3:
                loops.append(time.monotonic())
                await asyncio.sleep(0.005)
            assert is_running(one)
        assert not is_running(one)
        assert await one.stop()
        assert await codemation.retention_lag_async(engine, runtime) == {}
        await engine.dispose()
        assert max(b - a for a, b in pairwise(loops)) < 5, "others have their turn"
        return done

    done = asyncio.run(run())
    assert done[0].total > 0
    assert place.kind


def test_failures_are_told_and_tried_again(
    place: Place, runtime: Runtime, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = prune, list[int]()

    def failing(*arguments: Any, **options: Any) -> Pruned:
        calls.append(1)
        if len(calls) < 3:
            message = "postgresql://u:S3cret-Canary@h/db is away"
            raise OSError(message)
        return real(*arguments, **options)

    monkeypatch.setattr(loop, "prune", failing)

    def on_pruned(done: Pruned) -> None:
        raise ValueError(done.end)

    with (
        caplog.at_level(logging.INFO, "codemation"),
        retention_loop(place.engine, runtime, every=EVERY, on_pruned=on_pruned) as one,
    ):
        until(lambda: len(calls) >= 5)
        assert one.running
    assert "pruning failed, and is tried again in" in caplog.text
    assert "on_pruned failed: ValueError" in caplog.text
    assert "S3cret" not in caplog.text


def test_a_backlog_is_gone_through_and_failures_take_longer_each_time() -> None:
    schedule = Schedule(1_000)
    assert 0 <= schedule.first() <= 10
    done = Pruned({}, {}, "done", 1.0)
    assert 900 <= schedule.after(done) <= 1_100
    assert schedule.after(done._replace(end="time")) <= 2
    waits = [schedule.after_failure() for _ in range(8)]
    assert 1_800 <= waits[0] <= 2_200
    assert all(it <= 32_000 * 1.1 for it in waits)
    assert waits[4] > waits[1]
    assert schedule.after(done) <= 1_100, "one that works ends it"
    for every in (0, -1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="more than 0"):
            Schedule(every)


def test_it_stops_at_once_in_the_middle_of_much_work(place: Place, runtime: Runtime) -> None:
    blocked, free = threading.Event(), threading.Event()

    def slow(keys: Any) -> None:
        del keys
        blocked.set()
        free.wait(30)

    one = retention_loop(place.engine, runtime, every=EVERY, on_binary=slow)
    assert blocked.wait(30)
    assert not one.stop(timeout=0.05), "what is being deleted outside is waited for"
    free.set()
    assert one.stop(timeout=30)


@pytest.fixture
def root(place: Place, runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "project").mkdir()
    for name in ("DATABASE_URL", "CODEMATION_SQLITE_FILE_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CODEMATION_SQLITE_FILE_PATH" if place.kind == "sqlite" else "DATABASE_URL", place.where)
    assert runtime.database.kind == place.kind
    return tmp_path / "project"


def test_a_boot_prunes_until_its_end(place: Place, root: Path) -> None:
    threads = threading.active_count()
    with codemation.boot(root, prune_every=EVERY, on_binary=lambda _: None) as host:
        until(lambda: not codemation.retention_lag(host.engine, host.runtime))
    until(lambda: threading.active_count() <= threads)

    async def run() -> None:
        async with codemation.boot_async(root, prune_every=EVERY, on_binary=lambda _: None) as host:
            while await codemation.retention_lag_async(host.engine, host.runtime):  # noqa: ASYNC110  (it is a poll)
                await asyncio.sleep(0.01)

    asyncio.run(run())
    assert rows(place, "auth_users") > 0


def test_a_boot_by_itself_never_prunes(place: Place, root: Path) -> None:
    before = rows(place, "auth_verification_tokens")
    with codemation.boot(root) as host:
        assert codemation.retention_lag(host.engine, host.runtime)
    assert rows(place, "auth_verification_tokens") == before


@pytest.mark.parametrize(
    "options",
    [
        {"prune_every": 0},
        {"prune_every": -1},
        {"prune_every": float("nan")},
        {"prune_every": 5, "read_only": True},
        {"on_binary": print},
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_opened(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="prune"), codemation.boot(tmp_path, env={}, **options):
        pass

    async def run() -> None:
        async with codemation.boot_async(tmp_path, env={}, **options):
            pass

    with pytest.raises(ValueError, match="prune"):
        asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_a_pool_of_one_connection_is_the_hosts_in_between(place: Place, runtime: Runtime) -> None:
    if place.kind == "postgresql":
        runtime = replace(runtime, database=replace(runtime_of(place.kind, place.where).database, pool_size=1))
    engine = codemation.provision(runtime, engine_options={} if place.kind == "postgresql" else {"pool_size": 1})
    with retention_loop(engine, runtime, every=EVERY, on_binary=lambda _: None):
        for _ in range(50):
            with engine.connect() as connection:
                connection.execute(select(func.count()).select_from(metadata.tables["spans"]))
    engine.dispose()
