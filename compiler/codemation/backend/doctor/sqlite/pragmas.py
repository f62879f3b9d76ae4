"""The tables of a SQLite file, by its pragmas and by the text that made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from codemation.backend.doctor.relations import (
    NUMBERED,
    UNLESS,
    Column,
    Relation,
    checks,
    foreign_key,
    index,
    literal,
    primary_key,
    the_index,
    unique,
)
from codemation.backend.doctor.subject import Obstacle
from codemation.backend.migrations.history_queries import Query
from codemation.text.patterns import lazy

_TABLES: Final = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"
_COLUMNS: Final = """
    SELECT m.name, c.name, lower(c.type), NOT c."notnull", c.dflt_value, c.pk
    FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid
"""
_FOREIGN_KEYS: Final = """
    SELECT m.name, k.id, k."table", k."from", k."to", k.on_delete
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k WHERE m.type = 'table' ORDER BY m.name, k.id, k.seq
"""
_INDEXES: Final = """
    SELECT m.name, l.name, l."unique", l.origin, l.partial, i.name
    FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i
    WHERE m.type = 'table' ORDER BY m.name, l.name, i.seqno
"""
_CHECK: Final = lazy(r'CONSTRAINT\s+"?(\w+)"?\s+CHECK\b')


_RAISES: Final = lazy(r"(?i)\bRAISE\s*\(\s*(IGNORE|ABORT|FAIL|ROLLBACK)\b")
_TRIGGERS: Final = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1, 2"


_REFERENCES: Final = """
    SELECT DISTINCT m.name, k."table" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k
    WHERE m.type = 'table' AND k.on_delete IN ('NO ACTION', 'RESTRICT') ORDER BY 1, 2
"""


def obstacles(query: Query) -> Mapping[str, Sequence[Obstacle]]:
    """The triggers that may keep a row from being written, by the names of their tables."""
    found: dict[str, list[Obstacle]] = {}
    for table, name, sql in query(_TRIGGERS):
        for how in sorted({raised.upper() for raised in _RAISES.findall(sql)}):
            what = "drops rows without a word (RAISE IGNORE)" if how == "IGNORE" else f"may refuse rows (RAISE {how})"
            text = f"the trigger {name} on {table}, which is not codemation's, {what}"
            found.setdefault(table.lower(), []).append(Obstacle(text, f'DROP TRIGGER "{name}"', how == "IGNORE"))
    return found


def references(query: Query) -> Sequence[tuple[str, str]]:
    """The names of tables that keep another's rows from being deleted, and of those."""
    return tuple((other, table.lower()) for other, table in query(_REFERENCES))


def relations(query: Query) -> Mapping[str, Relation]:
    """The tables, by name."""
    words = {name: _in_text(sql or "") for name, sql in query(_TABLES)}
    columns: dict[str, dict[str, Column]] = {name: {} for name in words}
    keys: dict[str, dict[int, str]] = {name: {} for name in words}
    for table, name, kind, nullable, default, place in query(_COLUMNS):
        if table in words:
            columns[table][name] = Column(kind, bool(nullable), None if default is None else literal(default))
            keys[table] |= {place: name} if place else {}
    for table, said in words.items():
        said.add(primary_key([name for _, name in sorted(keys[table].items())]))
    _add_foreign_keys(query, words)
    indexes = _add_unique(query, words)
    return {
        name: Relation(found, frozenset(words[name]), it := indexes.get(name, {}), {}, _refusing(it))
        for name, found in columns.items()
    }


def _refusing(indexes: Mapping[str, str]) -> Mapping[str, str]:
    """The unique indexes, and what takes each away. Constraints nobody can add to a table that is there."""
    return {
        the_index(name): f"DROP INDEX {name}{UNLESS}" for name, words in indexes.items() if words.startswith("UNIQUE")
    }


def _in_text(sql: str) -> set[str]:
    """What only the statement says that made the table."""
    return {checks(name) for name in _CHECK.findall(sql)} | ({NUMBERED} if NUMBERED in sql.upper() else set())


def _add_foreign_keys(query: Query, words: dict[str, set[str]]) -> None:
    found: dict[tuple[str, int], tuple[str, str, list[str], list[str]]] = {}
    for table, number, target, column, referred, action in query(_FOREIGN_KEYS):
        _, _, columns, others = found.setdefault((table, number), (target, action, [], []))
        columns.append(column)
        others.append(referred)
    for (table, _), (target, action, columns, others) in found.items():
        if table in words:
            words[table].add(foreign_key(columns, target, others, action))


def _add_unique(query: Query, words: dict[str, set[str]]) -> dict[str, dict[str, str]]:
    """The indexes that were made as such; those of constraints go to the words."""
    found: dict[tuple[str, str], tuple[bool, str, bool, list[str | None]]] = {}
    for table, name, is_unique, origin, partial, column in query(_INDEXES):
        found.setdefault((table, name), (bool(is_unique), origin, bool(partial), []))[3].append(column)
    indexes: dict[str, dict[str, str]] = {}
    for (table, name), (is_unique, origin, partial, columns) in found.items():
        if origin == "c":
            indexes.setdefault(table, {})[name] = index(columns, is_unique=is_unique, partial=partial)
        elif origin == "u" and table in words:
            words[table].add(unique([str(column) for column in columns]))
    return indexes
