"""One migrator at a time: a transaction that is also the lock, across processes and hosts.

SQLite: `BEGIN IMMEDIATE`. PostgreSQL: an advisory lock that ends with its transaction (one of a session would hang and
leak behind a transaction pooler).
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, Final, NamedTuple, Self, TypeAlias

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from codemation.backend.errors import DatabaseLockedError
from codemation.backend.migrations import fitness
from codemation.backend.migrations.history_queries import ADVISORY_KEY, ONLY_CURRENT_SCHEMA
from codemation.backend.postgresql import lock_holders

_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# Lock time-out, and a deadlock that PostgreSQL ended: both go away.
_RETRIED: Final = {"55P03", "40P01"}

_BEGIN: Final = text(f"{ONLY_CURRENT_SCHEMA}, set_config('lock_timeout', :lock_timeout, true)")
_TRY: Final = text("SELECT pg_try_advisory_xact_lock(:key)")


class Patience(NamedTuple):
    """How long to wait, in seconds."""

    migrator: float = 60.0
    """For another migrator, and on SQLite for any writer."""
    table: float = 2.0
    """At a time for a table that somebody else uses (PostgreSQL): meanwhile its readers wait too."""
    attempts: int = 5
    """How often to wait for such a table."""
    over: Event | None = None
    """Set by who gives up meanwhile: no further revision is begun, and nothing waited for."""

    def wait(self, seconds: float) -> bool:
        """Sleep for `seconds`, or until the caller gives up; return whether it did."""
        return (self.over or Event()).wait(seconds)

    @property
    def given_up(self) -> bool:
        """Whether `over` was set: the caller no longer waits for the migration."""
        return self.over is not None and self.over.is_set()


OnWait: TypeAlias = Callable[[str], None]
"""A callback for when somebody else has the lock, called once: with who, continuing a sentence, if that is known."""


class Migrating:
    """A connection of its own, which alternates between the lock's transaction and waiting for it.

    It never goes back to its pool: its settings are for migrations only.
    """

    def __init__(self, engine: Engine, patience: Patience, on_wait: OnWait | None = None) -> None:
        self._engine = engine
        self._patience = patience
        self._on_wait = on_wait
        self._sqlite = engine.dialect.name == "sqlite"
        self._connection = engine.connect()
        driver: Any = self._connection.connection.driver_connection
        if self._sqlite:
            # Within a transaction this would do nothing, and a rebuilt table would take its children's rows along.
            driver.isolation_level = None
            driver.execute("PRAGMA foreign_keys=OFF")
        else:
            driver.prepare_threshold = None
            # Under the lock every statement must see what the last holder of it committed.
            self._connection = self._connection.execution_options(isolation_level="READ COMMITTED")

    def __enter__(self) -> Self:
        """The connection is open already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection for good."""
        if not self._connection.invalidated:
            self._connection.invalidate()
        self._connection.close()

    def refuse_unfit(self, *, creates: bool) -> None:
        """Refuse a PostgreSQL database that does not let itself be migrated; raises as `fitness.refuse_unfit`."""
        if not self._sqlite:
            with self._connection.begin():
                fitness.refuse_unfit(self._connection, creates=creates)

    @contextmanager
    def locked(self) -> Iterator[Connection]:
        """The transaction; it is committed unless an exception leaves it.

        Raises:
            DatabaseLockedError: another migrator did not finish in time.

        """
        deadline = time.monotonic() + self._patience.migrator
        while True:
            with self._connection.begin() as transaction:
                if self._acquired():
                    yield self._connection
                    if transaction.is_active:
                        transaction.commit()
                    return
                holders = () if self._sqlite else lock_holders.advisory(self._connection, ADVISORY_KEY)
                transaction.rollback()
            if self._on_wait is not None:
                self._on_wait(lock_holders.told(holders))
                self._on_wait = None
            # Not in step with others: no secret.
            given_up = self._patience.wait(random.uniform(0.02, 0.1))  # noqa: S311
            if given_up or time.monotonic() > deadline:
                raise _locked(self._patience.migrator, holders)

    @contextmanager
    def watched(self, attempt: int) -> Iterator[lock_holders.Watch | None]:
        """Learn meanwhile who is in the way, from the second attempt on: that takes another connection."""
        if self._sqlite or attempt == 0:
            yield None
            return
        pid = self._connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with lock_holders.Watch(self._engine, pid, self._patience.table / 4) as watch:
            yield watch

    def _acquired(self) -> bool:
        if self._sqlite:
            return self._begun()
        timeout = f"{max(1, round(self._patience.table * 1000))}ms"
        self._connection.execute(_BEGIN, {"lock_timeout": timeout})
        return bool(self._connection.execute(_TRY, {"key": ADVISORY_KEY}).scalar())

    def _begun(self) -> bool:
        """Begin on SQLite. The connection's own patience is for later: here, `locked` tries again."""
        driver: Any = self._connection.connection.driver_connection
        ((patience,),) = driver.execute("PRAGMA busy_timeout").fetchall()
        driver.execute("PRAGMA busy_timeout=0").close()
        try:
            self._connection.exec_driver_sql("BEGIN IMMEDIATE")
        except DBAPIError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF not in _BUSY:
                raise
            return False
        finally:
            driver.execute(f"PRAGMA busy_timeout={patience}").close()
        return True


def passing(error: DBAPIError) -> bool:
    """Whether PostgreSQL failed because of a lock, so that another attempt may succeed."""
    return getattr(error.orig, "sqlstate", None) in _RETRIED


def blocked(revision: str, waited: float, holders: tuple[lock_holders.Session, ...]) -> DatabaseLockedError:
    """The error for a table that did not become free."""
    return DatabaseLockedError(
        f"revision {revision} waited {waited:.1f} s in vain for a table that another session uses"
        f"{lock_holders.told(holders)}",
        "Let that session finish its transaction, or end it (`SELECT pg_terminate_backend(PID)`); then try again.",
    )


def _locked(waited: float, holders: tuple[lock_holders.Session, ...]) -> DatabaseLockedError:
    return DatabaseLockedError(
        f"another process migrates or locks the database; waited {waited:.1f} s for it{lock_holders.told(holders)}",
        "Wait until it has finished, or stop it.",
    )
