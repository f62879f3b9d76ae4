"""Ways in which a PostgreSQL database cannot hold texts, or sorts them otherwise."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from tests.backend.commands import Codemation
from tests.backend.doctor.postgresql.servers import (
    PENDING,
    Servers,
    Url,
    at,
    empty,
    found_and_mended,
)
from tests.backend.doctor.ways import Way


@contextmanager
def old_collation(servers: Servers) -> Url:
    options = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0"
    with servers.databases.fresh(options) as database:
        database.execute(f"UPDATE pg_database SET datcollversion = '0' WHERE datname = '{database.name}'")  # noqa: S608
        yield database.url()


WAYS = [
    Way(
        "LATIN1",
        "encoding",
        "failed",
        "LATIN1, which has no place for",
        "ENCODING 'UTF8'",
        empty("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"),
        "CM508",
        PENDING,
    ),
    Way(
        "SQL_ASCII",
        "encoding",
        "warning",
        "bytes of any encoding unchecked",
        "ENCODING 'UTF8'",
        empty("ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"),
        None,
        PENDING,
    ),
    Way(
        "another client_encoding",
        "encoding",
        "warning",
        "a host speaks LATIN1",
        "PGCLIENTENCODING",
        at(lambda it: it.database.url(query="?client_encoding=latin1")),
    ),
    Way(
        "a collation of another version",
        "collation",
        "warning",
        "version 0 of C.UTF-8",
        "REINDEX DATABASE",
        old_collation,
        None,
        PENDING,
    ),
]


@pytest.mark.postgresql
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
def test_a_way(way: Way, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    found_and_mended(way, servers, codemation, monkeypatch)
