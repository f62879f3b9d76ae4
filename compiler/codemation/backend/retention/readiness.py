"""Whether a database may be pruned: ours, and up to date."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Engine

from codemation.backend.inspection import history_through
from codemation.backend.migrations.history_check import checked, refuse_pending
from codemation.backend.migrations.history_queries import ONLY_CURRENT_SCHEMA, read_history
from codemation.backend.migrations.revisions import revisions

LOOK_SECONDS: Final = 5
"""How long a look waits for who has locked a table (PostgreSQL): a migration, for one."""

_LIMITS: Final = f"{ONLY_CURRENT_SCHEMA}, set_config('lock_timeout', '{LOOK_SECONDS}s', true)"


def refuse_unready(engine: Engine) -> None:
    """Refuse a database that is not ours, or not up to date.

    Raises:
        BackendError: which of them it is.
        sqlalchemy.exc.DBAPIError: it cannot be read, or somebody has locked it.

    """
    if engine.dialect.name == "sqlite":
        found = history_through(engine)
    else:
        with engine.connect() as connection, connection.begin():
            limit(connection)
            found = read_history(lambda statement: connection.exec_driver_sql(statement).all(), "postgresql")
    refuse_pending(checked(found, revisions()))


def limit(connection: Connection) -> None:
    """Let a PostgreSQL transaction wait for locks only so long."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_LIMITS).close()
