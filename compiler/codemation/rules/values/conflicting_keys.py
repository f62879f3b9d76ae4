"""CM106: two keys that exclude each other."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM106",
    "conflicting-keys",
    "error",
    "two keys that exclude each other",
    """\
`url` holds the URL itself and `urlEnv` the name of the variable that holds it; with both, one of
them would silently not count. The same goes for `redisUrl` and `redisUrlEnv`, for one log rule beside
`rules`, and for overrides that state one setting in both its forms.

Example:

    [app.database]
    url = "postgresql://db.example.com/codemation"
    urlEnv = "APP_DATABASE_URL"

Instead: keep the one that you mean.
""",
    on_key=True,
)
