"""Migrators killed at any point."""

from __future__ import annotations

import random
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from codemation.backend.migrations.migrate import BASE
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE
from tests.backend.places import IDS, NEXT, Place, counts, dump, runtime_of, schema, seed
from tests.backend.torture_fixtures import KILLS, KINDS, ROWS, Copies, longer, migrators, place
from tests.backend.torture_nursery import History, Nursery
from tests.postgresql_server import Server, with_database
from tests.torture_figures import record

__all__ = ["longer", "migrators", "place"]  # fixtures


@pytest.fixture
def copies(place: Place, request: pytest.FixtureRequest) -> Copies:
    """Copies of a database as it is."""

    @contextmanager
    def sqlite_copy() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            yield shutil.copy(place.where, f"{folder}/db.sqlite")

    @contextmanager
    def postgresql_copy() -> Iterator[str]:
        server: Server = request.getfixturevalue("postgresql_server")
        template, name = conninfo_to_dict(place.where)["dbname"], f"codemation_copy_{secrets.token_hex(6)}"
        with psycopg.connect(server.url, autocommit=True) as connection:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(make.format(sql.Identifier(name), sql.Identifier(str(template))))
            try:
                yield with_database(server.url, name)
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    return sqlite_copy if place.kind == "sqlite" else postgresql_copy


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_point(place: Place, migrators: Nursery, longer: History, copies: Copies) -> None:
    migrate.upgrade(place.engine, "0001")
    seed(place.engine, ROWS)
    numbers = {name: rows for name, rows in counts(place.engine).items() if name not in {VERSION_TABLE, LOG_TABLE}}
    assert min(numbers.values()) >= ROWS
    place.engine.dispose()
    before = {name: rows for name, rows in dump(place).items() if name in numbers}
    duration = max(_unharmed(place.kind, migrators, longer, copies) for _ in range(3))
    seed_of_delays = secrets.randbits(32)
    delays = random.Random(seed_of_delays)
    left: Counter[str] = Counter()
    tries = killed = 0
    while killed < KILLS:
        tries += 1
        assert tries <= 20 * KILLS, "they are done before they can be killed"
        with copies() as where:
            victim = migrators.one(place.kind, where, longer, delays.uniform(0, duration))
            assert victim.error == ""
            duration = duration if victim.killed else victim.seconds  # a machine is not always as busy
            killed += victim.killed
            finisher = migrators.one(place.kind, where, longer)
            assert finisher.error == "", seed_of_delays
            todo = [*IDS[1:], NEXT]
            assert finisher.done == todo[len(todo) - len(finisher.done) :], seed_of_delays
            left[finisher.done[0] if finisher.done else "none"] += 1
            _intact(Place(place.kind, where, place.engine), before, numbers)
    points = ", ".join(f"{name} {left[name]}" for name in sorted(left))
    record(
        f"`kill -9` at random points of an upgrade, {place.kind}",
        f"{killed} killed, of {tries} tries over {duration * 1000:.0f} ms; the next run finished {tries} of {tries} "
        f"(it began at: {points}); 0 of {sum(numbers.values())} rows in {len(numbers)} tables lost or changed",
    )


@pytest.fixture
def empties(place: Place, copies: Copies) -> Copies:
    """Databases with nothing in them; on SQLite not even a file."""

    @contextmanager
    def no_file() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            yield f"{folder}/new/db.sqlite"

    return no_file if place.kind == "sqlite" else copies


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_point_on_an_empty_database(place: Place, migrators: Nursery, empties: Copies) -> None:
    migrate.upgrade(place.engine)
    wanted = schema(place.engine)
    migrate.downgrade(place.engine, BASE)
    place.engine.dispose()
    with empties() as where:
        duration = migrators.one(place.kind, where, History()).seconds
    seed_of_delays = secrets.randbits(32)
    delays = random.Random(seed_of_delays)
    left: Counter[int] = Counter()
    tries = killed = 0
    while killed < KILLS:
        tries += 1
        assert tries <= 20 * KILLS, "they are done before they can be killed"
        with empties() as where:
            victim = migrators.one(place.kind, where, History(), delays.uniform(0, duration))
            assert victim.error == ""
            duration = duration if victim.killed else victim.seconds
            killed += victim.killed
            finisher = migrators.one(place.kind, where, History())
            assert finisher.error == "", seed_of_delays
            assert finisher.done == IDS[len(IDS) - len(finisher.done) :], seed_of_delays
            left[len(finisher.done)] += 1
            engine = provision(runtime_of(place.kind, where))
            assert schema(engine) == wanted, seed_of_delays
            assert migrate.status(engine).up_to_date
            engine.dispose()
    record(
        f"`kill -9` at random points of migrating an empty database, {place.kind}",
        f"{killed} killed, of {tries} tries over {duration * 1000:.0f} ms; the next run finished {tries} of {tries} "
        f"(it had to do: {', '.join(f'{left[count]} times {count} of {len(IDS)}' for count in sorted(left))})",
    )


def _unharmed(kind: str, migrators: Nursery, history: History, copies: Copies) -> float:
    with copies() as where:
        outcome = migrators.one(kind, where, history)
    assert (outcome.done, outcome.error, outcome.killed) == ([*IDS[1:], NEXT], "", False)
    return outcome.seconds


def _intact(place: Place, before: dict[str, list[Any]], numbers: dict[str, int]) -> None:
    after = dump(place)
    assert {name: len(after[name]) for name in numbers} == numbers
    assert {name: after[name] for name in before} == before
    assert [name for name, rows in after.items() if rows and name not in before] == [VERSION_TABLE, LOG_TABLE]
    assert after[VERSION_TABLE] == [f"('{NEXT}',)"]
    assert [row[2:6] for row in after[LOG_TABLE]] == [*IDS, NEXT]
    if place.kind == "sqlite":
        engine = place.again()
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        engine.dispose()
