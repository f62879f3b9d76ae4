"""CM005: a line of an env file is no assignment."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.origin import EnvironmentOrigin
from codemation.rules.rule import Rule


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Report every line that says nothing. The line itself is never shown: it may hold a secret."""
    for file in facts.environment.files:
        for broken in file.broken:
            origin = EnvironmentOrigin(broken.name or "", file.name, broken.line)
            bare = broken.bare_name and broken.name
            text = f"names `{broken.name}` but gives it no value" if bare else "is no assignment"
            yield RULE.at(
                facts,
                origin,
                f"line {broken.line} of {file.name} {text}",
                f"write `{broken.name or 'NAME'}=value`, or start the line with `#`",
                key=broken.name,
            )


RULE = Rule(
    "CM005",
    "env-file-syntax",
    "error",
    "a line of an env file is no assignment",
    """\
Every line of an env file is `NAME=value`, `export NAME=value`, a comment or empty (python-dotenv's
grammar). Other loaders drop a line that is none of these in silence; the variable that it should
have set is then simply missing. The line's text is not shown, because it may hold a secret.

Example:

    DATABASE_URL postgresql://app@db/codemation

Instead:

    DATABASE_URL=postgresql://app@db/codemation
""",
)
