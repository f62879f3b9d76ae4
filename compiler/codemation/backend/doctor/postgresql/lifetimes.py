"""How long each major version of PostgreSQL gets fixes.

The dates are those of the table in postgresql.org's versioning policy (`/support/versioning/`), which promises five
years from a first release.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Final

from codemation.backend.doctor.check import Finding, ok, warn

ENDS: Final = {
    10: date(2022, 11, 10),
    11: date(2023, 11, 9),
    12: date(2024, 11, 14),
    13: date(2025, 11, 13),
    14: date(2026, 11, 12),
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
"""The day of the last release of each major version."""

SOON: Final = 90
"""Days before the end from which on it is time to plan."""


def supported(version: str, number: int) -> Finding:
    """Whether a server of this version (`18.1`, and as its `server_version_num`) still gets fixes."""
    major = number // 10000
    name = f"PostgreSQL {version.partition(' ')[0]}"
    end = ENDS.get(major)
    if end is None:
        newer = major > max(ENDS)
        return ok(name) if newer else warn(f"{name}, which got its last fixes years ago", _advice())
    left = (end - today()).days
    if left < 0:
        return warn(f"{name}, which has had no fixes since {end}", _advice())
    if left <= SOON:
        return warn(f"{name}, which gets its last fixes on {end}", _advice())
    return ok(f"{name}, supported until {end}")


def today() -> date:
    """The day, by this machine's clock."""
    return datetime.fromtimestamp(time.time(), UTC).date()


def _advice() -> str:
    return f"Upgrade to PostgreSQL {max(ENDS)} (`pg_upgrade`, or what your provider offers)."
