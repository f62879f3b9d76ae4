"""What is read of a database to know where it is. This module imports no driver: it is handed a way to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

from codemation.backend.errors import DatabaseUnreachableError
from codemation.backend.migrations import revisions
from codemation.backend.migrations.history_check import Applied, RecordedHistory
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE
from codemation.backend.postgresql import unfit

Dialect: TypeAlias = Literal["sqlite", "postgresql"]
DIALECTS: Final[tuple[Dialect, ...]] = ("sqlite", "postgresql")

Query: TypeAlias = Callable[[str], Sequence[Sequence[Any]]]
"""Executes one statement without parameters and returns its rows."""

ADVISORY_KEY: Final = int.from_bytes(b"codematn", "big")
"""PostgreSQL's advisory lock that whoever migrates a database holds."""

_SQLITE_TABLES: Final = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'"
# An extension's tables (PostGIS's `spatial_ref_sys`) are nobody's data.
_POSTGRESQL_TABLES: Final = """
    SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""
_UNDEFINED_COLUMN: Final = "42703"
_SQLITE_ERROR: Final = 1
"""`sqlite3.SQLITE_ERROR`: a host of PostgreSQL does without that module."""
# SQLite's names of tables and indexes are one set, and none is told from another by its case.
_TAKEN: Final = {
    "sqlite": "SELECT lower(name) FROM sqlite_master",
    "postgresql": """
        SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema()
        UNION SELECT t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = current_schema()
    """,
}
_TABLES: Final = {"sqlite": _SQLITE_TABLES, "postgresql": _POSTGRESQL_TABLES}
_VERSIONS: Final = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608
_LOG: Final = f"SELECT revision, checksum, applied_at, duration_ms, program_version FROM {LOG_TABLE} ORDER BY revision"  # noqa: S608

ONLY_CURRENT_SCHEMA: Final = (
    "SELECT set_config('search_path', coalesce(quote_ident(current_schema()), ''), true), "
    "set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true), "
    # Of PostgreSQL 17 and later. The clock that began with the transaction stops.
    "CASE WHEN current_setting('transaction_timeout', true) IS NOT NULL "
    "THEN set_config('transaction_timeout', '0', true) END, "
    "set_config('datestyle', 'ISO', true)"
)
"""PostgreSQL: look and change nowhere else in this transaction; another schema may hold another codemation.

A role's limits of time are not meant for a revision, which would never be done; and psycopg reads ISO dates only. All
of it ends with the transaction, as behind a transaction pooler it must.
"""

_HEAD: Final = f"FROM {VERSION_TABLE} v LEFT JOIN {LOG_TABLE} l ON true ORDER BY l.revision"
# Where a table of that name is only in another schema of `search_path`, that one is somebody else's.
_HERE: Final = "to_regclass(quote_ident(current_schema()) || '.{}')"
AT_HEAD: Final = {
    "sqlite": f"SELECT v.version_num, 1, l.revision, l.checksum {_HEAD}",
    "postgresql": (
        f"SELECT v.version_num, v.tableoid = {_HERE.format(VERSION_TABLE)} AND l.tableoid = {_HERE.format(LOG_TABLE)},"
        f" l.revision, l.checksum {_HEAD}"
    ),
}
"""Asks, in one statement, for all that `is_head` wants to know. It fails where a table is missing."""


def is_head(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether what `AT_HEAD` found says that nothing is pending; `False` also for whatever needs a closer look."""
    known = revisions.KNOWN
    wanted = [(known[-1][0], True, revision, checksum) for revision, checksum in known]
    return [(version, bool(here), *rest) for version, here, *rest in rows] == wanted


def table_names(query: Query, dialect: str) -> frozenset[str]:
    """The names of all tables and views that are someone's; on PostgreSQL those of the current schema."""
    return frozenset(name for (name,) in query(_TABLES[dialect]))


def read_history(query: Query, dialect: str) -> RecordedHistory:
    """Everything that says where the database is; within one transaction, so that it is one state.

    Raises:
        DatabaseUnreachableError: on PostgreSQL there is no current schema, or it does not stay, or is the server's own.
        DatabaseAuthenticationError: on PostgreSQL the role may not use the schema.

    """
    names = table_names(query, dialect)
    if names.isdisjoint({VERSION_TABLE, LOG_TABLE}):
        if dialect == "postgresql":
            _refuse_nowhere(query)
        return RecordedHistory(names, (), (), taken=frozenset(name for (name,) in query(_TAKEN[dialect])))
    table = VERSION_TABLE
    log: Sequence[Applied] = ()
    try:
        versions = [_text(version) for (version,) in query(_VERSIONS)] if VERSION_TABLE in names else []
        table = LOG_TABLE
        if LOG_TABLE in names:
            log = [
                Applied(_text(revision), _text(checksum), _moment(at), duration, _text(program))
                for revision, checksum, at, duration, program in query(_LOG)
            ]
    except Exception as error:
        if not _is_other(error):
            raise
        return RecordedHistory(names, (), (), odd=table)
    return RecordedHistory(names, tuple(versions), tuple(log))


# The path that a session began with: `ONLY_CURRENT_SCHEMA` has narrowed the one in force.
_CLOSED: Final = """
    SELECT current_user, n.nspname FROM pg_catalog.pg_settings s,
        unnest(string_to_array(s.reset_val, ',')) WITH ORDINALITY AS path(part, place),
        pg_catalog.pg_namespace n
    WHERE s.name = 'search_path' AND NOT has_schema_privilege(n.oid, 'USAGE')
        AND n.nspname = CASE trim(part, ' "') WHEN '$user' THEN current_user ELSE trim(part, ' "') END
    ORDER BY place
"""


def _refuse_nowhere(query: Query) -> None:
    ((schema,),) = query("SELECT current_schema()")
    if schema is None:
        for user, closed in query(_CLOSED):
            raise unfit.may_not_use(user, closed)
        message = "no schema of the database's `search_path` is there"
        raise DatabaseUnreachableError(message, "Create the schema, or correct the `search_path`.")
    if schema.startswith("pg_temp"):
        message = "the first schema of the database's `search_path` is the temporary one, which ends with a connection"
        raise DatabaseUnreachableError(message, "Name a schema that stays in the `search_path`.")
    if schema.startswith("pg_") or schema == "information_schema":
        message = f"the first schema of the database's `search_path` that is there is PostgreSQL's own, {schema}"
        raise DatabaseUnreachableError(message, "Name a schema of your own before it in the `search_path`.")


def _is_other(error: Exception) -> bool:
    """Whether a table has the name of one of ours, but not its columns or not its kind of values."""
    cause = getattr(error, "orig", error)
    if type(cause).__module__ == "sqlite3" and type(cause).__name__ == "OperationalError":
        # A column or what a view selects from is missing; or (without a code) a text is none.
        return bool(getattr(cause, "sqlite_errorcode", _SQLITE_ERROR) == _SQLITE_ERROR)
    state = getattr(cause, "sqlstate", None)
    # psycopg's own `DataError`, a moment that Python's type cannot hold, comes without a state.
    unreadable = state is None and type(cause).__name__ == "DataError"
    return isinstance(error, (TypeError, ValueError, ArithmeticError)) or state == _UNDEFINED_COLUMN or unreadable


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _moment(value: Any) -> datetime:
    """A moment as a driver hands it over: SQLite's is text.

    Raises:
        TypeError, ValueError: it is none.

    """
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
