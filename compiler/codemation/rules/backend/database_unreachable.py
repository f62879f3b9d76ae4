"""CM501: no connection to PostgreSQL came about, or it was lost."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM501",
    "database-unreachable",
    "error",
    "no connection to PostgreSQL came about, or it was lost",
    """\
No host in the URL answered as a PostgreSQL server, the database in it does not exist, the server
takes no more connections, or the connection broke off. The message repeats what the server or the
network said, without the password.

Example:

    $ DATABASE_URL=postgresql://app@localhost:5433/app codemation db status

Instead: start the server, or correct host, port and database. Where a password holds `@`, `/`, `%`,
`:` or `?`, percent-encode it: the rest of it is otherwise taken for a host's name.
""",
)
