"""The checks of all parts that a runtime form names, run in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from codemation.backend.doctor.catalogue import CHECKS
from codemation.backend.doctor.check import Check, Finding, failed_by, found, skipped
from codemation.backend.doctor.sqlite.opened import File
from codemation.backend.errors import BackendError
from codemation.runtime.form import Database, Runtime

if TYPE_CHECKING:
    from codemation.backend.redis_server import Use

_LOST = "the connection was lost"


class Result(NamedTuple):
    """What became of one check."""

    check: Check
    finding: Finding

    @property
    def failure(self) -> BackendError | None:
        """What a host would fail with, too."""
        return self.finding.error


def examine(runtime: Runtime, *, read: str, skips_migrations: bool) -> Iterator[Result]:
    """Each check in turn; nothing is changed by any.

    `read` says which files led here, `skips_migrations` that a boot will not migrate.
    """
    yield from _all(CHECKS["configuration"], read)
    yield from _database(runtime, skips_migrations=skips_migrations)
    yield from _redis(runtime)


def _database(runtime: Runtime, *, skips_migrations: bool) -> Iterator[Result]:
    checks = CHECKS[runtime.database.kind]
    with ExitStack() as stack:
        try:
            subject = _opened(runtime.database, stack, skips_migrations=skips_migrations)
        except BackendError as error:
            yield from _unreached((*checks, *CHECKS["retention"]), failed_by(error), "the database could not be read")
            return
        refused = False
        for result in _all(checks, subject):
            refused = refused or (result.check.name == "migrations" and result.failure is not None)
            yield result
        if refused or getattr(subject, "lost", False):
            reason = _LOST if getattr(subject, "lost", False) else "what is due could not be told: see migrations"
            yield from (Result(check, skipped(reason)) for check in CHECKS["retention"])
        else:
            yield from _all(CHECKS["retention"], runtime)


def _opened(database: Database, stack: ExitStack, *, skips_migrations: bool) -> Any:
    """What is looked at. The driver is imported here."""
    if database.kind == "sqlite":
        return File(database, skips_migrations=skips_migrations)
    from codemation.backend.doctor.postgresql.server import open_server  # noqa: PLC0415  (psycopg)

    return stack.enter_context(open_server(database, skips_migrations=skips_migrations))


def _redis(runtime: Runtime) -> Iterator[Result]:
    checks, url = CHECKS["redis"], runtime.event_bus.redis_url
    if url is None:
        reason = "not needed: the scheduler is local and the event bus in memory"
        yield from (Result(check, skipped(reason)) for check in checks)
        return
    from codemation.backend.redis_server import reached  # noqa: PLC0415  (100 ms)

    use: Use = "queues" if runtime.scheduler.kind == "bullmq" else "events"
    with ExitStack() as stack:
        try:
            server = stack.enter_context(reached(url, use, _prefix(runtime)))
        except BackendError as error:
            yield from _unreached(checks, failed_by(error), "Redis could not be reached")
            return
        yield from _all(checks, server)


def _prefix(runtime: Runtime) -> str:
    """What keys and channels begin with: unless stated, BullMQ's own."""
    return runtime.scheduler.queue_prefix or runtime.event_bus.queue_prefix or "bull"


def _all(checks: Iterable[Check], part: Any) -> Iterator[Result]:
    """Every check, until there is nobody left to ask: that is told once."""
    for check in checks:
        yield Result(check, skipped(_LOST) if getattr(part, "lost", False) else found(check, part))


def _unreached(checks: tuple[Check, ...], failure: Finding, reason: str) -> Iterator[Result]:
    first, *others = checks
    yield Result(first, failure)
    yield from (Result(check, skipped(reason)) for check in others)
