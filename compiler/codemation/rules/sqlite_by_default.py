"""CM415: production, and nobody says which database it is."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.blank_database_url import blank_url
from codemation.rules.rule import Rule
from codemation.settings.keys import KIND, SQLITE_PATH


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report it where no kind, no path and no URL is stated; a blank URL is CM207's."""
    production = model.production
    if production is None or model.decision(KIND).source != "default" or model.decision(SQLITE_PATH).place is not None:
        return
    if blank_url(model) is None:
        yield RULE.at(
            model,
            model.variable_origin(production),
            f"`{production}` says production, and nobody says which database: it is SQLite by default",
            'set DATABASE_URL; to mean SQLite, write kind = "sqlite" under [app.database]',
            key=production,
        )


RULE = Rule(
    "CM415",
    "sqlite-by-default-in-production",
    "warning",
    "production, and the database is SQLite by default",
    """\
This is production, and no source states a kind, a path or a URL of the database. The default is a
SQLite file in the project's folder: in a container it is gone with the container.

Example: `NODE_ENV=production` and no `DATABASE_URL`, or one that is only in a file which is not read
(`.env.production`).

Instead: set `DATABASE_URL`, or say that SQLite is meant:

    [app.database]
    kind = "sqlite"
""",
    needs="sources",
)
