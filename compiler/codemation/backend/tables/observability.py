"""Traces and metrics.

They refer to runs, and to each other, without foreign keys: they arrive in any order, and each goes by a retention of
its own, often long after its run. So each also carries its workflow, whose prune policy decides.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Double, Index, Table, Text, UniqueConstraint, false

from codemation.backend.tables.base import Id, Json, Policy, key, lives, metadata, moment, one_of

_TELEMETRY: Final = ("telemetrySpanSeconds", "telemetryArtifactSeconds", "telemetryMetricSeconds")
"""The settings of what belongs to a trace: its context is kept as long as the longest of them."""

trace_contexts: Final = Table(
    "trace_contexts",
    metadata,
    Column("trace_id", Text(), primary_key=True),
    Column("root_span_id", Text(), nullable=False),
    Column("run_id", Id),
    Column("workflow_id", Text(), nullable=False),
    Column("service_name", Text()),
    moment("created_at"),
    # Moves with each batch of spans, so that a context does not go before they do.
    moment("last_seen_at"),
    CheckConstraint("length(trace_id) = 32", name="trace_id"),
    Index(None, "run_id"),  # a run's trace
    Index(None, "workflow_id", "last_seen_at"),  # retention
    info=lives(Policy(_TELEMETRY, "last_seen_at")),
)

spans: Final = Table(
    "spans",
    metadata,
    key(),
    Column("trace_id", Text(), nullable=False),
    Column("span_id", Text(), nullable=False),
    Column("parent_span_id", Text()),
    Column("run_id", Id),
    Column("workflow_id", Text(), nullable=False),
    Column("node_id", Text()),
    Column("name", Text(), nullable=False),
    Column("kind", Text(), nullable=False),
    Column("status", Text(), nullable=False),
    Column("status_message", Text()),
    Column("attributes", Json),
    Column("events", Json),
    # Retention goes by the start: a span whose process died has no end.
    moment("started_at"),
    moment("ended_at", nullable=True),
    one_of("kind", "internal", "server", "client", "producer", "consumer"),
    one_of("status", "unset", "ok", "error"),
    UniqueConstraint("trace_id", "span_id"),  # a trace's, and the span that ends
    Index(None, "workflow_id", "started_at"),  # retention
    sqlite_autoincrement=True,
    info=lives(Policy(("telemetrySpanSeconds",), "started_at")),
)

span_artifacts: Final = Table(
    "span_artifacts",
    metadata,
    key(),
    Column("trace_id", Text(), nullable=False),
    Column("span_id", Text(), nullable=False),
    Column("run_id", Id),
    Column("workflow_id", Text(), nullable=False),
    Column("node_id", Text()),
    Column("kind", Text(), nullable=False),
    Column("media_type", Text(), nullable=False),
    Column("content_text", Text()),
    Column("content_json", Json),
    Column("byte_count", BigInteger(), nullable=False),
    Column("truncated", Boolean(), nullable=False, server_default=false()),
    moment("created_at"),
    CheckConstraint("byte_count >= 0", name="byte_count"),
    Index(None, "trace_id", "span_id"),  # a span's
    Index(None, "workflow_id", "created_at"),  # retention
    sqlite_autoincrement=True,
    info=lives(Policy(("telemetryArtifactSeconds",), "created_at")),
)

metric_points: Final = Table(
    "metric_points",
    metadata,
    key(),
    Column("name", Text(), nullable=False),
    Column("value", Double(), nullable=False),
    Column("unit", Text()),
    Column("attributes", Json),
    Column("trace_id", Text()),
    Column("span_id", Text()),
    Column("run_id", Id),
    Column("workflow_id", Text(), nullable=False),
    Column("node_id", Text()),
    moment("recorded_at"),
    Index(None, "name", "recorded_at"),  # a metric over time
    Index(None, "workflow_id", "recorded_at"),  # retention
    sqlite_autoincrement=True,
    info=lives(Policy(("telemetryMetricSeconds",), "recorded_at")),
)
