"""Workflows as they were when they ran, and what the host keeps about them. Their source is not in the database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Table, Text

from codemation.backend.tables.base import Id, Json, Kept, Unreferenced, lives, metadata, moment, reference

workflow_snapshots: Final = Table(
    "workflow_snapshots",
    metadata,
    # SHA-256 of the definition, the workflow's id included: an unchanged workflow is stored once.
    Column("content_hash", Text(), primary_key=True),
    Column("workflow_id", Text(), nullable=False),
    Column("definition", Json, nullable=False),
    moment("created_at"),
    CheckConstraint("length(content_hash) = 64", name="content_hash"),
    Index(None, "workflow_id", "created_at"),  # a workflow's versions
    info=lives(Unreferenced(("runSeconds", "failedRunSeconds"), "created_at", "runs")),
)

workflow_activations: Final = Table(
    "workflow_activations",
    metadata,
    Column("workflow_id", Text(), primary_key=True),
    Column("active", Boolean(), nullable=False),
    reference("changed_by_id", "auth_users", "SET NULL", nullable=True),
    moment("changed_at"),
    info=lives(Kept("one row for each workflow; boot reads them all")),
)

trigger_setup_states: Final = Table(
    "trigger_setup_states",
    metadata,
    Column("workflow_id", Text(), primary_key=True),
    Column("node_id", Text(), primary_key=True),
    Column("state", Json, nullable=False),
    moment("updated_at"),
    info=lives(Kept("one row for each trigger; boot reads them all")),
)

debugger_overlays: Final = Table(
    "debugger_overlays",
    metadata,
    Column("workflow_id", Text(), primary_key=True),
    Column("state", Json, nullable=False),
    # No foreign key: the copy outlives its run.
    Column("copied_from_run_id", Id),
    moment("updated_at"),
    info=lives(Kept("one row for each workflow")),
)
