"""Every code that an engine can give is known: as a reason, or as a statement's own fault."""

from __future__ import annotations

import re
import secrets
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import get_args

import psycopg
import pytest
from psycopg import errors
from psycopg.errors import lookup

import codemation
from codemation.backend.errors import BackendError, DatabaseNotReadyError
from codemation.backend.postgresql import reasons
from codemation.backend.postgresql.driver_errors import backend_error
from codemation.backend.sqlite import driver_errors as sqlite_driver_errors
from codemation.codes import Code
from codemation.runtime.form import Database
from tests.backend.engines import on_server, opened
from tests.backend.pgbouncer import pooling, through
from tests.conftest import Fresh
from tests.postgresql_server import Server

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
        ('FATAL:  role "app" does not exist', reasons.NO_ROLE),
        ('FATAL:  role "app" is not permitted to log in', reasons.NO_LOGIN),
        ("fe_sendauth: no password supplied", reasons.NO_PASSWORD),
        ('FATAL:  password authentication failed for user "app"', reasons.REFUSED),
        ("channel binding required, but server authenticated client without channel binding", reasons.DEMAND),
        ("GSSAPI encryption required but no credential cache", reasons.DEMAND),
        ('authentication method requirement "scram-sha-256" failed: server did not complete', reasons.DEMAND),
        ("FATAL:  invalid command-line argument for server process: project=x", reasons.SETTING),
        ('could not read certificate file "/c.pem": No such file or directory', reasons.CLIENT_FILE),
        ('private key file "/k.pem" has group or world access', reasons.CLIENT_FILE),
        ('root certificate file "/r.crt" does not exist', reasons.UNTRUSTED),
        ("FATAL:  sorry, too many clients already", reasons.FULL),
        ('FATAL:  too many connections for role "app"', reasons.ROLE_FULL),
        ('FATAL:  too many connections for database "app"', reasons.DATABASE_FULL),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", reasons.FULL),
        ("FATAL:  no more connections allowed (max_client_conn)", reasons.POOLER_FULL),
        ("FATAL:  client connections exceeded (max_db_client_connections)", reasons.POOLER_FULL),
        ('FATAL:  database "app" is not currently accepting connections', reasons.CLOSED),
        ("FATAL:  the database system is not accepting connections", reasons.NOT_YET),
        ("received invalid response to SSL negotiation: H", reasons.NO_POSTGRESQL),
        ("expected authentication request from server, but received H", reasons.NO_POSTGRESQL),
        ('invalid sslmode value: "bogus"', reasons.OPTION),
        ('invalid integer value "x" for connection option "keepalives_idle"', reasons.OPTION),
        ('invalid port number: "99999"', reasons.OPTION),
        ("bad value for connect_timeout: 'abc'", reasons.OPTION),
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
        ("FATAL:  SSL required", reasons.UNENCRYPTED),
        ('FATAL:  password authentication failed for user "u"', reasons.REFUSED),
        ("server closed the connection unexpectedly", reasons.BROKEN_OFF),
        ("something that nobody has ever heard", reasons.UNREACHABLE),
    ],
)
def test_words_where_no_connection_comes_about(words: str, reason: reasons.Reason) -> None:
    assert reasons.of_words(words) is reason
    if reason not in {reasons.NOBODY, reasons.UNREACHABLE}:
        assert "host and port" not in reason.help
        assert "host, port" not in reason.help


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("127.0.0.1:1,127.0.0.1:2", ": 127.0.0.1:1: Connection refused; 127.0.0.1:2: Connection refused"),
        ("127.0.0.1:1", ': connection to server at "127.0.0.1", port 1 failed: Connection refused'),
    ],
)
def test_each_of_several_hosts_is_told_in_short(where: str, said: str) -> None:
    with pytest.raises(BackendError) as caught, opened(on_server(f"postgresql://u@{where}/db")) as engine:
        engine.connect()
    assert caught.value.message.endswith(f"cannot be reached{said}")


@contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """A port at which something answers that is no PostgreSQL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(1000)
                client.sendall(reply)

        thread = Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("reply", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"-ERR unknown command\r\n"])
@pytest.mark.parametrize("mode", ["prefer", "disable", "require"])
def test_what_answers_is_no_postgresql(reply: bytes, mode: str) -> None:
    with answering(reply) as port, pytest.raises(BackendError, match="is no PostgreSQL") as caught:  # noqa: SIM117
        with opened(on_server(f"postgresql://u@127.0.0.1:{port}/db?sslmode={mode}")) as engine:
            engine.connect()
    assert "port" in caught.value.help


@pytest.mark.postgresql
def test_a_pooler_that_keeps_silent(postgresql_server: Server) -> None:
    """PgBouncer says once that there is no such database; who asks again it lets wait."""
    with pooling(postgresql_server) as port:
        for said, helps in (("does not exist", "createdb"), ("does not answer", "A pooler's log says why")):
            url = f"{through(port, 'codemation_nope')}?connect_timeout=2"
            with pytest.raises(BackendError, match=said) as caught, opened(on_server(url)) as engine:
                engine.connect()
            assert helps in caught.value.help


@pytest.mark.postgresql
def test_a_database_that_is_closed(postgresql: Fresh, caplog: pytest.LogCaptureFixture) -> None:
    with psycopg.connect(postgresql.url, autocommit=True, dbname="postgres") as admin:
        admin.execute(f"ALTER DATABASE {postgresql.name} ALLOW_CONNECTIONS false".encode())
        env = {"DATABASE_URL": postgresql.url}
        with pytest.raises(BackendError, match="is closed to all") as caught, codemation.boot("/", env=env, wait=30):
            pass
        admin.execute(f"ALTER DATABASE {postgresql.name} ALLOW_CONNECTIONS true".encode())
    assert "ALLOW_CONNECTIONS true" in caught.value.help
    assert "trying again" not in caplog.text


@pytest.mark.postgresql
@pytest.mark.parametrize("what", ["ROLE", "DATABASE"])
def test_a_limit_of_connections(postgresql: Fresh, what: str) -> None:
    role = f"few_{secrets.token_hex(4)}"
    with psycopg.connect(postgresql.url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN".encode())
        try:
            admin.execute(f"ALTER {what} {role if what == 'ROLE' else postgresql.name} CONNECTION LIMIT 0".encode())
            given = on_server(postgresql.url.replace("user=postgres", f"user={role}"))
            with pytest.raises(DatabaseNotReadyError) as caught, opened(given) as engine:
                engine.connect()
        finally:
            admin.execute(f"DROP ROLE {role}".encode())
    assert f"ALTER {what} … CONNECTION LIMIT" in caught.value.help


def test_a_link_that_breaks_without_a_word() -> None:
    database = Database(kind="postgresql", url="postgresql://u@h/db")
    for error in (psycopg.OperationalError("x"), psycopg.InternalError("received 2 results from command 'BEGIN'")):
        found = backend_error(error, database)
        assert found is not None
        assert found.code == "CM501"
