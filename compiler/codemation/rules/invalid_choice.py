"""CM103: a word that is not one of the choices."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.rules.rule import Rule
from codemation.rules.values import wrong_values


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Report such values of the file and of overrides; those of variables are CM201."""
    return wrong_values(RULE, facts)


RULE = Rule(
    "CM103",
    "invalid-choice",
    "error",
    "a word that is not one of the choices",
    """\
The setting takes one of a few words, spelt exactly so. The message lists them and suggests the
nearest. The two forms have words of their own for the scheduler: `inline` and `queue` under `app`,
`local` and `bullmq` under `runtime` and in `CODEMATION_SCHEDULER`.

Example:

    [app.database]
    kind = "postgres"

Instead:

    [app.database]
    kind = "postgresql"
""",
)
