"""Checks of any database: whether it holds what this program needs, and can be written."""

from __future__ import annotations

from typing import Final

from codemation.backend.doctor.check import Checks, Finding, NotToldError, failed, ok, skipped, warn
from codemation.backend.doctor.relations import compared, expected
from codemation.backend.doctor.subject import Subject
from codemation.backend.errors import BackendError, DatabaseLockedError
from codemation.backend.migrations import revisions
from codemation.backend.migrations.history_check import Status, checked, kind_of, refuse_pending
from codemation.text.amounts import first_of

CHECKS: Final = Checks()

_MOST: Final = 3


@CHECKS.add(
    "migrations",
    "the revision that the database is at, and what is pending",
    """\
What is pending is applied by the next boot or by `codemation db migrate`; with
CODEMATION_SKIP_STARTUP_MIGRATIONS set a boot does not, and refuses such a database (CM505).

A database that a newer program migrated (CM506), whose history is another one (CM507), or that is
somebody else's (CM511) is refused and only read. `codemation rule` has a page for each.
""",
)
def migrations(subject: Subject) -> Finding:
    """Checked as a boot does."""
    status = _status(subject)
    if subject.skips_migrations:
        refuse_pending(status)
    if status.up_to_date:
        return ok(f"at {status.current}, nothing is pending")
    waiting = ", ".join(revision.id for revision in status.pending)
    if status.current is None and (other := subject.instead([revisions.LOG_TABLE])):
        # A schema that came to stand before it in `search_path`: everything seems to be gone.
        found = other[revisions.LOG_TABLE]
        return warn(f"{waiting} pending, but {found.text}: codemation's tables are there", _FIRST)
    return warn(f"{waiting} pending", "The next boot applies it, or do it now: `codemation db migrate`.")


_FIRST: Final = (
    "If those are meant, put that schema first in the `search_path` (`ALTER ROLE … SET search_path`); else "
    "`codemation db migrate` makes tables beside them."
)


@CHECKS.add(
    "schema",
    "whether the tables are what the migrations made them",
    """\
Tables, columns with their types, constraints and indexes are compared with those of this program's
newest revision. A migration would not mend what somebody changed by hand: its revision counts as
applied. What is yours beside it (tables, columns that may stay empty, indexes) does not matter, unless it
may refuse a row: a constraint, or a unique index, also one that failed to be made CONCURRENTLY.

`codemation db sql` prints how everything was made. An index or a constraint can be made again from
there; one that was never finished or validated is finished by the statement that the help names. For a
column or a table restore a backup into another database, and bring its rows back from there; where the
rows do not matter, make it again empty.
""",
)
def schema(subject: Subject) -> Finding:
    """Compared where the database says that it is at head."""
    try:
        status = _status(subject)
    except (BackendError, NotToldError):
        return skipped("where the database is could not be told, or it is refused: see migrations")
    if not status.up_to_date:
        return skipped("compared once nothing is pending")
    wanted = expected(subject.dialect)
    try:
        differences = compared(wanted, subject.relations(), subject.instead)
    except DatabaseLockedError:
        return skipped("somebody has a table for themselves: see locks")
    if not differences:
        return ok(f"{len(wanted)} tables are as the migrations made them")
    details = tuple(one.text for one in differences)
    text = first_of(details, _MOST, "; ")
    advice = " ".join(dict.fromkeys(one.help or _ADVICE for one in differences[:_MOST]))
    return warn(text, advice, details) if all(one.works for one in differences) else failed(text, advice, details)


_ADVICE: Final = (
    "Make it again as `codemation db sql` prints it, or restore a backup: no migration mends what somebody changed "
    "by hand."
)


@CHECKS.add(
    "writable",
    "whether the database takes writes: a real one, rolled back",
    """\
On PostgreSQL: whether the server is a standby (which can only be read), whether
`default_transaction_read_only` is on, whether the role may do what a host does (make tables, where a
boot is to migrate; else read and write each of ours, and draw numbers from their sequences), and then
a write in a transaction that is rolled back. On SQLite: whether file and folder may be written, and
whether a writer's lock can be had, naming who holds it.

Nothing is tried on a database that is refused. The codes are those of a boot: CM502 names the
`GRANT`, CM508 is a server that only lets read, CM503 and CM504 are SQLite's.
""",
)
def writable(subject: Subject) -> Finding:
    """Tried only on a database that a host would write to."""
    try:
        found = subject.history
    except (BackendError, NotToldError):
        return skipped("nothing is tried on a database that cannot be read: see migrations")
    if kind_of(found) in {"foreign", "refused"}:
        return skipped("nothing is tried on a database that is refused: see migrations")
    pending = not _status(subject).up_to_date
    if pending and subject.skips_migrations and subject.dialect == "postgresql":
        return skipped("there is nothing to write to before somebody has migrated: see migrations")
    return subject.writable(makes_tables=pending)


@CHECKS.add(
    "tables",
    "whether the tables keep and show what is written to them",
    """\
What somebody added to codemation's tables by hand may stand between a host and its rows. Everything then
seems to work, and rows are missing. On PostgreSQL: rules that do something INSTEAD, row level security that
is in force for this role, triggers that run BEFORE a row is written (one that returns NULL drops the row),
tables that are UNLOGGED, which a crash of the server empties, triggers of foreign keys that are switched
off (as a data-only restore does it), a table that is published without a replica identity, one that an
extension owns, sequences that are behind their table. On SQLite: triggers that `RAISE`. On both:
tables of yours whose foreign keys keep a prune from deleting.

A trigger that only looks (for an audit) does no harm; make it AFTER. The help names the statement that
takes each away.
""",
)
def tables(subject: Subject) -> Finding:
    """By what the catalogues say: to try it would run whatever a trigger does."""
    try:
        found = subject.history
    except (BackendError, NotToldError):
        return skipped("what its tables do could not be told: see migrations")
    if kind_of(found) != "ours" or not found.log:
        return skipped("looked at once there are tables of ours: see migrations")
    from codemation.backend.tables import metadata  # noqa: PLC0415  (imports SQLAlchemy)

    obstacles = subject.obstacles([*metadata.tables, revisions.VERSION_TABLE, revisions.LOG_TABLE])
    if not obstacles:
        return ok("nothing stands between a host and its rows")
    advice = f"{'; '.join(dict.fromkeys(one.help for one in obstacles[:_MOST]))}."
    details = tuple(one.text for one in obstacles)
    text = first_of(details, _MOST, "; ")
    hinders = any(one.hinders for one in obstacles)
    return failed(text, advice, details) if hinders else warn(text, advice, details)


def _status(subject: Subject) -> Status:
    return checked(subject.history, revisions.revisions())
