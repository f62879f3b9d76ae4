"""The transactions of a prune: small, with limits of their own, and tried again where others were in the way."""

from __future__ import annotations

import math
import random
import sqlite3
import time
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from codemation.backend.migrations.history_queries import ONLY_CURRENT_SCHEMA
from codemation.backend.retention.pace import Gait
from codemation.backend.retention.waiting import Waiting
from codemation.backend.sqlite.engine import READONLY

T = TypeVar("T")

ATTEMPTS: Final = 5
LOCK_SECONDS: Final = 0.2
"""How long a batch waits for a row, or a part of it, that somebody else has locked (PostgreSQL)."""

_BEGIN: Final = (
    f"{ONLY_CURRENT_SCHEMA}, set_config('lock_timeout', '{round(LOCK_SECONDS * 1000)}ms', true),"
    # How many rows a share has is not known to the planner: it would read all of them to sort a few.
    " set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true)"
)

# Lock time-out, deadlock, serialization failure; and a reference that came about meanwhile: the next look sees it.
_PASSING: Final = {"55P03", "40P01", "40001", "23503"}


class BusyError(Exception):
    """Others were in the way, again and again; or what refers to a row was, which `doctor` names."""


class Transactions:
    """Runs each transaction of a prune. `took`: how many seconds the last one that wrote held the database.

    Each takes a connection from the pool and gives it back, so that a small pool is the host's in between. `after` is
    called with the connection behind each transaction that wrote; `until` is when the time is up (`time.monotonic`).
    """

    after: Callable[[Connection], None] | None = None

    def __init__(self, engine: Engine, waiting: Waiting, gait: Gait, until: float = math.inf) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        self._waiting = waiting
        self._gait = gait
        self._until = until
        self.took = 0.0

    @property
    def ended(self) -> bool:
        """Whether no further transaction is to begin: it was told to stop, or its time is up."""
        return self._waiting.stopped or time.monotonic() >= self._until

    def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` finds out in a transaction that only reads.

        Raises:
            sqlalchemy.exc.DBAPIError: the database cannot be read.

        """
        with self._connected() as connection:
            return self._run(connection.execution_options(**{READONLY: True}), work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, in a transaction that is then committed; then the others have their turn.

        Raises:
            BusyError: others were in the way, again and again.
            sqlalchemy.exc.DBAPIError: the database cannot be written.

        """
        for attempt in range(ATTEMPTS):
            try:
                result = self._written(work)
            except DBAPIError as error:
                if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                    break  # a table of somebody else's refers to it: nobody can have come in between
                if getattr(error.orig, "sqlstate", None) not in _PASSING:
                    raise
                self._waiting.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311  (not in step with others)
                continue
            if self._gait.rest:
                self._waiting.sleep(self.took * self._gait.rest)
            return result
        raise BusyError

    def _written(self, work: Callable[[Connection], T]) -> T:
        with self._connected() as connection:
            started = time.perf_counter()
            result = self._run(connection, work)
            self.took = time.perf_counter() - started
            if self.after is not None:
                self.after(connection)
            return result

    def _connected(self) -> Connection:
        connection = self._engine.connect()
        # A statement must see what others committed before it.
        return connection if self._sqlite else connection.execution_options(isolation_level="READ COMMITTED")

    def _run(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        with connection.begin():
            if not self._sqlite:
                connection.exec_driver_sql(_BEGIN).close()
            return work(connection)
