"""The table as a whole."""

from __future__ import annotations

from codemation.backend.doctor.catalogue import every_check
from tests.backend.doctor.postgresql import (
    test_contents,
    test_link,
    test_locks,
    test_reach,
    test_relations,
    test_role,
    test_schema,
    test_texts,
)
from tests.backend.doctor.test_redis import REDIS
from tests.backend.doctor.test_sqlite import SQLITE

POSTGRESQL = [
    *test_reach.WAYS,
    *test_link.WAYS,
    *test_role.WAYS,
    *test_texts.WAYS,
    *test_contents.WAYS,
    *test_schema.WAYS,
    *test_relations.WAYS,
    *test_locks.WAYS,
]


def test_there_are_forty_ways_and_more() -> None:
    for ways in (POSTGRESQL, SQLITE, REDIS):
        assert len({way.what for way in ways}) == len(ways)
    assert len(POSTGRESQL) + len(SQLITE) + len(REDIS) >= 40


def test_every_check_finds_something() -> None:
    """But for those that only tell, and those whose tests stand apart."""
    told = {way.check for ways in (POSTGRESQL, SQLITE, REDIS) for way in ways}
    assert {check.name for check, _ in every_check()} - told == {"configuration", "version", "clock", "redis-url"}
