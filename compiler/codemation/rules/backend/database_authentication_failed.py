"""CM502: PostgreSQL answered and refused the user."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM502",
    "database-authentication-failed",
    "error",
    "PostgreSQL answered and refused the user",
    """\
The server is there, but does not let this user in: the password is wrong or missing, the role does
not exist, or `pg_hba.conf` has no line for this user, database and address.

Example:

    $ DATABASE_URL=postgresql://app:wrong@localhost/app codemation db status

Instead: correct the user and the password in the variable that holds the URL.
""",
)
