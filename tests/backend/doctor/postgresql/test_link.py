"""Ways in which what lies between host and PostgreSQL is not fit: encryption, poolers, clocks."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from codemation.backend.doctor.postgresql import link
from tests.backend.commands import Codemation
from tests.backend.doctor.places import OWNER, other_address
from tests.backend.doctor.postgresql.servers import (
    Servers,
    Url,
    at,
    found_and_mended,
)
from tests.backend.doctor.ways import Way, found


@contextmanager
def through_statements(servers: Servers) -> Url:
    yield f"postgresql://{OWNER}@127.0.0.1:{servers.pooler[0]}/by_statement"


WAYS = [
    Way(
        "a pooler in statement mode",
        "pooler",
        "failed",
        "statement pooling mode",
        "`pool_mode = transaction`",
        through_statements,
        "CM501",
    ),
    Way(
        "no TLS to another machine",
        "tls",
        "warning",
        "not encrypted",
        "`sslmode=verify-full`",
        at(lambda it: it.database.url(host=other_address(), port=it.pooler[0], query="?sslmode=disable")),
    ),
    Way(
        "TLS that nobody verifies",
        "tls",
        "warning",
        "nobody checks who answers (sslmode=require)",
        "`sslmode=verify-full`",
        at(lambda it: it.database.url(host=other_address(), port=it.pooler[0], query="?sslmode=require")),
    ),
]


@pytest.mark.postgresql
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
def test_a_way(way: Way, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    found_and_mended(way, servers, codemation, monkeypatch)


@pytest.mark.postgresql
@pytest.mark.parametrize(("seconds", "direction"), [(3600, "1 h behind"), (-90, "90 s ahead of")])
def test_clocks_differ(
    seconds: float, direction: str, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may change this machine's clock: doctor's is."""
    real = link.now
    monkeypatch.setattr(link, "now", lambda: real() + seconds)
    monkeypatch.setenv("DATABASE_URL", servers.database.url())
    found(codemation, Way("clock", "clock", "warning", direction, "NTP", None))
