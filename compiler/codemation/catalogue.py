"""All settings, collected from their declarations and looked up in every way that the others need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from codemation import app_form
from codemation.origin import Path, Source
from codemation.patterns import lazy
from codemation.setting import ANY, Section, Setting
from codemation.values import ValueType

Key = tuple[str, ...]
"""A setting's path in the runtime form: what identifies it."""

LAYERS: tuple[Source, ...] = ("override", "environment", "app", "runtime")
"""The sources that state values, highest first (spec section 3)."""

BARE_KEY = lazy(r"[A-Za-z0-9_-]+")


class Place(NamedTuple):
    """One place where a setting may be stated.

    `key` is looked up in the layer `source`: a path of the file or the overrides; in the environment the key of the
    setting whose variable it is. With `implies` the mere presence counts, and says that. `app_form` tells the
    vocabulary of the value there, and `lower` turns it into the runtime form's, where the two differ.
    """

    source: Source
    key: Key
    implies: Any = None
    app_form: bool = False
    lower: Callable[[Any], Any] | None = None


class Table:
    """A node of the two forms: its documentation, and its children by name (`ANY` for names that authors choose)."""

    __slots__ = ("children", "doc")

    def __init__(self, doc: str = "") -> None:
        self.doc = doc
        self.children: dict[str, Table | Leaf] = {}


class Leaf(NamedTuple):
    """A key of one of the forms, with the setting that it states and the form it is in."""

    setting: Setting
    app_form: bool


class Catalogue:
    """Every setting of the given sections.

    `settings` are those with a place in the runtime form, in its order, and `policies` the ones among them that exist
    once for each workflow; `references` name variables. `places` is the precedence: for each setting the places that
    may state it, highest first (a workflow's under the name `ANY`). `in_order` is `hosts`
    with what a setting is decided from before it. `policy_places` are a workflow's places by name for each
    layer, the lowest first, and `policies_that_follow` those that follow others of the same policy; `conditional` only count under a condition.
    """

    def __init__(self, sections: tuple[type[Section], ...], tables: dict[Key, str] | None = None) -> None:
        declared = [setting for section in sections for setting in section.settings]
        self.sections = sections
        self.hosts = tuple(s for s in declared if s.runtime and ANY not in s.runtime)
        self.policies = tuple(s for s in declared if s.runtime and ANY in s.runtime)
        self.settings = self.hosts + self.policies
        self.references = {s.app: s for s in declared if s.refers_to and s.app}
        self.exclusive = tuple((s.app, s.reference) for s in self.hosts if s.app and s.reference)
        self.by_key: dict[Key, Setting] = {s.runtime: s for s in self.settings if s.runtime}
        self.places: dict[Key, tuple[Place, ...]] = {key: self._places(s) for key, s in self.by_key.items()}
        self.in_order = tuple((s.runtime, s, self.places[s.runtime]) for s in _sorted_by_need(self.hosts) if s.runtime)
        self.policy_places = self._policy_places()
        self.policies_that_follow = tuple(s for s in self.policies if any(ANY in key for key in s.inherits))
        self._in_order: dict[tuple[bool, bool], tuple[tuple[Key, Setting, tuple[Place, ...]], ...]] = {}
        self.secret_paths = tuple(
            (path, s) for s in self.hosts if s.secret for path in (s.app, s.runtime) if path is not None
        )
        self.conditional = tuple((s.runtime, s) for s in self.hosts if s.applies and s.runtime)
        self.keyed = tuple((s.runtime, s) for s in self.hosts if s.runtime)
        self.runtime_tables = tuple(dict.fromkeys(key[1] for key, _ in self.keyed))
        self.own_variables: dict[Key, str | None] = {s.runtime: s.variable for s in self.hosts if s.variable and s.runtime}
        self.referring = tuple((s.runtime, s) for s in self.hosts if s.reference and s.runtime)
        self.variables: dict[str, tuple[Setting, ...]] = {}
        for setting in self.hosts:
            if setting.variable:
                self.variables[setting.variable] = (*self.variables.get(setting.variable, ()), setting)
        self.root = Table("Settings of a Codemation application.")
        self._plant(declared, tables or app_form.TABLES)
        self.checked = tuple((path, kind) for path, kind in self._kinds() if kind.checked)
        self._types: dict[str, Any] = {}

    def plan(self, *, overrides: bool, runtime: bool) -> tuple[tuple[Key, Setting, tuple[Place, ...]], ...]:
        """`in_order` without the places of layers that are empty: most projects have two of the four."""
        found = self._in_order.get((overrides, runtime))
        if found is None:
            absent = {name for name, present in (("override", overrides), ("runtime", runtime)) if not present}
            found = tuple((k, s, tuple(p for p in places if p.source not in absent)) for k, s, places in self.in_order)
            self._in_order[overrides, runtime] = found
        return found

    def leaf(self, path: Path) -> Leaf | None:
        """The setting at a path of either form, whatever name stands where authors choose one."""
        node = self.node(path)
        return node if isinstance(node, Leaf) else None

    def node(self, path: Path) -> Table | Leaf | None:
        """The table or setting at a path of either form."""
        node: Table | Leaf | None = self.root
        for name in path:
            if not isinstance(node, Table) or not isinstance(name, str):
                return None
            node = node.children.get(name) or node.children.get(ANY)
        return node

    def paths(self) -> Iterator[Key]:
        """The path of every setting in either form, in reading order."""
        pending: list[tuple[Key, Table]] = [((), self.root)]
        while pending:
            path, table = pending.pop(0)
            for name, child in table.children.items():
                if isinstance(child, Table):
                    pending.append(((*path, name), child))
                else:
                    yield (*path, name)

    def _kinds(self) -> Iterator[tuple[Key, ValueType]]:
        """Every path with the kind of its value."""
        for path in self.paths():
            leaf = self.leaf(path)
            if leaf is not None:
                yield path, leaf.setting.type if leaf.app_form else leaf.setting.type.in_runtime_form()

    def document_type(self) -> Any:
        """The msgspec type of a whole document: closed tables, every key optional."""
        if "document" not in self._types:
            self._types["document"] = _struct("Document", self.root)
        return self._types["document"]

    def _places(self, setting: Setting) -> tuple[Place, ...]:
        """The precedence of one setting (spec section 3): override, environment, app form, runtime form.

        Inside each layer the setting itself comes before the neighbours whose presence implies it.
        """
        assert setting.runtime is not None
        implied = tuple((self.by_key[key], value) for key, value in setting.implied_by)
        places: list[Place] = []
        for layer in LAYERS:
            places += _own(layer, setting)
            for neighbour, value in implied:
                stated = _own(layer, neighbour)
                if neighbour.reference and layer in {"override", "app"}:
                    stated.append(Place(layer, neighbour.reference))
                places += [place._replace(implies=value) for place in stated]
        return tuple(places)

    def _policy_places(self) -> tuple[tuple[Source, dict[Key | str, Place]], ...]:
        """A workflow's places, the lowest layer first, as they are looked up: overrides by path, the file's by name."""
        layers: dict[Source, dict[Key | str, Place]] = {}
        for setting in self.policies:
            for place in self.places[setting.runtime or ()]:
                by = place.key if place.source == "override" else setting.name
                layers.setdefault(place.source, {})[by] = place
        return tuple((source, layers[source]) for source in reversed(LAYERS) if source in layers)

    def _plant(self, declared: list[Setting], tables: dict[Key, str]) -> None:
        for path, doc in tables.items():
            self._table(path).doc = doc
        for section in self.sections:
            for table in (section.app, section.runtime):
                if table:
                    self._table(table).doc = (section.__doc__ or "").strip()
        for setting in declared:
            for path, is_app in ((setting.app, True), (setting.runtime, False)):
                if path:
                    self._table(path[:-1]).children.setdefault(path[-1], Leaf(setting, is_app))

    def _table(self, path: Key) -> Table:
        node = self.root
        for name in path:
            child = node.children.setdefault(name, Table())
            assert isinstance(child, Table), path
            node = child
        return node


