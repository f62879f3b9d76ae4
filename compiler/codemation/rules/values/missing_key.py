"""CM406: a table lacks a key that it must have."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM406",
    "missing-key",
    "error",
    "a table lacks a key that it must have",
    """\
Settings are all optional, but a provider, a server or a log rule is of no use by halves: once it is
written, it needs all its keys that are not optional.

Example:

    [[app.auth.oauth]]
    provider = "github"
    clientIdEnv = "GITHUB_CLIENT_ID"

Instead:

    [[app.auth.oauth]]
    provider = "github"
    clientIdEnv = "GITHUB_CLIENT_ID"
    clientSecretEnv = "GITHUB_CLIENT_SECRET"
""",
)
