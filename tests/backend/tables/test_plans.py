"""How both engines look up what retention is about, beside a workflow that keeps 150,000 old rows: no scan."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Boolean, Connection, Double, Table
from sqlalchemy.types import Integer

from codemation.backend.migrations import migrate
from codemation.backend.retention.shares import column_of, pruned_tables
from codemation.backend.tables import Expires, UtcDateTime, lifetime, metadata
from tests.backend.places import Place

KEPT = 150_000
WORKFLOWS = 50
ROWS = 30_000
FEW = {"sqlite": 200, "postgresql": 200}
"""At most so much is read for one look-up: hundreds of SQLite's instructions, or pages of PostgreSQL's."""

BY_WORKFLOW = [table for table in pruned_tables() if "workflow_id" in table.c]
LOOK_UPS = [
    *(
        (f"{it.name}.expires_at", it.name, "expires_at < '2024-01-01'")
        for it in metadata.sorted_tables
        if isinstance(lifetime(it), Expires)
    ),
    ("audit_events.occurred_at", "audit_events", "occurred_at < '2024-01-01'"),
    ("runs.snapshot_hash", "runs", "snapshot_hash = 'none'"),
    ("runs that are not over", "runs", "finished_at IS NULL"),
    ("test_suite_runs that are not over", "test_suite_runs", "finished_at IS NULL"),
]
"""Other look-ups: where, and what is looked for."""


class Plan(NamedTuple):
    """How a query was answered: what its plan says, and how much was read."""

    told: str
    read: int


def number(length: int, kind: str) -> str:
    """The number of the row as a text that is as long."""
    return f"printf('%0{length}d', n)" if kind == "sqlite" else f"lpad(n::text, {length}, '0')"


def expression(column: Any, given: dict[str, str], kind: str) -> str:
    """One that the column takes, of the number of the row."""
    if column.name in given:
        return given[column.name]
    if isinstance(column.type, UtcDateTime):
        if kind == "sqlite":
            return "strftime('%Y-%m-%d %H:%M:%f000', '2024-01-01', n || ' minutes')"
        return "timestamptz '2024-01-01 00:00Z' + n * interval '1 minute'"
    if isinstance(column.type, Boolean):
        return "true"
    if isinstance(column.type, (Integer, Double)):
        return "1"
    return {"trace_id": number(32, kind), "content_hash": number(64, kind)}.get(column.name, number(9, kind))


def fill(connection: Connection, table: Table, rows: int, given: dict[str, str], first: int = 1) -> None:
    """Insert so many rows, numbered from `first`; `given` are expressions."""
    kind = connection.dialect.name
    numbers = f"generate_series({first}, {first + rows - 1}) AS s(n)"
    series = ""
    if kind == "sqlite":
        last = f"WHERE n < {first + rows - 1}"
        series = f"WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s {last}) "  # noqa: S608
        numbers = "s"
    states = {"status": "'completed'"} if table.name in {"runs", "test_suite_runs"} else {"status": "'ok'"}
    states |= {
        "kind": "'internal'" if table.name == "spans" else "'text'",
        "purpose": "'sign_in'",
        "definition": "'{}'",
    }
    given = {**states, **given}
    columns = [c for c in table.columns if c.name in given or (not c.nullable and c.name != "id")]
    values = ", ".join(expression(column, given, kind) for column in columns)
    names = ", ".join(column.name for column in columns)
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) {series}SELECT {values} FROM {numbers}")  # noqa: S608


@contextmanager
def filled(place: Place, table: Table, **given: str) -> Iterator[Connection]:
    """A database in which one workflow keeps many old rows, and others have few."""
    migrate.upgrade(place.engine)
    with place.engine.connect() as connection:
        if table.name == "binaries":
            fill(connection, metadata.tables["runs"], 1, {"finished_at": "'2026-01-01 00:00:00.000000+00'"})
            given |= {"run_id": "1"}
        if table.name in {"runs", "test_suite_runs"}:
            given |= {"finished_at": expression(table.c.finished_at, {}, place.kind)}
        fill(connection, table, KEPT, {"workflow_id": "'w-kept'", **given})
        for other in range(1, WORKFLOWS):
            fill(connection, table, 20, {"workflow_id": f"'w-{other:02}'", **given}, KEPT + other * 20)
        connection.exec_driver_sql("ANALYZE" if place.kind == "postgresql" else "PRAGMA optimize")
        yield connection
        connection.rollback()


def answered(connection: Connection, query: str) -> tuple[list[tuple[Any, ...]], Plan]:
    """The rows of a query, and how they were found."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")
        said = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}").scalar_one()
        plan = said[0]["Plan"]
        read = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        return [tuple(row) for row in connection.exec_driver_sql(query)], Plan(json.dumps(plan), read)
    told = " | ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
    driver: Any = connection.connection.driver_connection
    hundreds = 0

    def count() -> None:
        nonlocal hundreds
        hundreds += 1

    driver.set_progress_handler(count, 100)
    rows = [tuple(row) for row in connection.exec_driver_sql(query)]
    driver.set_progress_handler(None, 0)
    return rows, Plan(told, hundreds)


