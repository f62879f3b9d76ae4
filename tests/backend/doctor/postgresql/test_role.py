"""Ways in which a role of PostgreSQL, or what is set for it, is not fit."""

from __future__ import annotations

import json

import pytest

from tests.backend.commands import Codemation
from tests.backend.doctor.postgresql.servers import (
    Servers,
    at,
    found_and_mended,
    role_that,
    spoilt,
)
from tests.backend.doctor.ways import Way, found

WAYS = [
    Way("a superuser", "role", "warning", "is a superuser", "CREATE ROLE", at(lambda it: it.database.url("postgres"))),
    Way(
        "a password that has ended",
        "role",
        "warning",
        "has ended",
        "VALID UNTIL 'infinity'",
        role_that("VALID UNTIL '2020-01-01'"),
    ),
    Way(
        "a statement_timeout of the role",
        "timeouts",
        "warning",
        "statement_timeout 500 ms",
        "RESET statement_timeout",
        role_that("SET statement_timeout = '500ms'"),
    ),
    Way(
        "a time-out of the database for transactions that do nothing",
        "timeouts",
        "warning",
        "idle_in_transaction_session_timeout 2 s",
        "ALTER DATABASE",
        spoilt("ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '2s'"),
    ),
    Way(
        "a time-out for transactions in the URL",
        "timeouts",
        "warning",
        "transaction_timeout 5 s",
        "in the URL",
        at(lambda it: it.database.url(query="?options=-ctransaction_timeout%3D5s")),
    ),
    Way(
        "a time-out for locks",
        "timeouts",
        "warning",
        "lock_timeout 50 ms",
        "RESET lock_timeout",
        role_that("SET lock_timeout = '50ms'"),
    ),
    Way(
        "few connections for the role",
        "connections",
        "warning",
        "3 of 3 free (role)",
        "CONNECTION LIMIT",
        role_that("CONNECTION LIMIT 3"),
    ),
    Way(
        "few connections for the database",
        "connections",
        "warning",
        "of 5 free (database)",
        "CONNECTION LIMIT",
        spoilt("ALTER DATABASE {name} CONNECTION LIMIT 5"),
    ),
    Way(
        "foreign keys that nobody keeps",
        "settings",
        "warning",
        "session_replication_role is replica",
        "RESET session_replication_role",
        spoilt("ALTER DATABASE {name} SET session_replication_role = replica"),
    ),
    Way(
        "numbers that lose digits",
        "settings",
        "warning",
        "extra_float_digits is -15",
        "RESET extra_float_digits",
        spoilt("ALTER DATABASE {name} SET extra_float_digits = -15"),
    ),
]


@pytest.mark.postgresql
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
def test_a_way(way: Way, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    found_and_mended(way, servers, codemation, monkeypatch)


@pytest.mark.postgresql
def test_a_pool_that_is_too_large(servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", servers.database.url())
    monkeypatch.setenv("CODEMATION_DATABASE_POOL_SIZE", "500")
    found(codemation, Way("pool", "connections", "warning", "a host's pool takes up to 500", "`poolSize`", None))


@pytest.mark.postgresql
def test_what_is_hidden_is_skipped(servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some providers hide the catalogues that name roles and databases."""
    hidden = ("pg_roles", "pg_database", "pg_settings", "pg_stat_database", "pg_stat_activity")
    with spoilt(*(f"REVOKE ALL ON pg_catalog.{name} FROM PUBLIC" for name in hidden))(servers) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        ran = codemation("doctor", "--format", "json", "--exit-code", "warning")
    assert ran.code == 0, ran.out
    checks = {check["name"]: check for check in json.loads(ran.out)["checks"] if not check["name"].startswith("redis")}
    skipped = {name: check["message"] for name, check in checks.items() if check["state"] != "ok"}
    assert skipped.keys() == {"role", "timeouts", "settings", "connections", "collation", "locks"}
    for message in skipped.values():
        assert message.startswith("the server does not say: permission denied for ")
