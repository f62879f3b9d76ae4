"""The part `copy` of `make bench`: many spans into PostgreSQL, beside a COPY of the same rows ready-made, and pgloader.

Our rows are looked at while PostgreSQL takes them, so that both count beside the ready-made COPY. What pgloader takes
counts from its start, and so does ours. Its prefetch is 5,000 rows: with its own default its heap does not last.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import psycopg
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict

from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from tests.backend.places import runtime_of
from tests.bench.backend import Databases, databases
from tests.bench.measure import table
from tests.bench.retention import fill

SIZES = (100_000, 1_000_000)
ROUNDS = 3
OF_COPY = 0.75
"""The least part of a ready-made COPY's rows a second that the phase `copy` has, which looks at the rows, too."""
OF_PGLOADER = 2.4
"""The least multiple of pgloader's speed, all phases together."""
FLAT = 10.0
"""MiB by which the peak of memory may grow from the first size to the last."""

OURS = """
import json, resource, sys, codemation
from codemation.backend.engine import provision
names = "CODEMATION_SQLITE_FILE_PATH", "DATABASE_URL"
source, target = (provision(codemation.load(env={name: it})) for name, it in zip(names, sys.argv[1:]))
copied = codemation.copy(source, target)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"rows": copied.rows, "peak": peak, **copied.seconds}))
"""

PGLOADER = """
LOAD DATABASE FROM sqlite://{source} INTO pgsql://{user}@unix:{folder}:{port}/{name}
WITH data only, create no tables, create no indexes, no foreign keys, reset no sequences, disable triggers,
    workers = 2, concurrency = 1, prefetch rows = 5000
INCLUDING ONLY TABLE NAMES LIKE 'spans';
"""


class Copying(Struct, frozen=True):
    """So many rows copied: seconds in all and of each phase, the peak of memory in MiB.

    `ready` is what a ready-made COPY of the same rows takes, with the same indexes; `pgloader` all that it takes, where
    it is installed, and the server is here.
    """

    rows: int
    seconds: float
    scan: float
    copy: float
    verify: float
    peak: float
    ready: float
    pgloader: float | None


def copyings(folder: Path, sizes: Sequence[int] = SIZES, rounds: int = ROUNDS) -> Iterator[Copying]:
    """Copies of each size; of several rounds the median, ours and the others in turn."""
    with databases(folder) as (sqlite, *others):
        if not others:
            return
        for rows in sizes:
            source = _migrated(sqlite)
            fill(sqlite, source, rows)
            turns = [_turn(source, others[0], rows, folder) for _ in range(rounds)]
            yield Copying(rows, *(_middle(values) for values in zip(*turns, strict=True)))  # type: ignore[arg-type]


def copying_table(found: Sequence[Copying]) -> str:
    """As a table, with what is asked."""
    heads = ("copy", "all", "scan", "copy", "verify", "of a ready COPY", "× pgloader", "peak")
    lines = [table([heads, *map(_cells, found)], left=(0,))]
    if len(found) > 1:
        grown = found[-1].peak - found[0].peak
        lines.append(f"memory grows by {grown:.1f} MiB; asked: no more than {FLAT:.0f}")
    lines.append(f"asked: {OF_COPY} of a ready-made COPY, {OF_PGLOADER} × pgloader")
    return "\n".join(lines)


def _cells(one: Copying) -> Sequence[str]:
    return (
        f"{one.rows:,} spans",
        *(f"{seconds:.1f} s" for seconds in (one.seconds, one.scan, one.copy, one.verify)),
        f"{one.ready / (one.scan + one.copy):.2f}",
        "not here" if one.pgloader is None else f"{one.pgloader / one.seconds:.1f}",
        f"{one.peak:.0f} MiB",
    )


def _middle(values: Sequence[float | None]) -> float | None:
    told = [it for it in values if it is not None]
    return median(told) if told else None


def _turn(source: str, kind: Databases, rows: int, folder: Path) -> tuple[float | None, ...]:
    target = _migrated(kind)
    started = perf_counter()
    ran = subprocess.run([sys.executable, "-c", OURS, source, target], check=True, stdout=subprocess.PIPE)
    seconds, said = perf_counter() - started, json.loads(ran.stdout)
    assert said["rows"] >= rows
    ready = _ready(target, folder / "rows")
    _drop(target)
    return seconds, said["scan"], said["copy"], said["verify"], said["peak"], ready, _pgloader(source, kind, rows)


def _migrated(kind: Databases) -> str:
    where = kind.fresh()
    engine = provision(runtime_of(kind.kind, where))
    migrate.upgrade(engine)
    engine.dispose()
    return where


def _ready(where: str, file: Path) -> float:
    """Seconds that a COPY of the same rows takes whose text stands ready in a file."""
    with psycopg.connect(where) as server:
        with server.cursor().copy("COPY spans TO STDOUT") as out, file.open("wb") as written:
            for block in out:
                written.write(block)
        server.execute("TRUNCATE spans")
        server.commit()
        started = perf_counter()
        with server.cursor().copy("COPY spans FROM STDIN") as into, file.open("rb") as read:
            while block := read.read(2**18):
                into.write(block)
        server.commit()
        return perf_counter() - started


def _pgloader(source: str, kind: Databases, rows: int) -> float | None:
    where = _migrated(kind)
    to = conninfo_to_dict(where)
    program = shutil.which("pgloader")
    if program is None or not str(to["host"]).startswith("/"):
        return None
    load = Path(f"{source}.load")
    load.write_text(
        PGLOADER.format(source=source, user=to["user"], folder=to["host"], port=to["port"], name=to["dbname"])
    )
    started = perf_counter()
    subprocess.run([program, "--quiet", str(load)], check=True, stdout=subprocess.DEVNULL)
    seconds = perf_counter() - started
    with psycopg.connect(where) as server:
        row = server.execute("SELECT count(*) FROM spans").fetchone()
    assert row == (rows,), "pgloader left rows out"
    _drop(where)
    return seconds


def _drop(where: str) -> None:
    """Make room: the server's files may lie in memory."""
    with psycopg.connect(where, autocommit=True) as server:
        server.execute("TRUNCATE spans")
