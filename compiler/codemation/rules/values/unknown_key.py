"""CM101: a key that does not exist."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM101",
    "unknown-key",
    "error",
    "a key that does not exist",
    """\
Unknown keys are errors at every level, because a misspelt key is a setting that silently does not
count. Keys are camelCase exactly as documented.

`codemation check --fix` writes the key that is meant, where only one can be. A key of retention it
corrects in case, `_` and `-` alone: a wrong guess deletes data. It leaves alone what does not name
its unit (`statementTimeout`, for `statementTimeoutSeconds`) or the variable that it takes (`clientId`),
and whatever would change the value of another setting that is in force.

Example:

    [app.database]
    sqlite_file_path = "data/app.sqlite"

Instead:

    [app.database]
    sqliteFilePath = "data/app.sqlite"
""",
    on_key=True,
)
