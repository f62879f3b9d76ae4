"""What follows from a declaration alone, how much goes at a time, and what a role or a host says of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Column, Index, Table, Text, event, func, insert, select, text

from codemation.backend.errors import BackendError
from codemation.backend.migrations import migrate
from codemation.backend.retention.prune import prune
from codemation.backend.tables import Policy, metadata
from codemation.backend.tables.base import key, lives, moment
from tests.backend.places import Place, execute
from tests.backend.retention.world import NOW, runtime_with

DAY = {"app": {"retention": {"runSeconds": 86_400}}, "workflows": {"kept": {"prunePolicy": {"runSeconds": 864_000}}}}
OLD = NOW - timedelta(days=5)


@contextmanager
def declared(place: Place, *columns: Column[Any]) -> Iterator[Table]:
    """A table that says how long its rows live, and nothing else."""
    by = ["workflow_id"] if columns else []
    table = Table(
        "extra_notes",
        metadata,
        key(),
        *columns,
        moment("made_at"),
        Index(None, *by, "made_at"),
        sqlite_autoincrement=True,
        info=lives(Policy(("runSeconds",), "made_at")),
    )
    try:
        migrate.upgrade(place.engine)
        table.create(place.engine)
        yield table
    finally:
        metadata.remove(table)


def rows(place: Place, table: Table) -> int:
    with place.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_table_of_workflows_is_pruned_without_another_word(place: Place) -> None:
    with declared(place, Column("workflow_id", Text(), nullable=False)) as table:
        with place.engine.begin() as connection:
            connection.execute(
                insert(table), [{"workflow_id": it, "made_at": OLD} for it in ("kept", "other", "other")]
            )
            connection.execute(insert(table), [{"workflow_id": "other", "made_at": NOW}])
        assert prune(place.engine, runtime_with(place, DAY), now=NOW).rows == {"extra_notes": 2}
        assert rows(place, table) == 2


def test_a_table_without_workflows_is_the_hosts(place: Place) -> None:
    with declared(place) as table:
        with place.engine.begin() as connection:
            connection.execute(insert(table), [{"made_at": OLD}, {"made_at": NOW}])
        assert prune(place.engine, runtime_with(place, DAY), now=NOW).rows == {"extra_notes": 1}
        assert rows(place, table) == 1


def run_with(place: Place, executions: int) -> None:
    """A run that is due, with so many node executions."""
    migrate.upgrade(place.engine)
    run = {"id": 1, "workflow_id": "w", "status": "completed", "created_at": OLD, "finished_at": OLD}
    with place.engine.begin() as connection:
        connection.execute(insert(metadata.tables["runs"]), run)
        executed = {"run_id": 1, "status": "completed", "queued_at": OLD}
        many = [{**executed, "node_id": f"n{number}"} for number in range(executions)]
        connection.execute(insert(metadata.tables["node_executions"]), many)


def test_a_run_with_more_parts_than_fit_goes_in_several_transactions(place: Place) -> None:
    run_with(place, 5_000)
    most, now = 0, 0

    def executed(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        nonlocal now
        del connection
        now += cursor.rowcount if statement.lstrip().startswith("DELETE") else 0

    def over(_: Any) -> None:
        nonlocal most, now
        most, now = max(most, now), 0

    event.listen(place.engine, "after_cursor_execute", executed)
    event.listen(place.engine, "commit", over)
    done = prune(place.engine, runtime_with(place, DAY), now=NOW, batch=300)
    assert done.rows == {"node_executions": 5_000, "runs": 1}
    assert 0 < most <= 301, "the run itself beside the last of its parts"


def test_it_ends_also_within_a_run_with_many_parts(place: Place) -> None:
    run_with(place, 5_000)
    runtime = runtime_with(place, DAY)
    stop = Event()

    def executed(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        del connection, cursor
        if "DELETE FROM node_executions" in statement:
            stop.set()

    event.listen(place.engine, "after_cursor_execute", executed)
    first = prune(place.engine, runtime, now=NOW, batch=5, stop=stop)
    assert first.end == "stopped"
    assert first.rows == {"node_executions": 5}
    assert prune(place.engine, runtime, now=NOW).rows == {"node_executions": 5_000 - first.total, "runs": 1}


def test_a_time_that_is_up_ends_it_and_the_next_run_goes_on(place: Place) -> None:
    migrate.upgrade(place.engine)
    with place.engine.begin() as connection:
        point = {"name": "m", "value": 1.0, "workflow_id": "w", "recorded_at": NOW - timedelta(days=100)}
        connection.execute(insert(metadata.tables["metric_points"]), [point] * 10_000)
    runtime = runtime_with(place, {})
    first = prune(place.engine, runtime, now=NOW, batch=1, max_seconds=1.0)
    assert first.end == "time"
    assert 0 < first.total < 10_000
    second = prune(place.engine, runtime, now=NOW)
    assert (second.end, first.total + second.total) == ("done", 10_000)


@pytest.mark.postgresql
def test_what_limits_a_host_does_not_limit_a_prune(on_postgresql: Place) -> None:
    run_with(on_postgresql, 5)
    execute(
        on_postgresql,
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.2); RETURN OLD; END $$",
        "CREATE TRIGGER slow BEFORE DELETE ON runs FOR EACH ROW EXECUTE FUNCTION slow()",
    )
    name = text("SELECT current_database()")
    with on_postgresql.engine.connect() as connection:
        database = connection.execute(name).scalar_one()
    execute(
        on_postgresql,
        f"ALTER DATABASE {database} SET default_transaction_isolation TO serializable",
        f"ALTER DATABASE {database} SET statement_timeout TO '1s'",
    )
    runtime = runtime_with(on_postgresql, DAY)
    runtime = replace(runtime, database=replace(runtime.database, statement_timeout_seconds=1))
    engine = on_postgresql.again()
    assert prune(engine, runtime, now=NOW).rows == {"node_executions": 5, "runs": 1}
    engine.dispose()


@pytest.mark.postgresql
def test_a_role_that_may_not_delete_is_told(on_postgresql: Place) -> None:
    run_with(on_postgresql, 5)
    with on_postgresql.engine.connect() as connection:
        role = f"r_{connection.execute(text('SELECT current_database()')).scalar_one()}"
    execute(on_postgresql, f"CREATE ROLE {role}", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    engine = on_postgresql.again(connect_args={"options": f"-c role={role}"})
    try:
        with pytest.raises(BackendError) as caught:
            prune(engine, runtime_with(on_postgresql, DAY), now=NOW)
    finally:
        engine.dispose()
        execute(on_postgresql, f"DROP OWNED BY {role}", f"DROP ROLE {role}")
    assert caught.value.code in {"CM502", "CM508"}
    assert "GRANT" in caught.value.help
    assert rows(on_postgresql, metadata.tables["node_executions"]) == 5
