"""CM506: a newer program has migrated the database."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM506",
    "database-newer-than-code",
    "error",
    "a newer program has migrated the database",
    """\
The database is at a revision that this program does not know. What that changed cannot be known
either, so the program reads and writes nothing. It is seen after going back to an older version,
and where several hosts share one database and this one was not upgraded.

Example:

    $ codemation db status
    error[CM506]: the database is at revision 0009, and this program
    knows revisions up to 0003

Instead: install the version that migrated it, or a newer one. To go back for good, take the newer
revisions back with the newer version: `codemation db downgrade TARGET`.
""",
)
