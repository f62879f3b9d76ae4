"""CM510: a database cannot be copied, or the copy is not the original."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM510",
    "copy-refused",
    "error",
    "a database cannot be copied, or the copy is not the original",
    """\
A SQLite database is copied into an empty PostgreSQL database that is at the same revision. All of it
is compared, by counts and checksums, before the one transaction that writes it commits. Otherwise
nothing is written.

Example:

    $ codemation db copy
    error[CM510]: the PostgreSQL database is not empty

Instead: do what the message says, which names what is in the way; then copy again. The original is
only read.
""",
)
