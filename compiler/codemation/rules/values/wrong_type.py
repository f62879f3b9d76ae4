"""CM102: a value of the wrong type."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM102",
    "wrong-type",
    "error",
    "a value of the wrong type",
    """\
TOML has types, and codemation does not guess: `"3600"` is a string, `3600` an integer, `3600.0` a
float. In environment variables and `--set`, where everything is text, integers are written in base
10. `codemation check --fix` takes the quotes off numbers and booleans.

Example:

    [app.retention]
    runSeconds = "3600"

Instead:

    [app.retention]
    runSeconds = 3600
""",
)
