"""Everything that is known after resolving, as rules and explanations ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from codemation.catalogue import Catalogue, dotted
from codemation.layers import Offers
from codemation.origin import EnvironmentOrigin, Origin, OverrideOrigin, Path
from codemation.precedence import Key, Place
from codemation.redaction import redact
from codemation.resolve import Decision, Layers, Resolution, decide_policy
from codemation.setting import ANY, Setting
from codemation.sources.environment import Environment
from codemation.sources.overrides import Override
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource
from codemation.switches import MODES, PRODUCTION

KIND: Key = ("runtime", "database", "kind")
URL: Key = ("runtime", "database", "url")
SQLITE_FILE_PATH: Key = ("runtime", "database", "sqliteFilePath")
SCHEDULER: Key = ("runtime", "scheduler", "kind")
EVENT_BUS: Key = ("runtime", "eventBus", "kind")
REDIS_URL: Key = ("runtime", "eventBus", "redisUrl")
LOG: Key = ("runtime", "log")
AUTH_KIND: Key = ("runtime", "auth", "kind")
UNAUTHENTICATED: Key = ("runtime", "auth", "allowUnauthenticatedInDevelopment")
OAUTH: Key = ("runtime", "auth", "oauth")
OIDC: Key = ("runtime", "auth", "oidc")
DIRECTORIES: Key = ("runtime", "workflowDiscovery", "directories")


class Facts:
    """The sources, what they offered, and what was decided.

    Spans are looked up only when an origin is asked for, so that a configuration with nothing to say costs nothing.
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

    @property
    def layers(self) -> Layers:
        """What the sources offered."""
        return self.offers.layers

    @property
    def variables(self) -> Mapping[Key, str | None]:
        """The variable in force for each setting that has one."""
        return self.offers.variables

    @cached_property
    def production(self) -> str | None:
        """The variable that says that this is production, if one does."""
        for name in MODES:
            text = self.environment.text(name)
            if text and text.lower() == PRODUCTION:
                return name
        return None

    def decision(self, key: Key) -> Decision:
        """What was decided for a setting of the host."""
        return self.resolution.hosts[key]

    def policy(self, workflow: str) -> dict[str, Decision]:
        """What was decided for each setting of a workflow's prune policy, by name."""
        found = self._policies.get(workflow)
        if found is None:
            found = decide_policy(self.catalogue, self.layers.policies[workflow], self.resolution.hosts)
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
        origin = OverrideOrigin() if place.source == "override" else self.source.origin(whole, dotted(whole))
        return redact(dotted(whole)), origin

    def said(self, place: Place, workflow: str | None = None) -> str:
        """A place in a sentence: "`DATABASE_URL`", "the override `app.database.url`"."""
        return f"{'the override ' if place.source == 'override' else ''}`{self.name(place, workflow)}`"

    def origin(self, place: Place, workflow: str | None = None) -> Origin:
        """Where a place is."""
        if place.source == "override":
            return OverrideOrigin()
        if place.source == "environment":
            name = self.name(place)
            return self.variable_origin(name)
        path = self.path(place, workflow)
        return self.source.origin(path, dotted(path))

    def reference(self, setting: Setting) -> Place | None:
        """The place that names this setting's variable, if any does."""
        if setting.reference is None:
            return None
        places = (Place("override", setting.reference, app_form=True), Place("app", setting.reference, app_form=True))
        return next((place for place in places if self.offered(place) is not None), None)
