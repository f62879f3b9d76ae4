"""Traces, metrics and the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade(op: Operations) -> None:
    """Make the tables."""
    op.create_table(
        "metric_points",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("attributes", JSON, nullable=True),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.Column("span_id", sa.Text(), nullable=True),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_metric_points"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_metric_points_name_recorded_at", "metric_points", ["name", "recorded_at"], unique=False)
    op.create_index(
        "ix_metric_points_recorded_at_workflow_id", "metric_points", ["recorded_at", "workflow_id"], unique=False
    )
    op.create_table(
        "span_artifacts",
        sa.Column("id", ID, nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("span_id", sa.Text(), nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content_text", sa.Text(), nullable=True),
        sa.Column("content_json", JSON, nullable=True),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("truncated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("byte_count >= 0", name="ck_span_artifacts_byte_count"),
        sa.PrimaryKeyConstraint("id", name="pk_span_artifacts"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_span_artifacts_created_at_workflow_id", "span_artifacts", ["created_at", "workflow_id"], unique=False
    )
    op.create_index("ix_span_artifacts_trace_id_span_id", "span_artifacts", ["trace_id", "span_id"], unique=False)
    op.create_table(
        "spans",
        sa.Column("id", ID, nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("span_id", sa.Text(), nullable=False),
        sa.Column("parent_span_id", sa.Text(), nullable=True),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_message", sa.Text(), nullable=True),
        sa.Column("attributes", JSON, nullable=True),
        sa.Column("events", JSON, nullable=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('internal', 'server', 'client', 'producer', 'consumer')", name="ck_spans_kind"),
        sa.CheckConstraint("status IN ('unset', 'ok', 'error')", name="ck_spans_status"),
        sa.PrimaryKeyConstraint("id", name="pk_spans"),
        sa.UniqueConstraint("trace_id", "span_id", name="uq_spans_trace_id_span_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_spans_started_at_workflow_id", "spans", ["started_at", "workflow_id"], unique=False)
    op.create_table(
        "trace_contexts",
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("root_span_id", sa.Text(), nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.CheckConstraint("length(trace_id) = 32", name="ck_trace_contexts_trace_id"),
        sa.PrimaryKeyConstraint("trace_id", name="pk_trace_contexts"),
    )
    op.create_index(
        "ix_trace_contexts_last_seen_at_workflow_id", "trace_contexts", ["last_seen_at", "workflow_id"], unique=False
    )
    op.create_index("ix_trace_contexts_run_id", "trace_contexts", ["run_id"], unique=False)
    op.create_table(
        "audit_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target_type", sa.Text(), nullable=True),
        sa.Column("target_id", sa.Text(), nullable=True),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("details", JSON, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["auth_users.id"], name="fk_audit_events_actor_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_events_target_type_target_id", "audit_events", ["target_type", "target_id"], unique=False)


def downgrade(op: Operations) -> None:
    """Drop them, with all their rows."""
    op.drop_table("audit_events")
    op.drop_table("trace_contexts")
    op.drop_table("spans")
    op.drop_table("span_artifacts")
    op.drop_table("metric_points")
