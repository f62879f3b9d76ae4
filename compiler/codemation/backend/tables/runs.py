"""Runs of workflows, and what happens within them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from codemation.backend.tables.base import (
    ByStatus,
    Json,
    PartOf,
    Stored,
    counter,
    key,
    lives,
    metadata,
    moment,
    one_of,
    reference,
)

_RETENTION: Final = {
    "completed": "runSeconds",
    "failed": "failedRunSeconds",
    "cancelled": "runSeconds",
    "halted": "failedRunSeconds",
}
"""The setting that says how long a run is kept that is over, by its status."""

FINISHED: Final = tuple(_RETENTION)
"""The statuses of a run that is over: exactly then it has `finished_at`, and retention may remove it."""

_DONE: Final = ("completed", "failed", "cancelled")
"""Those of a part of a run: only a whole one is halted."""


def _over(statuses: Sequence[str]) -> CheckConstraint:
    """The constraint that exactly the rows with one of these have an end."""
    condition = f"(finished_at IS NOT NULL) = (status IN ({', '.join(map(repr, statuses))}))"
    return CheckConstraint(condition, name="finished_at")


def _not_over(table: str) -> Index:
    """The index of what is under way, for a boot: few rows, whatever is kept."""
    condition = text("finished_at IS NULL")
    return Index(f"ix_{table}_not_over", "id", postgresql_where=condition, sqlite_where=condition)


test_suite_runs: Final = Table(
    "test_suite_runs",
    metadata,
    key(),
    Column("workflow_id", Text(), nullable=False),
    Column("test_suite_id", Text(), nullable=False),
    Column("status", Text(), nullable=False),
    counter("total_cases"),
    counter("passed_cases"),
    counter("failed_cases"),
    moment("started_at"),
    moment("finished_at", nullable=True),
    one_of("status", "running", *FINISHED),
    _over(FINISHED),
    Index(None, "workflow_id", "status", "finished_at"),  # retention, whose time depends on both
    _not_over("test_suite_runs"),
    Index(None, "workflow_id", "test_suite_id", "id"),  # a suite's latest
    sqlite_autoincrement=True,
    info=lives(ByStatus(_RETENTION, "finished_at")),
)

runs: Final = Table(
    "runs",
    metadata,
    key(),
    Column("workflow_id", Text(), nullable=False),
    # No ON DELETE: what a run was must be known for as long as the run is.
    Column("snapshot_hash", Text(), ForeignKey("workflow_snapshots.content_hash")),
    # A parent may be pruned before its children: each goes by its own workflow's policy.
    reference("parent_run_id", "runs", "SET NULL", nullable=True),
    reference("test_suite_run_id", "test_suite_runs", "SET NULL", nullable=True),
    Column("status", Text(), nullable=False),
    Column("trigger_node_id", Text()),
    counter("node_activations"),
    counter("failed_activations"),
    Column("subworkflow_depth", Integer(), nullable=False, server_default=text("0")),
    Column("state", Json),
    Column("error", Json),
    moment("created_at"),
    moment("started_at", nullable=True),
    moment("finished_at", nullable=True),
    one_of("status", "pending", "running", "waiting", *FINISHED),
    _over(FINISHED),
    Index(None, "workflow_id", "status", "finished_at"),  # retention, whose time depends on both
    _not_over("runs"),
    Index(None, "workflow_id", "id"),  # a workflow's latest
    Index(None, "snapshot_hash"),  # whether any run refers to a snapshot
    # Children, and what SET NULL looks for; most runs have none.
    Index(
        None,
        "parent_run_id",
        postgresql_where=text("parent_run_id IS NOT NULL"),
        sqlite_where=text("parent_run_id IS NOT NULL"),
    ),
    Index(
        None,
        "test_suite_run_id",
        postgresql_where=text("test_suite_run_id IS NOT NULL"),
        sqlite_where=text("test_suite_run_id IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
    info=lives(ByStatus(_RETENTION, "finished_at")),
)

work_items: Final = Table(
    "work_items",
    metadata,
    key(),
    reference("run_id", "runs", "CASCADE"),
    Column("node_id", Text(), nullable=False),
    Column("queue", Text(), nullable=False),
    Column("status", Text(), nullable=False),
    Column("payload", Json, nullable=False),
    Column("attempt", Integer(), nullable=False, server_default=text("0")),
    moment("available_at"),
    Column("claimed_by", Text()),
    moment("claimed_at", nullable=True),
    moment("claim_expires_at", nullable=True),
    moment("created_at"),
    moment("finished_at", nullable=True),
    one_of("status", "queued", "claimed", *_DONE),
    _over(_DONE),
    CheckConstraint("status <> 'claimed' OR claim_expires_at IS NOT NULL", name="claim_expires_at"),
    Index(None, "queue", "status", "available_at"),  # the next one to claim; claims that ran out
    Index(None, "run_id"),  # a run's, and its cascade
    sqlite_autoincrement=True,
    info=lives(PartOf("runs")),
)

node_executions: Final = Table(
    "node_executions",
    metadata,
    key(),
    reference("run_id", "runs", "CASCADE"),
    Column("node_id", Text(), nullable=False),
    Column("iteration", Integer(), nullable=False, server_default=text("0")),
    Column("attempt", Integer(), nullable=False, server_default=text("1")),
    Column("status", Text(), nullable=False),
    Column("inputs", Json),
    Column("outputs", Json),
    Column("error", Json),
    counter("input_bytes"),
    counter("output_bytes"),
    moment("queued_at"),
    moment("started_at", nullable=True),
    moment("finished_at", nullable=True),
    one_of("status", "queued", "running", "waiting", "skipped", *_DONE),
    UniqueConstraint("run_id", "node_id", "iteration", "attempt"),  # a run's, and its cascade
    sqlite_autoincrement=True,
    info=lives(PartOf("runs")),
)

slot_projections: Final = Table(
    "slot_projections",
    metadata,
    reference("run_id", "runs", "CASCADE", primary_key=True),
    Column("slot_states", Json, nullable=False),
    # Grows with each write: a projection computed from older events must not win.
    counter("version"),
    moment("updated_at"),
    info=lives(PartOf("runs")),
)

human_tasks: Final = Table(
    "human_tasks",
    metadata,
    key(),
    reference("run_id", "runs", "CASCADE"),
    Column("node_id", Text(), nullable=False),
    Column("status", Text(), nullable=False),
    Column("title", Text(), nullable=False),
    Column("request", Json, nullable=False),
    Column("response", Json),
    # Of the link that is sent to whoever is to decide.
    Column("token_hash", Text()),
    reference("assignee_id", "auth_users", "SET NULL", nullable=True),
    reference("decided_by_id", "auth_users", "SET NULL", nullable=True),
    moment("created_at"),
    moment("due_at", nullable=True),
    moment("decided_at", nullable=True),
    one_of("status", "pending", "decided", "expired", "cancelled"),
    UniqueConstraint("token_hash"),
    Index(None, "run_id"),  # a run's, and its cascade
    # What waits, by when it is due: boot sets its timers.
    Index(
        None,
        "due_at",
        postgresql_where=text("status = 'pending'"),
        sqlite_where=text("status = 'pending'"),
    ),
    sqlite_autoincrement=True,
    info=lives(PartOf("runs")),
)

binaries: Final = Table(
    "binaries",
    metadata,
    key(),
    # RESTRICT: who removes a run removes its stored files first, else nothing would know of them.
    reference("run_id", "runs", "RESTRICT"),
    Column("workflow_id", Text(), nullable=False),
    Column("node_id", Text()),
    Column("storage_key", Text(), nullable=False),
    Column("media_type", Text(), nullable=False),
    Column("file_name", Text()),
    Column("byte_count", BigInteger(), nullable=False),
    Column("sha256", Text()),
    moment("created_at"),
    CheckConstraint("byte_count >= 0", name="byte_count"),
    UniqueConstraint("storage_key"),
    Index(None, "workflow_id", "created_at"),  # retention
    Index(None, "run_id"),  # a run's, and what RESTRICT looks for
    sqlite_autoincrement=True,
    info=lives(Stored(("binarySeconds",), "created_at", "storage_key", "runs")),
)

test_assertions: Final = Table(
    "test_assertions",
    metadata,
    key(),
    reference("test_suite_run_id", "test_suite_runs", "CASCADE"),
    # The case. Its run may be pruned first: what was asserted stays with the suite.
    reference("run_id", "runs", "SET NULL", nullable=True),
    Column("node_id", Text()),
    Column("name", Text(), nullable=False),
    Column("status", Text(), nullable=False),
    Column("expected", Json),
    Column("actual", Json),
    Column("message", Text()),
    moment("created_at"),
    one_of("status", "passed", "failed", "errored"),
    Index(None, "test_suite_run_id"),  # a suite's, and its cascade
    Index(None, "run_id"),  # a case's, and what SET NULL looks for
    sqlite_autoincrement=True,
    info=lives(PartOf("test_suite_runs")),
)
