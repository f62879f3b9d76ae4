"""What workflows sign in with. Secrets are stored encrypted, apart from what may be shown."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text

from codemation.backend.tables.base import (
    Expires,
    Json,
    Kept,
    PartOf,
    key,
    lives,
    metadata,
    moment,
    one_of,
    reference,
)

credential_instances: Final = Table(
    "credential_instances",
    metadata,
    key(),
    Column("credential_type", Text(), nullable=False),
    Column("display_name", Text(), nullable=False),
    Column("public_config", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("setup_status", Text(), nullable=False),
    reference("created_by_id", "auth_users", "SET NULL", nullable=True),
    moment("created_at"),
    moment("updated_at"),
    one_of("setup_status", "draft", "ready", "disabled"),
    sqlite_autoincrement=True,
    info=lives(Kept("one row for each credential that somebody set up")),
)

credential_secrets: Final = Table(
    "credential_secrets",
    metadata,
    reference("instance_id", "credential_instances", "CASCADE", primary_key=True),
    Column("ciphertext", LargeBinary(), nullable=False),
    Column("key_id", Text(), nullable=False),
    Column("schema_version", Integer(), nullable=False),
    moment("updated_at"),
    CheckConstraint("schema_version > 0", name="schema_version"),
    info=lives(PartOf("credential_instances")),
)

credential_oauth2_tokens: Final = Table(
    "credential_oauth2_tokens",
    metadata,
    reference("instance_id", "credential_instances", "CASCADE", primary_key=True),
    Column("ciphertext", LargeBinary(), nullable=False),
    Column("key_id", Text(), nullable=False),
    Column("schema_version", Integer(), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("account_label", Text()),
    # Not the row's end: the refresh token in it lives on.
    moment("access_token_expires_at", nullable=True),
    moment("connected_at"),
    moment("updated_at"),
    CheckConstraint("schema_version > 0", name="schema_version"),
    info=lives(PartOf("credential_instances")),
)

credential_oauth2_states: Final = Table(
    "credential_oauth2_states",
    metadata,
    Column("state_hash", Text(), primary_key=True),
    reference("instance_id", "credential_instances", "CASCADE"),
    reference("user_id", "auth_users", "CASCADE", nullable=True),
    Column("code_verifier_ciphertext", LargeBinary()),
    Column("key_id", Text()),
    Column("redirect_uri", Text(), nullable=False),
    Column("scopes", Json, nullable=False),
    moment("created_at"),
    moment("expires_at"),
    moment("consumed_at", nullable=True),
    CheckConstraint("(code_verifier_ciphertext IS NULL) = (key_id IS NULL)", name="key_id"),
    Index(None, "expires_at"),  # retention
    info=lives(Expires()),
)

credential_bindings: Final = Table(
    "credential_bindings",
    metadata,
    Column("workflow_id", Text(), primary_key=True),
    Column("node_id", Text(), primary_key=True),
    Column("slot_key", Text(), primary_key=True),
    reference("instance_id", "credential_instances", "CASCADE"),
    moment("created_at"),
    moment("updated_at"),
    Index(None, "instance_id"),  # where a credential is used
    info=lives(PartOf("credential_instances")),
)

credential_test_results: Final = Table(
    "credential_test_results",
    metadata,
    key(),
    reference("instance_id", "credential_instances", "CASCADE"),
    Column("status", Text(), nullable=False),
    Column("message", Text()),
    Column("details", Json),
    moment("tested_at"),
    moment("expires_at"),
    one_of("status", "healthy", "failing", "unknown"),
    Index(None, "instance_id", "tested_at"),  # a credential's latest
    Index(None, "expires_at"),  # retention
    sqlite_autoincrement=True,
    info=lives(Expires()),
)
