"""A first answer in time.

A pooler accepts clients also while its server is away, and lets their statements wait for it (PgBouncer's
`query_wait_timeout`, 120 s); neither libpq nor psycopg has a limit for that. So whoever looks at a database gives its
first answer the time that a connection may take.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import Any, Self

import psycopg

from codemation.backend.postgresql import unfit
from codemation.runtime.form import Database


class Deadline:
    """Hangs up on `connection`, psycopg's, unless it is left within its `connect_timeout` (seconds; 0 for no limit)."""

    def __init__(self, connection: Any) -> None:
        self.seconds = _connect_timeout(connection)
        self._connection = connection
        self._passed = Event()
        self._timer = Timer(self.seconds, self._hang_up)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """From now on."""
        if self.seconds > 0:
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """It was left in time, or not."""
        self._timer.cancel()

    @property
    def passed(self) -> bool:
        """Whether it hung up: what failed did so because of that."""
        return self._passed.is_set()

    def _hang_up(self) -> None:
        self._passed.set()
        # By a descriptor of its own; who waits for an answer then hears that the other side has hung up.
        with (
            suppress(OSError, psycopg.Error),
            socket.fromfd(self._connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as link,
        ):
            link.shutdown(socket.SHUT_RDWR)


@contextmanager
def answered(connection: psycopg.Connection[Any], database: Database) -> Iterator[None]:
    """For the first statement on a connection.

    Raises:
        DatabaseNotReadyError: there was no answer in time.

    """
    with Deadline(connection) as deadline:
        try:
            yield
        except psycopg.Error:
            if not deadline.passed:
                raise
        else:
            return
    # Out here, so that it does not even carry the original as its context.
    raise unfit.no_answer(database, deadline.seconds)


def _connect_timeout(connection: Any) -> float:
    """What is in force, whoever states it: the URL, `connectTimeoutSeconds`, `PGCONNECT_TIMEOUT`, or psycopg's own."""
    stated = (it.val for it in connection.pgconn.info if it.keyword == b"connect_timeout")
    return float(next(stated) or 0)
