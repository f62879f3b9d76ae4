"""CM207: a variable of the database's URL is there but blank, and the database is SQLite by default."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import EnvironmentOrigin, written_at
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import KIND, URL


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report the first of them: nothing else says which database is meant."""
    origin = blank_url(model)
    if origin is not None:
        variable = model.environment.variable(origin.variable)
        hidden = next((written_at(place) for text, place in variable.hidden if text), None) if variable else None
        remedy = f"give {origin.variable} its value"
        if hidden is not None:
            remedy = f"unset {origin.variable}, so that {hidden} counts, or give it its value"
        yield RULE.at(
            model,
            origin,
            f"`{origin.variable}` is set but blank, so the database is SQLite by default",
            f'{remedy}; to mean SQLite, write kind = "sqlite" under [app.database]',
            key=origin.variable,
        )


def blank_url(model: SemanticModel) -> EnvironmentOrigin | None:
    """Where a variable of the URL is set but blank while nobody states which database it is."""
    if model.decision(KIND).source != "default":
        return None
    blank = (said.origin for said in model.offers.statements.get(URL, ()) if not said.counts)
    return next(blank, None)


RULE = Rule(
    "CM207",
    "blank-database-url",
    "warning",
    "a variable of the database's URL is blank, and the database is SQLite by default",
    """\
A blank variable counts as not set, so nothing says which database is meant, and it is SQLite: most
likely a secret got lost on its way, in CI, in a compose file, or behind a `#`. A host that boots like
this starts with an empty database.

Example:

    DATABASE_URL=   # filled in later

Instead: give it the URL, leave the variable out, or state what is meant:

    [app.database]
    kind = "sqlite"
""",
    needs="sources",
)
