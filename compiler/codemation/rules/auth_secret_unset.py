"""CM414: production without a secret that sessions can be signed with."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.host_variables import AUTH_SECRET, LEAST_SECRET, weak_secret
from codemation.sources.environment import COMPANION


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report `AUTH_SECRET` where it is unset, blank, or no secret."""
    production = model.production
    if production is None or _is_told(model) or model.environment.misread(AUTH_SECRET):
        return
    text = model.secret(AUTH_SECRET)
    fault = "is not set" if text is None else weak_secret(text) if text else "is blank"
    if fault is None:
        return
    here = model.variable_origin(production)
    yield RULE.at(
        model,
        here if text is None else model.variable_origin(AUTH_SECRET),
        f"`{AUTH_SECRET}` {fault}, and `{production}` says production",
        f"set {AUTH_SECRET} to a random text of {LEAST_SECRET} characters or more (`openssl rand -base64 32`), in the "
        "environment or in an env file that is not checked in",
        key=AUTH_SECRET,
        related=() if text is None else ((f"`{production}` is here", here),),
    )


def _is_told(model: SemanticModel) -> bool:
    """Whether something else is wrong with it already."""
    return not model.other_problems.keys().isdisjoint({AUTH_SECRET, AUTH_SECRET + COMPANION})


RULE = Rule(
    "CM414",
    "auth-secret-unset",
    "error",
    "production without an `AUTH_SECRET` that is one",
    """\
The host signs its sessions with `AUTH_SECRET`. In production (`NODE_ENV` or `CODEMATION_ENV` is
`production`, in any case) it must be set, whatever the kind of sign-in: a secret that is made up at
each start would sign everybody out, and two hosts would not know each other's sessions. One that is
shorter than 16 characters, or a placeholder (`changeme`, `<secret>`, `undefined`), can be guessed.

Example:

    NODE_ENV=production codemation compile

Instead: also set `AUTH_SECRET`, to the output of `openssl rand -base64 32` for example.
""",
    needs="sources",
)