def _sorted_by_need(settings: tuple[Setting, ...]) -> Iterator[Setting]:
    """The settings, each after those that it is decided from."""
    done: set[Key] = set()
    waiting = list(settings)
    while waiting:
        ready = [s for s in waiting if done.issuperset(s.inherits + s.looks_at)]
        assert ready, f"settings that wait for each other: {[s.runtime for s in waiting]}"
        yield from ready
        done.update(s.runtime for s in ready if s.runtime)
        waiting = [s for s in waiting if s.runtime not in done]


def _own(layer: Source, setting: Setting) -> list[Place]:
    """Where one layer may state this very setting."""
    assert setting.runtime is not None
    if layer == "environment":
        return [Place(layer, setting.runtime)] if setting.variable else []
    places = []
    if setting.app and layer in {"override", "app"}:
        places.append(Place(layer, setting.app, app_form=True, lower=setting.type.lower))
    if layer in {"override", "runtime"}:
        places.append(Place(layer, setting.runtime, lower=setting.type.in_runtime_form().lower))
    return places


def _struct(name: str, table: Table) -> Any:
    """A closed msgspec struct (or a mapping, where authors choose the names) for one table."""
    if ANY in table.children:
        return dict[str, _native(name, table.children[ANY])]  # type: ignore[misc]
    fields = [
        (f"f{position}", _native(f"{name}_{key}", child) | msgspec.UnsetType, msgspec.UNSET)
        for position, (key, child) in enumerate(table.children.items())
    ]
    rename = {f"f{position}": key for position, key in enumerate(table.children)}
    return msgspec.defstruct(name, fields, forbid_unknown_fields=True, rename=rename)


def _native(name: str, child: Table | Leaf) -> Any:
    if isinstance(child, Table):
        return _struct(name, child)
    kind = child.setting.type
    return (kind if child.app_form else kind.in_runtime_form()).native


def dotted(path: Path) -> str:
    """A path as TOML spells it: `workflows."a.b".prunePolicy`, `servers[0].url`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if BARE_KEY.fullmatch(part) else msgspec.json.encode(part).decode())
    return text


CATALOGUE = Catalogue(app_form.SECTIONS)
"""The settings of codemation."""
