"""Indexes for retention, by workflow first: what one workflow keeps for long is never in another's way."""

from __future__ import annotations

from alembic.operations import Operations

revision = "0005"
down_revision = "0004"

MOMENTS = {
    "binaries": "created_at",
    "metric_points": "recorded_at",
    "span_artifacts": "created_at",
    "spans": "started_at",
    "trace_contexts": "last_seen_at",
}


def upgrade(op: Operations) -> None:
    """Make the indexes, and drop those that they replace."""
    for table, moment in MOMENTS.items():
        op.create_index(f"ix_{table}_workflow_id_{moment}", table, ["workflow_id", moment], unique=False)
        op.drop_index(f"ix_{table}_{moment}_workflow_id", table_name=table)
    op.create_index("ix_audit_events_occurred_at", "audit_events", ["occurred_at"], unique=False)
    op.create_index("ix_runs_snapshot_hash", "runs", ["snapshot_hash"], unique=False)


def downgrade(op: Operations) -> None:
    """The indexes as they were."""
    op.drop_index("ix_runs_snapshot_hash", table_name="runs")
    op.drop_index("ix_audit_events_occurred_at", table_name="audit_events")
    for table, moment in MOMENTS.items():
        op.create_index(f"ix_{table}_{moment}_workflow_id", table, [moment, "workflow_id"], unique=False)
        op.drop_index(f"ix_{table}_workflow_id_{moment}", table_name=table)
