"""A write to PostgreSQL, tried in a transaction that is rolled back."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from codemation.backend.doctor.check import Finding, NotToldError, failed, ok
from codemation.backend.doctor.postgresql import locks
from codemation.backend.errors import DatabaseLockedError
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE
from codemation.backend.postgresql import unfit

if TYPE_CHECKING:
    from codemation.backend.doctor.postgresql.server import Server

_FROM: Final = """
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema()
"""
_TABLES: Final = f"{_FROM} AND c.relkind IN ('r', 'p') AND c.relname = ANY(%s)"
_NOT_WRITTEN: Final = f"""
    SELECT c.relname {_TABLES} AND NOT (
        has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
        AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
    ORDER BY 1
"""
_NOT_OWNED: Final = f"SELECT c.relname {_TABLES} AND NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1"
# CASE, because a planner may ask in another order, and of what is no sequence that is an error.
_NOT_NUMBERED: Final = f"""
    SELECT c.relname {_FROM}
        AND CASE c.relkind WHEN 'S' THEN NOT has_sequence_privilege(c.oid, 'USAGE') END AND EXISTS (
        SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
        WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND t.relname = ANY(%s))
    ORDER BY 1
"""  # noqa: S608


def tried(server: Server, *, makes_tables: bool) -> Finding:
    """What became of it; `makes_tables`: as a migration does, else as a host does.

    Raises:
        BackendError: a host would fail with that.

    """
    facts = server.facts
    if facts.standby:
        raise unfit.standby(server.database)
    if facts.read_only:
        raise unfit.read_only(server.database)
    if makes_tables and not facts.may_create:
        raise unfit.may_not_create(facts.user, facts.schema)
    _refuse_missing_rights(server, makes_tables=makes_tables)
    try:
        with server.transaction():
            server.ask(_making() if makes_tables else _UPDATE)
    except NotToldError as error:
        return failed(f"a write was tried, and {error}", "Ask whoever runs the server; its log says more.")
    except DatabaseLockedError as error:
        locked = error
    else:
        what = "a table was made" if makes_tables else "a row was written"
        return ok(f"{what}, and rolled back, as {facts.user} in the schema {facts.schema}")
    raise locks.with_holders(server, locked, VERSION_TABLE)


def _refuse_missing_rights(server: Server, *, makes_tables: bool) -> None:
    from codemation.backend.tables import metadata  # noqa: PLC0415  (imports SQLAlchemy)

    user = server.facts.user
    names = [*metadata.tables, VERSION_TABLE, LOG_TABLE]
    if makes_tables and (foreign := _names(server, _NOT_OWNED, names)):
        raise unfit.may_not_alter(user, foreign)
    if lacking := _names(server, _NOT_WRITTEN, names):
        raise unfit.may_not_write(user, lacking)
    if lacking := _names(server, _NOT_NUMBERED, names):
        raise unfit.may_not_number(user, lacking, server.facts.schema)


def _names(server: Server, query: str, names: list[str]) -> list[Any]:
    return [name for (name,) in server.ask(query, [names])]


_UPDATE: Final = f"UPDATE {VERSION_TABLE} SET version_num = version_num"  # noqa: S608
"""Writes a row, and draws no number: a sequence would not give it back."""


def _making() -> str:
    name = f"codemation_doctor_{secrets.token_hex(4)}"
    return f"CREATE TABLE {name} (id BIGINT PRIMARY KEY); INSERT INTO {name} VALUES (1)"  # noqa: S608
