"""CM208: a URL in which a placeholder stands."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.values.urls.unfilled import unfilled


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report it where that URL is in force."""
    for key, _ in model.catalogue.secret_variables:
        decision = model.decision(key)
        if decision.state != "won" or decision.place is None:
            continue
        found = unfilled(decision.value)
        if found is not None:
            text, remedy = found
            place = decision.place
            yield RULE.at(
                model,
                model.origin(place),
                f"{model.said(place)} {text}",
                remedy,
                key=model.name(place),
                harmless=False,
            )


RULE = Rule(
    "CM208",
    "url-not-filled-in",
    "warning",
    "a URL in which a placeholder stands",
    """\
Where a provider's console or a README says how a URL looks, words stand for what only you know:
`<password>`, `[YOUR-PASSWORD]`, `your-host`. A program that builds a URL of what it does not have
writes `undefined` or `null`, a log writes `*****`, and `$PASSWORD` is expanded by shells only. As a
URL all of that can be read, and a host fails when it connects. `--strict` makes it an error.

Example:

    DATABASE_URL=postgresql://postgres:[YOUR-PASSWORD]@db.example.com/postgres

Instead: write the password itself, percent-encoded where it holds `@`, `/`, `?`, `#`, `%` or `[`.
""",
    about=("runtime.database.url", "runtime.eventBus.redisUrl"),
)