def assert_by(plan: Plan, index: str, table: Table, kind: str) -> None:
    """By this index alone, reading little."""
    assert index in plan.told
    scan = (
        rf"SCAN {table.name}\b(?! USING)"
        if kind == "sqlite"
        else r'"Seq Scan", [^{}]*' + f'"Relation Name": "{table.name}"'
    )
    assert not re.search(scan, plan.told), plan.told
    assert plan.read <= FEW[kind], plan


def index_of(table: Table) -> str:
    """The index that retention by workflow goes along."""
    column = column_of(lifetime(table))
    names = [[it.name for it in index.columns] for index in table.indexes]
    (found,) = (
        str(i.name) for i, n in zip(table.indexes, names, strict=True) if n[0] == "workflow_id" and n[-1] == column
    )
    return found


@pytest.mark.parametrize("table", BY_WORKFLOW, ids=lambda table: table.name)
def test_retention_reads_little_beside_a_workflow_that_keeps_much(place: Place, table: Table) -> None:
    with filled(place, table) as connection:
        assert_what_is_due_is_found(connection, table, place.kind)
        assert_a_loose_scan_lists_the_workflows(connection, table, place.kind)


def assert_what_is_due_is_found(connection: Connection, table: Table, kind: str) -> None:
    column = column_of(lifetime(table))
    status = "status = 'completed' AND " if "status" in index_of(table) else ""
    key = next(iter(table.primary_key.columns)).name

    def due(workflow: str, before: str) -> str:
        return (
            f"SELECT {key} FROM {table.name} WHERE workflow_id = '{workflow}' AND {status}{column} < '{before}'"  # noqa: S608
            f" ORDER BY {column} LIMIT 5000"
        )

    for workflow, before, count in (
        ("w-07", "2026-01-01 00:00:00.000000", 20),
        ("w-07", "2023-01-01 00:00:00.000000", 0),
        ("w-kept", "2023-01-01 00:00:00.000000", 0),
        ("w-none", "2026-01-01 00:00:00.000000", 0),
    ):
        rows, plan = answered(connection, due(workflow, before))
        assert len(rows) == count
        assert_by(plan, index_of(table), table, kind)


def assert_a_loose_scan_lists_the_workflows(connection: Connection, table: Table, kind: str) -> None:
    loose = f"""
        WITH RECURSIVE w(id) AS (
            SELECT (SELECT workflow_id FROM {table.name} ORDER BY workflow_id LIMIT 1)
            UNION ALL
            SELECT (SELECT workflow_id FROM {table.name} t WHERE t.workflow_id > w.id ORDER BY workflow_id LIMIT 1)
            FROM w WHERE w.id IS NOT NULL
        )
        SELECT id FROM w WHERE id IS NOT NULL
    """  # noqa: S608
    rows, plan = answered(connection, loose)
    assert [row[0] for row in rows] == sorted({"w-kept", *(f"w-{it:02}" for it in range(1, WORKFLOWS))})
    assert "_workflow_id_" in plan.told
    assert plan.read <= FEW[kind] * 2


@pytest.mark.parametrize(("name", "where"), [it[1:] for it in LOOK_UPS], ids=[it[0] for it in LOOK_UPS])
def test_other_look_ups_have_an_index(place: Place, name: str, where: str) -> None:
    table = metadata.tables[name]
    over = {"finished_at": expression(table.c.finished_at, {}, place.kind)} if "finished_at" in table.c else {}
    migrate.upgrade(place.engine)
    with place.engine.connect() as connection:
        given = {**over, **{it: "1" for it in ("user_id", "instance_id") if it in table.c}}
        if "user_id" in table.c:
            fill(connection, metadata.tables["auth_users"], 1, {"status": "'active'"})
        if "instance_id" in table.c:
            lists = {"setup_status": "'draft'", "public_config": "'{}'", "tags": "'[]'"}
            fill(connection, metadata.tables["credential_instances"], 1, lists)
        if name == "runs":
            fill(connection, metadata.tables["workflow_snapshots"], ROWS, {"definition": "'{}'"})
            given |= {"snapshot_hash": number(64, place.kind)}
        given |= {"status": "'healthy'"} if name == "credential_test_results" else {}
        given |= {"scopes": "'[]'"} if "scopes" in table.c else {}
        fill(connection, table, ROWS, given)
        connection.exec_driver_sql("ANALYZE" if place.kind == "postgresql" else "PRAGMA optimize")
        rows, plan = answered(connection, f"SELECT * FROM {name} WHERE {where}")  # noqa: S608
        assert rows == []
        index = "not_over" if "NULL" in where else where.split(maxsplit=1)[0]
        assert_by(plan, f"ix_{name}_{index}", table, place.kind)
        connection.rollback()
