"""PostgreSQL through psycopg: libpq reads the URL, and no part of its password comes back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from codemation.backend.errors import (
    BackendError,
    DatabaseUnreachableError,
)
from codemation.backend.masking import Secret
from codemation.backend.migrations.history_queries import ONLY_CURRENT_SCHEMA, Query
from codemation.backend.postgresql.arguments import is_no_text
from codemation.backend.postgresql.deadline import answered
from codemation.backend.postgresql.driver_errors import backend_error, connection_error, unknown_error, url_of
from codemation.backend.scrubbing import scrubbed
from codemation.runtime.form import Database
from codemation.text.redaction import MASK, mask_url

CONNECT_SECONDS: Final = 10
"""How long one host may take to answer, unless the URL, `PGCONNECT_TIMEOUT` or the engine says otherwise."""

T = TypeVar("T")

_LOG: Final = logging.getLogger("psycopg")
_ENCODE: Final = "In the password percent-encode `@` as `%40`, `/` as `%2F`, `%` as `%25`, `:` as `%3A`, `?` as `%3F`."


def connect(
    database: Database,
    driver: Callable[..., T],
    given: dict[str, Any],
    password: Callable[[], str] | None = None,
) -> T:
    """A connection by `driver` (psycopg's `connect`, or what stands for it), with the raw URL and further arguments.

    `password` is asked for one that is used in place of the URL's. A frame of a traceback may be shown with its
    variables, so the URL is in none here but within `Database`, which masks itself, nor is the password.

    Raises:
        BackendError: without the driver's error, which may quote the URL.

    """
    failure = _misread(database)
    secret = _Password(password() if password else None)
    if failure is None:
        try:
            defaults = _defaults(database, given)
            with _scrubbed_log(database, secret):
                connection = driver(url_of(database), **defaults, **given, **secret.argument)
            _set_up(connection)
        except Exception as error:
            # SQLAlchemy's own: asyncio's engine used without asyncio, for one, which is the program's fault.
            if type(error).__module__.startswith("sqlalchemy."):
                raise
            failure = connection_error(error, database, *secret.argument.values())
        else:
            return connection
    # Out here, so that it does not even carry the original as its context.
    raise failure


class _Password:
    """A password that no frame of a traceback shows, as psycopg's argument; none where it is blank."""

    def __init__(self, password: Any) -> None:
        failure: Exception | None = None
        if not isinstance(password, str | None):
            failure = TypeError(f"the password must be a str, and the callable gave {type(password).__name__}")
        elif password and is_no_text(password):
            failure = ValueError("the password holds a character that no text has (half of a pair, or NUL)")
        if failure is not None:
            del password  # this frame may be shown with its variables
            raise failure
        self.argument = {"password": Secret(password)} if password else {}


def _set_up(connection: Any) -> None:
    """See to it that the session speaks as our types need it; a round trip only where a role or server differs.

    What is looked at is reported at the start. A pooler keeps `DateStyle` for each of its clients.
    """
    if not (connection.info.parameter_status("DateStyle") or "ISO").startswith("ISO"):
        cursor = connection.cursor()
        cursor.execute("SET datestyle TO 'ISO'")
        cursor.close()
        connection.commit()


@contextmanager
def opened(database: Database) -> Iterator[psycopg.Connection[Any]]:
    """A connection in autocommit mode, for a command that does without SQLAlchemy; closed at the end.

    Raises:
        BackendError: no connection came about, or it was lost, or a lock was waited for in vain.

    """
    failure: BackendError | None = None
    with closing(connect(database, psycopg.connect, {"autocommit": True})) as connection:
        try:
            yield connection
        except psycopg.Error as error:
            failure = backend_error(error, database, lost=connection.broken) or unknown_error(error, database)
    if failure is not None:
        raise failure


def reach(database: Database) -> None:
    """Connect, and get one answer; raises as `opened` does."""
    with opened(database) as connection, answered(connection, database):
        connection.execute("SELECT 1")


def inspect(database: Database, ask: Callable[[Query], T]) -> T:
    """What `ask` finds out in one state of the database, and of its current schema; raises as `opened` does."""
    with opened(database) as connection:
        with answered(connection, database):
            # One round trip. It ends with the connection.
            connection.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {ONLY_CURRENT_SCHEMA}".encode())
        return ask(lambda statement: connection.execute(statement.encode()).fetchall())


def _defaults(database: Database, given: dict[str, Any]) -> dict[str, Any]:
    """What neither the URL nor the caller's `connect_args` say."""
    stated = {**conninfo_to_dict(url_of(database)), **given}
    # libpq's own way to name a program that neither the URL, `PGAPPNAME` nor a service file does.
    defaults: dict[str, Any] = {"fallback_application_name": "codemation"}
    defaults["connect_timeout"] = database.connect_timeout_seconds or CONNECT_SECONDS
    # A transaction pooler hands a session to others, with the statements that were prepared in it.
    defaults["prepare_threshold"] = None
    # With `SQL_ASCII`, which a role, a database or the environment may say, psycopg hands bytes over for text.
    defaults["client_encoding"] = "utf8"
    environment = {option.keyword for option in Conninfo.get_defaults() if option.val is not None}
    if b"connect_timeout" in environment and database.connect_timeout_seconds is None:
        del defaults["connect_timeout"]
    return {name: value for name, value in defaults.items() if name not in stated}


def _misread(database: Database) -> BackendError | None:
    """The error for a URL that libpq cannot read, or reads a part of its password as the host's name."""
    named = mask_url(url_of(database))
    try:
        stated = conninfo_to_dict(url_of(database))
    except Exception:  # noqa: BLE001  (libpq quotes what it stumbles over; a codec's error holds all of it)
        return DatabaseUnreachableError(f"libpq cannot read the PostgreSQL URL {named}", _ENCODE)
    hosts = [] if stated.get("hostaddr") else str(stated.get("host", "")).split(",")
    # Else a name server is asked for the rest of the password. `/…` is a socket's folder and `@name` an abstract one.
    if any(not host.startswith("/") and ("@" in host[1:] or host.count(":") == 1) for host in hosts):
        return DatabaseUnreachableError(f"the host in the PostgreSQL URL {named} is none", _ENCODE)
    return None


@contextmanager
def _scrubbed_log(database: Database, secret: _Password) -> Iterator[None]:
    """Keep the password out of what psycopg logs meanwhile: at the level DEBUG it tells which hosts it tries."""
    if not _LOG.isEnabledFor(logging.DEBUG):
        yield
        return

    def scrub(record: logging.LogRecord) -> bool:
        record.msg, record.args = (
            scrubbed(record.getMessage(), url_of(database), *secret.argument.values()) or MASK,
            None,
        )
        return True

    _LOG.addFilter(scrub)
    try:
        yield
    finally:
        _LOG.removeFilter(scrub)
