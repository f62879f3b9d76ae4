"""Migrations as a library: what a database's history is, and how it gets to another revision.

Every function takes an engine that `provision` made, for a database that may be shared with an application's own
tables and its own Alembic history. What is refused is refused by reading only. Revisions are applied one by one, each
in one transaction that is also the lock: a process killed at any point leaves a database that the next run finishes.

Where the database cannot be reached, or its disk is full, SQLAlchemy's errors pass: `typed_errors` tells what they
mean. Alembic is imported only when there is something to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from sqlalchemy import Engine, func, select, table

from codemation import __version__
from codemation.backend import locks, revisions
from codemation.backend.history import Applied, Status, refuse_pending
from codemation.backend.locks import Patience
from codemation.backend.reading import at_head, engine_at_head, reading
from codemation.backend.revisions import BASE, HEAD, LOG_TABLE, NO_VERSIONS, Revision
from codemation.backend.walk import OnProgress, Progress, Way, down, load_steps, our_tables, status_of, up, walk

__all__ = [
    "BASE",
    "HEAD",
    "Applied",
    "Patience",
    "Progress",
    "Revision",
    "Status",
    "at_head",
    "downgrade",
    "history",
    "losses",
    "offline_sql",
    "status",
    "upgrade",
    "verify",
]

Dialect = Literal["sqlite", "postgresql"]

_SQLITE_FIRST: Final = "-- sqlite3 -bail FILE < THIS\nPRAGMA foreign_keys=OFF;\n"
_POSTGRESQL_FIRST: Final = "-- psql -v ON_ERROR_STOP=1 -f THIS\n"


def history() -> tuple[Revision, ...]:
    """Every revision that this program knows, oldest first."""
    return revisions.revisions()


def status(engine: Engine) -> Status:
    """Where the database is.

    Raises:
        DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError: it is not one that this program may migrate.

    """
    return status_of(engine)


def verify(engine: Engine) -> None:
    """Refuse a database that is not at `HEAD`; one that is takes one read.

    Raises:
        MigrationsPendingError: it is older.
        DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError: as `status`.

    """
    if not engine_at_head(engine):
        refuse_pending(status_of(engine))


def upgrade(
    engine: Engine,
    target: str = "head",
    on_progress: OnProgress | None = None,
    *,
    adopt: bool = False,
    patience: Patience = Patience(),  # noqa: B008  (immutable)
) -> tuple[Revision, ...]:
    """Apply what is pending, up to `target`; say which revisions this call applied.

    `adopt` makes our tables beside those of somebody else, where no name collides (the engine must be provisioned with
    `adopt`, too). While other migrators work, wait. `on_progress` is told with the lock held that a revision begins,
    and after its commit that it is done.

    Raises:
        ValueError: there is no revision `target`, or the database is past it.
        DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError: the database was left untouched.
        DatabaseLockedError: another migrator, or whoever uses a table, did not finish in time.
        MigrationFailedError: a revision failed. Those before it are applied, it is not.

    """
    if target in {"head", revisions.HEAD} and engine_at_head(engine):
        return ()
    known = history()
    goal = known[-1].id if target == "head" else _known(target, known)

    def todo(found: Status) -> Sequence[Revision]:
        if found.current is not None and found.current > goal:
            message = f"the database is at revision {found.current}, past {goal}: that needs a downgrade"
            raise ValueError(message)
        return [revision for revision in found.pending if revision.id <= goal]

    names = our_tables() if adopt else None
    return walk(engine, Way(todo, up, "applying", names), on_progress, patience)


def downgrade(
    engine: Engine,
    target: str,
    on_progress: OnProgress | None = None,
    *,
    patience: Patience = Patience(),  # noqa: B008  (immutable)
) -> tuple[Revision, ...]:
    """Take back what came after `target` (a revision, or `base` for all), with all its rows; say which those were.

    Raises:
        ValueError: there is no revision `target`, or the database is not that far.
        DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError, DatabaseLockedError, MigrationFailedError: as
            `upgrade`.

    """
    known = history()
    goal = None if target == BASE else _known(target, known)
    way = Way(lambda found: _undone(found, goal, known), down, "taking back")
    return walk(engine, way, on_progress, patience)


def losses(engine: Engine, target: str) -> dict[str, int]:
    """The tables that a downgrade to `target` drops, each with the number of its rows.

    Raises:
        ValueError, DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError: as `downgrade`.

    """
    known = history()
    goal = None if target == BASE else _known(target, known)
    undone = _undone(status_of(engine), goal, known)
    if not undone:
        return {}
    steps = load_steps()
    gone = [name for revision in undone for name in steps.dropped(engine.dialect.name, revision) if name != LOG_TABLE]
    with reading(engine) as connection:
        return {name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in gone}


def offline_sql(dialect: Dialect, target: str = "head", start: str | None = None) -> str:
    """A script for `sqlite3` or `psql` that leaves what the same migration would: from `start`, else from nothing.

    A `target` before `start` (`base` is before all) makes it a downgrade.

    Raises:
        ValueError: there is no such revision.

    """
    known = history()
    ids = [revision.id for revision in known]
    first = ids.index(_known(start, known)) + 1 if start and start != BASE else 0
    last = len(ids) if target == "head" else 0 if target == BASE else ids.index(_known(target, known)) + 1
    steps = load_steps()
    script = [_SQLITE_FIRST if dialect == "sqlite" else _POSTGRESQL_FIRST]
    for number in range(first, last):
        body = steps.upgrade_sql(dialect, known[number], ids[number - 1] if number else None)
        script.append(_transaction(dialect, known[number], f"{body}{known[number].logged(__version__)};\n\n"))
    for number in range(first - 1, last - 1, -1):
        body = f"{known[number].unlogged()};\n\n{steps.downgrade_sql(dialect, known[number])}"
        body += "" if number else f"{NO_VERSIONS};\n\n"
        script.append(_transaction(dialect, known[number], body))
    return "\n".join(script)


def _undone(status: Status, goal: str | None, known: Sequence[Revision]) -> list[Revision]:
    if goal is not None and (status.current is None or status.current < goal):
        message = f"the database is at revision {status.current or BASE}, before {goal}: that needs an upgrade"
        raise ValueError(message)
    return [it for it in reversed(known) if status.current is not None and (goal or "") < it.id <= status.current]


def _known(target: str, known: Sequence[Revision]) -> str:
    if target in {revision.id for revision in known}:
        return target
    message = f"there is no revision {target!r}; there are {', '.join(revision.id for revision in known)}"
    raise ValueError(message)


def _transaction(dialect: Dialect, revision: Revision, body: str) -> str:
    if dialect == "sqlite":
        begin = "BEGIN IMMEDIATE;\n"
    else:
        begin = f"BEGIN;\n\nSELECT pg_advisory_xact_lock({locks.ADVISORY_KEY});\n"
    return f"-- {revision.id} {revision.title}\n{begin}\n{body}COMMIT;\n"
