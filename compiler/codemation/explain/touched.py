"""Which settings a variable is about: those that look at it, and those that follow from these."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet

from codemation.explain.candidates import STATED, Candidate, Resolved
from codemation.origin import EnvironmentOrigin, InferredOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.host_variables import HOST_VARIABLES
from codemation.sources.environment import COMPANION


def names_alike(model: SemanticModel, name: str) -> tuple[str, ...]:
    """A variable's name and, of a secret's, that of its companion in `_FILE`, in this order, whichever was given."""
    secrets = {one for setting in model.catalogue.hosts if setting.secret for one in setting.variables}
    secrets |= {one for names in model.offers.names.values() for one in names}
    secrets |= {one.name for one in HOST_VARIABLES.values() if one.secret} | set(model.provider_variables)
    own = name if name in secrets else name.removesuffix(COMPANION)
    return (own, own + COMPANION) if own in secrets else (name,)


def is_of(one: Candidate, names: Collection[str]) -> bool:
    """Whether a variable of one of these names offers it."""
    return isinstance(one.origin, EnvironmentOrigin) and one.origin.variable in names


def about(model: SemanticModel, trace: Iterable[Resolved], name: str) -> tuple[Resolved, ...]:
    """The settings of the host that look at a variable."""
    names = names_alike(model, name)
    return tuple(fact for fact in trace if any(is_of(one, names) for one in fact.candidates))


def following(trace: Iterable[Resolved], keys: AbstractSet[str], names: Collection[str]) -> tuple[Resolved, ...]:
    """The settings that nobody states, and that follow, or would, from those of the keys, which variables decide."""
    facts = {fact.key: fact for fact in trace}
    return tuple(
        fact
        for fact in facts.values()
        if fact.key not in keys
        and (fact.winner is None or fact.winner.source not in STATED)
        and not keys.isdisjoint(followed(fact))
        and ((said := said_behind(facts, fact)) is None or is_of(said, names))
    )


def said_behind(trace: Mapping[str, Resolved], fact: Resolved) -> Candidate | None:
    """What somebody stated that a setting follows from, if it does from any such."""
    stated = (trace[key].winner for key in followed(fact) if key in trace)
    return next((one for one in stated if one is not None and one.source in STATED), None)


def followed(fact: Resolved) -> tuple[str, ...]:
    """The settings that one follows, or would: the one that decides first."""
    return next((one.origin.sources for one in fact.candidates if isinstance(one.origin, InferredOrigin)), ())


def decider(fact: Resolved) -> Candidate | None:
    """Who decides a setting, of those who state it; also what is wrong does."""
    stated = [one for one in fact.candidates if one.source in STATED and one.status in {"won", "rejected", "unused"}]
    return next((one for one in stated if one.cause != "not consulted"), None)
