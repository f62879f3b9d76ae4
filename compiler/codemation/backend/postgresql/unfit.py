"""Why a PostgreSQL database is not fit for a host: one error each, in the same words whoever finds it out.

A boot, a migration and `doctor` raise these; the driver's errors become them in `driver_errors`.
"""

from __future__ import annotations

from collections.abc import Sequence

from codemation.backend.errors import BackendError, DatabaseAuthenticationError
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.backend.postgresql import reasons
from codemation.runtime.form import Database
from codemation.text.redaction import mask_url

_MOST_NAMES = 3


def standby(database: Database) -> BackendError:
    """A replica, which only replays what its primary writes."""
    return MigrationFailedError(
        f"the server of {_named(database)} is a standby, which can only be read",
        "Name the primary; with several hosts in the URL `target_session_attrs=read-write` finds it.",
    )


def read_only(database: Database) -> BackendError:
    """`default_transaction_read_only`, of the server, the database or the role."""
    return reasons.READ_ONLY.error(reasons.READ_ONLY.says.format(_named(database)), reasons.READ_ONLY.help)


def may_not_create(user: str, schema: str) -> BackendError:
    """The role may not make tables, as every role since PostgreSQL 15 in the schema `public`."""
    return DatabaseAuthenticationError(
        f"the user {user} may not create tables in the schema {schema}",
        f'GRANT CREATE ON SCHEMA "{schema}" TO "{user}", or let another migrate.',
    )


def may_not_write(user: str, tables: Sequence[str]) -> BackendError:
    """The role may not read and write `tables` of ours."""
    more = f" and {len(tables) - _MOST_NAMES} more" if len(tables) > _MOST_NAMES else ""
    return DatabaseAuthenticationError(
        f"the user {user} may not read and write {', '.join(tables[:_MOST_NAMES])}{more}",
        "Grant SELECT, INSERT, UPDATE and DELETE on all of codemation's tables.",
    )


def encoding(database: Database, name: str) -> BackendError:
    """The database's encoding lacks characters that users write."""
    return MigrationFailedError(
        f"{_named(database)} stores text as {name}, which cannot hold every character",
        "Create the database with `ENCODING 'UTF8' TEMPLATE template0`, and copy what is in this one.",
    )


def _named(database: Database) -> str:
    return mask_url(database.url or "")
