"""Migrations as a library: what a database's history is, and how it gets to another revision.

Every function takes an engine that `provision` made, for a database that may be shared with an application's own
tables and its own Alembic history. What is refused is refused by reading only. Revisions are applied one by one, each
in one transaction that is also the lock: a process killed at any point leaves a database that the next run finishes.

Where the database cannot be reached, or its disk is full, SQLAlchemy's errors pass: `typed_errors` tells what they
mean. Alembic is imported only when there is something to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

from codemation.backend.inspection import at_head, inspect_through
from codemation.backend.migrations import revisions, rewrites
from codemation.backend.migrations.additions import Addition, additions
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.backend.migrations.history_check import (
    Applied,
    Status,
    checked,
    pending_until,
    refuse_pending,
    undone,
)
from codemation.backend.migrations.history_queries import Query, read_history
from codemation.backend.migrations.lock import OnWait, Patience
from codemation.backend.migrations.revisions import BASE, HEAD, LOG_TABLE, Revision, position
from codemation.backend.migrations.runner import (
    Direction,
    Listener,
    OnProgress,
    Progress,
    downward,
    load_scripts,
    our_names,
    run,
    status_of,
    upward,
)

__all__ = [
    "BASE",
    "HEAD",
    "Addition",
    "Applied",
    "Patience",
    "Progress",
    "Revision",
    "Status",
    "added",
    "at_head",
    "downgrade",
    "known_revisions",
    "losses",
    "rewritten",
    "status",
    "undone",
    "upgrade",
    "verify",
]

T = TypeVar("T")

_LOOKS: Final = 3
_UNDEFINED_TABLE: Final = "42P01"


def known_revisions() -> tuple[Revision, ...]:
    """Every revision that this program knows, oldest first."""
    return revisions.revisions()


def status(engine: Engine) -> Status:
    """Where the database is.

    Raises:
        DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError: it is not one that this program may migrate.

    """
    return status_of(engine)


def verify(engine: Engine) -> None:
    """Refuse a database that is not at `HEAD`.

    Raises:
        MigrationsPendingError: it is older.
        DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError: as `status`.

    """
    refuse_pending(status_of(engine))


def upgrade(  # noqa: PLR0913  (all but the first have a default)
    engine: Engine,
    target: str = "head",
    on_progress: OnProgress | None = None,
    *,
    adopt: bool = False,
    on_wait: OnWait | None = None,
    patience: Patience = Patience(),  # noqa: B008  (immutable)
) -> tuple[Revision, ...]:
    """Apply what is pending, up to `target`; say which revisions this call applied.

    `adopt` makes our tables beside those of somebody else, where no name collides (the engine must be provisioned with
    `adopt`, too). While other migrators work, wait. `on_progress` is told with the lock held that a revision begins,
    and after its commit that it is done; `on_wait`, once, that somebody else has the lock.

    Raises:
        ValueError: there is no revision `target`, or the database is past it.
        DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError: the database was left untouched.
        DatabaseLockedError: another migrator, or whoever uses a table, did not finish in time.
        MigrationFailedError: a revision failed. Those before it are applied, it is not.

    """
    known = known_revisions()
    position(target, known)  # before anything is read

    def todo(found: Status) -> Sequence[Revision]:
        return pending_until(found, target, known)

    names = our_names() if adopt else None
    return run(
        engine,
        Direction(todo, upward, "applying", "applied", creates=True, adopt=names),
        Listener(on_progress, on_wait, patience),
    )


def downgrade(  # noqa: PLR0913  (all but the first two have a default)
    engine: Engine,
    target: str,
    on_progress: OnProgress | None = None,
    *,
    agreed: Sequence[Revision] | None = None,
    on_wait: OnWait | None = None,
    patience: Patience = Patience(),  # noqa: B008  (immutable)
) -> tuple[Revision, ...]:
    """Take back what came after `target` (a revision, or `base` for all), with all its rows; say which those were.

    `agreed` are the revisions that may go, where somebody was asked: another migrator may have added one since.

    Raises:
        ValueError: there is no revision `target`, or the database is not that far; or another than those `agreed` on
            would go.
        DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError, DatabaseLockedError, MigrationFailedError: as
            `upgrade`.

    """
    known = known_revisions()
    position(target, known)  # before anything is read

    def todo(found: Status) -> Sequence[Revision]:
        lost = undone(found, target, known)
        if agreed is not None and (others := [revision.id for revision in lost if revision not in agreed]):
            message = f"the database was migrated meanwhile, and {', '.join(others)} would go, too: look again"
            raise ValueError(message)
        return lost

    direction = Direction(todo, downward, "taking back", "taken back")
    return run(engine, direction, Listener(on_progress, on_wait, patience))


def losses(engine: Engine, target: str) -> dict[str, int]:
    """The tables that a downgrade to `target` drops, each with the number of its rows.

    Raises:
        ValueError, DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError, MigrationFailedError: as `downgrade`.

    """
    return _of_what_goes(engine, target, lambda query, _, gone: {name: _rows(query, name) for name in gone}) or {}


def rewritten(engine: Engine, target: str) -> dict[str, int]:
    """What a downgrade to `target` changes in rows that stay, in words, each with the number of those rows.

    Raises:
        ValueError, DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError, MigrationFailedError: as `downgrade`.

    """
    return _of_what_goes(engine, target, rewrites.rewritten) or {}


def added(engine: Engine, target: str) -> tuple[Addition, ...]:
    """What is not codemation's on the tables that a downgrade to `target` drops, or reads them, or refers to them.

    Raises:
        ValueError, DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError, MigrationFailedError: as `downgrade`.

    """
    dialect = engine.dialect.name
    made = load_scripts().made(dialect, known_revisions())
    return _of_what_goes(engine, target, lambda query, _, gone: additions(query, dialect, gone, made)) or ()


def _of_what_goes(engine: Engine, target: str, ask: Callable[[Query, Sequence[str], Sequence[str]], T]) -> T | None:
    """What `ask` finds out about the revisions and tables that go, in one state of the database, if there is any."""
    scripts, known, dialect = load_scripts(), known_revisions(), engine.dialect.name

    def asked(query: Query) -> T:
        lost = undone(checked(read_history(query, dialect), known), target, known)
        gone = [name for revision in lost for name in scripts.dropped(dialect, revision) if name != LOG_TABLE]
        return ask(query, [revision.id for revision in lost], gone)

    said = ""
    for _ in range(_LOOKS):
        try:
            return inspect_through(engine, asked)
        except ProgrammingError as error:
            # PostgreSQL's snapshot is of rows: a table that was there may be gone meanwhile.
            if getattr(error.orig, "sqlstate", None) != _UNDEFINED_TABLE:
                raise
            said = str(getattr(error.orig, "diag", None) and error.orig.diag.message_primary)  # type: ignore[union-attr]
    message = f"what would go cannot be told: {said}"
    raise MigrationFailedError(
        message,
        "Nothing was changed. If another process migrates, look again; a table that somebody dropped can be made again "
        "as `codemation db sql` prints it.",
    )


def _rows(query: Query, name: str) -> int:
    ((count,),) = query(f"SELECT count(*) FROM {name}")  # noqa: S608  (a table of ours)
    return int(count)
