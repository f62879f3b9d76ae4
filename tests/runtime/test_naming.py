"""How a database is called for people."""

from __future__ import annotations

import pytest

from codemation.runtime.naming import database_name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://app:geheim@db.example.com:5432/app?sslmode=require", "db.example.com:5432/app"),
        ("postgres://db.example.com", "db.example.com/"),
        ("postgresql://a.example.com:1,b.example.com:2/app", "a.example.com:1,b.example.com:2/app"),
        ("postgresql://app@[::1]:5432/app", "[::1]:5432/app"),
        ("postgresql:///app?host=/run/postgresql&port=5433", "/run/postgresql/app"),
        ("postgresql://%2Frun%2Fpostgresql/app", "/run/postgresql/app"),
        ("postgresql:///?host=h&dbname=app&password=geheim", "h/app"),
        ("postgresql:///?service=orders&password=geheim", "postgresql:///?service=orders&password=***"),
        ("postgresql://h/host%3Dx%20password%3Dgeheim", "h/***"),
    ],
)
def test_a_database_has_a_short_name(url: str, name: str) -> None:
    assert database_name("postgresql", url, None) == f"PostgreSQL {name}"
