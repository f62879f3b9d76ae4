"""CM103: a word that is not one of the choices."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM103",
    "invalid-choice",
    "error",
    "a word that is not one of the choices",
    """\
The setting takes one of a few words, spelt exactly so. The message lists them and suggests the
nearest. The two forms have words of their own for the scheduler: `inline` and `queue` under `app`,
`local` and `bullmq` under `runtime` and in `CODEMATION_SCHEDULER`. `codemation check --fix` writes
the word for one in another case, for the other form's, and for another program's (`postgres`).

Example:

    [app.database]
    kind = "postgres"

Instead:

    [app.database]
    kind = "postgresql"
""",
)
