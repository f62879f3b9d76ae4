"""A host's own pruning: again and again beside its work, in a thread or an asyncio task, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, overload

from sqlalchemy import Engine

from codemation.backend.errors import BackendError
from codemation.backend.retention.blobs import OnBinary
from codemation.backend.retention.prune import prune, prune_async
from codemation.backend.retention.result import Pruned
from codemation.runtime.form import Runtime
from codemation.text.redaction import redact

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

JITTER: Final = 0.1
"""Each pause is up to so much longer or shorter, for hosts that were started together."""
LONGEST_RUN: Final = 60.0
"""Seconds after which one prune ends and the next begins, so that new rows of every kind have their turn."""
SHORTEST_PAUSE: Final = 1.0
LONGEST_BACKOFF: Final = 32
"""At most so many times the interval passes between attempts that fail."""

_LOG: Final = logging.getLogger("codemation")

OnPruned = Callable[[Pruned], Any]
"""A callback that gets what each prune did."""


class Schedule:
    """When to prune next: `every` so many seconds; sooner while a backlog remains, later while it fails."""

    def __init__(self, every: float) -> None:
        if not 0 < every < float("inf"):
            message = "a number of seconds more than 0 is wanted for how often to prune"
            raise ValueError(message)
        self._every = every
        self._failures = 0

    def first(self) -> float:
        """Seconds before the first prune: hosts that boot together do not prune together."""
        return random.uniform(0, min(self._every, 10.0))  # noqa: S311  (not in step with others)

    def after(self, done: Pruned) -> float:
        """Seconds after a prune."""
        self._failures = 0
        return self._jittered(min(self._every, SHORTEST_PAUSE) if done.end == "time" else self._every)

    def after_failure(self) -> float:
        """Seconds after one that failed."""
        self._failures += 1
        return self._jittered(self._every * min(LONGEST_BACKOFF, 2.0**self._failures))

    @staticmethod
    def _jittered(seconds: float) -> float:
        return seconds * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311


class _Work(NamedTuple):
    runtime: Runtime
    on_binary: OnBinary | None
    on_pruned: OnPruned | None

    def tell(self, done: Pruned) -> None:
        """Tell what was done: the caller, whose mistakes are not ours, and the log."""
        if done.total:
            rows = ", ".join(f"{rows} {name}" for name, rows in done.rows.items())
            _LOG.info("pruned %d rows in %.1f s: %s", done.total, done.seconds, rows)
        if done.kept:
            _LOG.info("kept, for what they stand for is stored: %s", done.kept)
        if self.on_pruned is not None:
            try:
                self.on_pruned(done)
            except Exception as error:  # noqa: BLE001  (the host's code)
                _LOG.warning("on_pruned failed: %s", redact(f"{type(error).__name__}: {error}"))

    @staticmethod
    def tell_failure(error: Exception, seconds: float) -> None:
        """Tell why nothing was done."""
        said = str(error) if isinstance(error, BackendError) else redact(f"{type(error).__name__}: {error}")
        _LOG.warning("pruning failed, and is tried again in %.0f s: %s", seconds, said)


class RetentionThread:
    """Prunes in a thread of its own. `stop` ends it, as does leaving `with`; a second time does nothing."""

    def __init__(self, engine: Engine, work: _Work, schedule: Schedule) -> None:
        self._engine = engine
        self._work = work
        self._schedule = schedule
        self._stop = Event()
        self._thread = Thread(target=self._run, name="codemation retention", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self._thread.is_alive()

    def stop(self, timeout: float | None = None) -> bool:
        """End it, at the next small transaction, and wait for that, at most `timeout` seconds; whether it has ended."""
        self._stop.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def __enter__(self) -> Self:
        """It runs already."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.stop()

    def _run(self) -> None:
        pause = self._schedule.first()
        while not self._stop.wait(pause):
            try:
                done = prune(
                    self._engine,
                    self._work.runtime,
                    on_binary=self._work.on_binary,
                    max_seconds=LONGEST_RUN,
                    stop=self._stop,
                )
            except Exception as error:  # noqa: BLE001  (a host does not fall for its housekeeping)
                pause = self._schedule.after_failure()
                self._work.tell_failure(error, pause)
            else:
                pause = self._schedule.after(done)
                self._work.tell(done)


class RetentionTask:
    """Prunes in an asyncio task. `await stop()` ends it, as does leaving `async with`."""

    def __init__(self, engine: AsyncEngine, work: _Work, schedule: Schedule) -> None:
        self._engine = engine
        self._work = work
        self._schedule = schedule
        self._stop = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run(), name="codemation retention")

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return not self._task.done()

    async def stop(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109  (as the thread's)
        """End it, at the next small transaction, and wait for that, at most `timeout` seconds; whether it has ended."""
        self._stop.set()
        await asyncio.wait([self._task], timeout=timeout)
        return self._task.done()

    async def __aenter__(self) -> Self:
        """It runs already."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End it."""
        await self.stop()

    async def _run(self) -> None:
        pause = self._schedule.first()
        while not await self._stopped_within(pause):
            try:
                done = await prune_async(
                    self._engine,
                    self._work.runtime,
                    on_binary=self._work.on_binary,
                    max_seconds=LONGEST_RUN,
                    stop=self._stop,
                )
            except Exception as error:  # noqa: BLE001  (as above)
                pause = self._schedule.after_failure()
                self._work.tell_failure(error, pause)
            else:
                pause = self._schedule.after(done)
                self._work.tell(done)

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return False
        return True


@overload
def retention_loop(
    engine: Engine,
    runtime: Runtime,
    *,
    every: float = 3_600.0,
    on_binary: OnBinary | None = None,
    on_pruned: OnPruned | None = None,
) -> RetentionThread: ...
@overload
def retention_loop(
    engine: AsyncEngine,
    runtime: Runtime,
    *,
    every: float = 3_600.0,
    on_binary: OnBinary | None = None,
    on_pruned: OnPruned | None = None,
) -> RetentionTask: ...
def retention_loop(
    engine: Engine | AsyncEngine,
    runtime: Runtime,
    *,
    every: float = 3_600.0,
    on_binary: OnBinary | None = None,
    on_pruned: OnPruned | None = None,
) -> RetentionThread | RetentionTask:
    """Prune `every` so many seconds (a little more or less), until it is stopped; it has begun when this returns.

    With an `Engine` in a thread, with an `AsyncEngine` in a task of the running event loop. While a backlog remains it
    goes on at once; after a failure it waits longer each time. It raises nothing into the host: what it did is told to
    `on_pruned` and to the logger `codemation`, failures to the logger. Stop it before the engine is disposed of, by
    `stop()` or `with` (`async with`, `await stop()`). `on_binary` as `prune`'s.

    Raises:
        ValueError: `every` is no number of seconds more than 0.

    """
    work, schedule = _Work(runtime, on_binary, on_pruned), Schedule(every)
    if isinstance(engine, Engine):
        return RetentionThread(engine, work, schedule)
    return RetentionTask(engine, work, schedule)
