"""What somebody has added to our tables: found out by reading, since it goes where a table goes.

Facts are of sqlite.org's `schematab.html` and `pragma.html`, and of PostgreSQL's chapter "System Catalogs".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from codemation.backend.migrations.history_queries import Query

_SQLITE_COLUMNS: Final = """
    SELECT 'column', c.name, m.name, NULL FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c
    WHERE m.type = 'table' AND m.name IN ({tables})
"""
_SQLITE_PARTS: Final = """
    SELECT type, name, tbl_name, sql FROM sqlite_master
    WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name IN ({tables})
"""
_SQLITE_REFERRING: Final = """
    SELECT DISTINCT 'table', m.name, f."table", NULL FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
    WHERE m.type = 'table' AND f."table" IN ({tables})
"""
_SQLITE_READING: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('view', 'trigger')"
_POSTGRESQL: Final = """
    WITH t AS (SELECT oid, relname FROM pg_catalog.pg_class
               WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relname IN ({tables}))
    SELECT 'column', a.attname, t.relname FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid
    WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION SELECT 'index', c.relname, t.relname FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = c.oid AND k.conrelid = t.oid)
    UNION SELECT 'constraint', k.conname, t.relname FROM t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid
    WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')
    UNION SELECT 'trigger', g.tgname, t.relname FROM t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid
    WHERE NOT g.tgisinternal
    UNION SELECT 'policy', p.polname, t.relname FROM t JOIN pg_catalog.pg_policy p ON p.polrelid = t.oid
    UNION SELECT 'rule', r.rulename, t.relname FROM t JOIN pg_catalog.pg_rewrite r ON r.ev_class = t.oid
    UNION SELECT 'view', v.oid::regclass::text, t.relname FROM t
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = t.oid
    JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
    JOIN pg_catalog.pg_class v ON v.oid = r.ev_class AND v.oid <> t.oid
    UNION SELECT 'table', o.oid::regclass::text, t.relname FROM t
    JOIN pg_catalog.pg_constraint k ON k.contype = 'f' AND k.confrelid = t.oid
    JOIN pg_catalog.pg_class o ON o.oid = k.conrelid
"""
_WORDS: Final = {
    "column": "column {name} of {table}",
    "view": "view {name}, which reads {table}",
    "outer trigger": "trigger {name}, which names {table}",
    "table": "table {name}, which refers to {table}",
}


class Made(NamedTuple):
    """What the history makes, in whatever revision: its tables with their columns, and its names of other things."""

    columns: Mapping[str, Collection[str]]
    names: Collection[str]


class Addition(NamedTuple):
    """A thing that is not ours: on `table`, or reading it, or referring to it. `sql` makes it anew (on SQLite)."""

    kind: str
    name: str
    table: str
    sql: str | None = None

    @property
    def outlives(self) -> bool:
        """Whether it is no part of the table: PostgreSQL then does not drop the table, SQLite leaves the thing."""
        return self.kind in {"view", "table", "outer trigger"}

    def __str__(self) -> str:
        """The thing in words."""
        return _WORDS.get(self.kind, "{kind} {name} on {table}").format(**self._asdict())


def additions(query: Query, dialect: str, tables: Collection[str], made: Made) -> tuple[Addition, ...]:
    """What is not ours on `tables`, which are."""
    listed = ", ".join(f"'{table}'" for table in sorted(tables))
    if not listed:
        return ()
    found = _on_sqlite(query, listed, tables) if dialect == "sqlite" else _on_postgresql(query, listed)
    return tuple(sorted(it for it in set(found) if not _is_ours(it, made)))


def _is_ours(found: Addition, made: Made) -> bool:
    match found.kind:
        case "column":
            return found.name in made.columns[found.table]
        case "table":
            return found.name in made.columns
        case "index" | "constraint":
            return found.name in made.names
        case _:
            return False


def _on_sqlite(query: Query, listed: str, tables: Collection[str]) -> Iterator[Addition]:
    for statement in (_SQLITE_COLUMNS, _SQLITE_PARTS, _SQLITE_REFERRING):
        yield from (Addition(*row) for row in query(statement.format(tables=listed)))
    # Nothing but their text tells what views and triggers name.
    named = re.compile(rf"\b({'|'.join(map(re.escape, sorted(tables)))})\b", re.IGNORECASE)
    for kind, name, on, sql in query(_SQLITE_READING):
        if on not in tables:
            reads = "view" if kind == "view" else "outer trigger"
            yield from (Addition(reads, name, table.lower()) for table in named.findall(sql))


def _on_postgresql(query: Query, listed: str) -> Iterator[Addition]:
    return (Addition(*row) for row in query(_POSTGRESQL.format(tables=listed)))
