"""Pruning: everything that is due goes, in small transactions beside whoever else uses the database."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, Table

from codemation.backend.engine import typed_errors
from codemation.backend.errors import DatabaseLockedError
from codemation.backend.retention.blobs import Blobs, OnBinary
from codemation.backend.retention.pace import Gait
from codemation.backend.retention.policies import Policies, refuse_naive
from codemation.backend.retention.readiness import refuse_unready
from codemation.backend.retention.result import End, Progress, Pruned
from codemation.backend.retention.shares import due_shares, pruned_tables
from codemation.backend.retention.transactions import BusyError, Transactions
from codemation.backend.retention.waiting import InThread, OnEventLoop, Waiting
from codemation.backend.retention.workers import Worker, worker
from codemation.backend.sqlite import space
from codemation.backend.tables import Unreferenced, lifetime
from codemation.runtime.form import Runtime

if TYPE_CHECKING:
    import asyncio

    from sqlalchemy.ext.asyncio import AsyncEngine

GENTLE: Final = {"sqlite": Gait(0.025, 10_000, 0.15), "postgresql": Gait(0.030, 20_000, 0.0)}
"""Beside writers. SQLite has one writer at a time: so it rests for a part of what it held the lock."""
FAST: Final = {"sqlite": Gait(0.500, 100_000, 0.0), "postgresql": Gait(0.040, 20_000, 0.0)}
"""Where nobody minds waiting."""

ROUNDS: Final = 3
"""So often what is due is gone through: others may have had a row locked that was passed over."""
ROUND_SECONDS: Final = 0.3
"""The pause between two rounds: most transactions are over by then."""
_PAGES: Final = 512
"""Free pages of a SQLite file that are given back at a time, gently: 2 MiB."""
WAL: Final = 8 * 2**20
"""Bytes of SQLite's WAL from which on it is written into the file, gently; else four times as many."""


