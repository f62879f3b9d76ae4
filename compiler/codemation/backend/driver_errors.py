"""What a driver's error means. The driver's module is imported when an error is its own."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from codemation.backend.errors import BackendError
from codemation.runtime.form import Database


def backend_error(error: DBAPIError, database: Database) -> BackendError | None:
    """The error that says why the database failed, or `None` if it is a statement's own fault."""
    if error.orig is None:
        return None
    if database.kind == "sqlite":
        from codemation.backend.sqlite import driver_errors as sqlite_driver_errors  # noqa: PLC0415  (sqlite3)

        return sqlite_driver_errors.backend_error(error.orig, database.sqlite_file_path or "")
    from codemation.backend.postgresql import driver_errors as postgresql_driver_errors  # noqa: PLC0415  (psycopg)

    return postgresql_driver_errors.backend_error(error.orig, database, lost=error.connection_invalidated)


def unknown_error(error: DBAPIError, database: Database) -> BackendError:
    """The error for what `backend_error` takes for a statement's own fault, where nobody but codemation wrote it."""
    said = error.orig or error
    if database.kind == "sqlite":
        from codemation.backend.sqlite import driver_errors as sqlite_driver_errors  # noqa: PLC0415  (sqlite3)

        return sqlite_driver_errors.unknown_error(said, database.sqlite_file_path or "")
    from codemation.backend.postgresql import driver_errors as postgresql_driver_errors  # noqa: PLC0415  (psycopg)

    return postgresql_driver_errors.unknown_error(said, database)
