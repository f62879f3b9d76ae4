"""People, credentials and workflows; and the log that records every revision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade(op: Operations) -> None:
    """Make the tables."""
    op.create_table(
        "codemation_revision_log",
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("applied_at", MOMENT, nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("program_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_codemation_revision_log"),
    )
    op.create_table(
        "auth_users",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("email_verified_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("status IN ('invited', 'active', 'inactive')", name="ck_auth_users_status"),
        sa.PrimaryKeyConstraint("id", name="pk_auth_users"),
        sa.UniqueConstraint("email", name="uq_auth_users_email"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "auth_verification_tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "purpose IN ('sign_in', 'verify_email', 'reset_password')", name="ck_auth_verification_tokens_purpose"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_auth_verification_tokens"),
    )
    op.create_index("ix_auth_verification_tokens_expires_at", "auth_verification_tokens", ["expires_at"], unique=False)
    op.create_table(
        "debugger_overlays",
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("state", JSON, nullable=False),
        sa.Column("copied_from_run_id", ID, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("workflow_id", name="pk_debugger_overlays"),
    )
    op.create_table(
        "trigger_setup_states",
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("state", JSON, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("workflow_id", "node_id", name="pk_trigger_setup_states"),
    )
    op.create_table(
        "workflow_snapshots",
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("length(content_hash) = 64", name="ck_workflow_snapshots_content_hash"),
        sa.PrimaryKeyConstraint("content_hash", name="pk_workflow_snapshots"),
    )
    op.create_index(
        "ix_workflow_snapshots_workflow_id_created_at",
        "workflow_snapshots",
        ["workflow_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "auth_accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_account_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["auth_users.id"], name="fk_auth_accounts_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_auth_accounts"),
        sa.UniqueConstraint("provider", "provider_account_id", name="uq_auth_accounts_provider_provider_account_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_auth_accounts_user_id", "auth_accounts", ["user_id"], unique=False)
    op.create_table(
        "auth_invites",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("invited_by_id", ID, nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["auth_users.id"], name="fk_auth_invites_invited_by_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["auth_users.id"], name="fk_auth_invites_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_auth_invites"),
        sa.UniqueConstraint("token_hash", name="uq_auth_invites_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_auth_invites_expires_at", "auth_invites", ["expires_at"], unique=False)
    op.create_index("ix_auth_invites_user_id", "auth_invites", ["user_id"], unique=False)
    op.create_table(
        "auth_sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_users.id"], name="fk_auth_sessions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_auth_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_auth_sessions_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_auth_sessions_expires_at", "auth_sessions", ["expires_at"], unique=False)
    op.create_index("ix_auth_sessions_user_id", "auth_sessions", ["user_id"], unique=False)
    op.create_table(
        "credential_instances",
        sa.Column("id", ID, nullable=False),
        sa.Column("credential_type", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("public_config", JSON, nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("setup_status", sa.Text(), nullable=False),
        sa.Column("created_by_id", ID, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "setup_status IN ('draft', 'ready', 'disabled')", name="ck_credential_instances_setup_status"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["auth_users.id"], name="fk_credential_instances_created_by_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_credential_instances"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "workflow_activations",
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_by_id", ID, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["auth_users.id"], name="fk_workflow_activations_changed_by_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("workflow_id", name="pk_workflow_activations"),
    )
    op.create_table(
        "credential_bindings",
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("slot_key", sa.Text(), nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["credential_instances.id"], name="fk_credential_bindings_instance_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workflow_id", "node_id", "slot_key", name="pk_credential_bindings"),
    )
    op.create_index("ix_credential_bindings_instance_id", "credential_bindings", ["instance_id"], unique=False)
    op.create_table(
        "credential_oauth2_states",
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("code_verifier_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("consumed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(code_verifier_ciphertext IS NULL) = (key_id IS NULL)", name="ck_credential_oauth2_states_key_id"
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["credential_instances.id"],
            name="fk_credential_oauth2_states_instance_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["auth_users.id"], name="fk_credential_oauth2_states_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("state_hash", name="pk_credential_oauth2_states"),
    )
    op.create_index("ix_credential_oauth2_states_expires_at", "credential_oauth2_states", ["expires_at"], unique=False)
    op.create_table(
        "credential_oauth2_tokens",
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("account_label", sa.Text(), nullable=True),
        sa.Column("access_token_expires_at", MOMENT, nullable=True),
        sa.Column("connected_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("schema_version > 0", name="ck_credential_oauth2_tokens_schema_version"),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["credential_instances.id"],
            name="fk_credential_oauth2_tokens_instance_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("instance_id", name="pk_credential_oauth2_tokens"),
    )
    op.create_table(
        "credential_secrets",
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("schema_version > 0", name="ck_credential_secrets_schema_version"),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["credential_instances.id"], name="fk_credential_secrets_instance_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instance_id", name="pk_credential_secrets"),
    )
    op.create_table(
        "credential_test_results",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("details", JSON, nullable=True),
        sa.Column("tested_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.CheckConstraint("status IN ('healthy', 'failing', 'unknown')", name="ck_credential_test_results_status"),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["credential_instances.id"],
            name="fk_credential_test_results_instance_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_credential_test_results"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_credential_test_results_expires_at", "credential_test_results", ["expires_at"], unique=False)
    op.create_index(
        "ix_credential_test_results_instance_id_tested_at",
        "credential_test_results",
        ["instance_id", "tested_at"],
        unique=False,
    )


def downgrade(op: Operations) -> None:
    """Drop them, with all their rows."""
    op.drop_table("credential_test_results")
    op.drop_table("credential_secrets")
    op.drop_table("credential_oauth2_tokens")
    op.drop_table("credential_oauth2_states")
    op.drop_table("credential_bindings")
    op.drop_table("workflow_activations")
    op.drop_table("credential_instances")
    op.drop_table("auth_sessions")
    op.drop_table("auth_invites")
    op.drop_table("auth_accounts")
    op.drop_table("workflow_snapshots")
    op.drop_table("trigger_setup_states")
    op.drop_table("debugger_overlays")
    op.drop_table("auth_verification_tokens")
    op.drop_table("auth_users")
    op.drop_table("codemation_revision_log")
