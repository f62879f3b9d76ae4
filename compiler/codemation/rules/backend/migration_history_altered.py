"""CM507: what the database says was applied is not what this program knows."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM507",
    "migration-history-altered",
    "error",
    "what the database says was applied is not what this program knows",
    """\
Each applied revision is recorded with a checksum of its script. Where a script is another one now,
a record is missing, or the version table names something else, nobody knows what the tables look
like, and going on could lose data. Nothing is written.

Example:

    $ sed -i 's/BigInteger/Integer/' migrations/versions/0001_*.py
    $ codemation db migrate

Instead: run the unmodified program that migrated the database, or restore it from a backup. What is
to be changed goes into a new revision.
""",
)
