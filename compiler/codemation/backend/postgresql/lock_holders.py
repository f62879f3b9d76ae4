"""Who is in the way, on PostgreSQL: never what they execute, which may hold anything."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from threading import Event, Thread
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from codemation.backend.errors import BackendError
from codemation.text.redaction import redact

_COLUMNS: Final = "a.pid, a.application_name, a.state, coalesce(a.xact_start, a.backend_start)"
_BLOCKING: Final = text(
    f"SELECT {_COLUMNS} FROM pg_stat_activity a WHERE a.pid = ANY(pg_blocking_pids(:pid)) ORDER BY 4, 1"  # noqa: S608
)
_ADVISORY: Final = text(
    f"""
    SELECT {_COLUMNS} FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32) | l.objid::bigint = :key
    """  # noqa: S608  (constants)
)


class Session(NamedTuple):
    """Another session. All but its number is hidden from users without the rights."""

    pid: int
    application_name: str | None
    state: str | None
    since: datetime | None


class Watch:
    """Looks from a connection of its own, in a thread, at who blocks a session; remembers the last that did."""

    def __init__(self, engine: Engine, pid: int, interval: float) -> None:
        self.seen: tuple[Session, ...] = ()
        self._engine = engine
        self._pid = pid
        self._interval = interval
        self._over = Event()
        self._thread = Thread(target=self._observe, name="codemation-blockers", daemon=True)

    def __enter__(self) -> Self:
        """Start to observe."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for the thread."""
        self._over.set()
        self._thread.join()

    def _observe(self) -> None:
        # A pool of its own: the engine's may have no connection to spare.
        pool = self._engine.pool.recreate()
        connection: Any = None
        # Only the message suffers where this fails.
        with suppress(SQLAlchemyError, BackendError):
            connection = Connection(self._engine, pool.connect())
            while not self._over.wait(self._interval):
                self.seen = _sessions(connection.execute(_BLOCKING, {"pid": self._pid})) or self.seen
                connection.rollback()
        if connection is not None:
            connection.close()
        pool.dispose()


def advisory(connection: Connection, key: int) -> tuple[Session, ...]:
    """Who holds the advisory lock `key`."""
    return _sessions(connection.execute(_ADVISORY, {"key": key}))


def told(sessions: Sequence[Session]) -> str:
    """The sessions in words that continue a sentence; nothing for none."""
    return "".join(f"; {_one(session)}" for session in sessions)


def _sessions(rows: Any) -> tuple[Session, ...]:
    return tuple(Session(*row) for row in rows)


def _one(session: Session) -> str:
    name = f" ({redact(session.application_name)})" if session.application_name else ""
    state = f", {session.state}" if session.state else ""
    since = f", since {session.since.isoformat(timespec='seconds')}" if session.since else ""
    return f"held by process {session.pid}{name}{state}{since}"
