"""Why a PostgreSQL database is not fit for a host: one error each, in the same words whoever finds it out.

A boot, a migration and `doctor` raise these; the driver's errors become them in `driver_errors`.
"""

from __future__ import annotations

from collections.abc import Sequence

from codemation.backend.errors import (
    BackendError,
    DatabaseAuthenticationError,
    DatabaseNotReadyError,
    DatabaseUnreachableError,
)
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.backend.postgresql import reasons
from codemation.runtime.form import Database
from codemation.text.amounts import first_of
from codemation.text.redaction import mask_url

_MOST_NAMES = 3

STATEMENT_POOLING = "not allowed in statement pooling mode"
"""What PgBouncer says of a transaction (its `src/client.c`), before it closes the connection."""


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


def may_not_use(user: str, schema: str) -> BackendError:
    """The role may not look into the schema, so that nothing of it seems to be there."""
    return DatabaseAuthenticationError(
        f"the user {user} may not use the schema {schema}",
        f'GRANT USAGE ON SCHEMA "{schema}" TO "{user}", or name another schema in the `search_path`.',
    )


def may_not_alter(user: str, tables: Sequence[str]) -> BackendError:
    """The role may not change `tables` of ours, as whoever migrates has to: only their owner may."""
    return DatabaseAuthenticationError(
        f"the user {user} does not own {first_of(tables, _MOST_NAMES)}, and so cannot migrate",
        f'Let their owner migrate, or make the user one of the owner\'s: `GRANT owner TO "{user}"`.',
    )


def may_not_number(user: str, sequences: Sequence[str], schema: str) -> BackendError:
    """The role may not draw numbers for new rows."""
    return DatabaseAuthenticationError(
        f"the user {user} may not use {first_of(sequences, _MOST_NAMES)}, which number new rows",
        f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA "{schema}" TO "{user}".',
    )


def may_not_write(user: str, tables: Sequence[str]) -> BackendError:
    """The role may not read and write `tables` of ours."""
    return DatabaseAuthenticationError(
        f"the user {user} may not read and write {first_of(tables, _MOST_NAMES)}",
        "Grant SELECT, INSERT, UPDATE and DELETE on all of codemation's tables; a host that only reads boots with "
        "`read_only=True`.",
    )


def encoding(database: Database, name: str) -> BackendError:
    """The database holds the characters of one language or continent only, or bytes of any kind."""
    if name == "SQL_ASCII":
        what = "stores bytes of any encoding unchecked (SQL_ASCII), so that texts may come back as others"
    else:
        what = f"stores texts as {name}, which has no place for most of the world's characters"
    return MigrationFailedError(
        f"{_named(database)} {what}",
        "Make another one, `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`, and name that.",
    )


def pooled_by_statement(database: Database) -> BackendError:
    """A pooler gives each statement another connection: there are no transactions."""
    return DatabaseUnreachableError(
        f"the pooler before {_named(database)} allows no transactions: it is in statement pooling mode",
        "Set `pool_mode = transaction` (or `session`) for this database in pgbouncer.ini.",
    )


def no_answer(database: Database, seconds: float) -> BackendError:
    """A connection came about, and nothing else."""
    return DatabaseNotReadyError(
        f"what accepts connections for {_named(database)} does not answer within {seconds:.0f} s",
        "A pooler's log says why: the server behind it is down, or has no connection free for it. Without one, see who "
        "holds a lock on codemation's tables (`pg_stat_activity`). `connectTimeoutSeconds` says how long to wait.",
    )


def unreadable(database: Database, said: str) -> BackendError:
    """The role may not read the tables that say where the database is, or something is in their place."""
    return DatabaseAuthenticationError(
        f"the history of {_named(database)} cannot be read: {said}",
        "Grant the user SELECT, INSERT, UPDATE and DELETE on all of codemation's tables, or name one who has it.",
    )


def unclear(database: Database, said: str) -> BackendError:
    """The server answers, but not as PostgreSQL does."""
    return DatabaseUnreachableError(
        f"the server of {_named(database)} does not say what it is: {said}",
        "Name a PostgreSQL server, of version 10 or newer.",
    )


def _named(database: Database) -> str:
    return mask_url(database.url or "")
