"""What a database's history means: checked against what this program knows. This module imports no driver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, NoReturn, TypeAlias

from msgspec import Struct

from codemation.backend.migrations import revisions
from codemation.backend.migrations.errors import (
    DatabaseNewerError,
    ForeignDatabaseError,
    HistoryAlteredError,
    MigrationsPendingError,
)
from codemation.backend.migrations.revisions import BASE, LOG_TABLE, VERSION_TABLE, Revision, position
from codemation.text.amounts import first_of

Kind: TypeAlias = Literal["empty", "ours", "foreign", "refused"]
"""What a database is: without any table; with a history that this program knows; someone else's, without a history of
ours; or with one that this program does not know, being newer or altered."""

_MOST_NAMES = 5
_PRISMAS: Final = "_prisma_migrations"
"""The table in which Prisma keeps its history: the TypeScript host's databases have it."""


class Applied(Struct, frozen=True):
    """A revision that was applied. `duration_ms` is `None` where that was done as offline SQL."""

    revision: str
    checksum: str
    applied_at: datetime
    duration_ms: int | None
    program_version: str


class RecordedHistory(Struct, frozen=True):
    """What was read: the names of all tables and views, the version table's rows, and the log's.

    `odd` names the one of these two tables that could not be read, having other columns or values than ours has.
    `taken` are the names, tables' or not, that nothing of ours can have; it is read where there is no history of ours.
    """

    names: frozenset[str]
    versions: tuple[str, ...]
    log: tuple[Applied, ...]
    odd: str | None = None
    taken: frozenset[str] = frozenset()

    @property
    def ours(self) -> bool:
        """Whether there is a history of ours, or a part of one: its two tables are nobody else's."""
        return not self.names.isdisjoint({VERSION_TABLE, LOG_TABLE})


class Status(Struct, frozen=True):
    """Where a database is: `current` is its revision (`None` before the first one)."""

    current: str | None
    applied: tuple[Applied, ...]
    pending: tuple[Revision, ...]

    @property
    def up_to_date(self) -> bool:
        """Whether nothing is pending."""
        return not self.pending


NOTHING = RecordedHistory(frozenset(), (), ())
"""What there is to find where there is no database yet."""


def kind_of(found: RecordedHistory) -> Kind:
    """What a database is, by what was read and `KNOWN` alone: quick enough for every connection."""
    if not found.ours:
        return "foreign" if found.names else "empty"
    if found.names == {VERSION_TABLE} and not found.versions and not found.odd:
        return "ours"
    log = [(applied.revision, applied.checksum) for applied in found.log]
    known = list(revisions.KNOWN[: len(log)])
    return "ours" if log and log == known and found.versions == (log[-1][0],) else "refused"


def checked(found: RecordedHistory, known: Sequence[Revision], *, adopt: frozenset[str] | None = None) -> Status:
    """The status of a database that may be migrated. `adopt`: the names of what is made beside what is somebody else's.

    Raises:
        DatabaseNewerError, HistoryAlteredError, ForeignDatabaseError: it may not.

    """
    if not found.ours:
        _refuse_foreign(found, adopt)
        return Status(None, (), tuple(known))
    current = _current(found, known)
    if current is None:
        return Status(None, (), tuple(known))
    count = [revision.id for revision in known].index(current) + 1
    _compare(found, known[:count])
    return Status(current, found.log, tuple(known[count:]))


def refuse_pending(status: Status) -> None:
    """Refuse a database that is not up to date.

    Raises:
        MigrationsPendingError: it is not.

    """
    if status.up_to_date:
        return
    place = f"is at revision {status.current}" if status.current else "has no tables yet"
    message = f"the database {place}, and this program needs revision {status.pending[-1].id}"
    raise MigrationsPendingError(message, "Run `codemation db migrate`.")


