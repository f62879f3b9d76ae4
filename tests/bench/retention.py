"""The part `prune` of `make bench`: half of many spans are due, and somebody writes; beside one raw DELETE."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from msgspec import Struct

from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from codemation.backend.retention.prune import prune
from codemation.backend.retention.transactions import Transactions
from tests.backend.places import runtime_of
from tests.bench.backend import Databases, databases
from tests.bench.measure import table

SPANS = 1_000_000
WORKFLOWS = 50
RATE = {"postgresql": 400, "sqlite": 100}
"""What the writer inserts a second."""
BOUND = {"postgresql": (0.5, 0.5), "sqlite": (0.28, 0.75)}
"""The least part of the raw DELETE's rows a second, gently and fast."""

_VALUES = """
    SELECT {trace}, {span}, {workflow}, 'node', 'internal', 'ok', {moment},
    '{{"http.method":"GET"}}' FROM {numbers}
"""
_COLUMNS = "INSERT INTO spans (trace_id, span_id, workflow_id, name, kind, status, started_at, attributes)"

WRITER = """
import os, sys, time
kind, where, rate = sys.argv[1], sys.argv[2], float(sys.argv[3])
row = "INSERT INTO spans (trace_id, span_id, workflow_id, name, kind, status, started_at) VALUES"
if kind == "sqlite":
    import sqlite3
    connection = sqlite3.connect(where, isolation_level=None, timeout=60)
    connection.execute("PRAGMA synchronous=NORMAL")
    row += " ('live', ?, 'workflow-1', 'n', 'internal', 'ok', strftime('%Y-%m-%d %H:%M:%f000', 'now'))"
else:
    import psycopg
    connection = psycopg.connect(where, autocommit=True, prepare_threshold=None)
    row += " ('live', %s, 'workflow-1', 'n', 'internal', 'ok', now())"
took, wal, number, due = [], 0, 0, time.perf_counter()
print("ready", flush=True)
import threading
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
while not stop.is_set():
    due = max(due + 1 / rate, time.perf_counter() - 1)
    time.sleep(max(0, due - time.perf_counter()))
    started, number = time.perf_counter(), number + 1
    connection.execute(row, (f"{os.getpid()}-{number}",))
    took.append(time.perf_counter() - started)
    if kind == "sqlite" and os.path.exists(where + "-wal"):
        wal = max(wal, os.path.getsize(where + "-wal"))
took.sort()
print(took[int(len(took) * 0.99)] if took else 0, wal)
"""


class Pruning(Struct, frozen=True):
    """One way to delete the same rows: how fast, how long the longest transaction was, what the writer met.

    `p99` is of the writer's inserts, in seconds; `wal` is the largest WAL and `size` the file's part of its live data,
    both of SQLite.
    """

    what: str
    rows: int
    seconds: float
    ratio: float | None = None
    bound: float | None = None
    longest: float | None = None
    p99: float = 0.0
    wal: int = 0
    size: float | None = None

    @property
    def verdict(self) -> str:
        """Whether it is as fast as is asked."""
        if self.bound is None or self.ratio is None:
            return ""
        return "ok" if self.ratio >= self.bound else "under"


def prunings(folder: Path, spans: int = SPANS) -> Iterator[Pruning]:
    """Both engines: one raw DELETE before and after, and between them a prune, gently and fast."""
    with databases(folder) as kinds:
        for kind in kinds:
            where = kind.fresh()
            engine = provision(runtime_of(kind.kind, where))
            migrate.upgrade(engine)
            engine.dispose()
            fill(kind, where, spans)
            _keep(kind, where)
            raws = [_measured(kind, where, "raw", spans)]
            gentle, fast = (_measured(kind, where, way, spans) for way in ("gentle", "fast"))
            raws.append(_measured(kind, where, "raw", spans))
            speed = median(raw.rows / raw.seconds for raw in raws)
            yield from raws
            for one, bound in zip((gentle, fast), BOUND[kind.kind], strict=True):
                yield Pruning(
                    one.what,
                    one.rows,
                    one.seconds,
                    one.rows / one.seconds / speed,
                    bound,
                    one.longest,
                    one.p99,
                    one.wal,
                    one.size,
                )


def pruning_table(found: Sequence[Pruning]) -> str:
    """As a table."""
    heads = ("", "rows/s", "of raw", "asked", "", "longest", "writer's p99", "WAL", "file/live")
    return table([heads, *map(_cells, found)], left=(0, 4))


def _cells(row: Pruning) -> Sequence[str]:
    return (
        row.what,
        f"{row.rows / row.seconds:,.0f}",
        "" if row.ratio is None else f"{row.ratio:.2f}",
        "" if row.bound is None else f"{row.bound:.2f}",
        row.verdict,
        "" if row.longest is None else f"{row.longest * 1e3:.0f} ms",
        f"{row.p99 * 1e3:.1f} ms",
        f"{row.wal / 2**20:.0f} MiB" if row.wal else "",
        "" if row.size is None else f"{row.size:.2f}",
    )


