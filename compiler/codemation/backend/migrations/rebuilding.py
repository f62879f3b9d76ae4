"""SQLite: what is looked after while a revision may make tables anew, foreign keys being off.

Rows that would refer to nothing fail the revision. What somebody has added to a table would go with it: indexes and
triggers are made again, and where a column would be lost, the revision fails.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection

from codemation.backend.migrations.additions import Addition, Made, additions
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.backend.migrations.history_queries import Query, table_names
from codemation.text.redaction import redact

_WRITES: Final = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE, sqlite3.SQLITE_DROP_TABLE}
_REFERENCES: Final = """
    SELECT m.name, f."table" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
"""


@contextmanager
def looked_after(connection: Connection, made: Made) -> Iterator[None]:
    """Look after our tables while a revision is done within the transaction of `connection`.

    Raises:
        MigrationFailedError: a column that is not ours would be lost.
        ValueError: rows refer to rows that are gone.

    """
    query = _query(connection)
    ours = made.columns.keys()
    before = additions(query, "sqlite", ours & table_names(query, "sqlite"), made)
    with _written(connection) as written:
        yield
    there = ours & table_names(query, "sqlite")
    _restore(connection, before, additions(query, "sqlite", there, made), there)
    _check_references(query, written, there)


@contextmanager
def _written(connection: Connection) -> Iterator[set[str]]:
    """The names of the tables that statements write, as SQLite asks whether they may."""
    driver: Any = connection.connection.driver_connection
    names: set[str] = set()

    def allow(action: int, first: str | None, second: str | None, *_: object) -> int:
        if action in _WRITES and first:
            names.add(first)
        if action == sqlite3.SQLITE_ALTER_TABLE and second:
            names.add(second)
        return sqlite3.SQLITE_OK

    driver.set_authorizer(allow)
    try:
        yield names
    finally:
        driver.set_authorizer(None)


def _restore(
    connection: Connection, before: Collection[Addition], after: Collection[Addition], there: Collection[str]
) -> None:
    lost = [it for it in before if it not in after and it.table in there]
    if columns := [it for it in lost if it.kind == "column"]:
        named = ", ".join(redact(str(it)) for it in columns)
        message = f"{named} would be lost: the table is made anew, and that is not codemation's"
        raise MigrationFailedError(message, "Move it into a table of your own, drop it here, and try again.")
    for it in lost:
        if it.sql is not None:
            connection.exec_driver_sql(it.sql)


def _check_references(query: Query, written: Collection[str], there: Collection[str]) -> None:
    """Only of what was written, and of what refers to it: reading all would take long, with the lock held."""
    referring = {table for table, target in query(_REFERENCES) if target in written} if written else set()
    # Another application's tables may be large, and are not ours to judge.
    looked_at = sorted((referring | {*written}) & {*there})
    if broken := [table for table in looked_at if query(f"PRAGMA foreign_key_check({table})")]:
        message = f"rows of {', '.join(broken)} refer to rows that are gone"
        raise ValueError(message)


def _query(connection: Connection) -> Query:
    return lambda statement: connection.exec_driver_sql(statement).all()
