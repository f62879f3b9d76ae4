"""CM505: the database is older than the program, and may not be migrated now."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM505",
    "migrations-pending",
    "error",
    "the database is older than the program, and may not be migrated now",
    """\
The program needs tables or columns that the database does not have yet. A boot adds them, unless
`CODEMATION_SKIP_STARTUP_MIGRATIONS` is true: then it only verifies, and refuses. That is meant for
deployments that migrate in a step of their own, with a user who may change tables.

Example:

    $ CODEMATION_SKIP_STARTUP_MIGRATIONS=true my-host

Instead: run `codemation db migrate` before the hosts boot.
""",
)
