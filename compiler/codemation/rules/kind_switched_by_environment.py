"""CM301: a URL's variable changed the database kind that the file states."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import KIND


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report it where the variable decided, and the file alone would have stated another kind."""
    place = model.decision(KIND).place
    if place is None or place.source != "environment" or place.implies is None:
        return
    below = model.catalogue.places[KIND]
    for lower in below[below.index(place) + 1 :]:
        value = model.offered(lower)
        if value is None:
            continue
        if lower.implies is None and value != place.implies and isinstance(value, str):
            variable, spelled = model.name(place), model.name(lower)
            yield RULE.at(
                model,
                model.origin(lower),
                f"`{variable}` is set, so the database is {place.implies}, although `{spelled}` says {value}",
                f"unset {variable}, set CODEMATION_DATABASE_KIND={value} to keep {value}, "
                f'or write kind = "{place.implies}"',
                key=spelled,
                related=((f"`{variable}` is set here", model.origin(place)),),
            )
        return


RULE = Rule(
    "CM301",
    "kind-switched-by-environment",
    "warning",
    "a URL's variable changed the database kind that the file states",
    """\
The file states `kind = "sqlite"`, but the variable of the database URL is set, and a URL says
PostgreSQL: the environment outranks the file. That is how one checked-in file serves a laptop and
production, and also how a variable left in a shell points a laptop at a shared database. Nothing is
reported where `CODEMATION_DATABASE_KIND` or an override chose the kind: that is deliberate.

Example:

    [app.database]
    kind = "sqlite"

with `DATABASE_URL=postgresql://db.example.com/codemation`. To keep SQLite:
`CODEMATION_DATABASE_KIND=sqlite`. To stop the warning: leave `kind` out of the file, or write `kind
= "postgresql"`.
""",
    about=("runtime.database",),
)
