"""Every URL of libpq's, and no part of a password in what comes back."""

from __future__ import annotations

import logging
import random
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy.pool import NullPool

from codemation.backend.errors import (
    BackendError,
    DatabaseAuthenticationError,
    DatabaseNotReadyError,
    DatabaseUnreachableError,
)
from codemation.backend.scrubbing import scrubbed
from tests.backend.commands import Codemation
from tests.backend.engines import failure, on_server, opened, own, scalar
from tests.postgresql_server import SCRAM_PASSWORD, Server
from tests.torture import FACTOR


@pytest.mark.postgresql
def test_every_kind_of_url(postgresql_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, port = own(postgresql_server)
    services = tmp_path / "services.conf"
    services.write_text(f"[here]\nhost={folder}\nport={port}\nuser=postgres\ndbname=postgres\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    secret = quote(SCRAM_PASSWORD, safe="")
    for url in (
        f"postgresql://postgres@{quote(str(folder), safe='')}:{port}/postgres",
        f"postgres://postgres@127.0.0.1:{port}/postgres",
        f"postgresql://postgres@127.0.0.1:1,127.0.0.1:{port}/postgres",
        f"postgresql://postgres@[::1]:1,127.0.0.1:{port}/postgres?target_session_attrs=read-write",
        f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable",
        f"postgresql://scrammer:{secret}@127.0.0.1:{port}/postgres",
        f"postgresql://scrammer@127.0.0.1:{port}/postgres?password={secret}",
        f"postgresql://scrammer@{quote(str(folder), safe='')}:{port}/postgres?password={secret}",
        f"postgresql:///postgres?host={folder}&port={port}&user=postgres",
        "postgresql://?service=here",
    ):
        with opened(on_server(url)) as engine, engine.connect() as connection:
            assert scalar(connection, "SELECT 1") == 1
            assert str(engine.url) == "postgresql+codemation://"
            assert repr(engine) == "Engine(postgresql+codemation://)"


@pytest.mark.postgresql
def test_refused_users(postgresql_server: Server) -> None:
    folder, port = own(postgresql_server)
    for url, said in (
        (f"postgresql://scrammer:wrongCanary@127.0.0.1:{port}/postgres", "password authentication failed"),
        (f"postgresql://scrammer:wrongCanary@/postgres?host={folder}&port={port}", "password authentication failed"),
        (f"postgresql://scrammer@127.0.0.1:{port}/postgres", "no password supplied"),
        (f"postgresql://nobody@127.0.0.1:{port}/postgres", 'role "nobody" does not exist'),
    ):
        error = failure(on_server(url))
        assert isinstance(error, DatabaseAuthenticationError)
        assert error.code == "CM502"
        assert said in error.message
        assert "Canary" not in str(error)


@pytest.mark.postgresql
def test_what_the_server_says_is_masked(postgresql_server: Server) -> None:
    """It quotes what libpq took for a user or a database, and what we take for a part of the password."""
    folder, port = own(postgresql_server)
    everything_encoded = "".join(f"%{ord(letter):02x}" for letter in "leftCanary")
    for url, said in (
        (f"postgresql://nobody%3A{everything_encoded}@127.0.0.1:{port}/postgres", 'role "nobody:***" does not exist'),
        (
            f"postgresql://x:1/rightCanary@h/db?host={folder}&port={port}&user=postgres",
            'database "***@h/db" does not exist',
        ),
    ):
        error = failure(on_server(url))
        assert said in error.message
        assert "Canary" not in str(error)


def test_a_text_with_a_piece_of_the_password_is_not_shown() -> None:
    url = "postgresql://user:rightCanary@host/db"
    assert scrubbed("refused", url) == "refused"
    assert scrubbed('invalid token "tCana"', url) == ""


def test_what_psycopg_logs_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="psycopg")
    failure(on_server("postgresql://127.0.0.1:47111/rightCanary@h/db"))
    assert "connection attempt: host: '127.0.0.1', port: '***'" in caplog.text
    assert "47111" not in caplog.text
    before = caplog.text
    logging.getLogger("psycopg").debug("port 47111")
    assert "port 47111" in caplog.text.removeprefix(before)


@pytest.mark.postgresql
def test_a_missing_database(postgresql_server: Server) -> None:
    _, port = own(postgresql_server)
    error = failure(on_server(f"postgresql://postgres@127.0.0.1:{port}/absent"))
    assert isinstance(error, DatabaseUnreachableError)
    assert 'database "absent" does not exist' in error.message


def test_unreachable_servers() -> None:
    error = failure(on_server("postgresql://u:S3cretCanary@127.0.0.1:1,127.0.0.1:2/db"))
    assert (type(error), error.code) == (DatabaseNotReadyError, "CM501")
    assert error.message.startswith("the PostgreSQL database postgresql://u:***@127.0.0.1:1,127.0.0.1:2/db cannot be ")
    assert error.message.count("Connection refused") == 2
    assert "No such file or directory" in failure(on_server("postgresql:///db?host=/nonexistent")).message


def test_an_at_sign_in_the_password_asks_no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> object:
        pytest.fail("a name was looked up")

    monkeypatch.setattr("socket.getaddrinfo", asked)
    error = failure(on_server("postgresql://user:left@rightCanary@db.example/db"))
    assert error.message == "the host in the PostgreSQL URL postgresql://user:***@db.example/db is none"
    assert "%40" in error.help


COMMANDS = 44 * FACTOR
"""How many URLs each command is tried with."""

TOKENS = [f"{word}{number}" for number, word in enumerate(("Qzxv", "Jkwq", "Vbnx", "Wjzk", "Xqvj", "Zkxw"), start=31)]
GLUE = [
    "@",
    "/",
    ":",
    "%",
    "%zz",
    "%40",
    "%2F",
    "?",
    "#",
    "&",
    "=",
    "+",
    " ",
    "%20",
    "'",
    '"',
    "\\",
    ",",
    "[",
    "é",
    "\ud800",
    "",
]
SHAPES = [
    "postgresql://user:{}@127.0.0.1:1/db",
    "postgres://user:{}@127.0.0.1:1,127.0.0.1:2/db",
    "postgresql://user:{}@[::1]:1/db?sslmode=require",
    "postgresql://user:{}@%2Fnonexistent/db",
    "postgresql://user@127.0.0.1:1/db?password={}",
    "postgresql://user:{}@127.0.0.1:1/db?sslpassword={}&sslmode=bogus",
    "postgresql://user%3A{}@127.0.0.1:1/db",
    "postgresql://user:{}@127.0.0.1:1/db?nonsense=1",
    "postgresql://user:{}@127.0.0.1:99999/db",
]


def fuzzed(count: int) -> list[str]:
    rng = random.Random(20)
    urls = []
    for at in range(count):
        shape = SHAPES[at % len(SHAPES)]
        parts = [rng.choice(TOKENS)]
        for _ in range(rng.randrange(3)):
            parts += rng.choice(GLUE), rng.choice(TOKENS)
        urls.append(shape.replace("{}", "".join(parts)))
    return urls


def test_no_part_of_a_password_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    for logger in (None, "psycopg", "sqlalchemy"):
        caplog.set_level(logging.DEBUG, logger=logger)
    for url in fuzzed(216):
        with opened(on_server(url), poolclass=NullPool) as engine:
            shown = [repr(engine), str(engine.url), repr(engine.url), repr(engine.pool)]
            with pytest.raises(BackendError) as caught, engine.connect():
                pass
        error = caught.value
        shown += [str(error), repr(error), repr(error.args), repr(error.__dict__)]
        assert error.__context__ is None
        assert error.__cause__ is None
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown += [str(frame.locals) for frame in told.stack if frame.filename != __file__]
        shown += [caplog.text]
        for token in TOKENS:
            assert not any(token in text for text in shown), (url, token, [text for text in shown if token in text])
        assert error.message
        caplog.clear()


def test_no_part_of_a_password_comes_back_from_a_command(
    tmp_path: Path, codemation: Codemation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The commands may also refuse a URL before they try it."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "codemation.toml").write_text("")
    commands = (
        ["db", "migrate"],
        ["db", "status"],
        ["db", "history"],
        ["db", "downgrade", "base", "--yes"],
        ["doctor"],
    )
    for number, url in enumerate(fuzzed(COMMANDS * len(commands))):
        given = url.replace("\ud800", "\udcff")  # how an environment holds a byte that is no text
        monkeypatch.setenv("DATABASE_URL", given)
        monkeypatch.setenv("REDIS_URL", given.replace("postgresql:", "redis:").replace("postgres:", "rediss:"))
        ran = codemation(*commands[number % len(commands)])
        assert ran.code in {1, 3}, (url, ran)
        said = f"{ran.out}{ran.err}{caplog.text}"
        assert not [token for token in TOKENS if token in said], (url, said)
        caplog.clear()


def test_why_is_told_even_where_a_secret_shares_its_words() -> None:
    """A token of AWS RDS is made of words that libpq says, too: then only its reason is told, in fixed words."""
    token = "db.example.com%3A5432%2F%3FAction%3Dconnect%26DBUser%3Diam%26X-Amz-SignedHeaders%3Dhost"
    url = f"postgresql://iam:{token}@127.0.0.1:1/app"
    said = 'connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused'
    assert scrubbed(said, url) == "Connection refused"
    assert scrubbed(said.replace("refused", "???"), url) == ""
