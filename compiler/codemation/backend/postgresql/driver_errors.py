"""What PostgreSQL's errors mean, told without any part of the URL's password."""

from __future__ import annotations

import re
from typing import Final

import psycopg

from codemation.backend.errors import (
    BackendError,
    DatabaseAuthenticationError,
    DatabaseLockedError,
    DatabaseUnreachableError,
)
from codemation.backend.scrubbing import scrubbed
from codemation.runtime.form import Database
from codemation.text.patterns import lazy
from codemation.text.redaction import mask_url

_REFUSED: Final = lazy(
    r"authentication failed|no password supplied|pg_hba\.conf|role \".*\" does not exist|not permitted to log in"
    r"|authentication method|\bSASL\b|\bSCRAM\b",
    re.IGNORECASE,
)


def backend_error(error: BaseException, database: Database, *, lost: bool = False) -> BackendError | None:
    """The error that says why PostgreSQL failed, or `None` if it is a statement's own fault. `lost`: with the link."""
    state = getattr(error, "sqlstate", None) or ""
    named = mask_url(url_of(database))
    if state.startswith("28"):
        return _refused(named, _told(error, database))
    if state == "42501":
        return DatabaseAuthenticationError(
            f"the user of the PostgreSQL database {named} lacks a right{_told(error, database)}",
            "Grant it, or name a user who has it.",
        )
    if state == "55P03":
        return DatabaseLockedError(
            f"the database {named} did not grant a lock in time: another session holds it",
            "Wait until the other program has finished its transaction, or stop it.",
        )
    if state == "57014":
        return DatabaseLockedError(
            f"the database {named} ended a statement that took too long",
            "Raise the role's `statement_timeout`, or try again when the server is less busy.",
        )
    if lost or state[:2] == "08" or state[:3] == "57P" or state == "53300":
        return _unreachable(named, _told(error, database))
    return None


def connection_error(error: Exception, database: Database) -> BackendError:
    """The error that says why no connection came about."""
    named = mask_url(url_of(database))
    told = _told(error, database)
    if isinstance(error, psycopg.OperationalError) and _REFUSED.search(str(error)):
        return _refused(named, told)
    return _unreachable(named, told)


def _refused(named: str, told: str) -> BackendError:
    return DatabaseAuthenticationError(
        f"the PostgreSQL server refuses the user of {named}{told}", "Check the user and the password, and pg_hba.conf."
    )


def _unreachable(named: str, told: str) -> BackendError:
    return DatabaseUnreachableError(
        f"the PostgreSQL database {named} cannot be reached{told}",
        "Check that the server runs and that host, port and database are right.",
    )


def _told(error: BaseException, database: Database) -> str:
    """What the driver says, continuing a sentence, or nothing where it may hold a part of the password."""
    if not isinstance(error, psycopg.Error):
        return f": {type(error).__name__}"
    # What the server says comes with the line of the statement, and a caret.
    lines = [line.strip() for line in (error.diag.message_primary or str(error)).splitlines()]
    if any(line.startswith("Multiple connection attempts failed") for line in lines):
        lines = [line for line in lines if line.startswith("- host")]
    said = "; ".join(dict.fromkeys(line for line in lines if line and not line.startswith("Is the server running")))
    shown = scrubbed(said, url_of(database))
    return f": {shown}" if shown else ""


def url_of(database: Database) -> str:
    """The URL of a PostgreSQL database, in clear."""
    assert database.url is not None, "the runtime form of PostgreSQL has a URL"  # noqa: S101
    return database.url