def prune(  # noqa: PLR0913  (all of them have a default)
    engine: Engine,
    runtime: Runtime,
    *,
    now: datetime | None = None,
    on_binary: OnBinary | None = None,
    fast: bool = False,
    batch: int | None = None,
    max_seconds: float | None = None,
    stop: Event | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Pruned:
    """Delete what is due by the retention of `runtime`, from the database of `engine`.

    Small transactions beside live writers: it can be stopped at any time (`stop`, `max_seconds`) and run again, also by
    several processes at once. `now` is the moment that counts; else the clock of the PostgreSQL server, or of this
    machine for SQLite. `fast` is for when nobody minds waiting, `batch` the most rows in one transaction.

    `on_binary` is handed storage keys, and deletes what is stored under them, before the rows go that stand for it. It
    may be called twice with the same key, and raises where anything remains: those rows stay, and their runs. Without
    it, binaries stay and so do the runs that have any.

    Raises:
        BackendError: the database is not up to date (CM505), not ours, cannot be reached or written, is locked.
        ValueError: `now` has no time zone, or a number is not positive.

    """
    gait = gait_of(engine, fast=fast, batch=batch)
    return Prune(engine, runtime, InThread(stop), gait, now).run(on_binary, max_seconds, on_progress)


async def prune_async(  # noqa: PLR0913  (as above)
    engine: AsyncEngine,
    runtime: Runtime,
    *,
    now: datetime | None = None,
    on_binary: OnBinary | None = None,
    fast: bool = False,
    batch: int | None = None,
    max_seconds: float | None = None,
    stop: asyncio.Event | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Pruned:
    """As `prune`, for asyncio: it awaits the database, and `on_binary` may give something to await."""
    from sqlalchemy.util import greenlet_spawn  # noqa: PLC0415  (greenlet, which threads do without)

    gait = gait_of(engine.sync_engine, fast=fast, batch=batch)
    work = Prune(engine.sync_engine, runtime, OnEventLoop(stop), gait, now)
    result: Pruned = await greenlet_spawn(work.run, on_binary, max_seconds, on_progress)
    return result


def gait_of(engine: Engine, *, fast: bool, batch: int | None) -> Gait:
    """How to prune the database of `engine`.

    Raises:
        ValueError: `batch` is not positive.

    """
    if batch is not None and batch < 1:
        message = "batch must be at least 1"
        raise ValueError(message)
    gait = (FAST if fast else GENTLE)[engine.dialect.name]
    return gait if batch is None else gait._replace(most=batch)


class Prune:
    """One prune of one database."""

    def __init__(
        self, engine: Engine, runtime: Runtime, waiting: Waiting, gait: Gait, now: datetime | None = None
    ) -> None:
        refuse_naive(now)
        self._engine = engine
        self._runtime = runtime
        self._waiting = waiting
        self._now = now
        self._gait = gait
        self._workers: list[Worker] = []
        self._busy = False

    def run(
        self, on_binary: OnBinary | None, max_seconds: float | None, on_progress: Callable[[Progress], None] | None
    ) -> Pruned:
        """Delete what is due, until nothing is, or the time is over.

        Raises:
            ValueError: `max_seconds` is not more than 0.
            BackendError: as `prune`.

        """
        if max_seconds is not None and not max_seconds > 0:
            message = "max_seconds must be more than 0"
            raise ValueError(message)
        started = time.monotonic()
        until = started + (math.inf if max_seconds is None else max_seconds)
        transactions = Transactions(self._engine, self._waiting, self._gait, until)
        blobs = Blobs(lambda keys: self._waiting.call(on_binary, keys)) if on_binary is not None else None
        with typed_errors(self._runtime):
            refuse_unready(self._engine)
            unfreed = self._prune(transactions, blobs, on_progress)
        done = self._result(time.monotonic() - started, unfreed=unfreed)
        if blobs is None:
            return done
        # Each key once, however often it was tried.
        remaining = {table: max(len(keys), done.kept.get(table, 0)) for table, keys in blobs.remaining.items()}
        return done._replace(
            kept={**remaining, **{name: it for name, it in done.kept.items() if name not in remaining}}
        )

    def _prune(
        self, transactions: Transactions, blobs: Blobs | None, on_progress: Callable[[Progress], None] | None
    ) -> bool:
        """Everything; whether it is a SQLite file that gives nothing back."""
        sqlite = self._engine.dialect.name == "sqlite"
        if sqlite:
            transactions.after = self._checkpoint
        policies = Policies(self._runtime, self._now or transactions.read(clock))
        tables = pruned_tables()
        for number in range(ROUNDS):
            if number:
                self._waiting.sleep(ROUND_SECONDS)
            for part in _in_order(tables):
                self._prune_tables(part, policies, transactions, blobs, on_progress)
            if transactions.ended:
                break
            stored = {name for name, keys in (blobs.remaining if blobs else {}).items() if keys}
            tables = transactions.read(partial(self._passed_over, policies=policies, stored=stored))
            # A table of which something stored keeps rows is not gone through again: they would be counted twice.
            self._busy = bool(tables) or any(one.gave_up and one.kept for one in self._workers)
            if not tables:
                break
        return sqlite and not self._give_back(transactions)

    def _passed_over(self, connection: Connection, policies: Policies, stored: set[str]) -> list[Table]:
        """The tables with rows that are due still, and that nothing stored keeps: others have them locked."""
        kept = stored.union(*(+one.kept for one in self._workers))
        tables = [table for table in pruned_tables() if table.name not in kept]
        return list({share.table: None for share in due_shares(connection, policies, tables)})

    def _prune_tables(
        self,
        tables: list[Table],
        policies: Policies,
        transactions: Transactions,
        blobs: Blobs | None,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        """Prune tables by turns, so that none waits for another's backlog."""
        turns: deque[Worker] = deque()
        for table in tables:
            shares = transactions.read(partial(due_shares, policies=policies, tables=[table]))
            if shares:
                turns.append(worker(table, shares, self._gait, transactions, blobs))
        self._workers += turns
        while turns and not transactions.ended:
            one = turns.popleft()
            try:
                one.step()
            except BusyError:
                one.give_up()
            if one.more:
                turns.append(one)
            if on_progress is not None:
                total = sum(each.rows.total() for each in self._workers)
                on_progress(Progress(str(one.table.name), one.rows[one.table.name], total))

    def _checkpoint(self, connection: Connection) -> None:
        """Keep SQLite's WAL small: else it grows for as long as there are readers and writers."""
        if space.wal_size(connection) >= (WAL if self._gait.rest else 4 * WAL):
            space.checkpoint(connection)

    def _give_back(self, transactions: Transactions) -> bool:
        """Give a SQLite file's free pages back to the file system; whether it can."""
        with self._engine.connect() as connection:
            if not space.gives_back(connection):
                return not space.free_pages(connection)
            pages = _PAGES if self._gait.rest else _PAGES * 16
            with suppress(DatabaseLockedError):  # the rest has time until the next prune
                while space.free_pages(connection) and not transactions.ended:
                    started = time.perf_counter()
                    space.give_back(connection, pages)
                    took = time.perf_counter() - started
                    self._checkpoint(connection)
                    self._waiting.sleep(took * self._gait.rest)
            return True

    def _result(self, seconds: float, *, unfreed: bool) -> Pruned:
        rows: Counter[str] = Counter()
        kept: Counter[str] = Counter()
        for one in self._workers:
            rows.update(one.rows)
            kept.update(one.kept)
        more = any(one.more for one in self._workers)
        end: End = "busy" if self._busy else "done"
        if more:
            end = "stopped" if self._waiting.stopped else "time"
        return Pruned(_plain(rows), _plain(kept), end, seconds, unfreed)


def _in_order(tables: list[Table]) -> Iterator[list[Table]]:
    """What others refer to goes last: only then is it known what still does."""
    referred = [table for table in tables if isinstance(lifetime(table), Unreferenced)]
    yield [table for table in tables if table not in referred]
    yield referred


def _plain(counts: Counter[str]) -> dict[str, int]:
    """What there is any of, under names that are no more than text."""
    return {str(name): number for name, number in counts.items() if number}


def clock(connection: Connection) -> datetime:
    """The moment that counts: of the server on PostgreSQL, of this machine on SQLite."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.exec_driver_sql("SELECT now()").scalar_one()
    return moment
