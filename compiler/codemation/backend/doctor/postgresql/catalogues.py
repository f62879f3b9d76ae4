"""The tables of the current schema, by PostgreSQL's catalogues: three queries, of PostgreSQL 10 and later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from codemation.backend.doctor.relations import (
    AGAIN,
    UNLESS,
    Column,
    Instead,
    Relation,
    checks,
    foreign_key,
    index,
    literal,
    primary_key,
    the_index,
    unique,
)

if TYPE_CHECKING:
    from codemation.backend.doctor.postgresql.server import Server

Ask: TypeAlias = Callable[[str], Sequence[Sequence[Any]]]

_OURS: Final = "n.nspname = current_schema() AND c.relkind IN ('r', 'p')"
_COLUMNS: Final = f"""
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
        CASE WHEN a.attidentity <> '' THEN 'nextval(' ELSE pg_get_expr(d.adbin, d.adrelid) END
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE {_OURS} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum
"""  # noqa: S608  (constants)
_NAMES_OF: Final = """
    ARRAY(SELECT a.attname::text FROM unnest({keys}) WITH ORDINALITY k(attnum, place)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = {table} AND a.attnum = k.attnum ORDER BY k.place)
"""
_CONSTRAINTS: Final = f"""
    SELECT c.relname, o.contype::text, o.conname, {_NAMES_OF.format(keys="o.conkey", table="o.conrelid")},
        f.relname, {_NAMES_OF.format(keys="o.confkey", table="o.confrelid")}, o.confdeltype::text,
        CASE WHEN o.convalidated THEN NULL
            WHEN to_jsonb(o) ->> 'conenforced' = 'false' THEN format('ALTER CONSTRAINT %I ENFORCED', o.conname)
            ELSE format('VALIDATE CONSTRAINT %I', o.conname) END
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_constraint o ON o.conrelid = c.oid
    LEFT JOIN pg_catalog.pg_class f ON f.oid = o.confrelid
    WHERE {_OURS} AND o.contype IN ('p', 'u', 'f', 'c', 'x')
"""  # noqa: S608
_INDEXES: Final = f"""
    SELECT c.relname, i.relname, {_NAMES_OF.format(keys="x.indkey::int2[]", table="x.indrelid")},
        x.indisunique, x.indpred IS NOT NULL, x.indisvalid, m.amname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_index x ON x.indrelid = c.oid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid = i.relam
    WHERE {_OURS}
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint o WHERE o.conindid = x.indexrelid AND o.contype <> 'f')
"""  # noqa: S608
_ACTIONS: Final = {"a": None, "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


_INSTEAD: Final = """
    SELECT c.relname, n.nspname, c.relkind::text, n.nspname = current_schema()
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = ANY(%s) AND (n.nspname = current_schema() OR c.relkind IN ('r', 'p'))
    ORDER BY 4, 2
"""
_KINDS: Final = {"v": "view", "m": "materialized view", "f": "foreign table", "S": "sequence", "i": "index"}


def instead(server: Server, tables: list[str]) -> Mapping[str, Instead]:
    """What there is in place of tables that are missing; what has their name and their schema counts more."""
    found: dict[str, Instead] = {}
    for table, schema, kind, here in server.ask(_INSTEAD, [tables]):
        if here:
            what = _KINDS.get(kind, "relation of another kind")
            renamed = f"ALTER {_KINDS.get(kind, 'table').upper()} {table} RENAME TO …; {AGAIN}"
            found[table] = Instead(f"a {what} has its name", renamed)
        else:
            moved = f'ALTER TABLE "{schema}".{table} SET SCHEMA "{server.facts.schema}", if that is it.'
            found[table] = Instead(f"the schema {schema} has one", moved)
    return found


def relations(ask: Ask) -> Mapping[str, Relation]:
    """The tables, by name. Indexes that are invalid and constraints that are not validated are unfinished."""
    columns: dict[str, dict[str, Column]] = {}
    for table, name, kind, nullable, default in ask(_COLUMNS):
        columns.setdefault(table, {})[name] = Column(kind, nullable, _default(default))
    constraints: dict[str, set[str]] = {table: set() for table in columns}
    indexes: dict[str, dict[str, str]] = {table: {} for table in columns}
    unfinished: dict[str, dict[str, str]] = {table: {} for table in columns}
    extra: dict[str, dict[str, str]] = {table: {} for table in columns}
    for table, *parts, finishing in ask(_CONSTRAINTS):
        words = _constraint(parts)
        extra[table][words] = f"ALTER TABLE {table} DROP CONSTRAINT {parts[1]}{UNLESS}"
        if finishing is None:
            constraints[table].add(words)
        else:
            unfinished[table][words] = f"ALTER TABLE {table} {finishing}."
    for table, name, names, is_unique, partial, valid, method in ask(_INDEXES):
        if is_unique:
            extra[table][the_index(name)] = f"DROP INDEX {name}{UNLESS}"
        if valid:
            using = "" if method == "btree" else f" USING {method}"
            indexes[table][name] = f"{index(names, is_unique=is_unique, partial=partial)}{using}"
        else:
            unfinished[table][name] = f"REINDEX INDEX {name}."
    return {
        table: Relation(found, frozenset(constraints[table]), indexes[table], unfinished[table], extra[table])
        for table, found in columns.items()
    }


def _default(expression: str | None) -> str | None:
    if expression is None:
        return None
    return "" if expression.startswith("nextval(") else literal(expression)


def _constraint(parts: Sequence[Any]) -> str:
    kind, name, columns, table, referred, action = parts
    match kind:
        case "p":
            return primary_key(columns)
        case "u":
            return unique(columns)
        case "f":
            return foreign_key(columns, table, referred, _ACTIONS.get(action))
        case "c":
            return checks(name)
        case _:
            return f"EXCLUDE {name}"
