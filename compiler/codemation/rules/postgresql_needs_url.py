"""CM401: the database is PostgreSQL, and no source has a URL."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.referenced_variable_unset import named_but_unset
from codemation.rules.rule import Rule
from codemation.settings.keys import KIND, URL


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report it once, unless CM203 names the very variable that is missing."""
    kind = model.decision(KIND)
    if kind.value != "postgresql" or model.decision(URL).state != "unset" or named_but_unset(model, URL):
        return
    spelled = model.name(kind.place) if kind.place else "the database kind"
    variable = model.variables[URL]
    yield RULE.at(
        model,
        model.origin(kind.place) if kind.place else None,
        f"{model.said(kind.place) if kind.place else spelled} says postgresql, but no source gives the database's URL",
        f"set {variable}, or name your own variable with `app.database.urlEnv`",
        key=spelled,
    )


RULE = Rule(
    "CM401",
    "postgresql-needs-url",
    "error",
    "the database is PostgreSQL, and no source has a URL",
    """\
PostgreSQL is a server, and nobody says where it is: not an override, not the URL's variable, not
the file.

Example:

    [app.database]
    kind = "postgresql"

with no `DATABASE_URL` set. Instead: set it, or name the variable that holds the URL:

    [app.database]
    kind = "postgresql"
    urlEnv = "APP_DATABASE_URL"
""",
    needs="sources",
    about=("runtime.database",),
)
