"""CM302: a setting that is set but does not apply."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from codemation.diagnostics import Diagnostic
from codemation.origin import EnvironmentOrigin, Origin, Source
from codemation.resolution.decision import Decision
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import EVENT_BUS, KIND, SCHEDULER, Key
from codemation.settings.places import Place
from codemation.settings.setting import Setting
from codemation.sources.environment import COMPANION

SOURCES: tuple[Source, ...] = get_args(Source)
"""Both forms stand in one file, before the same eyes."""

WHAT = {KIND: "the database", SCHEDULER: "the scheduler", EVENT_BUS: "the event bus"}
"""The settings that others depend on, in words."""


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report what would have won, unless a higher source is the reason that it does not apply."""
    for key, setting in model.catalogue.secret_variables:
        if len(setting.variables) > 1:
            yield from _own_name(model, key, setting)
    for key in model.resolution.unused:
        setting, decision = model.catalogue.by_key[key], model.decision(key)
        place = decision.place
        if place is None or decision.value is None or setting.tunes:
            continue
        in_file = place.source in ("app", "runtime")
        if in_file and any(one.code == "CM106" and place.key in one.related for one in model.offers.faults):
            continue  # Which of the two keys is meant comes first.
        reasons = [(other, model.decision(other)) for other, _ in setting.applies]
        if any(_deliberate(reason, place) or _hidden(model, reason, place) for _, reason in reasons):
            continue
        name = model.name(place)
        because = " and ".join(_because(model, other, reason) for other, reason in reasons)
        yield RULE.at(
            model,
            model.origin(place),
            f"{model.said(place)} is set but not used, because {because}",
            f"{'unset it' if place.source == 'environment' else 'take it out'}: it counts only where {_where(setting)}",
            key=name,
            related=tuple(
                (f"`{model.name(reason.place)}` is here", model.origin(reason.place))
                for _, reason in reasons
                if reason.place
            ),
            harmless=setting.type.harmless,
        )


def _own_name(model: SemanticModel, key: Key, setting: Setting) -> Iterator[Diagnostic]:
    """The name of a setting's variable that is ours alone: where it is set, it is meant."""
    environment = model.environment
    own = (setting.variables[0], setting.variables[0] + COMPANION)
    if not environment.text(own[0]) and not environment.text(own[1]):
        return
    reference = model.reference(setting)
    if reference is not None and reference.source != "override" and model.decision(key).state == "won":
        # The file names another variable, and does not look at this one.
        said = environment.secret(own[0]) if own[0] not in model.offers.names[key] else None
        if said is not None:
            because = f"{model.said(reference)} names another variable, `{model.variables[key]}`"
            yield _unread(model, said.origin, because, (f"`{model.name(reference)}` is here", model.origin(reference)))
        return
    stated = [said for said in model.offers.statements.get(key, ()) if said.counts]
    # What a named file says is CM206.
    named = any(file.explicit for file in environment.files)
    if not stated or stated[0].variable in own or stated[0].origin.file is not None or named:
        return
    winner = stated[0]
    for said in stated[1:]:
        if said.variable in own and said.text != winner.text:
            because = f"the process sets `{winner.variable}`, which comes before an env file"
            yield _unread(model, said.origin, because, (f"`{winner.variable}` is set here", winner.origin))


def _unread(model: SemanticModel, origin: EnvironmentOrigin, because: str, related: tuple[str, Origin]) -> Diagnostic:
    name = origin.variable
    return RULE.at(
        model,
        origin,
        f"`{name}` is set but not used: {because}",
        f"unset {name}, or the other",
        key=name,
        related=(related,),
    )


def _deliberate(reason: Decision, place: Place) -> bool:
    """Whether a higher source made it unused, or the kind was forced."""
    if reason.source is None:
        return True
    forced = reason.source == "override" or (
        reason.source == "environment" and reason.place is not None and reason.place.implies is None
    )
    return forced or _outranks(reason.source, place.source)


def _outranks(one: Source, other: Source) -> bool:
    """Whether a source comes before the other; both forms are one file."""
    both_forms = {one, other} <= {"app", "runtime"}
    return not both_forms and SOURCES.index(one) < SOURCES.index(other)


def _hidden(model: SemanticModel, reason: Decision, place: Place) -> bool:
    """Whether it is CM206's: a named env file states it, and the process the kind."""
    origins = [model.origin(one) for one in (place, reason.place) if one is not None]
    files = [origin.file for origin in origins if isinstance(origin, EnvironmentOrigin)]
    named = {file.name for file in model.environment.files if file.explicit}
    return len(files) == len((place, reason)) and files[0] in named and files[1] is None


def _because(model: SemanticModel, key: Key, reason: Decision) -> str:
    who = f" ({model.said(reason.place)})" if reason.place else ""
    return f"{WHAT.get(key, key[-1])} is {reason.value}{who}"


def _where(setting: Setting) -> str:
    return " or ".join(f"{WHAT.get(key, key[-1])} is {value}" for key, value in setting.applies)


RULE = Rule(
    "CM302",
    "unused-setting",
    "warning",
    "a setting that is set but does not apply",
    """\
The setting would be in force, but it does not apply: a path under PostgreSQL, a URL in the file
beside the file's own `kind = "sqlite"`, a Redis URL where neither the scheduler nor the event bus
uses Redis, `CODEMATION_DATABASE_URL` where `urlEnv` names another variable, or in `.env` where the
process sets `DATABASE_URL`. A path never changes the kind. Nothing is reported where a higher source
is the reason, or where an override or `CODEMATION_DATABASE_KIND` forced the kind, nor ever for the
size of the pool and PostgreSQL's time-outs: that is deliberate, and `compile --explain` tells.

Example:

    [app.database]
    kind = "sqlite"
    url = "postgresql://db.example.com/codemation"

Instead: keep the one that you mean.
""",
)
