"""CM410: access without sign-in where that must not be."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import Origin
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import AUTH_KIND, UNAUTHENTICATED


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report `true` once, with all that it conflicts with."""
    decision, kind = model.decision(UNAUTHENTICATED), model.decision(AUTH_KIND)
    place = decision.place
    if decision.value is not True or place is None:
        return
    reasons: list[tuple[str, tuple[str, Origin]]] = []
    if model.production:
        variable = model.production
        reasons.append((f"`{variable}` says production", (f"`{variable}` is here", model.variable_origin(variable))))
    if kind.value == "managed" and kind.place:
        name = model.name(kind.place)
        reasons.append((f"{model.said(kind.place)} is managed", (f"`{name}` is here", model.origin(kind.place))))
    if reasons:
        yield RULE.at(
            model,
            model.origin(place),
            f"{model.said(place)} is true, but {' and '.join(reason for reason, _ in reasons)}",
            "make it false, or take it out: it is for development alone",
            key=model.name(place),
            related=tuple(related for _, related in reasons),
        )


RULE = Rule(
    "CM410",
    "unauthenticated-access",
    "error",
    "access without sign-in in production, or with managed sign-in",
    """\
`allowUnauthenticatedInDevelopment` lets anybody in who can reach the host. That is for a
developer's own machine. In production (`NODE_ENV` or `CODEMATION_ENV` is `production`, in any case)
it is an error, and so it is with `kind = "managed"`, where the platform vouches for people.

Example:

    [app.auth]
    kind = "local"
    allowUnauthenticatedInDevelopment = true

with `NODE_ENV=production`. Instead: take it out, or state it as an override on the machine that
needs it.
""",
    about=("runtime.auth",),
)
