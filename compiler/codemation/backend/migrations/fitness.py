"""Whether a PostgreSQL database lets itself be migrated: asked before anything is done to it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection

from codemation.backend.migrations.history_queries import ONLY_CURRENT_SCHEMA
from codemation.backend.postgresql import unfit
from codemation.runtime.form import Database

_ASKED: Final = """
    SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
        has_schema_privilege(current_schema(), 'CREATE'), current_user, current_schema()
"""


def refuse_unfit(connection: Connection, *, creates: bool) -> None:
    """Refuse a server that only lets read, and where anything is to be made, a role that may not.

    Raises:
        MigrationFailedError: a standby, or `default_transaction_read_only`.
        DatabaseAuthenticationError: the role lacks the right to create; it names the GRANT.

    """
    connection.exec_driver_sql(ONLY_CURRENT_SCHEMA)
    standby, read_only, may_create, user, schema = connection.exec_driver_sql(_ASKED).one()
    if standby:
        raise unfit.standby(_database(connection))
    if read_only:
        raise unfit.read_only(_database(connection))
    if creates and not may_create:
        raise unfit.may_not_create(user, schema)


def _database(connection: Connection) -> Database:
    """The database by what its connection says: an engine does not know its URL."""
    driver: Any = connection.connection.driver_connection
    info = driver.info
    host = f"[{info.host}]" if ":" in info.host else info.host
    if host.startswith("/"):
        return _named(f"postgresql://{quote(info.user)}@/{quote(info.dbname)}?host={quote(host)}&port={info.port}")
    return _named(f"postgresql://{quote(info.user)}@{host}:{info.port}/{quote(info.dbname)}")


def _named(url: str) -> Database:
    return Database(kind="postgresql", url=url)
