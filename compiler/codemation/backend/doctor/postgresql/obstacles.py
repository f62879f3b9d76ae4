"""What stands between a host and its rows on PostgreSQL, by its catalogues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from codemation.backend.doctor.subject import Obstacle, referring
from codemation.backend.errors import DatabaseLockedError

if TYPE_CHECKING:
    from codemation.backend.doctor.postgresql.server import Server

# Of triggers those that run before a row is written, and are not switched off (`tgtype`: 1 of rows, 2 before, 4 INSERT,
# 8 DELETE, 16 UPDATE; PostgreSQL's `catalog/pg_trigger.h`). Of rules those that say INSTEAD.
_FOUND: Final = """
    WITH t AS (SELECT c.oid, c.relname, c.relpersistence, c.relreplident
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname = ANY(%s))
    SELECT 'rule', t.relname, r.rulename, CASE r.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END
    FROM t JOIN pg_catalog.pg_rewrite r ON r.ev_class = t.oid
    WHERE r.is_instead AND r.ev_type IN ('2', '3', '4') AND r.ev_enabled <> 'D'
    UNION ALL SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = t.oid)
        THEN 'policies' ELSE 'security' END, t.relname, '', '' FROM t WHERE row_security_active(t.oid)
    UNION ALL SELECT 'trigger', t.relname, g.tgname, concat_ws(' or ', CASE WHEN g.tgtype & 4 <> 0 THEN 'INSERT' END,
        CASE WHEN g.tgtype & 16 <> 0 THEN 'UPDATE' END, CASE WHEN g.tgtype & 8 <> 0 THEN 'DELETE' END)
    FROM t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid
    WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgtype & 3 = 3
    UNION ALL SELECT 'unlogged', t.relname, '', '' FROM t WHERE t.relpersistence = 'u'
    UNION ALL SELECT DISTINCT 'off', t.relname, '', '' FROM t JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid
    WHERE g.tgisinternal AND g.tgenabled IN ('D', 'R')
    UNION ALL SELECT 'identity', t.relname, '', '' FROM t WHERE t.relreplident = 'n' AND EXISTS (
        SELECT FROM pg_catalog.pg_publication_tables p JOIN pg_catalog.pg_publication b USING (pubname)
        WHERE p.schemaname = current_schema() AND p.tablename = t.relname AND (b.pubupdate OR b.pubdelete))
    UNION ALL SELECT 'extension', t.relname, x.extname, '' FROM t
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.deptype = 'e'
    JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid
    UNION ALL SELECT 'reference', t.relname, o.conrelid::regclass::text, o.conname
    FROM t JOIN pg_catalog.pg_constraint o ON o.contype = 'f' AND o.confrelid = t.oid
    WHERE o.confdeltype IN ('a', 'r') AND o.conrelid NOT IN (SELECT oid FROM t)
    ORDER BY 1, 2, 3
"""

_SEQUENCES: Final = """
    SELECT c.relname, a.attname, d.objid, quote_ident(s.relname)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid = c.oid AND d.deptype IN ('a', 'i')
    JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
    WHERE n.nspname = current_schema() AND c.relname = ANY(%s)
        AND CASE s.relkind WHEN 'S' THEN has_sequence_privilege(s.oid, 'USAGE') END
        AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY 1
"""
# A number is drawn, and is there already. Along the primary key, so that it costs a look at one page of each table.
_BEHIND: Final = """
    SELECT '{table}', '{column}', '{sequence}'
    WHERE (SELECT max({column}) FROM {table}) > coalesce(pg_sequence_last_value({oid}), 0)
"""

_MADE: Final[dict[str, Callable[[str, str, str, str], Obstacle]]] = {
    "rule": lambda table, name, event, _: Obstacle(
        f"the rule {name} on {table} does something else in place of {event}",
        f'DROP RULE "{name}" ON {table}',
        hinders=True,
    ),
    "security": lambda table, _, __, user: Obstacle(
        f"row level security on {table} hides every row from {user}, and refuses new ones",
        f'ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, or ALTER ROLE "{user}" BYPASSRLS',
        hinders=True,
    ),
    "policies": lambda table, _, __, user: Obstacle(
        f"row level security on {table} shows {user} only the rows that its policies allow",
        f'ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, or ALTER ROLE "{user}" BYPASSRLS',
    ),
    "trigger": lambda table, name, event, _: Obstacle(
        f"the trigger {name} on {table}, which is not codemation's, may change or drop a row before {event}",
        f'DROP TRIGGER "{name}" ON {table}, unless you know that it lets each row pass',
    ),
    "unlogged": lambda table, *_: Obstacle(
        f"{table} is UNLOGGED: a crash of the server empties it", f"ALTER TABLE {table} SET LOGGED"
    ),
    "off": lambda table, *_: Obstacle(
        f"the triggers of {table} that keep foreign keys are switched off: what belongs to a deleted row stays",
        f"ALTER TABLE {table} ENABLE TRIGGER ALL, as a superuser",
    ),
    "identity": lambda table, *_: Obstacle(
        f"{table} is published without a replica identity: no row of it can be changed or deleted",
        f"ALTER TABLE {table} REPLICA IDENTITY DEFAULT",
        hinders=True,
    ),
    "extension": lambda table, name, *_: Obstacle(
        f"{table} belongs to the extension {name}: pg_dump leaves its rows out, and the extension takes it along",
        f'ALTER EXTENSION "{name}" DROP TABLE {table}, which leaves the table',
    ),
    "reference": lambda table, other, name, _: referring(
        table, other, f'Make the constraint "{name}" of {other} anew without it'
    ),
}


def obstacles(server: Server, tables: list[str]) -> Iterator[Obstacle]:
    """Of `tables`, which are ours."""
    rows: list[tuple[Any, ...]] = server.ask(_FOUND, [tables])
    user = server.facts.user
    yield from (_MADE[kind](table, name, event, user) for kind, table, name, event in rows)
    with suppress(DatabaseLockedError):  # of that the check `locks` tells
        yield from _behind(server, tables)


def _behind(server: Server, tables: list[str]) -> Iterator[Obstacle]:
    numbered = server.ask(_SEQUENCES, [tables])
    asked = (_BEHIND.format(table=it[0], column=it[1], oid=it[2], sequence=it[3]) for it in numbered)
    for table, column, sequence in server.ask(" UNION ALL ".join(asked)) if numbered else ():
        most = f"(SELECT max({column}) FROM {table})"  # noqa: S608  (shown, and names of ours)
        yield Obstacle(
            f"{sequence} is behind {table}: new rows get numbers that are taken, and are refused",
            f"SELECT setval('{sequence}', {most})",
            hinders=True,
        )
