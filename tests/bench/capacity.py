"""The part `capacity` of `make bench`: what one database carries that holds a million spans; `docs/capacity.md` has it.

Its spans are as old as the policy lets them get, and evenly so: in each second as many fall due as writers add. That is
pruned for a minute, as a host's loop does it.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import psycopg
from msgspec import Struct
from sqlalchemy import Engine, insert, select

import codemation
from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from codemation.backend.tables import spans as SPANS  # noqa: N812
from codemation.runtime.form import Runtime
from tests.backend.places import runtime_of
from tests.bench.backend import AT_THE_ANSWER, OURS, Databases, databases
from tests.bench.measure import table
from tests.bench.retention import WRITER, add

ROWS = 1_000_000
MINUTE = 60.0
WRITERS = {"sqlite": (1, 200), "postgresql": (4, 250)}
"""How many writers, and how many rows each adds a second, one in a transaction."""
TIMES = 500
"""How often each is measured that a host does alone; a boot a hundredth as often."""
PAUSE = 5.0
"""Seconds between two prunes."""


class Capacity(Struct, frozen=True):
    """What one kind of database took, in seconds where nothing else is said.

    `write` is one span in one transaction of the host's engine, alone; `batch` a hundred in one; `look_up` a trace of
    ten spans; `boot` a process from its start to its first answer. In the steady minute `added` and `gone` rows, the
    writers' 99th percentile `p99`, and the part of the time that pruning took. `vacuum` is PostgreSQL's afterwards;
    `size` the bytes on the disk then, and `grown` by how many those are more than before the minute.
    """

    kind: str
    rows: int
    write: float
    batch: float
    look_up: float
    boot: float
    added: int
    gone: int
    p99: float
    pruning: float
    vacuum: float | None
    size: int
    grown: int


def capacities(folder: Path, rows: int = ROWS, seconds: float = MINUTE, times: int = TIMES) -> Iterator[Capacity]:
    """Each engine that is to be had."""
    with databases(folder) as kinds:
        for kind in kinds:
            yield _capacity(kind, folder, rows, seconds, times)


def capacity_table(found: Sequence[Capacity]) -> str:
    """As a table, a column for each engine."""
    labels: dict[str, Callable[[Capacity], str]] = {
        "spans": lambda it: f"{it.rows:,}",
        "a write, one span": lambda it: _ms(it.write),
        "a write, a hundred spans": lambda it: _ms(it.batch),
        "look-up of a trace": lambda it: _ms(it.look_up),
        "boot, to the first answer": lambda it: _ms(it.boot),
        "steady: rows in": lambda it: f"{it.added:,}",
        "steady: rows out": lambda it: f"{it.gone:,}",
        "steady: a writer's p99": lambda it: _ms(it.p99),
        "steady: time that pruning took": lambda it: f"{it.pruning:.1%}",
        "the vacuum after it": lambda it: "none" if it.vacuum is None else _ms(it.vacuum),
        "size on the disk": lambda it: f"{it.size / 2**20:,.0f} MiB",
        "grown in that minute by": lambda it: f"{it.grown / 2**20:,.1f} MiB",
    }
    rows = [(label, *(told(one) for one in found)) for label, told in labels.items()]
    return table([("capacity", *(one.kind for one in found)), *rows], left=(0,))


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f} ms"


def _capacity(kind: Databases, folder: Path, rows: int, seconds: float, times: int) -> Capacity:
    where = kind.fresh()
    engine = provision(runtime_of(kind.kind, where))
    try:
        migrate.upgrade(engine)
        writers, rate = WRITERS[kind.kind]
        add(kind, where, (1, rows), f"({rows} - n) / {float(writers * rate)}")
        _settled(kind, where)
        written = (_write(engine, 1, times), _write(engine, 100, times))
        alone = (*written, _look_up(engine, rows, times), _boot(kind, folder, where, max(1, times // 100)))
        before = _size(kind, where)
        steady = _steady(kind, where, rows // (writers * rate), seconds)
        vacuum = _vacuum(kind, where)
        size = _size(kind, where)
        return Capacity(kind.kind, rows, *alone, *steady, vacuum, size, size - before)
    finally:
        engine.dispose()


def _settled(kind: Databases, where: str) -> None:
    if kind.kind == "postgresql":
        with psycopg.connect(where, autocommit=True) as server:
            server.execute("VACUUM ANALYZE spans")
            server.execute("CHECKPOINT")


def _write(engine: Engine, spans: int, times: int) -> float:
    took, number = list[float](), Random(spans)
    for _ in range(times if spans == 1 else times // 5):
        rows = [_span(number) for _ in range(spans)]
        started = time.perf_counter()
        with engine.begin() as connection:
            connection.execute(insert(SPANS), rows)
        took.append(time.perf_counter() - started)
    return median(took)


def _span(number: Random) -> dict[str, Any]:
    return {
        "trace_id": f"{number.getrandbits(128):032x}",
        "span_id": f"{number.getrandbits(64):016x}",
        "workflow_id": f"workflow-{number.randrange(50)}",
        "name": "node",
        "kind": "internal",
        "status": "ok",
        "started_at": datetime.now(UTC),
        "attributes": {"http.method": "GET"},
    }


def _look_up(engine: Engine, rows: int, times: int) -> float:
    took, number = list[float](), Random(rows)
    for _ in range(times):
        trace = f"{number.randrange(1, rows // 10):032x}"
        started = time.perf_counter()
        with engine.connect() as connection:
            found = connection.execute(select(SPANS).where(SPANS.c.trace_id == trace)).all()
        took.append(time.perf_counter() - started)
        assert len(found) == 10
    return median(took)


def _boot(kind: Databases, folder: Path, where: str, times: int) -> float:
    took = list[float]()
    for _ in range(times):
        started = time.perf_counter()
        command = [sys.executable, "-c", OURS + AT_THE_ANSWER, str(folder), kind.variable, where]
        subprocess.run(command, check=True)
        took.append(time.perf_counter() - started)
    return median(took)


def _steady(kind: Databases, where: str, policy: int, seconds: float) -> tuple[int, int, float, float]:
    """Rows that were added and that went, the writers' 99th percentile, and the part of the time that pruning took."""
    runtime = _runtime(kind, where, policy)
    engine = provision(runtime)
    writers, rate = WRITERS[kind.kind]
    command = [sys.executable, "-c", WRITER, kind.kind, where, str(rate)]
    try:
        codemation.prune(engine, runtime)  # what fell due since it was filled
        before = _count(kind, where)
        running = [_started(command) for _ in range(writers)]
        gone, pruning = _pruned_for(engine, runtime, seconds)
        p99 = max(float(it.communicate("\n")[0].split()[0]) for it in running)
        return _count(kind, where) - before + gone, gone, p99, pruning
    finally:
        engine.dispose()


