"""Doing revisions, one by one, each in a transaction that is also the lock."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sqlalchemy import Connection, Constraint, Engine, Index, Table
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from codemation._version import __version__
from codemation.backend.driver_errors import backend_error
from codemation.backend.errors import BackendError
from codemation.backend.inspection import history_through
from codemation.backend.migrations import history_queries, lock, rebuilding
from codemation.backend.migrations.errors import MigrationFailedError, after, changed_meanwhile, unknown
from codemation.backend.migrations.history_check import RecordedHistory, Status, checked
from codemation.backend.migrations.history_queries import Query
from codemation.backend.migrations.lock import OnWait, Patience
from codemation.backend.migrations.rendered_sql import Prerendered
from codemation.backend.migrations.revisions import LOG_TABLE, NO_VERSIONS, VERSION_TABLE, Revision, revisions
from codemation.backend.postgresql.lock_holders import Session, Watch
from codemation.runtime.form import Database
from codemation.text.redaction import redact

if TYPE_CHECKING:
    from codemation.backend.migrations.alembic_scripts import Scripts


class Progress(NamedTuple):
    """A revision that begins (`seconds` is `None`) or is done, and which of how many it is, from 1."""

    revision: Revision
    number: int
    total: int
    seconds: float | None


OnProgress: TypeAlias = Callable[[Progress], None]


class Listener(NamedTuple):
    """Who is told what happens, and how long they let it wait."""

    on_progress: OnProgress | None
    on_wait: OnWait | None
    patience: Patience


Step: TypeAlias = Callable[[Connection, Revision], None]
"""Does one revision within the transaction of the connection."""


class Direction(NamedTuple):
    """Up or down: what is to be done with a database, how one revision of it is, and how that is called.

    `step` chooses, by the dialect, where the database is and what is to be done.
    """

    todo: Callable[[Status], Sequence[Revision]]
    step: Callable[[str, Status, Sequence[Revision]], Step]
    doing: str
    done: str
    creates: bool = False
    adopt: frozenset[str] | None = None


class Task(NamedTuple):
    """What is being done: the direction, the history that it goes along, and how one revision is done."""

    direction: Direction
    known: Sequence[Revision]
    step: Step


class _BlockedError(Exception):
    """A table did not become free in time."""

    def __init__(self, revision: Revision, holders: tuple[Session, ...]) -> None:
        super().__init__(revision.id)
        self.revision = revision
        self.holders = holders


def status_of(engine: Engine, adopt: frozenset[str] | None = None) -> Status:
    """Where the database is; raises as `checked` does."""
    return checked(history_through(engine), revisions(), adopt=adopt)


def run(engine: Engine, direction: Direction, listener: Listener) -> tuple[Revision, ...]:
    """Do what is to be done; say which revisions this call did. It raises as `migrate.upgrade` does."""
    done: list[Revision] = []
    failure: Exception
    try:
        _do_all(engine, direction, listener, done)
    except BackendError as error:
        failure = after(error, [revision.id for revision in done], direction.done)
    except DBAPIError as error:
        failure = error if _not_the_statements(error, engine.dialect.name) else unknown(redact(_said(error)))
    else:
        return tuple(done)
    # Out of `except`, so that it carries no statement with its parameters along.
    raise failure


def _do_all(engine: Engine, direction: Direction, listener: Listener, done: list[Revision]) -> None:
    """Do what is to be done, and note in `done` what is."""
    told, on_wait, patience = listener.on_progress or _nobody, listener.on_wait, listener.patience
    known = revisions()
    status = checked(history_through(engine), known, adopt=direction.adopt)
    pending = direction.todo(status)
    if not pending:
        return
    total = len(pending)
    step = direction.step(engine.dialect.name, status, pending)  # before the lock: importing Alembic takes a while
    began = 0.0

    def tell(revision: Revision, seconds: float | None) -> None:
        nonlocal began
        if seconds is None:
            began = time.perf_counter()  # not before: waiting for others is not the revision's time
        told(Progress(revision, len(done) + 1, total, seconds))

    with lock.Migrating(engine, patience, on_wait) as migrating:
        migrating.refuse_unfit(creates=direction.creates)
        attempt = 0
        while True:
            try:
                todo = _advance(migrating, Task(direction, known, step), attempt, tell)
            except _BlockedError as error:
                blocked = error
            else:
                if todo:
                    tell(todo[0], time.perf_counter() - began)
                    done.append(todo[0])
                if len(todo) <= 1 or patience.given_up:
                    return
                attempt = 0
                continue
            attempt += 1
            if attempt >= patience.attempts:
                raise lock.blocked(blocked.revision.id, patience.table * attempt, blocked.holders)
            patience.wait(random.uniform(0.5, 1.0) * min(0.1 * 2**attempt, 2.0))  # noqa: S311  (no secret)


def _nobody(_progress: Progress) -> None:
    """The listener where the caller gave none."""


def _advance(
    migrating: lock.Migrating,
    task: Task,
    attempt: int,
    tell: Callable[[Revision, float | None], None],
) -> Sequence[Revision]:
    """What was to be done, the first of which now is, in one transaction. Somebody else may have done all of it."""
    failure: Exception | None = None
    with migrating.locked() as connection:
        # Again, since another migrator may have held the lock meanwhile.
        todo = _still_to_do(checked(_found(connection), task.known, adopt=task.direction.adopt), task.direction)
        if not todo:
            return ()
        tell(todo[0], None)
        with migrating.watched(attempt) as watch:
            try:
                task.step(connection, todo[0])
            except Exception as error:  # noqa: BLE001  (whatever a script raises)
                failure = _failure(error, todo[0], task.direction, watch, connection.dialect.name)
        if failure is not None:
            # Out of `except`, so that it carries no statement with its parameters along.
            raise failure
    return todo


def _still_to_do(status: Status, direction: Direction) -> Sequence[Revision]:
    """What is to be done now. That it can be was found out before; if not any more, another migrator was there."""
    try:
        return direction.todo(status)
    except ValueError as error:
        what = str(error)
    raise changed_meanwhile(what)


def upward(dialect: str, status: Status, pending: Sequence[Revision]) -> Step:
    """How to apply: by what was rendered ahead where there is nothing yet, else through Alembic."""
    if status.current is None:
        rendered = Prerendered(dialect)
        if rendered.covers(pending):
            return partial(_up, rendered.upgrade)
    scripts = load_scripts()
    return partial(_up, _looked_after(dialect, scripts, scripts.upgrade))


def _looked_after(dialect: str, scripts: Scripts, step: Step) -> Step:
    """The step, and on SQLite what it does not look after."""
    if dialect != "sqlite":
        return step

    def looked_after(connection: Connection, revision: Revision) -> None:
        applied = [it for it in revisions() if it.id <= revision.id]
        with rebuilding.looked_after(connection, scripts.made(dialect, applied)):
            step(connection, revision)

    return looked_after


def _up(upgrade: Step, connection: Connection, revision: Revision) -> None:
    """Apply `revision` and record it."""
    began, now = time.perf_counter(), datetime.now(UTC)
    upgrade(connection, revision)
    # As a `UtcDateTime` is stored; as text, because the tables would have to be imported and the statement compiled.
    zone = "" if connection.dialect.name == "sqlite" else "+00"
    moment = f"'{now:%Y-%m-%d %H:%M:%S.%f}{zone}'"
    duration = round((time.perf_counter() - began) * 1000)
    connection.exec_driver_sql(revision.logged(__version__, moment, duration))


def downward(dialect: str, _status: Status, _todo: Sequence[Revision]) -> Step:
    """The step that takes a revision back; it imports Alembic."""
    scripts = load_scripts()
    return partial(_down, _looked_after(dialect, scripts, scripts.downgrade), revisions()[0].id)


def _down(downgrade: Step, first: str, connection: Connection, revision: Revision) -> None:
    """Take `revision` back, and its record."""
    # First, since the first revision takes the log along.
    connection.exec_driver_sql(revision.unlogged())
    downgrade(connection, revision)
    if revision.id == first:
        connection.exec_driver_sql(NO_VERSIONS)


def _failure(
    error: Exception, revision: Revision, direction: Direction, watch: Watch | None, dialect: str
) -> Exception:
    """What to raise for an error within a revision: itself, where it is not the revision's."""
    if isinstance(error, BackendError):
        return error
    if isinstance(error, DBAPIError):
        if lock.passing(error):
            return _BlockedError(revision, watch.seen if watch else ())
        if _not_the_statements(error, dialect):
            return error
        said = _said(error)
    else:
        said = f"{type(error).__name__}: {error}"
    failure = MigrationFailedError(
        f"{direction.doing} revision {revision.id} ({revision.title}) failed: {redact(said)}",
        "Nothing of that revision was kept: solve the cause and try again.",
    )
    if not isinstance(error, SQLAlchemyError):
        failure.__cause__ = error
    return failure


