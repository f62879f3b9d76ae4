"""Environments of one project, or of several, setting by setting: what `codemation diff` prints.

A setting differs where its value or who decides it does; the place alone is no difference. What merely follows from
another difference is told apart from what was said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from codemation.explain.answer import candidate_name
from codemation.explain.candidates import STATED, Candidate, Resolved
from codemation.explain.page import relative
from codemation.explain.touched import followed, said_behind
from codemation.explain.trace import build_trace
from codemation.origin import EnvironmentOrigin, Source, line_of
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.catalogue import dotted
from codemation.settings.keys import KIND, SCHEDULER
from codemation.settings.places import LAYERS
from codemation.sources.environment import COMPANION

KINDS: Final = frozenset({dotted(KIND), dotted(SCHEDULER)})
"""What is told with its cause, though nobody may state it."""


class Side(Struct, frozen=True):
    """A setting on one side: its value (masked) and its state; who decided, by layer and by name; and why, in words.

    `shown` is the value as it compares: paths in the project are relative to its root. `stated` is what somebody said
    that decided it, or that it follows from; the lower its `rank`, the more that counts. `silent` tells what
    the variables do that say nothing here, though a setting like this one looks at them.
    """

    value: Any
    shown: Any
    status: str
    source: str | None = None
    name: str | None = None
    because: str | None = None
    stated: Candidate | None = None
    rank: tuple[int, int] = (0, 0)
    silent: Mapping[str, str] = {}

    def silence(self, one: Candidate) -> str:
        """That something which is said elsewhere is not said here, in words."""
        name = candidate_name(one)
        if not isinstance(one.origin, EnvironmentOrigin):
            return f"{name} is not written"
        return f"{name} {self.silent.get(name.removesuffix(COMPANION), 'is not named')}"

    def replaced(self, one: Candidate) -> bool:
        """Whether another variable is named here in place of what is said elsewhere."""
        return self.silence(one).endswith(PASSED_OVER)


class Difference(Struct, frozen=True):
    """A setting that differs, by all sides. `follows`: nobody states it, it comes with another difference.

    `secret_differs` tells that the sides look alike only because they are masked.
    """

    key: str
    app_key: str | None
    sides: tuple[Side, ...]
    follows: bool
    secret_differs: bool


_SOURCES: Final[tuple[Source, ...]] = (*LAYERS, "inferred", "default")
NOBODY: Final = (len(_SOURCES), 0)
"""Below all ranks."""
PASSED_OVER: Final = "is not consulted"
ABSENT: Final = Side(None, None, "absent")
"""A workflow that a side does not have."""


def differences(models: Sequence[SemanticModel]) -> tuple[Difference, ...]:
    """The settings whose value or deciding name is not the same in all models, in the order of the forms."""
    traces = [{fact.key: fact for fact in build_trace(model)} for model in models]
    secrets = [_secrets(model) for model in models]
    found = []
    for key in dict.fromkeys(key for trace in traces for key in trace):
        sides = tuple(
            _side(model, trace, trace[key]) if key in trace else ABSENT
            for model, trace in zip(models, traces, strict=True)
        )
        same = len({_compared(side) for side in sides}) == 1
        secret = same and any(secret.get(key) != secrets[0].get(key) for secret in secrets)
        if secret or not same:
            stated = any(side.source in STATED for side in sides)
            app_key = next(trace[key].app_key for trace in traces if key in trace)
            found.append(Difference(key, app_key, sides, not stated and key not in KINDS, secret))
    return tuple(found)


def _compared(side: Side) -> tuple[str, str, str | None, str | None]:
    return repr(side.shown), side.status, side.source, side.name


def _secrets(model: SemanticModel) -> dict[str, Any]:
    """The plain values of secrets, to compare and for nothing else."""
    return {
        dotted(setting.runtime): model.resolution.value(setting.runtime)
        for setting in model.catalogue.hosts
        if setting.secret
    }


def _side(model: SemanticModel, trace: Mapping[str, Resolved], fact: Resolved) -> Side:
    winner, silent = fact.winner, _silent(trace, fact)
    if winner is None:
        said = next((one for one in fact.candidates if one.status == fact.status != "unset"), None)
        reason = (said.because or said.reason) if said else None
        stated = said if said is not None and said.source in STATED else None
        rank = _rank(model, said, stated) if said is not None else NOBODY
        return Side(None, None, fact.status, because=reason, stated=stated, rank=rank, silent=silent)
    stated = winner if winner.source in STATED else said_behind(trace, fact)
    return Side(
        fact.value,
        relative(fact.value, model.project.root),
        "won",
        winner.source,
        candidate_name(winner),
        _because(trace, fact, winner),
        stated,
        _rank(model, winner, stated),
        silent,
    )


def _rank(model: SemanticModel, winner: Candidate, stated: Candidate | None) -> tuple[int, int]:
    """How high what decided a setting stands: its layer, and in the environment the place of its name."""
    origin, names = stated.origin if stated else None, list(model.catalogue.variables)
    name = origin.variable.removesuffix(COMPANION) if isinstance(origin, EnvironmentOrigin) else ""
    return _SOURCES.index(winner.source), names.index(name) if name in names else -1


def _silent(trace: Mapping[str, Resolved], fact: Resolved) -> dict[str, str]:
    """What the variables do that a setting looks at, or what it follows from, where they say nothing."""
    looked_at = [fact, *(trace[key] for key in followed(fact) if key in trace)]
    found = dict[str, str]()
    for one in (one for it in looked_at for one in it.candidates if isinstance(one.origin, EnvironmentOrigin)):
        passed = PASSED_OVER if one.cause == "not consulted" else "is not set"
        found[candidate_name(one).removesuffix(COMPANION)] = "is blank" if one.status == "blank" else passed
    return found


def _because(trace: Mapping[str, Resolved], fact: Resolved, winner: Candidate) -> str | None:
    """Why a candidate won, in words; `None` where nobody said anything."""
    origin = winner.origin
    if winner.source == "inferred":
        said = said_behind(trace, fact)
        if said is None or not isinstance(said.origin, EnvironmentOrigin):
            return winner.reason
        origin = said.origin
    elif winner.source not in STATED:
        return None
    if isinstance(origin, EnvironmentOrigin):
        return f"{origin.variable} is set"
    return f"{line_of(origin) or 'an override'} says so"
