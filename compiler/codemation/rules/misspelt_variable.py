"""CM202: a variable that nearly has a known name."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import EnvironmentOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.catalogue import Catalogue
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from codemation.settings.keys import KIND
from codemation.sources.environment import COMPANION, seeming
from codemation.text.patterns import lazy
from codemation.text.wording import differences, nearest

PREFIX = "CODEMATION_"

OTHER_VARIABLES = (*SWITCHES, *HOST_VARIABLES)
"""Known names that are not the variable of a setting."""

NEAR = 0.8
"""How much of two names must agree (`difflib` ratio, without the prefix): one or two letters in most."""

URL_NAME = "DATABASE_URL"

_SERVICE = lazy(r".*_(?:SERVICE_HOST|SERVICE_PORT(?:_.*)?|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)")
_SERVICE_VALUE = lazy(r"(?:tcp|udp|sctp)://.*")


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report variables of ours by prefix, nearly by name, and one that is nearly the database's URL."""
    names = model.strangers
    if model.decision(KIND).source == "default":
        near = (name for name in names if abs(len(name) - len(URL_NAME)) <= 1)
        nearly = (name for name in near if _nearly_the_url(model, name) and not _is_odd(model, name))
        yield from (_told(model, name, URL_NAME) for name in nearly)
    ours = [name for name in names if name[:1] in "Cc" and name[: len(PREFIX)].upper().replace("-", "_") == PREFIX]
    if not ours:
        return
    known = {*model.catalogue.variables, *OTHER_VARIABLES, *model.variables.values(), *model.provider_variables}
    for name in ours:
        seems = name.upper().replace("-", "_")
        text = model.environment.text(name)
        if not text or not known.isdisjoint({name, name.removesuffix(COMPANION)}) or is_service(name, text):
            continue
        meant = seems if seems in known and seems != name else intended(model.catalogue, seems)
        if meant and not _is_elsewhere(name) and not _is_odd(model, name):
            yield _told(model, name, meant)


def _told(model: SemanticModel, name: str, meant: str) -> Diagnostic:
    variable = model.environment.variable(name)
    return RULE.at(
        model,
        variable.origin if variable else EnvironmentOrigin(name),
        f"`{name}` is not a variable that codemation knows, and does not count",
        f"did you mean `{meant}`?",
        key=name,
    )


def _nearly_the_url(model: SemanticModel, name: str) -> bool:
    """Whether it is a letter or the case away, and holds such a URL."""
    text = model.environment.text(name) or ""
    near = name != URL_NAME and differences(name.upper(), URL_NAME, 1) <= 1
    return near and text.startswith(("postgresql://", "postgres://"))


def is_service(name: str, text: str) -> bool:
    """Whether Kubernetes (or Docker's links) made it for a service of that name."""
    return bool(_SERVICE.fullmatch(name) or (name.endswith("_PORT") and _SERVICE_VALUE.match(text)))


def _is_elsewhere(name: str) -> bool:
    """Whether it is CM205's."""
    from codemation.settings.elsewhere import VARIABLES  # noqa: PLC0415  (only for what is nearly ours)

    return name in VARIABLES


def _is_odd(model: SemanticModel, name: str) -> bool:
    """Whether it is CM005's: a name in an env file that only seems to be ours."""
    return any(name in file.entries and seeming(name) in file.odd for file in model.environment.files) and (
        seeming(name) in model.catalogue.variables or seeming(name) in OTHER_VARIABLES
    )


def intended(catalogue: Catalogue, name: str) -> str | None:
    """The known name that was probably meant: one that differs little, or ours without the prefix."""
    bare = name.removeprefix(PREFIX)
    if bare in catalogue.variables:
        return bare
    names = (*catalogue.variables, *OTHER_VARIABLES)
    ours = tuple(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))
    near = nearest(bare, ours, cutoff=NEAR)
    return PREFIX + near if near else None


RULE = Rule(
    "CM202",
    "misspelt-variable",
    "warning",
    "a `CODEMATION_` variable that nearly has a known name",
    """\
A variable that starts with `CODEMATION_`, in any case and with `-` for `_`, and nearly has the name
of a known one is probably misspelt, and a misspelt variable does not count. Of other names only one
that is a letter (or the case) away from `DATABASE_URL` is looked at, if it holds a PostgreSQL URL
while the database is SQLite by default. What Kubernetes makes for a service (`…_SERVICE_HOST`,
`…_PORT`) is nobody's mistake. `--strict` makes it an error.

Example:

    CODEMATION_DATABSE_KIND=postgresql

Instead:

    CODEMATION_DATABASE_KIND=postgresql
""",
    needs="nothing",
)
