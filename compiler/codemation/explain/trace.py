"""Every candidate of every setting, replayed from the places that decided: what `--explain` shows.

Secrets are masked here, so that no trace holds one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import takewhile
from typing import Any

from msgspec.structs import replace

from codemation.explain.candidates import Candidate, Cause, Resolved, Status, Trace
from codemation.origin import (
    DefaultOrigin,
    EnvironmentOrigin,
    FileOrigin,
    InferredOrigin,
    Origin,
    Path,
    Source,
    written_at,
)
from codemation.resolution.decision import Decision, Rejected
from codemation.resolution.inference import INFERENCES, follow, followed, infer
from codemation.resolution.layers import MISREAD_FILE, UNREADABLE
from codemation.resolution.lowering import in_force
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.catalogue import dotted
from codemation.settings.keys import Key
from codemation.settings.places import Place
from codemation.settings.setting import ANY, Setting
from codemation.sources.environment import COMPANION, Statement, Variable
from codemation.text.redaction import MASK, doubtful_url, redact, redact_value

BLANK = "set, but blank, which counts as unset"

UNCONTESTED = "no higher source says anything"
"""Why what somebody wrote is in force."""


def build_trace(model: SemanticModel) -> Trace:
    """Explain every setting: the host's, then each workflow's."""
    return tuple(subject.resolved() for subject in subjects(model))


def host_trace(model: SemanticModel) -> Trace:
    """Explain the settings of the host."""
    hosts = takewhile(lambda subject: subject.workflow is None, subjects(model))
    return tuple(subject.resolved() for subject in hosts)


def subjects(model: SemanticModel) -> Iterator[Subject]:
    """Every setting, in the order of a trace, not explained yet: there may be thousands, and one may be wanted."""
    for setting in model.catalogue.hosts:
        yield Subject(model, setting, None)
    for workflow in model.resolution.policies:
        for setting in model.catalogue.policies:
            yield Subject(model, setting, workflow)


class Subject:
    """One setting (of one workflow, if it has one for each), which `resolved` explains."""

    def __init__(self, model: SemanticModel, setting: Setting, workflow: str | None) -> None:
        self.model = model
        self.setting = setting
        self.workflow = workflow
        self.key = self._dotted(setting.runtime)
        self.app_key = self._dotted(setting.app) if setting.app else None

    @cached_property
    def decision(self) -> Decision:
        """What was decided."""
        hosts, name = self.model.resolution.hosts, self.setting.name
        return hosts[self.setting.runtime] if self.workflow is None else self.model.policy(self.workflow)[name]

    @property
    def tables(self) -> Mapping[Source, Mapping[Any, Any]]:
        """What each source offers."""
        layers = self.model.layers
        return layers.by_source() if self.workflow is None else layers.policies.of(self.workflow)

    def resolved(self) -> Resolved:
        """The setting with every candidate, the highest first."""
        decision = self.decision
        value = (
            self._masked(in_force(self.setting, decision, self.model.project.root)) if decision.state == "won" else None
        )
        return Resolved(
            key=self.key,
            app_key=self.app_key,
            value=value,
            status=decision.state,
            secret=self.setting.secret,
            candidates=tuple(self._candidates()),
        )

    def _candidates(self) -> Iterator[Candidate]:
        for place in self.model.catalogue.places[self.setting.runtime]:
            if place.source == "environment":
                yield from self._environment(place)
            elif not (place.source == "override" and self._same_override_later(place)):
                yield self._stated(place)
        yield from self._fallbacks()

    def _same_override_later(self, place: Place) -> bool:
        """One line is enough for the two keys of an override that nobody gave: the last stands for both."""
        places = [p for p in self.model.catalogue.places[self.setting.runtime] if p.source == "override"]
        blank = {o.path for o in self.model.overrides if o.blank}
        given = [p for p in places if self._offer(p) is not None or self.model.path(p, self.workflow) in blank]
        return place not in given and (bool(given) or place != places[-1])

    def _offer(self, place: Place) -> Any:
        by_name = self.workflow is not None and place.source != "override"
        return self.tables[place.source].get(place.key[-1] if by_name else place.key)

    def _stated(self, place: Place) -> Candidate:
        """A key of the file or an override."""
        offer = self._offer(place)
        origin = self.model.origin(place, self.workflow)
        if offer is None:
            blank = any(o.blank and o.path == self.model.path(place, self.workflow) for o in self.model.overrides)
            if place.source == "override" and blank:
                return Candidate(place.source, origin, "", "blank", "given, but blank, which counts as not given")
            if place.source in {"app", "runtime"} and self.model.source.broken:
                return Candidate(place.source, origin, None, "rejected", "the file could not be read")
            return Candidate(
                place.source, origin, None, "unset", "not given" if place.source == "override" else "not written"
            )
        return self._there(place, offer, origin)

    def _environment(self, place: Place) -> Iterator[Candidate]:
        """The variables that are looked at, what they hide, and the setting's own where another was named."""
        model = self.model
        setting = model.catalogue.by_key[place.key]
        reference = model.reference(setting)
        named_by = model.name(reference) if reference else ""
        names = self._names(place)
        if not names:
            origin = EnvironmentOrigin(setting.variable or "")
            yield Candidate("environment", origin, None, "rejected", self._why_unnamed(reference, named_by))
        for candidate in self._variables(place, names):
            if reference is not None and candidate.status == "won" and not candidate.implied:
                yield replace(candidate, reason=f"named by {self._named_by(reference)}", cause="named")
            else:
                yield candidate
        if reference is None or names == setting.variables or model.source.broken:
            return
        for own in setting.variables:
            found = [it for name in (own, own + COMPANION) if (it := model.environment.variable(name)) is not None]
            reason = f"not consulted: `{named_by}` names {f'`{names[0]}`' if names else 'another variable'} instead"
            yield from (self._not_consulted(place, variable, reason) for variable in found)
            if not found:
                yield Candidate("environment", EnvironmentOrigin(own), None, "unset", reason, cause="not consulted")

    def _not_consulted(self, place: Place, variable: Variable, reason: str) -> Candidate:
        """A setting's own variable where another is named in its place; a file that it names is not read."""
        origin = variable.origin
        if not variable.value:
            return Candidate("environment", origin, "", "blank", f"blank, and {reason}")
        unread = origin.variable.endswith(COMPANION)
        reason += "; its file is not read" if unread else ""
        value, implied = None if unread else self._value_of_text(place, variable.value), place.implies is not None
        return Candidate("environment", origin, value, "unused", reason, implied=implied, cause="not consulted")

    def _names(self, place: Place) -> tuple[str, ...]:
        """The variables that are looked at; none where the one to look at is not known."""
        name = self.model.variables.get(place.key)
        return self.model.offers.names.get(place.key, (name,) if name else ())

    def _why_unnamed(self, reference: Place | None, named_by: str) -> str:
        """Why the name of the variable is not known."""
        if self.model.source.broken:
            return "the file, which may name another variable, could not be read"
        offer = self.model.offered(reference) if reference else None
        if isinstance(offer, Rejected) and not offer.invalid:
            return f"another variable may be named, but {offer.reason}"
        return f"`{named_by}` names no variable"

    def _named_by(self, place: Place) -> str:
        """A key of the file with its line, or an override."""
        at = written_at(self.model.origin(place))
        return f"{self.model.said(place)} ({at})" if at else self.model.said(place)

    def _variables(self, place: Place, names: tuple[str, ...]) -> Iterator[Candidate]:
        """Every variable of these names, the highest rank first, then what is hidden, then what is not set."""
        environment, used = self.model.environment, self.model.variables.get(place.key)
        statements = environment.statements(names) if place.key in self.model.offers.names else ()
        offer = self._offer(place)
        told = [statement.variable for statement in statements]
        for statement in statements:
            if not statement.counts:
                yield Candidate("environment", statement.origin, "", "blank", BLANK)
            elif statement.variable == used:
                yield self._there(place, offer, statement.origin)
            else:
                yield self._not_used(place, statement)
        for name in names:
            if name not in told:
                yield from self._plain_variable(place, name, has_companion=name + COMPANION in told)
        for name in dict.fromkeys((*told, *names)):
            yield from self._hidden(place, name)

    def _plain_variable(self, place: Place, name: str, *, has_companion: bool) -> Iterator[Candidate]:
        """A variable that is no secret's, or is not set."""
        variable, offer = self.model.environment.variable(name), self._offer(place)
        if variable is not None and offer is None:
            yield Candidate("environment", variable.origin, "", "blank", BLANK)
        elif variable is not None:
            yield self._there(place, offer, variable.origin)
        elif isinstance(offer, Rejected) and name == self.model.variables.get(place.key):
            yield self._there(place, offer, self.model.origin(place))
        elif not has_companion:
            yield Candidate("environment", EnvironmentOrigin(name), None, "unset", "not set")

    def _hidden(self, place: Place, name: str) -> Iterator[Candidate]:
        """What env files say that a higher place says too: nobody judges it."""
        variable = self.model.environment.variable(name)
        if variable is None:
            return
        for text, origin in variable.hidden:
            above = "the process environment" if variable.origin.file is None else variable.origin.file
            reason, implied = f"hidden by the same variable in {above}", place.implies is not None
            value = None if self._names_a_file(place, name) else self._value_of_text(place, text) if text else ""
            yield Candidate("environment", origin, value, "hidden", reason, implied=implied)

    def _names_a_file(self, place: Place, name: str) -> bool:
        """Whether what a variable says is the path of a file with the value in it."""
        return self.model.catalogue.by_key[place.key].secret and name.endswith(COMPANION)

    def _not_used(self, place: Place, statement: Statement) -> Candidate:
        """What is said under a name of lower rank."""
        problem = self.model.offers.problems.get(place.key, {}).get(statement.variable)
        used = f"`{self.model.variables.get(place.key)}`"
        if place.implies is not None:
            said = f"a URL{' (even a wrong one)' if problem else ''} says {place.implies}, but {used} decided"
            return Candidate(place.source, statement.origin, place.implies, "outranked", said, implied=True)
        value = self._value_of_text(place, statement.text) if statement.problem is None else None
        if problem is not None:
            both = f"`{statement.other}` is set in the same place"
            why = both if statement.other else f"not valid: it {problem.text}"
            cause: Cause | None = None if statement.other else "not valid"
            return Candidate(place.source, statement.origin, value, "rejected", why, cause=cause)
        return Candidate(place.source, statement.origin, value, "outranked", f"{used} decided")

    def _there(self, place: Place, offer: Any, origin: Origin) -> Candidate:
        """A place that offers something, valid or not."""
        decision = self.decision
        decides = place == decision.place
        if offer is MISREAD_FILE or offer is UNREADABLE:
            unread: Cause | None = "file unread" if offer is UNREADABLE else None
            return Candidate(place.source, origin, None, "rejected", offer.reason, cause=unread)
        if place.implies is not None:
            said = f"a URL{' (even a wrong one)' if isinstance(offer, Rejected) else ''} says {place.implies}"
            if place.key[-1].endswith("Env"):
                said = f"it names a variable for the URL, which means {place.implies}"
            status: Status = "won" if decides else "outranked"
            reason = said if decides else f"{said}, but {self._above()} decided"
            return Candidate(place.source, origin, place.implies, status, reason, implied=True)
        if isinstance(offer, Rejected):
            value = self._rejected_value(place, origin)
            wrong: Cause | None = "not valid" if offer.invalid else None
            return Candidate(place.source, origin, value, "rejected", offer.reason, cause=wrong)
        lowered = Decision("won", place.lower(offer) if place.lower else offer)
        value = self._masked(in_force(self.setting, lowered, self.model.project.root))
        if not decides:
            return Candidate(place.source, origin, value, "outranked", f"{self._above()} decided")
        if decision.state == "unused":
            return self._unused(place.source, origin, value)
        return Candidate(place.source, origin, value, "won", UNCONTESTED, cause="uncontested")

    def _above(self) -> str:
        """What decided, as people call it."""
        decision = self.decision
        if decision.place is None:
            return "the default"
        if decision.place.source == "environment" and self.model.variables.get(decision.place.key) is None:
            return "a variable whose name is wrong"
        prefix = "the override " if decision.place.source == "override" else ""
        return f"{prefix}`{self.model.name(decision.place, self.workflow)}`"

    def _unused(self, source: Source, origin: Origin, value: Any) -> Candidate:
        """What would be in force if the setting applied."""
        reasons = [f"`{dotted(key)}` is {self.model.decision(key).value}" for key, _ in self.setting.applies]
        because = " and ".join(reasons)
        reason = f"does not apply: {because}"
        return Candidate(source, origin, value, "unused", reason, cause="does not apply", because=because)

    def _fallbacks(self) -> Iterator[Candidate]:
        """What is inferred, and the default."""
        setting = self.setting
        if setting.inference or setting.inherits:
            inferred = self._inferred()
            looked_at = (inferred and inferred.looked_at) or setting.looks_at or setting.inherits
            origin = InferredOrigin(
                (inferred and inferred.rule) or setting.inference or "inherited",
                tuple(self._dotted(key) for key in looked_at),
            )
            if inferred is None:
                yield Candidate("inferred", origin, None, "unset", "nothing to infer from")
            elif inferred.state == "rejected":
                yield Candidate("inferred", origin, None, "rejected", "what it follows is not decided")
            else:
                value = self._masked(inferred.value)
                yield self._fallback("inferred", origin, value, INFERENCES[origin.rule].reason(setting, inferred, self))
        if setting.default is not None:
            lowered = in_force(setting, Decision("won", setting.default), self.model.project.root)
            yield self._fallback("default", DefaultOrigin(), self._masked(lowered), "nobody says anything else")

    def _fallback(self, source: Source, origin: Origin, value: Any, reason: str) -> Candidate:
        decision = self.decision
        if decision.source == source:
            if decision.state == "unused":
                return self._unused(source, origin, value)
            return Candidate(
                source, origin, value, decision.state if decision.state != "rejected" else "outranked", reason
            )
        if decision.source == "inferred":
            return Candidate(source, origin, value, "outranked", "the inferred value decided")
        return Candidate(source, origin, value, "outranked", f"{self._above()} decided")

    def _inferred(self) -> Decision | None:
        """What inference says, whether it decided or not."""
        model, setting = self.model, self.setting
        if self.workflow is None:
            return infer(setting, model.layers, model.resolution.hosts)
        own, hosts = model.policy(self.workflow), model.resolution.hosts
        return follow({key: own[key[-1]] if ANY in key else hosts[key] for key in followed(setting, hosts)})

    # How an inference calls what it looked at:

    def spelled(self, key: Key) -> str:
        """A setting, in backquotes."""
        return f"`{self._dotted(key)}`"

    def value(self, key: Key) -> Any:
        """What is decided for a setting of the host."""
        return self.model.decision(key).value

    def stated_by(self, key: Key) -> str:
        """Who states a setting of the host, or names its variable, in backquotes."""
        place = self.model.decision(key).place or self.model.reference(self.model.catalogue.by_key[key])
        if place is None or (place.source == "environment" and self.model.variables.get(place.key) is None):
            return self.spelled(key)
        return f"`{self.model.name(place)}`"

    def _named(self, key: Key) -> Path:
        return tuple(self.workflow if part == ANY and self.workflow is not None else part for part in key)

    def _dotted(self, key: Key) -> str:
        # A workflow's name is its author's text.
        return redact(dotted(self._named(key)))

    def _value_of_text(self, place: Place, text: str) -> Any:
        """The value of a variable that did not count, as the setting would show it."""
        if place.implies is not None:
            return place.implies
        kind = self.setting.type.in_runtime_form()
        value = kind.parse(text) if text else ""
        return self._doubtful(value) if not text or kind.problem(value) else self._masked(value)

    def _rejected_value(self, place: Place, origin: Origin) -> Any:
        """What was refused, as it was written."""
        model = self.model
        if isinstance(origin, EnvironmentOrigin):
            if self.setting.secret and origin.variable.endswith(COMPANION):
                return None
            return self._doubtful(model.environment.text(origin.variable))
        path = model.path(place, self.workflow)
        if isinstance(origin, FileOrigin):
            return self._doubtful(model.source.value(path))
        return next((self._doubtful(o.value) for o in model.overrides if o.path == path), None)

    def _doubtful(self, value: Any) -> Any:
        """A refused value: where it might be a secret, only what surely is none."""
        if self.setting.type.harmless or value is None or value == "":
            return _storable(redact_value(value))
        return doubtful_url(value) if isinstance(value, str) else MASK

    def _masked(self, value: Any) -> Any:
        return _storable(redact_value(value))


def _storable(value: Any) -> Any:
    """Data that TOML and JSON can hold; anything else as its text."""
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _storable(item) for key, item in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