def pending_until(status: Status, target: str, known: Sequence[Revision]) -> Sequence[Revision]:
    """The revisions that an upgrade to `target` applies, oldest first.

    Raises:
        ValueError: there is no revision `target`, or the database is past it.

    """
    at, goal = position(status.current or BASE, known), position(target, known)
    if at > goal:
        message = f"the database is at revision {status.current}, past {target}: that needs a downgrade"
        raise ValueError(message)
    return known[at:goal]


def undone(status: Status, target: str, known: Sequence[Revision]) -> Sequence[Revision]:
    """The revisions that a downgrade to `target` takes back, newest first.

    Raises:
        ValueError: there is no revision `target`, or the database is not that far.

    """
    at, goal = position(status.current or BASE, known), position(target, known)
    if goal > at:
        message = f"the database is at revision {status.current or BASE}, before {target}: that needs an upgrade"
        raise ValueError(message)
    return known[goal:at][::-1]


def _refuse_foreign(found: RecordedHistory, adopt: frozenset[str] | None) -> None:
    if _PRISMAS in found.names:
        message = (
            f"the database is another program's: Prisma made it (`{_PRISMAS}`), as for codemation's TypeScript host"
        )
        raise ForeignDatabaseError(
            message,
            "Name another database, or another schema (PostgreSQL's `search_path`): the tables here would stay as they "
            "are, and new ones beside them empty.",
        )
    if adopt is None:
        if not found.names:
            return
        message = f"the database holds tables of somebody else ({_listed(found.names)}) and no history of codemation's"
        raise ForeignDatabaseError(
            message,
            "Name another database or schema; if this one is to be shared, run `codemation db migrate --adopt`.",
        )
    if taken := found.taken & adopt:
        message = f"the database cannot be adopted: it already holds {_listed(taken)}"
        raise ForeignDatabaseError(message, "Name another database, or another schema (PostgreSQL's `search_path`).")


def _current(found: RecordedHistory, known: Sequence[Revision]) -> str | None:
    if found.odd:
        _refuse_altered(f"its table `{found.odd}` is another one than codemation's")
    if VERSION_TABLE not in found.names:
        _refuse_altered(f"its version table `{VERSION_TABLE}` is missing, beside its log `{LOG_TABLE}`")
    if not found.versions:
        if found.names == {VERSION_TABLE}:
            return None
        _refuse_altered(f"its version table `{VERSION_TABLE}` is empty, but there are tables ({_listed(found.names)})")
    if len(found.versions) > 1:
        _refuse_altered(f"its version table names {len(found.versions)} revisions ({_listed(found.versions)})")
    current = found.versions[0]
    if current in {revision.id for revision in known}:
        return current
    newest = known[-1].id
    if len(current) == len(newest) and current.isdigit() and current > newest:
        message = f"the database is at revision {current}, and this program knows revisions up to {newest}"
        raise DatabaseNewerError(message, "Install the codemation that migrated it, or a newer one.")
    return _refuse_altered(f"its revision {current!r} is none of this program's")


def _compare(found: RecordedHistory, expected: Sequence[Revision]) -> None:
    if LOG_TABLE not in found.names:
        _refuse_altered(f"its log `{LOG_TABLE}` is missing")
    logged = {applied.revision: applied.checksum for applied in found.log}
    if unknown := logged.keys() - {revision.id for revision in expected}:
        _refuse_altered(f"its log names {_listed(unknown)}, which its revision {expected[-1].id} does not follow")
    for revision in expected:
        if revision.id not in logged:
            _refuse_altered(f"its log does not name revision {revision.id}")
        if logged[revision.id] != revision.checksum:
            _refuse_altered(f"revision {revision.id} was another one when it was applied")


def _refuse_altered(what: str) -> NoReturn:
    message = f"the database's history is not this program's: {what}"
    raise HistoryAlteredError(
        message,
        "Restore the database from a backup, or run the codemation that migrated it, unmodified.",
    )


def _listed(names: Sequence[str] | frozenset[str] | set[str]) -> str:
    return first_of(sorted(names), _MOST_NAMES)