def _runtime(kind: Databases, where: str, policy: int) -> Runtime:
    spans = "CODEMATION_TELEMETRY_SPAN_RETENTION_DEFAULT_SECONDS"
    return codemation.load(env={kind.variable: where, spans: str(max(policy, 1))})


def _started(command: Sequence[str]) -> subprocess.Popen[str]:
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    return writer


def _pruned_for(engine: Engine, runtime: Runtime, seconds: float) -> tuple[int, float]:
    gone, took, began = 0, 0.0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        started = time.perf_counter()
        gone += codemation.prune(engine, runtime).total
        took += time.perf_counter() - started
        time.sleep(min(PAUSE, max(0, began + seconds - time.perf_counter())))
    return gone, took / (time.perf_counter() - began)


def _count(kind: Databases, where: str) -> int:
    return int(_one(kind, where, "SELECT count(*) FROM spans"))


def _vacuum(kind: Databases, where: str) -> float | None:
    if kind.kind == "sqlite":
        return None
    with psycopg.connect(where, autocommit=True) as server:
        started = time.perf_counter()
        server.execute("VACUUM spans")
        return time.perf_counter() - started


def _size(kind: Databases, where: str) -> int:
    if kind.kind == "sqlite":
        _one(kind, where, "PRAGMA wal_checkpoint(TRUNCATE)")
        return os.path.getsize(where)
    return int(_one(kind, where, "SELECT pg_total_relation_size('spans')"))


def _one(kind: Databases, where: str, statement: str) -> Any:
    if kind.kind == "sqlite":
        with closing(sqlite3.connect(where, isolation_level=None)) as connection:
            return connection.execute(statement).fetchone()[0]
    with psycopg.connect(where, autocommit=True) as server:
        return server.execute(statement.encode()).fetchone()[0]  # type: ignore[index]
