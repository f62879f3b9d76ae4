"""CM504: another connection held a lock for too long."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM504",
    "database-locked",
    "error",
    "another connection held a lock for too long",
    """\
One process migrates at a time, and SQLite has one writer at a time; the others wait. This one waited
in vain. On PostgreSQL a migration also needs its tables for itself: it waits for them only
briefly at a time, so that readers do not queue up behind it, and tries again. The message names the
sessions that are in the way, where they can be known. Nothing was changed.

Example:

    $ psql -c 'BEGIN; SELECT * FROM runs; SELECT pg_sleep(600)' &
    $ codemation db migrate

Instead: let the other program finish its transaction, or end it; then try again.
""",
)
