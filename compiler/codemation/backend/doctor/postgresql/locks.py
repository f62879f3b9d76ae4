"""The check of what keeps PostgreSQL's rows and logs from moving on: who holds what, for how long."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from codemation.backend.doctor.check import Checks, Finding, NotToldError, failed, ok, warn
from codemation.backend.doctor.subject import Obstacle
from codemation.backend.errors import DatabaseLockedError
from codemation.text.amounts import duration, first_of, size
from codemation.text.redaction import redact

if TYPE_CHECKING:
    from codemation.backend.doctor.postgresql.server import Server

CHECKS: Final = Checks()

PATIENCE: Final = {"lock": 1.0, "idle": 300.0, "prepared": 300.0}
"""Seconds that something may last before it is told of: a migration's own locks last less, mostly."""
LEAST_KEPT: Final = 2**30
"""Bytes of the server's log that a slot may keep."""
_MOST: Final = 3

# Of another session's state a role without `pg_read_all_stats` sees nothing but who it is.
_LOCKED: Final = """
    SELECT c.relname, l.pid, a.application_name, a.state, p.gid,
        extract(epoch FROM clock_timestamp() - coalesce(p.prepared, a.xact_start))::int
    FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
    LEFT JOIN pg_catalog.pg_locks x ON l.pid IS NULL AND x.pid IS NULL AND x.locktype = 'transactionid'
        AND x.virtualtransaction = l.virtualtransaction
    LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = x.transactionid
    WHERE l.granted AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
        AND n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname = ANY(%s) AND l.mode = ANY(%s)
        AND l.pid IS DISTINCT FROM pg_backend_pid()
    ORDER BY 2, 1
"""
_AGAINST_WRITERS: Final = ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"]
_OF_WRITERS: Final = ["RowExclusiveLock", *_AGAINST_WRITERS]
_IDLE: Final = """
    SELECT pid, application_name, extract(epoch FROM clock_timestamp() - xact_start)::int
    FROM pg_catalog.pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%%'
        AND extract(epoch FROM clock_timestamp() - state_change) >= %s
    ORDER BY 3 DESC, 1
"""
_PREPARED: Final = """
    SELECT gid, extract(epoch FROM clock_timestamp() - prepared)::int FROM pg_catalog.pg_prepared_xacts
    WHERE database = current_database() AND extract(epoch FROM clock_timestamp() - prepared) >= %s ORDER BY 2 DESC
"""
_SLOTS: Final = """
    SELECT slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint
    FROM pg_catalog.pg_replication_slots
    WHERE NOT active AND pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) >= %s ORDER BY 2 DESC
"""


@CHECKS.add(
    "locks",
    "who holds locks on the tables, transactions that are left open, and logs that nobody reads",
    """\
A lock on one of codemation's tables that keeps writers out: every statement of a host on it waits until
that transaction ends. A session that is `idle in transaction` for minutes is mostly a forgotten console
or a program that hangs: nothing that was deleted since can be cleaned up, and a migration waits. A
prepared transaction (`PREPARE TRANSACTION`) holds its locks across restarts, until somebody decides. A
replication slot that nobody reads keeps the server's log (WAL) for ever, until the disk is full.

    SELECT pg_terminate_backend(PID);
    ROLLBACK PREPARED 'GID';
    SELECT pg_drop_replication_slot('NAME');

Who owns a session or is a member of `pg_signal_backend` may end it.
""",
)
def locks(server: Server) -> Finding:
    """By the server's views, each as far as this role may see it."""
    from codemation.backend.tables import metadata  # noqa: PLC0415  (imports SQLAlchemy)

    found = [*_holders(server, [*metadata.tables], _AGAINST_WRITERS, PATIENCE["lock"]), *_left_open(server)]
    if not server.facts.standby:
        with suppress(NotToldError):  # servers that keep their log in another way
            found += _unread(server)
    if not found:
        return ok("nobody keeps the tables from being written")
    unique = list(dict.fromkeys(found))
    advice = f"{'; '.join(dict.fromkeys(one.help for one in unique[:_MOST]))}."
    details = tuple(one.text for one in unique)
    text = first_of(details, _MOST, "; ")
    return (failed if any(one.hinders for one in unique) else warn)(text, advice, details)


def with_holders(server: Server, error: DatabaseLockedError, table: str) -> DatabaseLockedError:
    """The error, with who writes to a table or keeps it from being written, as far as that can be told."""
    found: list[Obstacle] = []
    with suppress(NotToldError):
        found = _holders(server, [table], _OF_WRITERS, 0.0)
    if not found:
        return error
    ends = " and ".join(dict.fromkeys(f"`{one.help}`" for one in found))
    return DatabaseLockedError(
        f"{error.message} ({'; '.join(dict.fromkeys(one.text for one in found))})",
        f"{error.help.rstrip('.')}: {ends} takes back what it did.",
    )


def _holders(server: Server, tables: list[str], modes: list[str], least: float) -> list[Obstacle]:
    return [
        Obstacle(f"{table} is locked by {_who(pid, name, state, gid, seconds)}", _end(pid, gid), hinders=True)
        for table, pid, name, state, gid, seconds in server.ask(_LOCKED, [tables, modes])
        if seconds is None or seconds >= least
    ]


def _left_open(server: Server) -> list[Obstacle]:
    idle = (
        Obstacle(f"{_who(pid, name, 'idle in transaction', None, seconds)}, keeps old rows", _end(pid, None))
        for pid, name, seconds in server.ask(_IDLE, [PATIENCE["idle"]])
    )
    prepared = (
        Obstacle(f"{_who(None, None, None, gid, seconds)}, keeps its locks and old rows", _end(None, gid))
        for gid, seconds in server.ask(_PREPARED, [PATIENCE["prepared"]])
    )
    return [*idle, *prepared]


def _unread(server: Server) -> list[Obstacle]:
    return [
        Obstacle(
            f"the replication slot {slot}, which nobody reads, keeps {size(kept)} of the server's log",
            f"SELECT pg_drop_replication_slot('{slot}'), or start what reads it",
        )
        for slot, kept in server.ask(_SLOTS, [LEAST_KEPT])
    ]


def _who(pid: int | None, name: str | None, state: str | None, gid: str | None, seconds: int | None) -> str:
    parts: Sequence[Any] = (
        f"the prepared transaction {redact(gid)}" if gid else f"process {pid}" + (f" ({redact(name)})" if name else ""),
        state,
        f"for {duration(seconds)}" if seconds is not None else None,
    )
    return ", ".join(part for part in parts if part)


def _end(pid: int | None, gid: str | None) -> str:
    if gid is None:
        return f"SELECT pg_terminate_backend({pid})"
    named = redact(gid).replace("'", "''")
    return f"ROLLBACK PREPARED '{named}'"
