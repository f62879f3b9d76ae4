"""CM508: a revision failed, and was rolled back wholly."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM508",
    "migration-failed",
    "error",
    "a revision failed, and was rolled back wholly",
    """\
One revision is one transaction, its changes to tables included. The one named in the message failed
and left nothing behind; those before it are applied, and the rows are as they were.

Example:

    $ codemation db migrate
    error[CM508]: applying revision 0002 (…) failed: relation "runs"
    already exists

Instead: solve the cause that the message names (a table of that name, a server that only lets read,
another migrator) and run `codemation db migrate` again. It goes on where it stopped.
""",
)
