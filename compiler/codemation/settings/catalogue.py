"""All settings, collected from their declarations and looked up in every way that the others need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import cast

import msgspec

from codemation.origin import Path, Source
from codemation.settings import app_form
from codemation.settings.keys import Key
from codemation.settings.places import LAYERS, Place, places_of, sorted_by_need
from codemation.settings.setting import ANY, Section, Setting, split
from codemation.text.wording import fold
from codemation.values import ItemArray, ValueType


class Table:
    """A node of the two forms: its documentation, and its children by name (`ANY` for names that authors choose)."""

    def __init__(self, doc: str = "") -> None:
        self.doc = doc
        self.children: dict[str, Table | Leaf] = {}

    def child(self, name: str | int) -> Table | Leaf | None:
        """What a name stands for, also one that its author chose; a position in an array stands for nothing."""
        found = self.children.get(name)  # type: ignore[arg-type]
        return self.children.get(ANY) if found is None and type(name) is str else found

    @cached_property
    def folded(self) -> dict[str, Table | Leaf]:
        """The children by what is left of their names without what people get wrong."""
        return {fold(name): child for name, child in self.children.items()}

    def near(self, name: str | int) -> Table | Leaf | None:
        """What a name stands for, also one that is spelt otherwise."""
        return self.child(name) or (self.folded.get(fold(name)) if type(name) is str else None)


class Leaf(msgspec.Struct, frozen=True):
    """A key of one of the forms: the setting that it states, the form it is in, and the kind of its value there."""

    path: Key
    setting: Setting
    app_form: bool
    kind: ValueType


Readers = Mapping[Key, tuple[tuple[Key, int, Place], ...]]
"""By the name of what is stated: the settings that read it, each with the rank of that place among its own."""


class Catalogue:
    """Every setting of the given sections, and the views of them that the other modules look things up in.

    `settings` are those with a place in the runtime form: the `hosts`, in its order, and the `policies`, which exist
    once for each workflow. `references` are the keys that name variables, each with the setting that it
    names one for. `places` is the precedence of each setting, a workflow's under the name `ANY`. `root` is the tree of
    both forms.
    """

    def __init__(self, sections: tuple[type[Section], ...], tables: dict[Key, str] | None = None) -> None:
        declared = [setting for section in sections for setting in section.settings]
        self.sections = sections
        self.hosts = tuple(s for s in declared if s.runtime and ANY not in s.runtime)
        self.policies = tuple(s for s in declared if s.runtime and ANY in s.runtime)
        self.settings = self.hosts + self.policies
        self.references = tuple((s.app, s.refers_to) for s in declared if s.refers_to and s.app)
        self.exclusive = tuple((s.app, s.reference) for s in self.hosts if s.reference)
        self.by_key: dict[Key, Setting] = {s.runtime: s for s in self.settings}
        self.places: dict[Key, tuple[Place, ...]] = {key: places_of(s, self.by_key) for key, s in self.by_key.items()}
        self.readers = self._readers()
        self.following = tuple((s.runtime, s) for s in sorted_by_need(self.hosts) if s.inference or s.inherits)
        self.policy_places = self._policy_places()
        self.policy_keys = frozenset(s.runtime for s in self.policies)
        self.secret_paths = tuple((path, s) for s in self.hosts if s.secret for path in (s.app, s.runtime) if path)
        self.conditional = tuple((s.runtime, s) for s in self.hosts if s.applies)
        self.retention = tuple(s.runtime for s in self.hosts if s.runtime[1] == "retention")
        self.paths_by_key = {s.runtime: s.type for s in self.hosts if type(s.type).rooted is not ValueType.rooted}
        self.runtime_kinds = {s.runtime: s.type.in_runtime_form() for s in self.settings}
        self.limited = tuple((s.runtime, s) for s in self.hosts if s.inference == "at-most-the-limit")
        self.own_variables = {s.runtime: s.variables[0] for s in self.hosts if s.variables and not s.secret}
        self.secret_variables = tuple((s.runtime, s) for s in self.hosts if s.variables and s.secret)
        self.variables: dict[str, tuple[Setting, ...]] = {}
        for setting in self.hosts:
            for name in setting.variables:
                self.variables[name] = (*self.variables.get(name, ()), setting)
        self.root = Table("Settings of a Codemation application.")
        self._plant(declared, tables or app_form.TABLES)
        self.kinds = tuple((path, leaf.kind) for path, leaf in self._leaves())
        self.unique_paths = tuple(path for path, kind in self.kinds if isinstance(kind, ItemArray) and kind.unique)

    def leaf(self, path: Path) -> Leaf | None:
        """The setting at a path of either form, whatever name stands where authors choose one."""
        node = self.node(path)
        return node if isinstance(node, Leaf) else None

    def node(self, path: Path) -> Table | Leaf | None:
        """The table or setting at a path of either form."""
        node: Table | Leaf | None = self.root
        for name in path:
            if type(node) is not Table:
                return None
            node = node.child(name)
        return node

    def leaf_above(self, path: Path, *, near: bool = False) -> tuple[Key, Leaf] | None:
        """The setting at a path or around it, with its own path: a place inside of a value belongs to the setting.

        `near` also takes names that are spelt otherwise.
        """
        node = self.root
        for length, name in enumerate(path, 1):
            found = node.children.get(name)  # type: ignore[arg-type]
            if found is None:
                found = node.near(name) if near else node.child(name)
            if type(found) is Leaf:
                return cast("Key", path[:length]), found
            if type(found) is not Table:
                return None
            node = found
        return None

    def paths(self) -> Iterator[Key]:
        """The path of every setting in either form, in reading order."""
        return (path for path, _ in self._leaves())

    def keys_under(self, names: Iterable[str]) -> Iterator[Key]:
        """The keys of the settings that dotted names stand for, or the tables around them, in the runtime form.

        Raises:
            LookupError: a name stands for none.
        """
        for name in names:
            found = self._under.get(split(name))
            if not found:
                message = f"there is no setting {name}"
                raise LookupError(message)
            yield from found

    @cached_property
    def _under(self) -> dict[Key, list[Key]]:
        """The settings at each key of the runtime form, and in each table."""
        found: dict[Key, list[Key]] = {}
        for key in self.by_key:
            for length in range(1, len(key) + 1):
                found.setdefault(key[:length], []).append(key)
        return found

    def _leaves(self) -> Iterator[tuple[Key, Leaf]]:
        pending: list[tuple[Key, Table]] = [((), self.root)]
        while pending:
            path, table = pending.pop(0)
            for name, child in table.children.items():
                if isinstance(child, Table):
                    pending.append(((*path, name), child))
                else:
                    yield (*path, name), child

    def _readers(self) -> tuple[Readers, Readers, Readers]:
        """For overrides, environment and file: which settings read what is stated under a name there, at which rank."""
        found: dict[Source, dict[Key, tuple[tuple[Key, int, Place], ...]]] = {layer: {} for layer in LAYERS}
        found["runtime"] = found["app"]  # one file
        for key in (setting.runtime for setting in self.hosts):
            for rank, place in enumerate(self.places[key]):
                layer = found[place.source]
                layer[place.key] = (*layer.get(place.key, ()), (key, rank, place))
        return found["override"], found["environment"], found["app"]

    def _policy_places(self) -> tuple[tuple[Setting, tuple[tuple[Place, Key | str], ...]], ...]:
        """A workflow's settings with their places, and how each is looked up: overrides by path, the file's by name."""
        return tuple(
            (s, tuple((p, p.key if p.source == "override" else s.name) for p in self.places[s.runtime]))
            for s in self.policies
        )

    def _plant(self, declared: list[Setting], tables: dict[Key, str]) -> None:
        # The top level in the order of `tables`, below it that of the sections: the order in which people read them.
        for path in tables:
            self._table(path[:1])
        for setting in declared:
            for path, is_app in ((setting.app, True), (setting.runtime, False)):
                if path:
                    kind = setting.type if is_app else setting.type.in_runtime_form()
                    self._table(path[:-1]).children.setdefault(path[-1], Leaf(path, setting, is_app, kind))
        for section in self.sections:
            for table in (section.app, section.runtime):
                if table:
                    self._table(table).doc = (section.__doc__ or "").strip()
        for path, doc in tables.items():
            self._table(path).doc = doc
        # The lower level comes last.
        self.root.children["runtime"] = self.root.children.pop("runtime", Table())

    def _table(self, path: Key) -> Table:
        node = self.root
        for name in path:
            child = node.children.get(name)
            if child is None:
                child = node.children[name] = Table()
            if not isinstance(child, Table):
                message = f"{path} is a table and a setting"
                raise TypeError(message)
            node = child
        return node


def dotted(path: Path) -> str:
    """A path as TOML spells it: `workflows."a.b".prunePolicy`, `servers[0].url`."""
    try:
        if all(path) and is_bare("".join(path)):  # type: ignore[arg-type]
            return ".".join(path)  # type: ignore[arg-type]
    except TypeError:
        pass  # There are positions in it.
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if is_bare(part) else msgspec.json.encode(part).decode())
    return text


def is_bare(name: str) -> bool:
    """Whether a key needs no quotes: ASCII letters, digits, underscores and hyphens (https://toml.io/en/v1.0.0#keys)."""
    return name.isascii() and name.replace("-", "a").replace("_", "a").isalnum()


CATALOGUE = Catalogue(app_form.SECTIONS)
"""The settings of codemation."""
