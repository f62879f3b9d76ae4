"""Revision 0004, which on SQLite makes tables anew: nothing in them, or beside them, is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from codemation.backend.migrations import migrate
from tests.backend.places import Place, dump, execute, seed

BEFORE = "0003"
HALTED = "0004"
TABLES = ("runs", "test_suite_runs")


def halt(place: Place) -> None:
    with place.engine.begin() as connection:
        for table in TABLES:
            connection.exec_driver_sql(
                f"UPDATE {table} SET status = 'halted', finished_at = '2026-01-01 00:00:00.000000+00'"  # noqa: S608
            )


def test_a_run_may_be_halted_from_then_on(place: Place) -> None:
    migrate.upgrade(place.engine, BEFORE)
    seed(place.engine)
    with pytest.raises(IntegrityError):
        halt(place)
    migrate.upgrade(place.engine, HALTED)
    halt(place)
    with pytest.raises(IntegrityError), place.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE runs SET finished_at = NULL")


def test_what_was_halted_has_failed_for_the_program_before(place: Place) -> None:
    migrate.upgrade(place.engine, HALTED)
    seed(place.engine)
    halt(place)
    migrate.downgrade(place.engine, BEFORE)
    with place.engine.connect() as connection:
        for table in TABLES:
            assert connection.execute(text(f"SELECT DISTINCT status FROM {table}")).scalars().all() == ["failed"]  # noqa: S608
    with pytest.raises(IntegrityError):
        halt(place)


def test_every_value_is_kept_up_and_down(place: Place) -> None:
    migrate.upgrade(place.engine, BEFORE)
    seed(place.engine)
    execute(
        place,
        "UPDATE runs SET parent_run_id = 2, trigger_node_id = 'it''s', state = '{\"a\": 1}', error = '[]',"
        " started_at = '2026-01-02 03:04:05.000006+00', node_activations = 7, failed_activations = 3"
        " WHERE id = 1",
    )
    books = {"codemation_revision", "codemation_revision_log"}
    rows = {name: found for name, found in dump(place).items() if name not in books}
    for step, target in ((migrate.upgrade, HALTED), (migrate.downgrade, BEFORE), (migrate.upgrade, HALTED)):
        step(place.engine, target)
        assert {name: found for name, found in dump(place).items() if name not in books} == rows


@pytest.mark.parametrize("empty", [False, True], ids=["the last is gone", "all are gone"])
def test_a_number_does_not_come_back(place: Place, empty: bool) -> None:  # noqa: FBT001
    migrate.upgrade(place.engine, BEFORE)
    seed(place.engine)
    gone = "" if empty else "WHERE id = 3"
    execute(
        place,
        "DELETE FROM binaries",
        *(f"DELETE FROM {table} {gone}" for table in TABLES),  # noqa: S608
    )
    migrate.upgrade(place.engine)
    execute(
        place,
        "INSERT INTO runs (workflow_id, status, created_at) VALUES ('w', 'running', '2026-01-01 00:00:00.000000+00')",
        "INSERT INTO test_suite_runs (workflow_id, test_suite_id, status, started_at)"
        " VALUES ('w', 's', 'running', '2026-01-01 00:00:00.000000+00')",
    )
    with place.engine.connect() as connection:
        for table in TABLES:
            assert connection.execute(text(f"SELECT max(id) FROM {table}")).scalar() == 4  # noqa: S608
