"""The table of audit events: who did what, when, to which thing."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Table, Text

from codemation.backend.tables.base import Json, Policy, key, lives, metadata, moment, reference

audit_events: Final = Table(
    "audit_events",
    metadata,
    key(),
    moment("occurred_at"),
    reference("actor_id", "auth_users", "SET NULL", nullable=True),
    # As it was called then: the user may go, what was done stays.
    Column("actor_label", Text()),
    Column("action", Text(), nullable=False),
    Column("target_type", Text()),
    Column("target_id", Text()),
    Column("ip_address", Text()),
    Column("details", Json),
    Index(None, "target_type", "target_id"),  # what happened to a thing
    Index(None, "occurred_at"),  # what happened within a time; retention
    sqlite_autoincrement=True,
    info=lives(Policy(("auditSeconds",), "occurred_at")),
)
