"""What can go wrong with a migration, as typed errors. This module imports no driver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from codemation.backend.errors import BackendError

if TYPE_CHECKING:
    from codemation.codes import Code


class MigrationsPendingError(BackendError):
    """The database is older than the program, and may not be migrated now."""

    code: ClassVar[Code] = "CM505"
    slug = "migrations-pending"


class DatabaseNewerError(BackendError):
    """A newer program has migrated the database."""

    code: ClassVar[Code] = "CM506"
    slug = "database-newer-than-code"


class HistoryAlteredError(BackendError):
    """What the database says was applied is not what this program knows."""

    code: ClassVar[Code] = "CM507"
    slug = "migration-history-altered"


class MigrationFailedError(BackendError):
    """A revision failed, and was rolled back wholly."""

    code: ClassVar[Code] = "CM508"
    slug = "migration-failed"


class ForeignDatabaseError(BackendError):
    """The database holds tables, but no history of ours."""

    code: ClassVar[Code] = "CM511"
    slug = "foreign-database"


def unknown(said: str) -> MigrationFailedError:
    """The error for what a database says and nobody knows the meaning of, in its words, which hold no secret."""
    return MigrationFailedError(f"the database refuses: {said}", "Solve the cause that it names, and try again.")


def changed_meanwhile(what: str) -> MigrationFailedError:
    """The error for who comes after another migrator, and finds what it wanted to do without a sense."""
    return MigrationFailedError(
        f"another process migrated the database meanwhile: {what}",
        "See where it is (`codemation db status`), and say again what is to be done.",
    )


def after(error: BackendError, done: Sequence[str], how: str) -> BackendError:
    """The same error, which also tells which revisions were `how` (applied, taken back) before it."""
    said = f"{', '.join(done)} {'was' if len(done) == 1 else 'were'} {how} before that."
    if not done or said in error.help:
        return error
    told = type(error)(error.message, f"{error.help} {said}")
    told.__cause__ = error.__cause__
    return told
