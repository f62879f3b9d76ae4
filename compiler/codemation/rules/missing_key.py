"""CM406: a table lacks a key that it must have."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.rules.rule import Rule
from codemation.rules.values import wrong_values


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Report each table once, whatever number of keys it lacks."""
    return wrong_values(RULE, facts)


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
