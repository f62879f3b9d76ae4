"""CM405: a URL with a password in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codemation.catalogue import dotted
from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.rules.rule import Rule
from codemation.urls import has_password, is_masked


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Report every secret setting whose literal URL holds a password, whether it is in force or not."""
    for path, setting in facts.catalogue.secret_paths:
        value: Any = facts.source.data
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str) and has_password(value) and not is_masked(value):
            key = dotted(path)
            yield RULE.at(
                facts,
                facts.source.origin(path, key),
                f"`{key}` holds a password, and {facts.source.name} is a file that people check in",
                f"put the URL into a variable and name it with `{dotted(setting.reference or ())}`",
                key=key,
                harmless=False,
            )


RULE = Rule(
    "CM405",
    "secret-in-file",
    "warning",
    "a URL with a password in the file",
    """\
`codemation.toml` is made to be checked in, and a password in it is then known to everyone who can
read the repository, for ever. Put the URL into an environment variable (or a `.env` that is not
checked in) and name the variable.

Example:

    [app.database]
    url = "postgresql://app:secret@db.example.com/codemation"

Instead:

    [app.database]
    urlEnv = "APP_DATABASE_URL"
""",
)
