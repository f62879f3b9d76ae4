"""CM511: the database holds tables, but no history of ours."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM511",
    "foreign-database",
    "error",
    "the database holds tables, but no history of ours",
    """\
A database with tables that codemation did not make is somebody else's, most likely reached by a
mistaken URL or path. It is read to find that out, and not written: no table, no pragma, no mode.

Example:

    $ export DATABASE_URL=postgresql://app@localhost/somebody-elses
    $ codemation db migrate

Instead: name another database, or on PostgreSQL another schema (`search_path`). Where the two are
really to share it, run `codemation db migrate --adopt` once: it makes the tables beside the others,
and refuses where a name is taken. A database that Prisma made, as the TypeScript host's, is never
adopted: its rows would stay where they are, beside empty tables.
""",
)
