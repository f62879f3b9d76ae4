"""Runs and test suite runs may be halted; their index for retention goes by workflow and status.

A CHECK cannot be changed on SQLite: there both tables are made anew, and their rows copied.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)

BEFORE = "'completed', 'failed', 'cancelled'"
AFTER = "'completed', 'failed', 'cancelled', 'halted'"
UNFINISHED = {"runs": "'pending', 'running', 'waiting'", "test_suite_runs": "'running'"}
NOT_OVER = sa.text("finished_at IS NULL")


def upgrade(op: Operations) -> None:
    """Widen the checks, and make the new indexes."""
    _drop_retention_indexes(op, "finished_at_workflow_id")
    _restate(op, AFTER)
    for table in UNFINISHED:
        columns = ["workflow_id", "status", "finished_at"]
        op.create_index(f"ix_{table}_workflow_id_status_finished_at", table, columns, unique=False)
        op.create_index(
            f"ix_{table}_not_over", table, ["id"], unique=False, postgresql_where=NOT_OVER, sqlite_where=NOT_OVER
        )


def downgrade(op: Operations) -> None:
    """Narrow the checks; what was halted has failed."""
    _drop_retention_indexes(op, "workflow_id_status_finished_at", "not_over")
    for table in UNFINISHED:
        op.execute(f"UPDATE {table} SET status = 'failed' WHERE status = 'halted'")  # noqa: S608  (names of ours, here and below)
    _restate(op, BEFORE)
    for table in UNFINISHED:
        columns = ["finished_at", "workflow_id"]
        op.create_index(f"ix_{table}_finished_at_workflow_id", table, columns, unique=False)


def _drop_retention_indexes(op: Operations, *names: str) -> None:
    for table in UNFINISHED:
        for name in names:
            op.drop_index(f"ix_{table}_{name}", table_name=table)


def _restate(op: Operations, finished: str) -> None:
    """Let both tables have these statuses of what is finished."""
    if op.get_context().dialect.name == "sqlite":
        # Nothing else that names a table is to follow it through its renaming.
        op.execute("PRAGMA legacy_alter_table=ON")
        _rebuild_test_suite_runs(op, finished)
        _rebuild_runs(op, finished)
        op.execute("PRAGMA legacy_alter_table=OFF")
        return
    for table, unfinished in UNFINISHED.items():
        for check, condition in _checks(finished, unfinished).items():
            op.drop_constraint(f"ck_{table}_{check}", table, type_="check")
            op.create_check_constraint(f"ck_{table}_{check}", table, condition)


def _checks(finished: str, unfinished: str) -> dict[str, str]:
    return {
        "finished_at": f"(finished_at IS NOT NULL) = (status IN ({finished}))",
        "status": f"status IN ({unfinished}, {finished})",
    }


def _constraints(table: str, finished: str) -> list[sa.CheckConstraint]:
    checks = _checks(finished, UNFINISHED[table])
    return [sa.CheckConstraint(condition, name=f"ck_{table}_{name}") for name, condition in checks.items()]


def _rebuild_test_suite_runs(op: Operations, finished: str) -> None:
    op.drop_index("ix_test_suite_runs_workflow_id_test_suite_id_id", table_name="test_suite_runs")
    op.rename_table("test_suite_runs", "test_suite_runs_before")
    op.create_table(
        "test_suite_runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("test_suite_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total_cases", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("passed_cases", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed_cases", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        *_constraints("test_suite_runs", finished),
        sa.PrimaryKeyConstraint("id", name="pk_test_suite_runs"),
        sqlite_autoincrement=True,
    )
    _move(
        op,
        "test_suite_runs",
        "id, workflow_id, test_suite_id, status, total_cases, passed_cases, failed_cases, started_at, finished_at",
    )
    op.create_index(
        "ix_test_suite_runs_workflow_id_test_suite_id_id",
        "test_suite_runs",
        ["workflow_id", "test_suite_id", "id"],
        unique=False,
    )


def _rebuild_runs(op: Operations, finished: str) -> None:
    for name in ("workflow_id_id", "parent_run_id", "test_suite_run_id"):
        op.drop_index(f"ix_runs_{name}", table_name="runs")
    op.rename_table("runs", "runs_before")
    op.create_table(
        "runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("snapshot_hash", sa.Text(), nullable=True),
        sa.Column("parent_run_id", ID, nullable=True),
        sa.Column("test_suite_run_id", ID, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("trigger_node_id", sa.Text(), nullable=True),
        sa.Column("node_activations", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed_activations", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("subworkflow_depth", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", JSON, nullable=True),
        sa.Column("error", JSON, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        *_constraints("runs", finished),
        sa.ForeignKeyConstraint(["parent_run_id"], ["runs.id"], name="fk_runs_parent_run_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["snapshot_hash"], ["workflow_snapshots.content_hash"], name="fk_runs_snapshot_hash"),
        sa.ForeignKeyConstraint(
            ["test_suite_run_id"], ["test_suite_runs.id"], name="fk_runs_test_suite_run_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sqlite_autoincrement=True,
    )
    _move(
        op,
        "runs",
        "id, workflow_id, snapshot_hash, parent_run_id, test_suite_run_id, status, trigger_node_id, node_activations, "
        "failed_activations, subworkflow_depth, state, error, created_at, started_at, finished_at",
    )
    for name in ("parent_run_id", "test_suite_run_id"):
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_runs_{name}", "runs", [name], unique=False, sqlite_where=there)
    op.create_index("ix_runs_workflow_id_id", "runs", ["workflow_id", "id"], unique=False)


def _move(op: Operations, table: str, columns: str) -> None:
    """Move the rows, and the number of the last one: a number must not come back, though its row may be gone."""
    op.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}_before")  # noqa: S608
    op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")  # noqa: S608
    op.execute(
        f"INSERT INTO sqlite_sequence (name, seq) SELECT '{table}', seq FROM sqlite_sequence"  # noqa: S608
        f" WHERE name = '{table}_before'"
    )
    op.drop_table(f"{table}_before")
