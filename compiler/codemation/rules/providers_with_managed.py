"""CM411: providers beside managed sign-in."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import AUTH_KIND, OAUTH, OIDC


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report `oauth` and `oidc`, each once, unless there is nothing in it."""
    kind = model.decision(AUTH_KIND)
    if kind.value != "managed" or kind.place is None:
        return
    for key in (OAUTH, OIDC):
        decision = model.decision(key)
        if decision.state == "won" and decision.value and decision.place:
            name = model.name(decision.place)
            yield RULE.at(
                model,
                model.origin(decision.place),
                f"{model.said(decision.place)} names providers, but {model.said(kind.place)} is managed",
                f"take `{name}` out, or state another kind: with managed the platform signs people in",
                key=name,
                related=((f"`{model.name(kind.place)}` is here", model.origin(kind.place)),),
            )


RULE = Rule(
    "CM411",
    "providers-with-managed",
    "error",
    "providers beside managed sign-in",
    """\
With `kind = "managed"` the platform that runs the host signs people in. Providers of its own would
be a second door.

Example:

    [app.auth]
    kind = "managed"

    [[app.auth.oauth]]
    provider = "github"
    clientIdEnv = "GITHUB_CLIENT_ID"
    clientSecretEnv = "GITHUB_CLIENT_SECRET"

Instead: keep one of the two.
""",
    about=("runtime.auth",),
    on_key=True,
)
