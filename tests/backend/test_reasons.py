"""Every code that an engine can give is known: as a reason, or as a statement's own fault."""

from __future__ import annotations

import re
import sqlite3
from typing import get_args

import psycopg
import pytest
from psycopg import errors
from psycopg.errors import lookup

from codemation.backend.postgresql import reasons
from codemation.backend.postgresql.driver_errors import backend_error
from codemation.backend.sqlite import driver_errors as sqlite_driver_errors
from codemation.codes import Code
from codemation.runtime.form import Database

STATES = sorted({state for it in vars(errors).values() if isinstance(state := getattr(it, "sqlstate", None), str)})
PRIMARY = {
    name: value
    for name, value in vars(sqlite3).items()
    if re.fullmatch(r"SQLITE_[A-Z]+", name) and isinstance(value, int) and value in {*range(29), 100, 101}
}


@pytest.mark.parametrize("state", STATES)
def test_every_code_of_postgresql(state: str) -> None:
    error = lookup(state)("words of the server's")
    found = backend_error(error, Database(kind="postgresql", url="postgresql://u:Canary@h/db"))
    assert (found is None) == (state[:2] in reasons.OF_THE_STATEMENT and state not in reasons.STATES)
    if found is not None:
        assert found.code in get_args(Code)
        assert "Canary" not in str(found)
        assert found.help.endswith((".", ")"))


def test_no_code_is_both() -> None:
    assert len(STATES) > 200
    assert not reasons.OF_THE_STATEMENT & reasons.STATES.keys()


def test_every_code_of_sqlite() -> None:
    assert len(PRIMARY) >= 28
    for name, code in PRIMARY.items():
        error = sqlite3.OperationalError("words of SQLite's")
        error.sqlite_errorcode = code
        found = sqlite_driver_errors.backend_error(error, "/data/db.sqlite")
        known_as_own = code in sqlite_driver_errors.OF_THE_STATEMENT
        assert (found is None) == known_as_own, name


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ('FATAL:  database "nope" does not exist', reasons.MISSING),
        ("FATAL: no such database: nope", reasons.MISSING),
        ('FATAL:  permission denied for database "app"', reasons.NO_CONNECT),
        ("FATAL:  sorry, too many clients already", reasons.FULL),
        ('FATAL:  too many connections for role "app"', reasons.FULL),
        ('FATAL:  too many connections for database "app"', reasons.FULL),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", reasons.FULL),
        ("FATAL:  no more connections allowed (max_client_conn)", reasons.FULL),
        ("FATAL:  the database system is starting up", reasons.NOT_YET),
        ("FATAL:  the database system is shutting down", reasons.NOT_YET),
        ("FATAL:  the database system is not yet accepting connections", reasons.NOT_YET),
        ("FATAL:  unsupported startup parameter: extra_float_digits", reasons.PARAMETER),
        ('FATAL:  unrecognized configuration parameter "nope"', reasons.SETTING),
        ('FATAL:  invalid value for parameter "DateStyle": "x"', reasons.SETTING),
        ('definition of service "zz" not found', reasons.SERVICE),
        ("server is not in hot standby mode", reasons.NOT_SUCH_A_SERVER),
        ("session is read-only", reasons.NOT_SUCH_A_SERVER),
        ("FATAL:  server login has been failing, try again later (server_login_retry)", reasons.POOLER),
        ('connection to server at "127.0.0.1", port 1 failed: Connection refused', reasons.NOBODY),
        ('connection to server on socket "/x/.s.PGSQL.5432" failed: No such file or directory', reasons.NOBODY),
        ("failed to resolve host 'db': [Errno -2] Name or service not known", reasons.NO_SUCH_HOST),
        ("connection timeout expired", reasons.SILENT),
        ("server does not support SSL, but SSL was required", reasons.NO_TLS),
        ("SSL error: certificate verify failed", reasons.UNTRUSTED),
        ('root certificate file "/root/.postgresql/root.crt" does not exist', reasons.UNTRUSTED),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", no encryption', reasons.UNENCRYPTED),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", SSL encryption', reasons.REFUSED),
        ('FATAL:  password authentication failed for user "u"', reasons.REFUSED),
        ('FATAL:  role "u" is not permitted to log in', reasons.REFUSED),
        ("server closed the connection unexpectedly", reasons.BROKEN_OFF),
        ("something that nobody has ever heard", reasons.UNREACHABLE),
    ],
)
def test_words_where_no_connection_comes_about(words: str, reason: reasons.Reason) -> None:
    assert reasons.of_words(words) is reason
    if reason not in {reasons.NOBODY, reasons.UNREACHABLE}:
        assert "host and port" not in reason.help
        assert "host, port" not in reason.help


def test_a_link_that_breaks_without_a_word() -> None:
    database = Database(kind="postgresql", url="postgresql://u@h/db")
    for error in (psycopg.OperationalError("x"), psycopg.InternalError("received 2 results from command 'BEGIN'")):
        found = backend_error(error, database)
        assert found is not None
        assert found.code == "CM501"