def _said(error: DBAPIError) -> str:
    """What the database said, without the statement."""
    primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    return primary or str(error.orig)


def _not_the_statements(error: DBAPIError, dialect: str) -> bool:
    nowhere = Database(kind="sqlite") if dialect == "sqlite" else Database(kind="postgresql", url="postgresql://")
    return error.orig is None or backend_error(error, nowhere) is not None


def _found(connection: Connection) -> RecordedHistory:
    return history_queries.read_history(_query(connection), connection.dialect.name)


def _query(connection: Connection) -> Query:
    return lambda statement: connection.exec_driver_sql(statement).all()


def our_tables() -> frozenset[str]:
    """The names of all tables that the history makes."""
    from codemation.backend.tables import metadata  # noqa: PLC0415  (needed only while migrating)

    return frozenset(metadata.tables) | {LOG_TABLE}


def our_names() -> frozenset[str]:
    """The names of all that the history makes and that shares a schema's names: tables, indexes, sequences, keys."""
    from codemation.backend.tables import metadata  # noqa: PLC0415  (needed only while migrating)

    tables = metadata.tables.values()
    made = {str(it.name) for table in tables for it in _named(table)}
    sequences = {f"{table.name}_id_seq" for table in tables}
    return our_tables() | made | sequences | {f"{VERSION_TABLE}_pkc", f"pk_{LOG_TABLE}"}


def _named(table: Table) -> list[Index | Constraint]:
    return [*table.indexes, *table.constraints]


def load_scripts() -> Scripts:
    """The scripts; loading them imports Alembic."""
    from codemation.backend.migrations.alembic_scripts import Scripts  # noqa: PLC0415  (imports Alembic)

    return Scripts()
