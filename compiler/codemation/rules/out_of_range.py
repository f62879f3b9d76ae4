"""CM104: a number out of its bounds."""

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
    "CM104",
    "out-of-range",
    "error",
    "a number out of its bounds",
    """\
The number is not within the bounds that the message names, both inclusive. Retention is 1 to
3153600000 seconds (a hundred years).

Example:

    [app.retention]
    runSeconds = 0

Instead:

    [app.retention]
    runSeconds = 1
""",
)
