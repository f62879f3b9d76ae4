"""Runs, and what happens within them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade(op: Operations) -> None:
    """Make the tables."""
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
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))",
            name="ck_test_suite_runs_finished_at",
        ),
        sa.CheckConstraint(
            "status IN ('running', 'completed', 'failed', 'cancelled')", name="ck_test_suite_runs_status"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_test_suite_runs"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_test_suite_runs_finished_at_workflow_id", "test_suite_runs", ["finished_at", "workflow_id"], unique=False
    )
    op.create_index(
        "ix_test_suite_runs_workflow_id_test_suite_id_id",
        "test_suite_runs",
        ["workflow_id", "test_suite_id", "id"],
        unique=False,
    )
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
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))", name="ck_runs_finished_at"
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'running', 'waiting', 'completed', 'failed', 'cancelled')", name="ck_runs_status"
        ),
        sa.ForeignKeyConstraint(["parent_run_id"], ["runs.id"], name="fk_runs_parent_run_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["snapshot_hash"], ["workflow_snapshots.content_hash"], name="fk_runs_snapshot_hash"),
        sa.ForeignKeyConstraint(
            ["test_suite_run_id"], ["test_suite_runs.id"], name="fk_runs_test_suite_run_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_finished_at_workflow_id", "runs", ["finished_at", "workflow_id"], unique=False)
    op.create_index(
        "ix_runs_parent_run_id",
        "runs",
        ["parent_run_id"],
        unique=False,
        postgresql_where=sa.text("parent_run_id IS NOT NULL"),
        sqlite_where=sa.text("parent_run_id IS NOT NULL"),
    )
    op.create_index(
        "ix_runs_test_suite_run_id",
        "runs",
        ["test_suite_run_id"],
        unique=False,
        postgresql_where=sa.text("test_suite_run_id IS NOT NULL"),
        sqlite_where=sa.text("test_suite_run_id IS NOT NULL"),
    )
    op.create_index("ix_runs_workflow_id_id", "runs", ["workflow_id", "id"], unique=False)
    op.create_table(
        "binaries",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("byte_count >= 0", name="ck_binaries_byte_count"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_binaries_run_id", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_binaries"),
        sa.UniqueConstraint("storage_key", name="uq_binaries_storage_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_binaries_created_at_workflow_id", "binaries", ["created_at", "workflow_id"], unique=False)
    op.create_index("ix_binaries_run_id", "binaries", ["run_id"], unique=False)
    op.create_table(
        "human_tasks",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("request", JSON, nullable=False),
        sa.Column("response", JSON, nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("decided_by_id", ID, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint("status IN ('pending', 'decided', 'expired', 'cancelled')", name="ck_human_tasks_status"),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["auth_users.id"], name="fk_human_tasks_assignee_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["auth_users.id"], name="fk_human_tasks_decided_by_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_human_tasks_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_human_tasks"),
        sa.UniqueConstraint("token_hash", name="uq_human_tasks_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_human_tasks_due_at",
        "human_tasks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_human_tasks_run_id", "human_tasks", ["run_id"], unique=False)
    op.create_table(
        "node_executions",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("iteration", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("inputs", JSON, nullable=True),
        sa.Column("outputs", JSON, nullable=True),
        sa.Column("error", JSON, nullable=True),
        sa.Column("input_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("output_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'waiting', 'skipped', 'completed', 'failed', 'cancelled')",
            name="ck_node_executions_status",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_node_executions_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_node_executions"),
        sa.UniqueConstraint(
            "run_id", "node_id", "iteration", "attempt", name="uq_node_executions_run_id_node_id_iteration_attempt"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "slot_projections",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("slot_states", JSON, nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_slot_projections_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name="pk_slot_projections"),
    )
    op.create_table(
        "test_assertions",
        sa.Column("id", ID, nullable=False),
        sa.Column("test_suite_run_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("expected", JSON, nullable=True),
        sa.Column("actual", JSON, nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("status IN ('passed', 'failed', 'errored')", name="ck_test_assertions_status"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_test_assertions_run_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["test_suite_run_id"],
            ["test_suite_runs.id"],
            name="fk_test_assertions_test_suite_run_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_test_assertions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_test_assertions_run_id", "test_assertions", ["run_id"], unique=False)
    op.create_index("ix_test_assertions_test_suite_run_id", "test_assertions", ["test_suite_run_id"], unique=False)
    op.create_table(
        "work_items",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("available_at", MOMENT, nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("claim_expires_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))",
            name="ck_work_items_finished_at",
        ),
        sa.CheckConstraint(
            "status <> 'claimed' OR claim_expires_at IS NOT NULL", name="ck_work_items_claim_expires_at"
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'claimed', 'completed', 'failed', 'cancelled')", name="ck_work_items_status"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_work_items_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_work_items"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_work_items_queue_status_available_at", "work_items", ["queue", "status", "available_at"], unique=False
    )
    op.create_index("ix_work_items_run_id", "work_items", ["run_id"], unique=False)


def downgrade(op: Operations) -> None:
    """Drop them, with all their rows."""
    op.drop_table("work_items")
    op.drop_table("test_assertions")
    op.drop_table("slot_projections")
    op.drop_table("node_executions")
    op.drop_table("human_tasks")
    op.drop_table("binaries")
    op.drop_table("runs")
    op.drop_table("test_suite_runs")
