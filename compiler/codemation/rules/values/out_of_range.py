"""CM104: a number out of its bounds."""

from __future__ import annotations

from codemation.rules.rule import Rule

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
