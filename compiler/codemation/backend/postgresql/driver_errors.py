"""What PostgreSQL's errors mean, told without any part of the URL's password."""

from __future__ import annotations

import re
from typing import Final

import psycopg

from codemation.backend.errors import BackendError
from codemation.backend.postgresql import reasons
from codemation.backend.postgresql.reasons import Reason
from codemation.backend.scrubbing import scrubbed
from codemation.runtime.form import Database
from codemation.text.patterns import lazy
from codemation.text.redaction import mask_url

_PREFIX: Final = lazy(r"^connection (failed|is bad): ")
"""What psycopg puts before what libpq says."""

_ATTEMPT: Final = lazy(
    r"^- host: (?:'(.*?)'|None), port: (?:'(.*?)'|None), hostaddr: (?:'.*?'|None): (?:connection (?:failed|is bad): )?"
    r"(?:connection to server (?:at|on socket) .*? failed: )?(.*)$"
)
"""How psycopg tells of each of several hosts: of host, port and why."""


def backend_error(error: BaseException, database: Database, *, lost: bool = False) -> BackendError | None:
    """The error that says why PostgreSQL failed, or `None` if it is a statement's own fault. `lost`: with the link."""
    state = getattr(error, "sqlstate", None) or ""
    reason = reasons.of_pooler(str(error)) if state == reasons.POOLERS_CODE else reasons.of_state(state)
    if reason is None and (lost or _is_out_of_step(error, state)):
        reason = reasons.LOST
    return _failure(reason, error, database) if reason else None


def connection_error(error: Exception, database: Database, *secrets: str) -> BackendError:
    """The error that says why no connection came about; `secrets` are what it must not repeat, beside the URL's."""
    reason = reasons.of_state(getattr(error, "sqlstate", None) or "")
    words = str(error) if isinstance(error, psycopg.Error) else ""
    return _failure(reason or reasons.of_words(words), error, database, *secrets)


def unknown_error(error: BaseException, database: Database) -> BackendError:
    """The error for what `backend_error` takes for a statement's own fault, where the statement is not its user's."""
    return _failure(reasons.UNKNOWN, error, database)


def _is_out_of_step(error: BaseException, state: str) -> bool:
    """Whether the link broke without a word of the server's: psycopg then counts answers that are not to its question.

    A pooler that loses its server, for one, hands on both that news and the end of the answer.
    """
    return not state and isinstance(error, psycopg.InterfaceError | psycopg.OperationalError | psycopg.InternalError)


def _failure(reason: Reason, error: BaseException, database: Database, *secrets: str) -> BackendError:
    told = _told(error, database, *secrets) if reason.tells else ""
    return reason.error(reason.says.format(mask_url(url_of(database))) + told, reason.help)


def _told(error: BaseException, database: Database, *secrets: str) -> str:
    """What the driver says, continuing a sentence, or nothing where it may hold a part of the password."""
    if not isinstance(error, psycopg.Error):
        return f": {type(error).__name__}"
    # What the server says comes with the line of the statement, and a caret.
    said = _PREFIX.sub("", error.diag.message_primary or str(error))
    lines = [" ".join(line.split()) for line in said.splitlines()]
    if any(line.startswith("Multiple connection attempts failed") for line in lines):
        lines = [_ATTEMPT.sub(_attempt, line) for line in lines if line.startswith("- host")]
    said = "; ".join(dict.fromkeys(line for line in lines if line and not line.startswith("Is the server running")))
    shown = scrubbed(said, url_of(database), *secrets)
    return f": {shown}" if shown else ""


def _attempt(found: re.Match[str]) -> str:
    host, port, why = found[1] or "localhost", found[2], found[3]
    return f"{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}: {why}"


def url_of(database: Database) -> str:
    """The URL of a PostgreSQL database, in clear."""
    assert database.url is not None, "the runtime form of PostgreSQL has a URL"  # noqa: S101
    return database.url
