"""A PostgreSQL database with nothing wrong."""

from __future__ import annotations

import json

import pytest

from tests.backend.commands import Codemation
from tests.backend.doctor.postgresql.servers import (
    Servers,
)


@pytest.mark.postgresql
def test_postgresql_is_fit_otherwise(servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Directly, and through a pooler, whose certificate is verified."""
    port, certificate = servers.pooler
    for url in (
        servers.database.url(),
        servers.database.url(host="localhost", port=port, query=f"?sslmode=verify-full&sslrootcert={certificate}"),
    ):
        monkeypatch.setenv("DATABASE_URL", url)
        ran = codemation("doctor", "--format", "json", "--exit-code", "warning")
        assert ran.code == 0, ran.out
        checks = {check["name"]: check for check in json.loads(ran.out)["checks"]}
        assert {check["state"] for name, check in checks.items() if not name.startswith("redis")} == {"ok"}
        through = str(port) in url
        assert checks["pooler"]["message"].startswith("one stands between" if through else "none")
        assert ("certificate and name are verified" in checks["tls"]["message"]) == through
