"""Every candidate of every setting, replayed from the places that decided: what `--explain` shows.

Secrets are masked here, so that no trace holds one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import takewhile
from typing import Any

from msgspec.structs import replace

from codemation.catalogue import dotted
from codemation.facts import Facts
from codemation.layers import MISREAD_FILE, UNREADABLE
from codemation.lower import in_force
from codemation.origin import (
    Candidate,
    DefaultOrigin,
    EnvironmentOrigin,
    FileOrigin,
    InferredOrigin,
    Origin,
    OverrideOrigin,
    Path,
    Resolved,
    Source,
    Status,
    Trace,
)
from codemation.precedence import Key, Place
from codemation.redaction import MASK, mask_url, redact, redact_value
from codemation.resolve import INFERENCES, Decision, Rejected, inherited
from codemation.setting import ANY, Setting

NOT_CONSULTED = "not consulted"
"""How the reason begins for a variable that another one stands in for."""


def build_trace(facts: Facts) -> Trace:
    """Explain every setting: the host's, then each workflow's."""
    return tuple(subject.resolved() for subject in subjects(facts))


def host_trace(facts: Facts) -> Trace:
    """Explain the settings of the host."""
    hosts = takewhile(lambda subject: subject.workflow is None, subjects(facts))
    return tuple(subject.resolved() for subject in hosts)


def subjects(facts: Facts) -> Iterator[Subject]:
    """Every setting, in the order of a trace, not explained yet: there may be thousands, and one may be wanted."""
    for setting in facts.catalogue.hosts:
        yield Subject(facts, setting, None)
    for workflow in facts.resolution.policies:
        for setting in facts.catalogue.policies:
            yield Subject(facts, setting, workflow)


class Subject:
    """One setting (of one workflow, if it has one for each), which `resolved` explains."""

    def __init__(self, facts: Facts, setting: Setting, workflow: str | None) -> None:
        self.facts = facts
        self.setting = setting
        self.workflow = workflow
        self.key = self._dotted(setting.runtime)
        self.app_key = self._dotted(setting.app) if setting.app else None

    @cached_property
    def decision(self) -> Decision:
        """What was decided."""
        hosts, name = self.facts.resolution.hosts, self.setting.name
        return hosts[self.setting.runtime] if self.workflow is None else self.facts.policy(self.workflow)[name]

    @property
    def tables(self) -> Mapping[Source, Mapping[Any, Any]]:
        """What each source offers."""
        layers = self.facts.layers
        return layers.by_source() if self.workflow is None else layers.policies[self.workflow]

    def resolved(self) -> Resolved:
        """The setting with every candidate, the highest first."""
        decision = self.decision
        value = (
            self._masked(in_force(self.setting, decision, self.facts.project.root)) if decision.state == "won" else None
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
        for place in self.facts.catalogue.places[self.setting.runtime]:
            if place.source == "environment":
                yield from self._environment(place)
            elif not (place.source == "override" and self._same_override_later(place)):
                yield self._stated(place)
        yield from self._fallbacks()

    def _same_override_later(self, place: Place) -> bool:
        """One line is enough for the two keys of an override that nobody gave: the last stands for both."""
        places = [p for p in self.facts.catalogue.places[self.setting.runtime] if p.source == "override"]
        blank = {o.path for o in self.facts.overrides if o.blank}
        given = [p for p in places if self._offer(p) is not None or self.facts.path(p, self.workflow) in blank]
        return place not in given and (bool(given) or place != places[-1])

    def _offer(self, place: Place) -> Any:
        by_name = self.workflow is not None and place.source != "override"
        return self.tables[place.source].get(place.key[-1] if by_name else place.key)

    def _stated(self, place: Place) -> Candidate:
        """A key of the file or an override."""
        offer = self._offer(place)
        origin: Origin = OverrideOrigin() if place.source == "override" else self.facts.origin(place, self.workflow)
        if offer is None:
            blank = any(o.blank and o.path == self.facts.path(place, self.workflow) for o in self.facts.overrides)
            if place.source == "override" and blank:
                return Candidate(place.source, origin, "", "blank", "given, but blank, which counts as not given")
            if place.source in {"app", "runtime"} and self.facts.source.broken:
                return Candidate(place.source, origin, None, "rejected", "the file could not be read")
            return Candidate(
                place.source, origin, None, "unset", "not given" if place.source == "override" else "not written"
            )
        return self._there(place, offer, origin)

    def _environment(self, place: Place) -> Iterator[Candidate]:
        """The variable in force, what it hides, and the setting's own variable where another was named."""
        facts = self.facts
        setting = facts.catalogue.by_key[place.key]
        name = facts.variables.get(place.key)
        reference = facts.reference(setting)
        named_by = facts.name(reference) if reference else ""
        if name is None:
            origin = EnvironmentOrigin(setting.variable or "")
            yield Candidate("environment", origin, None, "rejected", self._why_unnamed(reference, named_by))
        else:
            for candidate in self._variable(place, name):
                won = candidate.status == "won" and reference is not None and not candidate.implied
                yield replace(candidate, reason=f"named by {self._placed(reference)}") if won else candidate
        if reference is not None and setting.variable and name != setting.variable and not facts.source.broken:
            own = facts.environment.variable(setting.variable)
            origin = own.origin if own else EnvironmentOrigin(setting.variable)
            if own is not None and own.value:
                reason = (
                    f"{NOT_CONSULTED}: `{named_by}` names {'another variable' if name is None else f'`{name}`'} instead"
                )
                value = self._value_of_text(place, own.value)
                yield Candidate("environment", origin, value, "unused", reason, implied=place.implies is not None)
            elif own is not None:
                yield Candidate("environment", origin, "", "blank", f"blank, and `{named_by}` replaces it")
            else:
                yield Candidate("environment", origin, None, "unset", f"{NOT_CONSULTED}: `{named_by}` replaces it")

    def _why_unnamed(self, reference: Place | None, named_by: str) -> str:
        """Why the name of the variable is not known."""
        if self.facts.source.broken:
            return "the file, which may name another variable, could not be read"
        offer = self.facts.offered(reference) if reference else None
        if isinstance(offer, Rejected) and offer.reason.startswith("`"):
            return f"another variable may be named, but {offer.reason}"
        return f"`{named_by}` names no variable"

    def _placed(self, place: Place | None) -> str:
        """A key of the file with its line, or an override."""
        if place is None:
            return ""
        origin = self.facts.origin(place)
        if isinstance(origin, FileOrigin) and origin.key_span:
            start = origin.key_span.start
            return f"`{self.facts.name(place)}` ({origin.file}:{start.line}:{start.column})"
        return f"the override `{self.facts.name(place)}`"

    def _variable(self, place: Place, name: str) -> Iterator[Candidate]:
        variable = self.facts.environment.variable(name)
        offer = self._offer(place)
        if variable is None:
            if isinstance(offer, Rejected):
                yield self._there(place, offer, self.facts.origin(place))
            else:
                yield Candidate("environment", EnvironmentOrigin(name), None, "unset", "not set")
            return
        if offer is None:
            yield Candidate("environment", variable.origin, "", "blank", "set, but blank, which counts as unset")
        else:
            yield self._there(place, offer, variable.origin)
        for text, origin in variable.hidden:
            above = "the process environment" if variable.origin.file is None else f"{variable.origin.file}"
            value = self._value_of_text(place, text)
            yield Candidate("environment", origin, value, "outranked", f"hidden by the same variable in {above}")

    def _there(self, place: Place, offer: Any, origin: Origin) -> Candidate:
        """A place that offers something, valid or not."""
        decision = self.decision
        decides = place == decision.place
        if offer is MISREAD_FILE or offer is UNREADABLE:
            return Candidate(place.source, origin, None, "rejected", offer.reason)
        if place.implies is not None:
            said = f"a URL{' (even a wrong one)' if isinstance(offer, Rejected) else ''} says {place.implies}"
            if place.key[-1].endswith("Env"):
                said = f"`{self.facts.name(place)}` names a variable for the URL, which means {place.implies}"
            status: Status = "won" if decides else "outranked"
            reason = said if decides else f"{said}, but {self._above()} decided"
            return Candidate(place.source, origin, place.implies, status, reason, implied=True)
        if isinstance(offer, Rejected):
            value = self._rejected_value(place, origin)
            return Candidate(place.source, origin, value, "rejected", offer.reason)
        lowered = Decision("won", place.lower(offer) if place.lower else offer)
        value = self._masked(in_force(self.setting, lowered, self.facts.project.root))
        if not decides:
            return Candidate(place.source, origin, value, "outranked", f"{self._above()} decided")
        if decision.state == "unused":
            return Candidate(place.source, origin, value, "unused", self._why_unused())
        return Candidate(place.source, origin, value, "won", "no higher source says anything")

    def _above(self) -> str:
        """What decided, as people call it."""
        decision = self.decision
        if decision.place is None:
            return "the default"
        if decision.place.source == "environment" and self.facts.variables.get(decision.place.key) is None:
            return "a variable whose name is wrong"
        prefix = "the override " if decision.place.source == "override" else ""
        return f"{prefix}`{self.facts.name(decision.place, self.workflow)}`"

    def _why_unused(self) -> str:
        reasons = [f"`{dotted(key)}` is {self.facts.decision(key).value}" for key, _ in self.setting.applies]
        return f"does not apply: {' and '.join(reasons)}"

    def _fallbacks(self) -> Iterator[Candidate]:
        """What is inferred, and the default."""
        setting = self.setting
        if setting.inference or setting.inherits:
            inferred = self._inferred()
            looked_at = setting.looks_at or setting.inherits
            origin = InferredOrigin(
                (inferred and inferred.rule) or setting.inference or "inherited",
                tuple(self._dotted(key) for key in looked_at),
            )
            if inferred is None or inferred.state == "unset":
                yield Candidate("inferred", origin, None, "unset", "nothing to infer from")
            elif inferred.state == "rejected":
                yield Candidate("inferred", origin, None, "rejected", "what it follows is not decided")
            else:
                value = self._masked(inferred.value)
                yield self._fallback("inferred", origin, value, self._why_inferred(inferred))
        if setting.default is not None:
            lowered = in_force(setting, Decision("won", setting.default), self.facts.project.root)
            yield self._fallback("default", DefaultOrigin(), self._masked(lowered), "nobody says anything else")

    def _fallback(self, source: Source, origin: Origin, value: Any, reason: str) -> Candidate:
        decision = self.decision
        if decision.source == source:
            status: Status = decision.state if decision.state != "rejected" else "outranked"
            return Candidate(source, origin, value, status, self._why_unused() if status == "unused" else reason)
        if decision.source == "inferred":
            return Candidate(source, origin, value, "outranked", "the inferred value decided")
        return Candidate(source, origin, value, "outranked", f"{self._above()} decided")

    def _inferred(self) -> Decision | None:
        """What inference says, whether it decided or not."""
        facts, setting = self.facts, self.setting
        if setting.inference:
            return INFERENCES[setting.inference](setting, facts.layers, facts.resolution.hosts)
        own = facts.policy(self.workflow) if self.workflow is not None else {}
        parents = {key: own[key[-1]] if ANY in key else facts.decision(key) for key in setting.inherits}
        decision = inherited(setting, parents)
        return decision if decision.source == "inferred" else None

    def _why_inferred(self, inferred: Decision) -> str:
        named = [f"`{self._dotted(key)}`" for key in inferred.looked_at]
        if inferred.rule == "inherited":
            return f"follows {named[0]}"
        if inferred.rule == "least":
            return f"the least of {' and '.join(named)}"
        if inferred.rule == "at-most-the-limit":
            return f"the default would be more than {named[0]}"
        if inferred.rule == "redis-means-queue":
            return f"a Redis URL means queue workers ({self._redis_source(inferred)})"
        said = [f"`{dotted(key)}` is {self.facts.decision(key).value}" for key in inferred.looked_at[:1]]
        if inferred.value == "memory":
            return f"follows the scheduler: `{dotted(self.setting.looks_at_names[0])}` is inline"
        return f"follows the scheduler: {said[0]}" if self._scheduler_queues(inferred) else "there is a Redis URL"

    def _redis_source(self, inferred: Decision) -> str:
        """Who offers the Redis URL, or names its variable."""
        key = inferred.looked_at[0]
        decision = self.facts.decision(key)
        place = decision.place or self.facts.reference(self.facts.catalogue.by_key[key])
        if place is None or (place.source == "environment" and self.facts.variables.get(place.key) is None):
            return f"`{dotted(key)}`"
        return f"`{self.facts.name(place)}`"

    def _scheduler_queues(self, inferred: Decision) -> bool:
        return bool(self.facts.decision(inferred.looked_at[0]).value == "bullmq")

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
        facts = self.facts
        if isinstance(origin, EnvironmentOrigin):
            return self._doubtful(facts.environment.text(origin.variable))
        path = facts.path(place, self.workflow)
        if isinstance(origin, FileOrigin):
            value: Any = facts.source.data
            for part in path:
                value = value.get(part) if isinstance(value, dict) else None
            return self._doubtful(value)
        return next((self._doubtful(o.value) for o in facts.overrides if o.path == path), None)

    def _doubtful(self, value: Any) -> Any:
        """A refused value: where it might be a secret, only what surely is none."""
        if self.setting.type.harmless or value is None or value == "":
            return _plain(redact_value(value))
        masked = mask_url(value) if isinstance(value, str) and value.startswith(PREFIXES) else MASK
        return masked if masked != value or "@" not in masked else MASK

    def _masked(self, value: Any) -> Any:
        return _plain(redact_value(value))


PREFIXES = ("postgresql://", "postgres://", "redis://", "rediss://", "unix://")


def _plain(value: Any) -> Any:
    """Data that TOML and JSON can hold; anything else as its text."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
