"""What can go wrong with a migration, as typed errors. This module imports no driver."""

from __future__ import annotations

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
