"""Who may use the host. Names start with `auth_`: bare `users` and `sessions` collide in every shared database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from codemation.backend.tables.base import Expires, Kept, PartOf, key, lives, metadata, moment, one_of, reference

auth_users: Final = Table(
    "auth_users",
    metadata,
    key(),
    # As the host normalises it: two spellings of one address are its business.
    Column("email", Text(), nullable=False),
    Column("display_name", Text()),
    Column("password_hash", Text()),
    Column("status", Text(), nullable=False),
    moment("email_verified_at", nullable=True),
    moment("created_at"),
    moment("updated_at"),
    one_of("status", "invited", "active", "inactive"),
    UniqueConstraint("email"),
    sqlite_autoincrement=True,
    info=lives(Kept("one row for each person")),
)

auth_invites: Final = Table(
    "auth_invites",
    metadata,
    key(),
    reference("user_id", "auth_users", "CASCADE"),
    reference("invited_by_id", "auth_users", "SET NULL", nullable=True),
    Column("token_hash", Text(), nullable=False),
    moment("created_at"),
    moment("expires_at"),
    moment("accepted_at", nullable=True),
    moment("revoked_at", nullable=True),
    UniqueConstraint("token_hash"),
    Index(None, "user_id"),  # a user's invites
    Index(None, "expires_at"),  # retention
    sqlite_autoincrement=True,
    info=lives(Expires()),
)

auth_accounts: Final = Table(
    "auth_accounts",
    metadata,
    key(),
    reference("user_id", "auth_users", "CASCADE"),
    Column("provider", Text(), nullable=False),
    Column("provider_account_id", Text(), nullable=False),
    Column("email", Text()),
    moment("created_at"),
    moment("last_used_at", nullable=True),
    UniqueConstraint("provider", "provider_account_id"),  # who signs in
    Index(None, "user_id"),  # a user's accounts
    sqlite_autoincrement=True,
    info=lives(PartOf("auth_users")),
)

auth_sessions: Final = Table(
    "auth_sessions",
    metadata,
    key(),
    reference("user_id", "auth_users", "CASCADE"),
    Column("token_hash", Text(), nullable=False),
    Column("ip_address", Text()),
    Column("user_agent", Text()),
    moment("created_at"),
    moment("last_seen_at"),
    moment("expires_at"),
    UniqueConstraint("token_hash"),  # every request
    Index(None, "user_id"),  # a user's sessions, to end them
    Index(None, "expires_at"),  # retention
    sqlite_autoincrement=True,
    info=lives(Expires()),
)

auth_verification_tokens: Final = Table(
    "auth_verification_tokens",
    metadata,
    Column("token_hash", Text(), primary_key=True),
    # An address, not a user: it may be verified before there is one.
    Column("identifier", Text(), nullable=False),
    Column("purpose", Text(), nullable=False),
    moment("created_at"),
    moment("expires_at"),
    one_of("purpose", "sign_in", "verify_email", "reset_password"),
    Index(None, "expires_at"),  # retention
    info=lives(Expires()),
)
