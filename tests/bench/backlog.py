"""The part `backlog` of `make bench`: what a prune takes for the same due rows, beside little and much that stays.

Ten times as many live rows; and one workflow that keeps a year of rows beside 1,000 others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeAlias

import psycopg
from msgspec import Struct

import codemation
from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from codemation.runtime.form import Runtime
from tests.backend.places import runtime_of
from tests.bench.backend import Databases, databases
from tests.bench.measure import table
from tests.bench.retention import add

DUE = 100_000
BOUND = 1.2
"""What the time may grow by."""
DAY = 86_400

Fill: TypeAlias = Callable[[Databases, str], None]


class Backlog(Struct, frozen=True):
    """The seconds that the same due rows take beside little and beside much: the medians, and of their ratios."""

    what: str
    little: float
    much: float
    ratio: float


def backlogs(folder: Path, due: int = DUE, rounds: int = 3) -> Iterator[Backlog]:
    """Each engine that is to be had."""

    def live(rows: int) -> Fill:
        def fill(kind: Databases, where: str) -> None:
            add(kind, where, (1, due), f"({8 * DAY} + n / 100.0)")
            add(kind, where, (due + 1, due + rows), "(n / 100.0)")

        return fill

    def crowd(kept: int) -> Fill:
        def fill(kind: Databases, where: str) -> None:
            add(kind, where, (1, due), f"({8 * DAY} + n / 100.0)", "'workflow-' || (n % 1000)")
            if kept:
                age = f"({8 * DAY} + {300 * DAY} * (n / {float(due + kept)}))"
                add(kind, where, (due + 1, due + kept), age, "'keeper'")

        return fill

    ways = {
        "ten times the live rows": (live(due), live(10 * due)),
        "a year of one workflow, beside 1,000": (crowd(0), crowd(10 * due)),
    }
    with databases(folder) as kinds:
        for kind in kinds:
            for what, (little, much) in ways.items():
                pairs = [(_pruned(kind, folder, little, due), _pruned(kind, folder, much, due)) for _ in range(rounds)]
                ratio = median(theirs / ours for ours, theirs in pairs)
                little_, much_ = (median(it) for it in zip(*pairs, strict=True))
                yield Backlog(f"{kind.kind}, {what}", little_, much_, ratio)


def backlog_table(found: Sequence[Backlog]) -> str:
    """As a table."""
    heads = ("the same due rows", "beside little", "beside much", "grows by", "asked", "")
    rows = [
        (
            it.what,
            f"{it.little:.2f} s",
            f"{it.much:.2f} s",
            f"{it.ratio:.2f}×",
            f"{BOUND}×",
            "ok" if it.ratio < BOUND else "over",
        )
        for it in found
    ]
    return table([heads, *rows], left=(0, 5))


_NUMBER = count()


def _pruned(kind: Databases, folder: Path, fill: Fill, due: int) -> float:
    where = kind.fresh()
    engine = provision(runtime_of(kind.kind, where))
    migrate.upgrade(engine)
    fill(kind, where)
    if kind.kind == "postgresql":
        with psycopg.connect(where, autocommit=True) as server:
            server.execute("VACUUM ANALYZE spans")
            server.execute("CHECKPOINT")
    try:
        runtime = _runtime(kind, where, folder / f"{next(_NUMBER)}")
        started = perf_counter()
        gone = codemation.prune(engine, runtime, fast=True).total
        seconds = perf_counter() - started
    finally:
        engine.dispose()
    assert gone == due
    if kind.kind == "sqlite":
        Path(where).unlink()
    else:
        with psycopg.connect(where, autocommit=True) as server:
            server.execute("TRUNCATE spans")
    return seconds


def _runtime(kind: Databases, where: str, root: Path) -> Runtime:
    """The host's policies as by default; one workflow keeps its spans for a year."""
    root.mkdir(parents=True)
    year = 365 * DAY
    policy = f"runSeconds = {year}\ntelemetryArtifactSeconds = {year}\ntelemetrySpanSeconds = {year}\n"
    policy += f"telemetryMetricSeconds = {year}\n"
    (root / "codemation.toml").write_text(f"[workflows.keeper.prunePolicy]\n{policy}")
    return codemation.load(root, env={kind.variable: where})
