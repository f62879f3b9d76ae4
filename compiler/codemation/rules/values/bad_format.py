"""CM105: a string of the wrong form."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM105",
    "bad-format",
    "error",
    "a string of the wrong form",
    """\
The value is a string, but not of the form that the setting needs: a URL with another scheme, a
blank string, a name that no environment variable can have, a path that is no file on disk
(`:memory:`, a `file:` URI, a folder). A URL whose password is `***` is refused too: that is masked
output, pasted back.

What was found is not repeated where it may be a secret.

Example:

    [app.database]
    url = "mysql://db.example.com/codemation"

Instead:

    [app.database]
    url = "postgresql://db.example.com/codemation"
""",
)
