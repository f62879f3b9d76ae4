"""What can go wrong with a database, as typed errors. This module imports no driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from codemation.codes import Code


class BackendError(Exception):
    """The backend failed, for a reason that its user can do something about.

    `code` and `slug` are the catalogue's (`CM501`, `database-unreachable`), `message` is one sentence, `help` says what
    to do. None of them, and so neither `str` nor `repr`, holds a secret: who raises one has masked it.
    """

    code: ClassVar[Code]
    slug: ClassVar[str]

    def __init__(self, message: str, help: str) -> None:  # noqa: A002  (as in `Diagnostic`)
        super().__init__(message, help)
        self.message = message
        self.help = help

    def __str__(self) -> str:
        """The error in one line."""
        return f"error[{self.code}]: {self.message} (help: {self.help})"


class DatabaseUnreachableError(BackendError):
    """No connection to PostgreSQL came about, or it was lost."""

    code: ClassVar[Code] = "CM501"
    slug = "database-unreachable"


class DatabaseNotReadyError(DatabaseUnreachableError):
    """No connection came about, for a reason that may pass by itself: who has been told to wait tries again."""


class DatabaseAuthenticationError(BackendError):
    """PostgreSQL answered and refused the user."""

    code: ClassVar[Code] = "CM502"
    slug = "database-authentication-failed"


class SqliteNotWritableError(BackendError):
    """SQLite's file cannot be created, read or written, or is no database."""

    code: ClassVar[Code] = "CM503"
    slug = "sqlite-not-writable"


class DatabaseLockedError(BackendError):
    """Another connection held a lock for longer than this one was willing to wait."""

    code: ClassVar[Code] = "CM504"
    slug = "database-locked"
