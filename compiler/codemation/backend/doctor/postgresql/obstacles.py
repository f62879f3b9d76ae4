"""What stands between a host and its rows on PostgreSQL, by its catalogues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from codemation.backend.doctor.subject import Obstacle

if TYPE_CHECKING:
    from codemation.backend.doctor.postgresql.server import Server

# Of triggers those that run before a row is written, and are not switched off (`tgtype`: 1 of rows, 2 before, 4 INSERT,
# 8 DELETE, 16 UPDATE; PostgreSQL's `catalog/pg_trigger.h`). Of rules those that say INSTEAD.
_FOUND: Final = """
    WITH t AS (SELECT c.oid, c.relname, c.relpersistence
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
    ORDER BY 1, 2, 3
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
}


def obstacles(server: Server, tables: list[str]) -> Iterator[Obstacle]:
    """Of `tables`, which are ours."""
    rows: list[tuple[Any, ...]] = server.ask(_FOUND, [tables])
    user = server.facts.user
    return (_MADE[kind](table, name, event, user) for kind, table, name, event in rows)
