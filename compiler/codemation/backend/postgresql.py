"""PostgreSQL: libpq reads the URL, and no part of its password comes back."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import unquote

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from codemation.backend.errors import (
    BackendError,
    DatabaseAuthenticationError,
    DatabaseLockedError,
    DatabaseUnreachableError,
)
from codemation.redaction import MASK, mask_url, redact
from codemation.runtime_form import Database

CONNECT_SECONDS: Final = 10
"""How long one host may take to answer, unless the URL, `PGCONNECT_TIMEOUT` or the engine says otherwise."""

_LOG: Final = logging.getLogger("psycopg")
# The whole of it is in the URL that libpq gets.
_BARE: Final = "postgresql+psycopg://"
_ENCODE: Final = "In the password percent-encode `@` as `%40`, `/` as `%2F`, `%` as `%25`, `:` as `%3A`, `?` as `%3F`."
_REFUSED: Final = re.compile(
    r"authentication failed|no password supplied|pg_hba\.conf|role \".*\" does not exist|not permitted to log in"
    r"|authentication method|\bSASL\b|\bSCRAM\b",
    re.IGNORECASE,
)
_PIECES: Final = re.compile(r"[^\w~.!$*+()\-]+")
_WINDOW: Final = 4
"""A text that holds so many characters of a password in a row is not shown."""


def engine(database: Database, options: dict[str, Any]) -> Engine:
    """An engine for PostgreSQL; `options` are `create_engine`'s."""
    made = create_engine(_BARE, **{"pool_pre_ping": True, **options})
    event.listen(made, "do_connect", _Connector(database))
    return made


def async_engine(database: Database, options: dict[str, Any]) -> AsyncEngine:
    """As `engine`, for asyncio."""
    made = create_async_engine(_BARE, **{"pool_pre_ping": True, **options})
    event.listen(made.sync_engine, "do_connect", _Connector(database))
    return made


def explained(error: BaseException, database: Database, *, lost: bool = False) -> BackendError | None:
    """The error that says why PostgreSQL failed, or `None` if it is a statement's own fault. `lost`: with the link."""
    state = getattr(error, "sqlstate", None) or ""
    named = mask_url(_url(database))
    if state.startswith("28"):
        return _refused(named, _told(error, database))
    if state == "55P03":
        return DatabaseLockedError(
            f"the database {named} did not grant a lock in time: another session holds it",
            "Wait until the other program has finished its transaction, or stop it.",
        )
    if lost or state[:2] == "08" or state[:3] == "57P" or state == "53300":
        return _unreachable(named, _told(error, database))
    return None


class _Connector:
    """Connects with the raw URL: SQLAlchemy cannot read every one that libpq can (several hosts, for one).

    A frame of a traceback may be shown with its variables, so the URL is in none here but within `Database`, which
    masks itself.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, dialect: Any, record: Any, cargs: Any, cparams: dict[str, Any]) -> Any:  # noqa: ARG002
        """Connect, as a listener for `do_connect`.

        Raises:
            DatabaseUnreachableError, DatabaseAuthenticationError: without the driver's error, which may quote the URL.

        """
        failure = _misread(self._database)
        if failure is None:
            try:
                defaults = _defaults(_url(self._database), cparams)
                with _scrubbed_log(self._database):
                    return dialect.loaded_dbapi.connect(_url(self._database), **defaults, **cparams)
            except SQLAlchemyError:
                raise  # asyncio's engine used without asyncio: the program's fault
            except Exception as error:  # noqa: BLE001  (a codec's error, for one, holds the whole URL)
                failure = _no_connection(error, self._database)
        # Out here, so that it does not even carry the original as its context.
        raise failure


def _defaults(url: str, given: dict[str, Any]) -> dict[str, Any]:
    """What neither the URL nor the caller's `connect_args` say."""
    stated = {**conninfo_to_dict(url), **given}
    # libpq's own way to name a program that neither the URL, `PGAPPNAME` nor a service file does.
    defaults: dict[str, Any] = {"fallback_application_name": "codemation", "connect_timeout": CONNECT_SECONDS}
    environment = {option.keyword for option in Conninfo.get_defaults() if option.val is not None}
    if b"connect_timeout" in environment:
        del defaults["connect_timeout"]
    return {name: value for name, value in defaults.items() if name not in stated}


def _misread(database: Database) -> BackendError | None:
    """The error for a URL that libpq cannot read, or reads a part of its password as the host's name."""
    named = mask_url(_url(database))
    try:
        stated = conninfo_to_dict(_url(database))
    except Exception:  # noqa: BLE001  (libpq quotes what it stumbles over; a codec's error holds all of it)
        return DatabaseUnreachableError(f"libpq cannot read the PostgreSQL URL {named}", _ENCODE)
    hosts = [] if stated.get("hostaddr") else str(stated.get("host", "")).split(",")
    # Else a name server is asked for the rest of the password. `/…` is a socket's folder and `@name` an abstract one.
    if any(not host.startswith("/") and ("@" in host[1:] or host.count(":") == 1) for host in hosts):
        return DatabaseUnreachableError(f"the host in the PostgreSQL URL {named} is none", _ENCODE)
    return None


@contextmanager
def _scrubbed_log(database: Database) -> Iterator[None]:
    """Keep the password out of what psycopg logs meanwhile: at the level DEBUG it tells which hosts it tries."""
    if not _LOG.isEnabledFor(logging.DEBUG):
        yield
        return

    def scrub(record: logging.LogRecord) -> bool:
        record.msg, record.args = _scrubbed(record.getMessage(), _url(database)) or MASK, None
        return True

    _LOG.addFilter(scrub)
    try:
        yield
    finally:
        _LOG.removeFilter(scrub)


def _no_connection(error: Exception, database: Database) -> BackendError:
    named = mask_url(_url(database))
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
    lines = [line.strip() for line in str(error).splitlines()]
    if any(line.startswith("Multiple connection attempts failed") for line in lines):
        lines = [line for line in lines if line.startswith("- host")]
    said = "; ".join(dict.fromkeys(line for line in lines if line and not line.startswith("Is the server running")))
    shown = _scrubbed(said, _url(database))
    return f": {shown}" if shown else ""


def _scrubbed(said: str, url: str) -> str:
    visible = mask_url(url)
    secrets = set(_secrets(url, visible))
    pieces = {piece for secret in secrets for piece in (secret, *_PIECES.split(secret)) if piece not in visible}
    for piece in sorted(pieces, key=len, reverse=True):
        # One or two characters are a part of many words.
        said = re.sub(re.escape(piece) if len(piece) >= _WINDOW - 1 else rf"\b{re.escape(piece)}\b", MASK, said)
    for secret in secrets:
        windows = (secret[at : at + _WINDOW] for at in range(len(secret) - _WINDOW + 1))
        if any(window in said and window not in visible for window in windows):
            return ""
    return redact(said)


def _secrets(url: str, masked: str) -> Iterator[str]:
    """All that may be a part of a password in `url`: what its masking leaves out, as it is and decoded."""
    first, *others = masked.split(MASK)
    at = len(first)
    for index, part in enumerate(others, 1):
        until = url.find(part, at) if index < len(others) else len(url) - len(part)
        secret = url[at:until] if until >= at else url[at:]
        yield from {secret, unquote(secret)} - {""}
        at = until + len(part)


def _url(database: Database) -> str:
    assert database.url is not None, "the runtime form of PostgreSQL has a URL"  # noqa: S101
    return database.url
