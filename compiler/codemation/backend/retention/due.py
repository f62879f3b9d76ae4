"""What a prune would delete, told without deleting it; and how long it has been due."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, create_engine, text

from codemation.backend.engine import typed_errors
from codemation.backend.retention.policies import Policies, refuse_naive
from codemation.backend.retention.prune import clock
from codemation.backend.retention.readiness import limit, refuse_unready
from codemation.backend.retention.shares import Share, due_shares, quoted
from codemation.backend.retention.statements import condition, count
from codemation.backend.sqlite.inspection import look
from codemation.runtime.form import Runtime

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

SAMPLE = 200
"""So many due rows tell how many bytes a row takes."""


class DueRows(NamedTuple):
    """What is due in one table, of one workflow (`None`: the table knows none) by one setting.

    `setting` is `None` for what expires by itself, `seconds` how long rows are kept. `size` is in bytes, roughly: what
    the values take, without indexes and parts. `oldest` is the moment of the oldest row, `overdue` how long it has been
    due.
    """

    table: str
    workflow: str | None
    setting: str | None
    seconds: int
    rows: int
    size: int
    oldest: datetime
    overdue: timedelta


class Lag(NamedTuple):
    """How far retention lags behind, of one table: the oldest row that is due.

    `age` is how old it is, `overdue` how long it has been due. `workflow` is whose it is, where the table knows
    workflows.
    """

    age: timedelta
    overdue: timedelta
    workflow: str | None


def due_rows(engine: Engine, runtime: Runtime, *, now: datetime | None = None) -> list[DueRows]:
    """What `prune` would delete now, by table, workflow and setting, in the order in which it would; reads only.

    What goes only because runs go is not among it: their parts, binaries that are not due by themselves, and snapshots
    that no other run refers to.

    Raises:
        BackendError: as `prune`.
        ValueError: `now` has no time zone.

    """
    refuse_naive(now)

    def ask(connection: Connection) -> list[DueRows]:
        grouped: dict[tuple[str, str | None, str | None], list[Share]] = defaultdict(list)
        for share in due_shares(connection, Policies(runtime, now or clock(connection))):
            grouped[share.table.name, share.workflow, share.setting].append(share)
        return [_told(connection, shares) for shares in grouped.values()]

    return _read(engine, runtime, ask)


def due_total(engine: Engine, runtime: Runtime) -> int:
    """How many rows are due: what a prune would delete now.

    Raises:
        BackendError: as `prune`.

    """

    def ask(connection: Connection) -> int:
        return sum(count(connection, share) for share in due_shares(connection, Policies(runtime, clock(connection))))

    return _read(engine, runtime, ask)


def retention_lag(engine: Engine, runtime: Runtime, *, now: datetime | None = None) -> dict[str, Lag]:
    """Of each table that holds anything due: the row that has been due longest. Empty where nothing is due.

    One look-up for each workflow and table: cheap enough for a health check. Binaries, and runs that have any, count
    also where nothing deletes what they stand for.

    Raises:
        BackendError: as `prune`.
        ValueError: `now` has no time zone.

    """
    refuse_naive(now)

    def ask(connection: Connection) -> dict[str, Lag]:
        policies = Policies(runtime, now or clock(connection))
        found: dict[str, Lag] = {}
        for share in due_shares(connection, policies):
            table = str(share.table.name)  # SQLAlchemy's own kind of text
            known = found.get(table)
            if known is None or share.overdue > known.overdue:
                found[table] = Lag(policies.now - share.oldest, share.overdue, share.workflow)
        return found

    return _read(engine, runtime, ask)


async def retention_lag_async(engine: AsyncEngine, runtime: Runtime, *, now: datetime | None = None) -> dict[str, Lag]:
    """As `retention_lag`, for asyncio."""
    from sqlalchemy.util import greenlet_spawn  # noqa: PLC0415  (greenlet, which threads do without)

    found: dict[str, Lag] = await greenlet_spawn(retention_lag, engine.sync_engine, runtime, now=now)
    return found


def _read(engine: Engine, runtime: Runtime, ask: Callable[[Connection], T]) -> T:
    """What `ask` finds out in one state of a database that is up to date; in SQLite's file this leaves no trace."""
    with typed_errors(runtime):
        refuse_unready(engine)
        if engine.dialect.name == "sqlite":
            return look(engine.url.database or "", lambda reader: _asked(reader, ask))
        with engine.connect() as connection, connection.begin():
            limit(connection)
            return ask(connection)


def _asked(reader: sqlite3.Connection, ask: Callable[[Connection], T]) -> T:
    """The same with a connection of SQLite's own."""
    reader.execute("BEGIN").close()
    engine = create_engine("sqlite://", creator=lambda: reader, poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            return ask(connection)
    finally:
        engine.dispose()  # which ends the transaction


def _told(connection: Connection, shares: Sequence[Share]) -> DueRows:
    rows = sum(count(connection, share) for share in shares)
    first = min(shares, key=lambda share: share.oldest)
    size = round(rows * _row_size(connection, first))
    return DueRows(
        str(first.table.name), first.workflow, first.setting, first.seconds, rows, size, first.oldest, first.overdue
    )


def _row_size(connection: Connection, share: Share) -> float:
    """How many bytes a due row takes, by some of them."""
    columns = [column.name for column in share.table.columns]
    of_row = "pg_column_size(s.*)"
    if connection.dialect.name == "sqlite":
        of_row = " + ".join(f"coalesce(length(CAST(s.{name} AS BLOB)), 0) + 1" for name in columns)
    where, bound = condition(connection, share)
    names = ", ".join(f"t.{name}" for name in columns)
    statement = (
        f"SELECT avg({of_row}) FROM"  # noqa: S608
        f" (SELECT {names} FROM {quoted(connection, share.table)} AS t WHERE {where} LIMIT {SAMPLE}) AS s"
    )
    return float(connection.execute(text(statement).bindparams(*bound)).scalar() or 0)
