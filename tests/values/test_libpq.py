"""Ours against libpq's own parser: whatever `check` accepts, libpq accepts, and reads as we do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

import pytest
from psycopg import OperationalError
from psycopg.pq import Conninfo

from codemation.values.urls import Reason, url_fault
from codemation.values.urls.postgresql_parameters import CHOICES, KNOWN, NUMBERS
from tests.torture import FACTOR

MANY = 20_000 * FACTOR

STRICTER: set[Reason] = {
    "unseen",  # libpq takes it; a line break is never meant
    "unexpanded",  # a password of such a form is percent-encoded
    "space",  # libpq strips those at the ends of a part
    "at",  # libpq takes the second one for a part of the host, and one in the parameters for the user's end
    "host",  # libpq finds out when it connects, and takes a `#` or `?` for a part of the password
    "port",  # libpq finds out when it connects
    "database",  # a socket's path, and a connection string
    "parameter",  # the values that libpq refuses when it connects; one that is there twice
    "masked",  # three stars are no password
}
"""Why a URL is refused that libpq's parser takes."""

STARTS = ("postgresql://", "postgres://")
USERS = ("", "u@", "u:p@", ":p@", "u:@", "u%40s:p%2F@", "u.ref:p:w@", "u@s@", "u:p?w@", "u:p#w@", "u:%zz@", "u:***@")
HOSTS: tuple[str, ...] = (
    "",
    "h",
    "h:5432",
    "h:",
    "h1:1,h2:2",
    "h1,h2,",
    "[::1]",
    "[::1]:5432",
    "[::1",
    "[]",
    "::1",
    "%2Ftmp",
    "h:0",
)
HOSTS = (*HOSTS, "h:65536", "h:x", "h%20x", "h x", "é", "[fe80::1%25eth0]:1", "h:%35")
DATABASES = ("", "/", "/d", "/d%20b", "/d b", "/a/b", "/d@b", "/%", "/d%3Dx", "/é", "/#", "/?", "/d:1", "/${X}")
VALUES = ("", "1", "true", "x", "a%20b", "a b", "a=b", "%zz", "a@b", "a/b", "-1", "99999999999", "/run", "é", "***")
SIGNS = "@:/?#%&=,[]* .$1ahé\n"


def parameters(chance: random.Random) -> Iterator[str]:
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3))):
        name = chance.choice((*sorted(KNOWN), "ssl", "schema", "ssl_mode", "%73slmode", "", "SSLMODE"))
        values = (*CHOICES.get(name, ()), *(("5", "+1") if name in NUMBERS else ()))
        value = chance.choice(values) if values and chance.random() < 0.7 else chance.choice(VALUES)
        yield f"{name}={value}" if chance.random() < 0.95 else name


def urls() -> Iterator[str]:
    """Made of parts, most of them right, and every second one with a character changed."""
    chance = random.Random(18)
    for number in range(MANY):
        query = chance.choice("&&&&?;").join(parameters(chance))
        parts = [chance.choice(part) for part in (STARTS, USERS, HOSTS, DATABASES)]
        url = "".join(parts) + (f"?{query}" if query or chance.random() < 0.1 else "")
        if number % 2:
            at = chance.randrange(len("postgres://"), len(url) + 1)
            url = url[:at] + chance.choice(SIGNS) + url[at + chance.randrange(2) :]
        yield url


def decoded(text: str) -> str:
    return unquote_to_bytes(text).decode(errors="surrogateescape")


def read(url: str) -> dict[str, str] | None:
    """What libpq reads from a URL; `None` where it refuses it."""
    try:
        options = Conninfo.parse(url.encode())
    except OperationalError:
        return None
    return {
        option.keyword.decode(): option.val.decode(errors="surrogateescape")
        for option in options
        if option.val is not None
    }


def test_whatever_is_accepted_libpq_takes_and_reads_alike() -> None:
    accepted = refused = 0
    for url in urls():
        fault = url_fault(url, "postgresql")
        options = read(url)
        if fault is not None:
            refused += 1
            assert options is None or fault.reason in STRICTER, (url, fault)
            continue
        accepted += 1
        assert options is not None, url
        authority, _, database = url.partition("://")[2].partition("?")[0].partition("/")
        user, at, hosts = authority.rpartition("@")
        in_query = url.partition("?")[2]
        if at and "user=" not in in_query:
            assert options.get("user", "") == decoded(user.partition(":")[0]), url
        if "password=" not in in_query:
            assert options.get("password", "") == decoded(user.partition(":")[2]), url
        if database and "dbname=" not in in_query:
            assert options["dbname"] == decoded(database), url
        if "host=" not in in_query and "[" not in hosts:
            assert options.get("host", "") == decoded(",".join(one.partition(":")[0] for one in hosts.split(","))), url
    assert accepted > MANY / 20
    assert refused > MANY / 4


def test_the_parameters_are_those_of_libpq() -> None:
    """Of the very libpq that psycopg brings."""
    assert {option.keyword.decode() for option in Conninfo.get_defaults()} == KNOWN


@pytest.mark.parametrize("name", sorted(KNOWN - CHOICES.keys() - NUMBERS - {"hostaddr", "port", "require_auth"}))
def test_a_text_may_be_any(name: str) -> None:
    assert url_fault(f"postgresql://h/d?{name}=x%20y%25", "postgresql") is None


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in CHOICES.items() for word in words])
def test_every_choice_is_accepted(name: str, word: str) -> None:
    assert (
        url_fault(
            f"postgresql://h/d?{name}={word}&sslmode=require".removesuffix(
                "&sslmode=require" if name == "sslmode" else ""
            ),
            "postgresql",
        )
        is None
    )


@pytest.mark.parametrize(
    ("parameter", "taken"),
    [
        *(
            (f"hostaddr={address}", True)
            for address in ("", "10.0.0.1", "127.1", "::1", "fe80::1%25eth0", "::1,10.0.0.1")
        ),
        *((f"hostaddr={name}", False) for name in ("localhost", "db", "10.0.0.1,cache", "h:5432")),
        *((f"require_auth={methods}", True) for methods in ("", "none", "md5,scram-sha-256", "!password,!md5")),
        *((f"require_auth={methods}", False) for methods in ("scram", "SCRAM-SHA-256", "md5,!none")),
        *((f"options={options}", True) for options in ("-csearch_path%3Dapp", "-c%20a%3Db%2Bc", "--cluster%3Dx")),
        ("options=-c+search_path%3Dapp", False),
    ],
)
def test_texts_that_libpq_or_every_server_would_refuse_later(parameter: str, *, taken: bool) -> None:
    assert (url_fault(f"postgresql://h/d?{parameter}", "postgresql") is None) is taken
