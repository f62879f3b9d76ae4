"""Reading where a database is: by one read where nothing is pending."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from codemation.backend import locks, revisions
from codemation.backend.history import Applied, Found
from codemation.backend.revisions import LOG_TABLE, VERSION_TABLE
from codemation.backend.sqlite import READONLY, TABLES

# Where a table of that name is only in another schema of `search_path`, that one is somebody else's.
_POSTGRESQL_HEAD: Final = f"""
    SELECT version_num, tableoid = to_regclass(quote_ident(current_schema()) || '.{VERSION_TABLE}') FROM {VERSION_TABLE}
"""  # noqa: S608
_SQLITE_HEAD: Final = f"SELECT version_num, 1 FROM {VERSION_TABLE}"  # noqa: S608
_VERSIONS: Final = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608
_LOG: Final = f"SELECT revision, checksum, applied_at, duration_ms, program_version FROM {LOG_TABLE} ORDER BY revision"  # noqa: S608
# An extension's tables (PostGIS's `spatial_ref_sys`) are nobody's data.
_POSTGRESQL_TABLES: Final = """
    SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""


def at_head(connection: Connection) -> bool:
    """Whether nothing is pending, by one read; `False` also for whatever needs a closer look.

    Leaves `connection` without a transaction where there is no version table.
    """
    query = _SQLITE_HEAD if connection.dialect.name == "sqlite" else _POSTGRESQL_HEAD
    try:
        rows = connection.exec_driver_sql(query).all()
    except (OperationalError, ProgrammingError):
        connection.rollback()
        return False
    return [(version, bool(here)) for version, here in rows] == [(revisions.HEAD, True)]


def engine_at_head(engine: Engine) -> bool:
    """As `at_head`, on a connection of its own."""
    # Without a transaction: on PostgreSQL its BEGIN would be a round trip of its own.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return at_head(connection)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection whose transaction sees one state, whoever migrates meanwhile, and the current schema only."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(**{READONLY: True}) as connection:
            yield connection
        return
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        connection.execute(locks.ONLY_CURRENT_SCHEMA)
        yield connection


def found(connection: Connection) -> Found:
    """Everything that says where the database is; within a transaction of `reading` or of the lock."""
    query = TABLES if connection.dialect.name == "sqlite" else _POSTGRESQL_TABLES
    names = frozenset(connection.exec_driver_sql(query).scalars())
    versions: Sequence[str] = ()
    log: Sequence[Applied] = ()
    if VERSION_TABLE in names:
        versions = connection.exec_driver_sql(_VERSIONS).scalars().all()
        if LOG_TABLE in names:
            rows = connection.exec_driver_sql(_LOG)
            log = [Applied(revision, checksum, _moment(at), *rest) for revision, checksum, at, *rest in rows]
    return Found(names, tuple(versions), tuple(log))


def _moment(value: Any) -> datetime:
    """A moment as a driver hands it over: SQLite's is text."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    moment: datetime = value
    return moment.astimezone(UTC)
