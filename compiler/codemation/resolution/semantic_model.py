"""Everything that is known after resolving, as rules and explanations ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from codemation.diagnostics import Severity
from codemation.origin import EnvironmentOrigin, FileOrigin, Origin, OverrideOrigin, Path, Span
from codemation.resolution.decision import Decision, Layers, Resolution
from codemation.resolution.layers import Offers
from codemation.resolution.policies import decide_policy
from codemation.settings.catalogue import Catalogue, dotted
from codemation.settings.host_variables import AUTH_SECRET, MODES, PRODUCTION, SWITCHES, meant_for_production
from codemation.settings.keys import OAUTH, OIDC, Key
from codemation.settings.places import Place
from codemation.settings.setting import ANY, Setting
from codemation.sources.environment import Environment
from codemation.sources.overrides import Override
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource
from codemation.text.redaction import redact
from codemation.text.wording import quoted
from codemation.values import Problem
from codemation.values.variable_text import text_problem

Read = Literal["nothing", "file", "sources"]
"""What there is to go by: nothing for sure, the file, or all sources."""

READ: dict[Read, frozenset[Read]] = {
    "nothing": frozenset({"nothing"}),
    "file": frozenset({"nothing", "file"}),
    "sources": frozenset({"nothing", "file", "sources"}),
}
"""For each, what is there to go by as well."""


_READ_BY_THE_HOST = {name: name for name in (*MODES, *SWITCHES)}


class VariableFault(Struct, frozen=True):
    """One variable, what is wrong with it, and how much that matters."""

    variable: str
    problem: Problem
    severity: Severity


class SemanticModel:
    """The sources, what they offered, and what was decided.

    Spans are looked up only when an origin is asked for, so that a configuration with nothing to say costs nothing.
    `strangers` are the variables that are set, and state no setting. `production` is the variable that says that this
    is production, `None` if none does. `provider_variables` are those that providers of sign-in name, each with the
    places that name it. `other_problems` says, by name, what is wrong with variables that no setting takes its value
    from. `variable_faults` is what is wrong with variables, each once: those of settings, and then those that the host
    reads by itself; an error where the variable decides any of its settings, else a warning.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        project: Project,
        source: TomlSource,
        environment: Environment,
        overrides: tuple[Override, ...],
        offers: Offers,
        resolution: Resolution,
    ) -> None:
        self.catalogue = catalogue
        self.project = project
        self.source = source
        self.environment = environment
        self.overrides = overrides
        self.offers = offers
        self.resolution = resolution
        self._policies: dict[str, dict[str, Decision]] = {}
        known = catalogue.variables
        self.strangers = tuple([name for name in environment.names() if name not in known])
        read_by_the_host = environment.texts(_READ_BY_THE_HOST)
        said = [name for name, text in read_by_the_host if name in MODES and text.lower() == PRODUCTION]
        self.production = said[0] if said else None
        self.provider_variables = self._provider_variables()
        self.other_problems = self._other_problems(read_by_the_host)
        self.variable_faults = self._variable_faults()

    @property
    def layers(self) -> Layers:
        """What the sources offered."""
        return self.offers.layers

    @property
    def variables(self) -> Mapping[Key, str | None]:
        """The variable in force for each setting that has one."""
        return self.offers.variables

    def _other_problems(self, read_by_the_host: list[tuple[str, str]]) -> Mapping[str, Problem]:
        found: dict[str, Problem] = {}
        for name, text in read_by_the_host:
            if text and (problem := _host_problem(name, text)):
                found[name] = problem
        for name in (AUTH_SECRET, *self.provider_variables):
            for statement in self.environment.statements((name,)):
                problem = statement.problem or (text_problem(statement.text) if statement.text else None)
                if problem is not None:
                    found[statement.variable] = problem
                if statement.counts:
                    break
        return found

    def secret(self, name: str) -> str | None:
        """What a variable that the host reads holds, or the file that its companion names; blank for one that is."""
        statements = self.environment.statements((name,))
        return next((one.text or "?" for one in statements if one.counts), "" if statements else None)

    def _variable_faults(self) -> tuple[VariableFault, ...]:
        if not self.offers.problems and not self.other_problems:
            return ()
        keys: dict[str, tuple[Key, ...]] = {}
        for key, problems in self.offers.problems.items():
            for variable in problems:
                keys[variable] = (*keys.get(variable, ()), key)
        found = [
            VariableFault(
                variable,
                self.offers.problems[concerned[0]][variable],
                "error" if any(self._decides(variable, key) for key in concerned) else "warning",
            )
            for variable, concerned in keys.items()
        ]
        found += [
            VariableFault(name, problem, "warning" if problem.harmless else "error")
            for name, problem in self.other_problems.items()
        ]
        return tuple(found)

    def takes(self, variable: str, text: str) -> bool:
        """Whether a text would be right for whatever refuses the value that a variable has."""
        if variable in self.other_problems and _host_problem(variable, text):
            return False
        kinds = [self.catalogue.runtime_kinds[key] for key, found in self.offers.problems.items() if variable in found]
        return not any(text_problem(text, kind) or kind.problem(kind.parse(text)) for kind in kinds)

    def _decides(self, variable: str, key: Key) -> bool:
        """Whether the variable's value is what the setting got (and the setting counts)."""
        decision = self.decision(key)
        by_environment = decision.place is not None and decision.place.source == "environment"
        return decision.state == "rejected" and by_environment and self.variables[key] == variable

    def _provider_variables(self) -> Mapping[str, tuple[tuple[Place, Path], ...]]:
        found: dict[str, tuple[tuple[Place, Path], ...]] = {}
        for place, position, provider in self.providers():
            for key, name in provider.items():
                if key.endswith("Env"):
                    found[name] = (*found.get(name, ()), (place, (position, key)))
        return found

    def providers(self) -> Iterator[tuple[Place, int, Mapping[str, Any]]]:
        """Every provider of sign-in in force, with the setting that states it and its position in that."""
        for key in (OAUTH, OIDC):
            decision = self.resolution.hosts[key]
            if decision.state == "won" and decision.place:
                yield from ((decision.place, position, item) for position, item in enumerate(decision.value))

    def read(self) -> frozenset[Read]:
        """What there is to go by: see `Read`."""
        if self.source.broken or self.project.missing_root:
            return READ["nothing"]
        unreadable = [file for file in self.environment.files if file.unreadable]
        return READ["file" if unreadable else "sources"]

    def decision(self, key: Key) -> Decision:
        """What was decided for a setting of the host."""
        return self.resolution.hosts[key]

    def policy(self, workflow: str) -> dict[str, Decision]:
        """What was decided for each setting of a workflow's prune policy, by name."""
        found = self._policies.get(workflow)
        if found is None:
            found = decide_policy(self.catalogue, self.layers.policies.of(workflow), self.resolution.hosts)
            self._policies[workflow] = found
        return found

    def offered(self, place: Place) -> object:
        """What a place offers: a value, a `Rejected`, or `None` for nothing."""
        return self.layers.by_source()[place.source].get(place.key)

    def path(self, place: Place, workflow: str | None = None) -> Path:
        """The path of a place in its file or among the overrides."""
        return tuple(workflow if part == ANY and workflow is not None else part for part in place.key)

    def name(self, place: Place, workflow: str | None = None) -> str:
        """A place as its owner spells it: `DATABASE_URL`, `app.database.url`."""
        if place.source == "environment":
            return self.variables.get(place.key) or "?"
        # A workflow's name is its author's text.
        return redact(dotted(self.path(place, workflow)))

    def variable_origin(self, name: str) -> EnvironmentOrigin:
        """Where a variable is set, or may be."""
        variable = self.environment.variable(name)
        return variable.origin if variable else self.environment.misread(name) or EnvironmentOrigin(name)

    def inside(self, place: Place, path: Path) -> tuple[str, Origin]:
        """How a place inside of a value is spelt, and where it is."""
        whole = (*self.path(place), *path)
        key = dotted(whole)
        origin = OverrideOrigin(redact(key)) if place.source == "override" else self.source.origin(whole, key)
        return redact(dotted(whole)), origin

    def said(self, place: Place, workflow: str | None = None) -> str:
        """A place in a sentence: "`DATABASE_URL`", "the override `app.database.url`"."""
        return f"{'the override ' if place.source == 'override' else ''}`{self.name(place, workflow)}`"

    def origin(self, place: Place, workflow: str | None = None) -> Origin:
        """The origin of what a place states, or would."""
        if place.source == "override":
            return OverrideOrigin(redact(dotted(self.path(place, workflow))))
        if place.source == "environment":
            name = self.name(place)
            return self.variable_origin(name)
        path = self.path(place, workflow)
        return self.source.origin(path, dotted(path))

    def locate(self, origin: Origin | None, *, on_key: bool) -> tuple[str | None, Span | None]:
        """The file and the span of an origin: of its value, or `on_key` of its key; else of the other."""
        if isinstance(origin, FileOrigin):
            spans = (origin.key_span, origin.value_span) if on_key else (origin.value_span, origin.key_span)
            return origin.file, spans[0] or spans[1]
        if isinstance(origin, EnvironmentOrigin) and origin.file is not None:
            return origin.file, self.environment.span(origin)
        return None, None

    def reference(self, setting: Setting) -> Place | None:
        """The place that names this setting's variable, if any does."""
        if setting.reference is None:
            return None
        places = (Place("override", setting.reference, app_form=True), Place("app", setting.reference, app_form=True))
        return next((place for place in places if self.offered(place) is not None), None)


def _host_problem(name: str, text: str) -> Problem | None:
    """What is wrong with a variable that the host reads by itself; what is only doubtful is `harmless`."""
    problem = text_problem(text)
    if problem is not None or (name not in SWITCHES and name not in MODES):
        return problem
    if name in SWITCHES:
        return SWITCHES[name].problem(text)
    if not meant_for_production(text):
        return None
    return Problem(
        "CM201",
        f"is {quoted(text)}, which is not `{PRODUCTION}`: the rules of production are off",
        f"write {name}={PRODUCTION} if it is meant",
        harmless=True,
    )
