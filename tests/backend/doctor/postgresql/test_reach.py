"""Ways in which a PostgreSQL server is not reached, and how long its version lives."""

from __future__ import annotations

from datetime import date

import pytest

from codemation.backend.doctor.postgresql import lifetimes
from tests.backend.commands import Codemation
from tests.backend.doctor.places import NOBODY, OTHER
from tests.backend.doctor.postgresql.servers import (
    Servers,
    at,
    found_and_mended,
    role_that,
    spoilt,
)
from tests.backend.doctor.ways import Way, found
from tests.postgresql_server import SCRAM_PASSWORD

WAYS = [
    Way("nobody listens", "database", "failed", "Connection refused", "server runs", at(lambda _: NOBODY), "CM501"),
    Way(
        "no such database",
        "database",
        "failed",
        'database "nowhere" does not exist',
        "database",
        at(lambda it: it.database.url().replace(it.database.name, "nowhere")),
        "CM501",
    ),
    Way(
        "a wrong password",
        "database",
        "failed",
        "refuses the user",
        "password",
        at(lambda it: it.database.url(f"scrammer:{SCRAM_PASSWORD[:6]}wrong")),
        "CM502",
    ),
    Way(
        "a role that is not there",
        "database",
        "failed",
        "does not know the user",
        "`CREATE ROLE … LOGIN PASSWORD …`",
        at(lambda it: it.database.url("no")),
        "CM502",
    ),
    Way(
        "a role that may not log in",
        "database",
        "failed",
        "not permitted to log in",
        "user",
        role_that("NOLOGIN"),
        "CM502",
    ),
    Way(
        "no right to connect",
        "database",
        "failed",
        "permission denied for database",
        "",
        spoilt("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC", role=OTHER),
    ),
]


@pytest.mark.postgresql
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
def test_a_way(way: Way, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    found_and_mended(way, servers, codemation, monkeypatch)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("way", "day"),
    [
        (Way("ended", "version", "warning", "no fixes since 2030-11-14", "pg_upgrade", None), date(2031, 1, 1)),
        (Way("ends soon", "version", "warning", "last fixes on 2030-11-14", "pg_upgrade", None), date(2030, 11, 1)),
    ],
    ids=lambda it: it.what if isinstance(it, Way) else "",
)
def test_a_version_ends(
    way: Way, day: date, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests' server is the newest there is: it is this machine's calendar that is another day's."""
    monkeypatch.setattr(lifetimes, "ENDS", {servers.database.admin.info.server_version // 10000: date(2030, 11, 14)})
    monkeypatch.setattr(lifetimes, "today", lambda: day)
    monkeypatch.setenv("DATABASE_URL", servers.database.url())
    found(codemation, way)
