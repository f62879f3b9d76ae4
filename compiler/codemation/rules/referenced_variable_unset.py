"""CM203: `urlEnv` or `redisUrlEnv` names a variable that is not set."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import KIND, REDIS_URL, URL, Key
from codemation.settings.places import Place


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report references whose variable is unset or blank: an error where nothing else has the value that is needed."""
    for key in (URL, REDIS_URL):
        reference = named_but_unset(model, key)
        if reference is None:
            continue
        needed = _needed(model, key)
        supplied = model.decision(key).state != "unset"
        if (needed is None and not supplied) or (key == URL and _silent(model)):
            continue
        variable = model.variables[key]
        blank = bool(model.offers.statements.get(key))
        spelled = model.name(reference)
        missing = bool(needed) and not supplied
        why = "another source supplies the value" if needed else "the value is not needed here"
        yield RULE.at(
            model,
            model.origin(reference),
            f"{model.said(reference)} names `{variable}`, which is {'blank' if blank else 'not set'}",
            f"set {variable} in the environment or in an env file"
            if missing
            else f"set {variable}, or take `{spelled}` out: {why}",
            key=spelled,
            severity="error" if missing else "warning",
        )


def named_but_unset(model: SemanticModel, key: Key) -> Place | None:
    """The reference in force for a setting, where its variable is readable as a name but has no value."""
    name = model.variables[key]
    if name is None or key in model.layers.environment:
        return None
    reference = model.reference(model.catalogue.by_key[key])
    if reference is None:
        return None
    beside = [place for place in model.catalogue.places[key] if place.source == reference.source]
    # Beside the value itself in one source the pair is CM106 already.
    return None if any(model.offered(place) is not None for place in beside) else reference


def _needed(model: SemanticModel, key: Key) -> bool | None:
    """Whether the value is needed; `None` where what decides that is itself undecided."""
    conditions = [(model.decision(other), value) for other, value in model.catalogue.by_key[key].applies]
    if any(decision.value == value for decision, value in conditions):
        return True
    return None if any(decision.state == "rejected" for decision, _ in conditions) else False


def _silent(model: SemanticModel) -> bool:
    """Where the kind is undecided, or the file says SQLite and SQLite it is."""
    kind = model.decision(KIND)
    said = [
        model.offered(place)
        for place in model.catalogue.places[KIND]
        if place.source in {"app", "runtime"} and place.implies is None
    ]
    states = next((word for word in said if word is not None), None)
    return kind.state == "rejected" or (kind.value == "sqlite" and states == "sqlite")


RULE = Rule(
    "CM203",
    "referenced-variable-unset",
    "error",
    "`urlEnv` or `redisUrlEnv` names a variable that is not set",
    """\
`urlEnv` and `redisUrlEnv` hold the name of the variable that holds the URL. Who names a variable
means to use it: the database is PostgreSQL (or the scheduler BullMQ) even while the variable is
missing, because a missing secret must not quietly boot on SQLite. It is an error where the URL is
needed and no other source has one, and a warning where it is not needed. Nothing is said where the
file states `kind = "sqlite"` and SQLite is in force.

Example:

    [app.database]
    urlEnv = "APP_DATABASE_URL"

with no `APP_DATABASE_URL` set. Instead: set it.
""",
    needs="sources",
    about=("runtime.database", "runtime.eventBus"),
)
