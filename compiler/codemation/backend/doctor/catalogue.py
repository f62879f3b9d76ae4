"""All checks, in the order of the report. A module that holds checks is named here, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from codemation.backend.doctor import configuration, contents, reach, retention
from codemation.backend.doctor.check import Check
from codemation.backend.doctor.postgresql import link, locks, role, texts
from codemation.backend.doctor.redis import server, storage
from codemation.backend.doctor.sqlite import file, place

Part: TypeAlias = Literal["configuration", "postgresql", "sqlite", "retention", "redis"]

CHECKS: Final[dict[Part, tuple[Check, ...]]] = {
    "configuration": (*configuration.CHECKS,),
    "postgresql": (
        *reach.CHECKS,
        *link.CHECKS,
        *role.CHECKS,
        *texts.CHECKS,
        *contents.CHECKS,
        *locks.CHECKS,
    ),
    "sqlite": (*reach.CHECKS, *place.CHECKS, *file.CHECKS, *contents.CHECKS),
    "retention": (*retention.CHECKS,),
    "redis": (*server.CHECKS, *storage.CHECKS),
}
"""The checks of each part."""


def every_check() -> Iterator[tuple[Check, tuple[Part, ...]]]:
    """Each check once, with the parts that it looks at."""
    parts: dict[str, list[Part]] = {}
    checks: dict[str, Check] = {}
    for part, listed in CHECKS.items():
        for check in listed:
            checks.setdefault(check.name, check)
            parts.setdefault(check.name, []).append(part)
    return ((check, tuple(parts[name])) for name, check in checks.items())
