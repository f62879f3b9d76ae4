"""Several processes prune at once, and one that is killed: nothing is counted twice, nothing is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import tomli_w
from sqlalchemy import func, insert, select, update

from codemation.backend.migrations import migrate
from codemation.backend.retention.prune import WAL, prune
from codemation.backend.tables import metadata
from tests.backend.places import PROVISION, Place
from tests.backend.retention.model import Model
from tests.backend.retention.world import NOW, TABLES, World, keys, keys_of, runtime_with, write
from tests.torture import FACTOR

SCRIPT = (
    PROVISION
    + """
import json, tomllib
from codemation.backend.retention.prune import prune
from tests.backend.places import Place
from tests.backend.retention.world import NOW, runtime_with
document, folder = tomllib.loads(rest[0]), rest[1]


def delete(keys):
    for key in keys:
        try:
            os.remove(os.path.join(folder, key.replace("/", "-")))
        except FileNotFoundError:
            pass


print("begun", flush=True)
done = prune(engine, runtime_with(Place(kind, where, engine), document), now=NOW, on_binary=delete, batch=5)
print(json.dumps(done.rows))
"""
)


def started(place: Place, world: World, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", SCRIPT, place.kind, place.where, tomli_w.dumps(world.document), str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def made(place: Place, seed: int, folder: Path) -> tuple[World, dict[str, set[object]]]:
    """A database with blobs as files; and what a prune is to leave of it."""
    migrate.upgrade(place.engine)
    world = World(random.Random(seed), size=150)
    runtime = runtime_with(place, world.document)
    world.fill(runtime)
    write(place.engine, world.rows)
    for it in world.rows["binaries"]:
        (folder / it["storage_key"].replace("/", "-")).write_bytes(b"x")
    data = runtime.to_dict()["runtime"]
    named = {name: it["prunePolicy"] for name, it in data.get("workflows", {}).items()}
    model = Model(world.rows, {"auditSeconds": None, **data["retention"]}, named, NOW, set())
    return world, keys(model.left())


def test_four_processes_share_the_work(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    folder.mkdir()
    world, expected = made(place, 11, folder)
    before = sum(len(of) for of in world.rows.values())
    processes = [started(place, world, folder) for _ in range(4)]
    told = [process.communicate(timeout=120) for process in processes]
    assert [(process.returncode, err) for process, (_, err) in zip(processes, told, strict=True)] == [(0, "")] * 4
    assert keys_of(place.engine) == expected
    with place.engine.connect() as connection:
        left = sum(
            connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one() for name in TABLES
        )
        connection.rollback()
    assert sum(sum(json.loads(out).values()) for out, _ in told) == before - left


KILLS = 4 if FACTOR == 1 else 100


def test_killed_at_any_point(place: Place, tmp_path: Path) -> None:
    """No row goes whose blob stays, what is not due stays, and the next run finishes."""
    within = 0
    seconds = 0.3
    for number in range(-1, KILLS):
        folder = tmp_path / f"blobs-{number}"
        folder.mkdir()
        world, expected = made(place, 20 + number, folder)
        began = time.perf_counter()
        process = started(place, world, folder)
        if number < 0:
            process.communicate(timeout=60)
            seconds = time.perf_counter() - began
            continue
        # Until something goes, and then some time of what the first one took.
        before = len(os.listdir(folder))
        while len(os.listdir(folder)) == before and process.poll() is None:
            time.sleep(0.001)
        time.sleep(random.Random(number).uniform(0.0, seconds / 4))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        left = keys_of(place.engine)
        assert all(expected[name] <= left[name] for name in TABLES), "what is not due stays"
        within += left not in (expected, keys(world.rows))
        gone = [it for it in world.rows["binaries"] if it["id"] not in left["binaries"]]
        assert not [it for it in gone if (folder / it["storage_key"].replace("/", "-")).exists()]
        runtime = runtime_with(place, world.document)
        assert prune(place.engine, runtime, now=NOW, on_binary=lambda _: None).end == "done"
        assert keys_of(place.engine) == expected
    assert within, "no kill was within a prune"


def test_beside_who_writes(place: Place, tmp_path: Path) -> None:
    """Live rows that come and runs that end meanwhile stay, and nobody fails."""
    folder = tmp_path / "blobs"
    folder.mkdir()
    world, expected = made(place, 31, folder)
    writing = place.again()
    stop, errors = threading.Event(), list[Exception]()
    made_rows = {"runs": set[int](), "metric_points": set[int]()}

    def write_live() -> None:
        runs, points = metadata.tables["runs"], metadata.tables["metric_points"]
        for number in count(10_000):  # the made-up rows have numbers of their own
            if stop.is_set():
                return
            now = NOW + timedelta(days=400)
            try:
                with writing.begin() as connection:
                    run = {"id": number, "workflow_id": "orders", "status": "running", "created_at": now}
                    connection.execute(insert(runs), run)
                    point = {"id": number, "name": "m", "value": 1.0, "workflow_id": "orders", "recorded_at": now}
                    connection.execute(insert(points), point)
                with writing.begin() as connection:
                    over = update(runs).where(runs.c.id == number).values(status="completed", finished_at=now)
                    connection.execute(over)
            except Exception as error:  # noqa: BLE001  (whatever it is)
                errors.append(error)
                return
            made_rows["runs"].add(number)
            made_rows["metric_points"].add(number)

    writer = threading.Thread(target=write_live)
    writer.start()
    processes = [started(place, world, folder) for _ in range(2)]
    told = [process.communicate(timeout=120) for process in processes]
    stop.set()
    writer.join()
    writing.dispose()
    assert errors == []
    assert [(process.returncode, err) for process, (_, err) in zip(processes, told, strict=True)] == [(0, "")] * 2
    assert made_rows["runs"]
    for name, keys_ in made_rows.items():
        expected[name] |= keys_
    left = keys_of(place.engine)
    assert all(expected[name] <= left[name] for name in TABLES)
    assert {name: left[name] - expected[name] for name in TABLES if left[name] - expected[name]} == {}


def test_threads_of_one_host_share_the_work(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    folder.mkdir()
    world, expected = made(place, 41, folder)
    before = sum(len(it) for it in keys_of(place.engine).values())
    runtime = runtime_with(place, world.document)
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(prune, place.engine, runtime, now=NOW, on_binary=lambda _: None, batch=5) for _ in range(4)
        ]
        done = [it.result() for it in asked]
    left = keys_of(place.engine)
    assert left == expected
    assert sum(it.total for it in done) == before - sum(len(it) for it in left.values())
    assert {it.end for it in done} <= {"done", "busy"}


def test_a_reader_of_an_old_state_keeps_nobody_waiting(on_sqlite: Place) -> None:
    """The WAL grows until it goes: then it is as small as ever."""
    migrate.upgrade(on_sqlite.engine)
    old = NOW - timedelta(days=400)
    row = {"name": "m", "workflow_id": "orders", "value": 1.0}
    rows = [{**row, "attributes": {"x": "y" * 900}, "recorded_at": old}] * 20_000
    points = metadata.tables["metric_points"]
    with on_sqlite.engine.begin() as connection:
        connection.execute(insert(points), rows)
    runtime, wal = runtime_with(on_sqlite, {}), Path(f"{on_sqlite.where}-wal")
    counting = "SELECT count(*) FROM metric_points"
    with closing(sqlite3.connect(on_sqlite.where, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute(counting).fetchone() == (len(rows),)
        done = prune(on_sqlite.engine, runtime, now=NOW)
        assert (done.end, done.total) == ("done", len(rows))
        assert reader.execute(counting).fetchone() == (len(rows),)
    assert prune(on_sqlite.engine, runtime, now=NOW).total == 0
    with on_sqlite.engine.begin() as connection:
        connection.execute(insert(points), rows[:1])
    assert prune(on_sqlite.engine, runtime, now=NOW).total == 1
    assert wal.stat().st_size <= WAL
