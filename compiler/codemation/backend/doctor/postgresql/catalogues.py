"""The tables of the current schema, by PostgreSQL's catalogues: three queries, of PostgreSQL 10 and later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from codemation.backend.doctor.relations import Column, Relation, checks, foreign_key, index, primary_key, unique

Ask: TypeAlias = Callable[[str], Sequence[Sequence[Any]]]

_OURS: Final = "n.nspname = current_schema() AND c.relkind IN ('r', 'p')"
_COLUMNS: Final = f"""
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
        a.atthasdef OR a.attidentity <> ''
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    WHERE {_OURS} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum
"""  # noqa: S608  (constants)
_NAMES_OF: Final = """
    ARRAY(SELECT a.attname::text FROM unnest({keys}) WITH ORDINALITY k(attnum, place)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = {table} AND a.attnum = k.attnum ORDER BY k.place)
"""
# A constraint that is not validated holds for new rows only.
_CONSTRAINTS: Final = f"""
    SELECT c.relname, o.contype::text, o.conname, {_NAMES_OF.format(keys="o.conkey", table="o.conrelid")},
        f.relname, {_NAMES_OF.format(keys="o.confkey", table="o.confrelid")}, o.confdeltype::text
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_constraint o ON o.conrelid = c.oid
    LEFT JOIN pg_catalog.pg_class f ON f.oid = o.confrelid
    WHERE {_OURS} AND o.contype IN ('p', 'u', 'f', 'c') AND o.convalidated
"""  # noqa: S608
_INDEXES: Final = f"""
    SELECT c.relname, i.relname, {_NAMES_OF.format(keys="x.indkey::int2[]", table="x.indrelid")},
        x.indisunique, x.indpred IS NOT NULL
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_index x ON x.indrelid = c.oid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    WHERE {_OURS} AND x.indisvalid
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint o WHERE o.conindid = x.indexrelid AND o.contype <> 'f')
"""  # noqa: S608
_ACTIONS: Final = {"a": None, "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def relations(ask: Ask) -> Mapping[str, Relation]:
    """The tables, by name. Indexes that are invalid and constraints that are not validated do not count."""
    columns: dict[str, dict[str, Column]] = {}
    for table, name, kind, nullable, default in ask(_COLUMNS):
        columns.setdefault(table, {})[name] = Column(kind, nullable, default)
    constraints: dict[str, set[str]] = {}
    for table, *parts in ask(_CONSTRAINTS):
        constraints.setdefault(table, set()).add(_constraint(parts))
    indexes: dict[str, dict[str, str]] = {}
    for table, name, names, is_unique, partial in ask(_INDEXES):
        indexes.setdefault(table, {})[name] = index(names, is_unique=is_unique, partial=partial)
    return {
        table: Relation(found, frozenset(constraints.get(table, ())), indexes.get(table, {}))
        for table, found in columns.items()
    }


def _constraint(parts: Sequence[Any]) -> str:
    kind, name, columns, table, referred, action = parts
    if kind == "p":
        return primary_key(columns)
    if kind == "u":
        return unique(columns)
    return checks(name) if kind == "c" else foreign_key(columns, table, referred, _ACTIONS.get(action))
