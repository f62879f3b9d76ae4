"""What can go wrong with a migration, as typed errors. This module imports no driver."""

from __future__ import annotations

from codemation.backend.errors import BackendError


class MigrationsPendingError(BackendError):
    """The database is older than the program, and may not be migrated now."""

    code = "CM505"
    slug = "migrations-pending"


class DatabaseNewerError(BackendError):
    """A newer program has migrated the database."""

    code = "CM506"
    slug = "database-newer-than-code"


class HistoryAlteredError(BackendError):
    """What the database says was applied is not what this program knows."""

    code = "CM507"
    slug = "migration-history-altered"


class MigrationFailedError(BackendError):
    """A revision failed, and was rolled back wholly."""

    code = "CM508"
    slug = "migration-failed"


class ForeignDatabaseError(BackendError):
    """The database holds tables, but no history of ours."""

    code = "CM511"
    slug = "foreign-database"
