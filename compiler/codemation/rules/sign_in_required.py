"""CM413: production without sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codemation.diagnostics import Diagnostic
from codemation.origin import Path
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import AUTH_KIND, OAUTH, OIDC
from codemation.settings.places import Place

ENOUGH = frozenset({"local", "managed"})
"""The kinds that need no provider."""


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report that nobody could sign in, and which variables are missing for it."""
    production = model.production
    if production is None:
        return
    decisions = [model.decision(key) for key in (AUTH_KIND, OAUTH, OIDC)]
    kind = decisions[0]
    if kind.value in ENOUGH or any(one.state == "rejected" for one in decisions):
        return
    missing: dict[str, tuple[Place, Path]] = {}
    for place, position, provider in model.providers():
        unset = {
            name: (place, (position, key))
            for key, name in provider.items()
            if key.endswith("Env") and not model.secret(name)
        }
        if not unset or any(model.environment.misread(name) for name in unset):
            return  # Complete, or perhaps so.
        missing |= unset
    places = [decision.place for decision in decisions if decision.place]
    here = (f"`{production}` is here", model.variable_origin(production))
    stated = [model.inside(place, path) for place, path in missing.values()]
    yield RULE.at(
        model,
        model.origin(places[0]) if places else here[1],
        f"`{production}` says production, where people must sign in, but {_why(model, kind.place, missing)}",
        f"set {_listed(missing)} in the environment"
        if missing
        else 'write kind = "local" under [app.auth], or a provider under [[app.auth.oauth]] or [[app.auth.oidc]]',
        key=model.name(places[0]) if places else production,
        related=(*([here] if places else []), *((f"`{key}` names it", origin) for key, origin in stated)),
    )


def _why(model: SemanticModel, kind: Place | None, missing: dict[str, Any]) -> str:
    if missing:
        return f"no provider is complete: {_listed(missing)} {'are' if len(missing) > 1 else 'is'} not set"
    return f"{model.said(kind)} has no provider" if kind else "nothing says how"


def _listed(names: dict[str, Any]) -> str:
    return " and ".join(f"`{name}`" for name in names)


RULE = Rule(
    "CM413",
    "sign-in-required",
    "error",
    "production without a way to sign in",
    """\
In production (`NODE_ENV` or `CODEMATION_ENV` is `production`, in any case) people must sign in: with
`kind = "local"`, with `kind = "managed"`, or through at least one provider that is complete, which
means that all the variables that it names are set. Without that a host would be open, or closed, to
everybody.

Example:

    NODE_ENV=production codemation compile

with nothing under `[app.auth]`. Instead:

    [app.auth]
    kind = "local"
""",
    needs="sources",
)
