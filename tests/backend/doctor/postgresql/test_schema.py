"""Ways in which tables on PostgreSQL are not what the revisions made."""

from __future__ import annotations

from contextlib import contextmanager

import psycopg
import pytest

from tests.backend.commands import Codemation
from tests.backend.doctor.places import OWNER
from tests.backend.doctor.postgresql.servers import (
    Servers,
    Url,
    found_and_mended,
    spoilt,
)
from tests.backend.doctor.ways import Way


@contextmanager
def a_failed_index(servers: Servers) -> Url:
    """As `CREATE UNIQUE INDEX CONCURRENTLY` leaves it where a value is there twice: new rows it refuses."""
    with servers.databases.fresh() as database:
        row = "INSERT INTO metric_points (name, value, workflow_id, recorded_at) VALUES ('n', 1, 'w', now())"
        database.execute(row, row)
        with pytest.raises(psycopg.errors.UniqueViolation):
            database.execute("CREATE UNIQUE INDEX CONCURRENTLY mine ON metric_points (name)")
        yield database.url()


WAYS = [
    Way(
        "a table that is gone",
        "schema",
        "failed",
        "the table spans is missing",
        "codemation db sql",
        spoilt("DROP TABLE spans"),
    ),
    Way(
        "a column that is gone",
        "schema",
        "failed",
        "the column runs.status is missing",
        "backup",
        spoilt("ALTER TABLE runs DROP COLUMN status"),
    ),
    Way(
        "a column of another type",
        "schema",
        "failed",
        "runs.subworkflow_depth is bigint, not integer",
        "by hand",
        spoilt("ALTER TABLE runs ALTER COLUMN subworkflow_depth TYPE bigint"),
    ),
    Way(
        "a column that may be NULL",
        "schema",
        "failed",
        "runs.workflow_id may be NULL",
        "by hand",
        spoilt("ALTER TABLE runs ALTER COLUMN workflow_id DROP NOT NULL"),
    ),
    Way(
        "a default that is gone",
        "schema",
        "failed",
        "runs.node_activations has lost its default",
        "by hand",
        spoilt("ALTER TABLE runs ALTER COLUMN node_activations DROP DEFAULT"),
    ),
    Way(
        "another default",
        "schema",
        "failed",
        "runs.node_activations has another default than 0",
        "by hand",
        spoilt("ALTER TABLE runs ALTER COLUMN node_activations SET DEFAULT 99"),
    ),
    Way(
        "a column that nobody fills",
        "schema",
        "failed",
        "runs has a column of somebody else's that must be filled, cost",
        "by hand",
        spoilt("ALTER TABLE runs ADD COLUMN cost int NOT NULL"),
    ),
    Way(
        "a constraint that is gone",
        "schema",
        "failed",
        "work_items lacks FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE",
        "codemation db sql",
        spoilt("ALTER TABLE work_items DROP CONSTRAINT fk_work_items_run_id"),
    ),
    Way(
        "an index that is gone",
        "schema",
        "warning",
        "work_items lacks the index ix_work_items_run_id on (run_id)",
        "codemation db sql",
        spoilt("DROP INDEX ix_work_items_run_id"),
    ),
    Way(
        "an index that was never finished",
        "schema",
        "warning",
        "work_items's index ix_work_items_run_id was never finished",
        "REINDEX",
        spoilt("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_work_items_run_id'::regclass"),
        remedy="REINDEX INDEX ix_work_items_run_id",
    ),
    Way(
        "a view in a table's place",
        "schema",
        "failed",
        "the table metric_points is missing: a view has its name",
        "ALTER VIEW metric_points RENAME TO",
        spoilt("ALTER TABLE metric_points RENAME TO theirs", "CREATE VIEW metric_points AS SELECT * FROM theirs"),
    ),
    Way(
        "a table in another schema",
        "schema",
        "failed",
        "the table spans is missing: the schema other has one",
        "SET SCHEMA",
        spoilt(f"CREATE SCHEMA other AUTHORIZATION {OWNER}", "ALTER TABLE spans SET SCHEMA other"),
        remedy='ALTER TABLE "other".spans SET SCHEMA "public"',
    ),
    Way(
        "a constraint that is not validated",
        "schema",
        "failed",
        "but not in force for all rows",
        "ALTER TABLE",
        spoilt(
            "ALTER TABLE work_items DROP CONSTRAINT fk_work_items_run_id",
            "ALTER TABLE work_items ADD CONSTRAINT fk_work_items_run_id "
            "FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE NOT VALID",
        ),
        remedy="ALTER TABLE work_items VALIDATE CONSTRAINT fk_work_items_run_id",
    ),
    Way(
        "an index of another method",
        "schema",
        "warning",
        "work_items's index ix_work_items_run_id is (run_id) USING hash, not (run_id)",
        "DROP INDEX ix_work_items_run_id",
        spoilt(
            "DROP INDEX ix_work_items_run_id", "CREATE INDEX ix_work_items_run_id ON work_items USING hash (run_id)"
        ),
    ),
    Way(
        "a constraint of somebody else's",
        "schema",
        "warning",
        "runs has CHECK mine, which is not codemation's",
        "unless you know",
        spoilt("ALTER TABLE runs ADD CONSTRAINT mine CHECK (workflow_id <> 'x')"),
        remedy="ALTER TABLE runs DROP CONSTRAINT mine",
    ),
    Way(
        "a unique index that failed to be made",
        "schema",
        "warning",
        "metric_points has the index mine, which is not codemation's",
        "unless you know",
        a_failed_index,
        besides=frozenset({"retention"}),
        remedy="DROP INDEX mine",
    ),
]


@pytest.mark.postgresql
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
def test_a_way(way: Way, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    found_and_mended(way, servers, codemation, monkeypatch)