def fill(kind: Databases, where: str, spans: int) -> None:
    """So many spans in a migrated database, half of them due; they came in order of time."""
    due = spans // 2
    add(kind, where, (1, spans), f"CASE WHEN n <= {due} THEN 691200 + {due} - n ELSE ({spans} - n) / 100.0 END")


def add(kind: Databases, where: str, numbers: tuple[int, int], age: str, workflow: str = "") -> None:
    """Add spans, of each trace ten.

    They are numbered, from the first to the last. `age` is an expression of SQL that says how many seconds old number
    `n` is, and `workflow` one for its workflow; else there are 50.
    """
    sqlite = kind.kind == "sqlite"
    first, last = numbers
    text = _VALUES.format(
        trace="printf('%032x', n / 10)" if sqlite else "lpad(to_hex(n / 10), 32, '0')",
        span="printf('%016x', n)" if sqlite else "lpad(to_hex(n), 16, '0')",
        workflow=workflow or f"'workflow-' || (n % {WORKFLOWS})",
        moment=f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '-' || ({age}) || ' seconds')"
        if sqlite
        else f"now() - {age} * interval '1 s'",
        numbers="s" if sqlite else f"generate_series({first}, {last}) AS s(n)",
    )
    if sqlite:
        with closing(sqlite3.connect(where, isolation_level=None)) as connection:
            series = f"WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last})"  # noqa: S608
            connection.execute(f"{_COLUMNS} {series} {text}")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with psycopg.connect(where, autocommit=True) as server:
        server.execute(f"{_COLUMNS} {text}".encode())


def _keep(kind: Databases, where: str) -> None:
    """Keep the rows, to have them again."""
    if kind.kind == "sqlite":
        shutil.copy(where, f"{where}.copy")
        return
    with psycopg.connect(where, autocommit=True) as server:
        server.execute("CREATE TABLE kept AS SELECT * FROM spans ORDER BY id")


def _again(kind: Databases, where: str) -> None:
    """The rows as they were."""
    if kind.kind == "sqlite":
        for name in (where, f"{where}-wal", f"{where}-shm"):
            Path(name).unlink(missing_ok=True)
        shutil.copy(f"{where}.copy", where)
        return
    with psycopg.connect(where, autocommit=True) as server:
        server.execute("TRUNCATE spans")
        server.execute("INSERT INTO spans SELECT * FROM kept ORDER BY id")
        server.execute("VACUUM ANALYZE spans")
        server.execute("CHECKPOINT")


def _measured(kind: Databases, where: str, way: str, spans: int) -> Pruning:
    _again(kind, where)
    command = [sys.executable, "-c", WRITER, kind.kind, where, str(RATE[kind.kind])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        started = perf_counter()
        rows, longest = _raw(kind, where) if way == "raw" else _pruned(kind, where, fast=way == "fast")
        seconds = perf_counter() - started
        p99, wal = writer.communicate("\n")[0].split()
    assert rows == spans // 2
    what = f"{kind.kind}, {'one raw DELETE' if way == 'raw' else f'prune, {way}'}"
    size = _size(where) if kind.kind == "sqlite" else None
    return Pruning(what, rows, seconds, longest=longest, p99=float(p99), wal=int(wal), size=size)


def _raw(kind: Databases, where: str) -> tuple[int, None]:
    if kind.kind == "sqlite":
        with closing(sqlite3.connect(where, isolation_level=None, timeout=60)) as connection:
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA synchronous=NORMAL")
            cutoff = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-7 days')"
            return connection.execute(f"DELETE FROM spans WHERE started_at < {cutoff}").rowcount, None  # noqa: S608
    with psycopg.connect(where, autocommit=True) as server:
        return server.execute("DELETE FROM spans WHERE started_at < now() - interval '7 days'").rowcount, None


def _pruned(kind: Databases, where: str, *, fast: bool) -> tuple[int, float]:
    """Prune, and watch how long transactions are."""
    longest = 0.0
    written = Transactions._written

    def watched(self: Transactions, work: Any) -> Any:
        nonlocal longest
        result = written(self, work)
        longest = max(longest, self.took)
        return result

    runtime = runtime_of(kind.kind, where)
    engine = provision(runtime)
    Transactions._written = watched  # type: ignore[method-assign]
    try:
        return prune(engine, runtime, fast=fast).total, longest
    finally:
        Transactions._written = written  # type: ignore[method-assign]
        engine.dispose()


def _size(where: str) -> float:
    with closing(sqlite3.connect(where)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        live = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count"
        ((used,),) = connection.execute(f"{live}, pragma_page_size")
    return os.path.getsize(where) / float(used)
