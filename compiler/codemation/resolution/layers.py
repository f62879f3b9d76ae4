"""From sources to layers: what each source offers for each setting, valid or rejected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from codemation.resolution.decision import NOTHING, Layers, PolicyLayers, Rejected, invalid
from codemation.resolution.validation import NONE_JUDGED, Fault, Judged, stated_values
from codemation.settings.catalogue import Catalogue, Leaf, Table, dotted
from codemation.settings.keys import Key
from codemation.settings.setting import ANY, Setting
from codemation.sources.environment import Environment, Statement
from codemation.sources.overrides import Override
from codemation.sources.toml import CopiedTables, TomlSource
from codemation.text.redaction import Unshown
from codemation.values import Problem, of_text
from codemation.values.variable_text import text_problem

NO_POLICIES = PolicyLayers()

UNREADABLE = Rejected("the file could not be read")
MISREAD_FILE = Rejected("an env file that may set it could not be read")
MISREAD_LINE = Rejected("the line that seems to set it could not be read")


class Offers(Unshown, Struct, frozen=True):
    """The layers with what was found on the way.

    `variables` is the name of the variable in use for each setting that has one (`None`: named by a rejected key).
    `names` are those that are looked at for a secret, and `statements` what is said under them. `problems` says what is
    wrong with variables' values, by setting and variable. `faults` are those of the file's shape, `judged` its tables
    that have any.
    """

    layers: Layers
    variables: Mapping[Key, str | None]
    names: Mapping[Key, tuple[str, ...]]
    statements: Mapping[Key, tuple[Statement, ...]]
    problems: Mapping[Key, Mapping[str, Problem]]
    faults: tuple[Fault, ...]
    judged: Mapping[Key, Judged]


def build_layers(
    catalogue: Catalogue,
    source: TomlSource,
    environment: Environment,
    overrides: tuple[Override, ...],
    before: Mapping[Key, Judged] = NONE_JUDGED,
) -> Offers:
    """Put what the sources say into layers. Faults become `Rejected` values, which still count as there.

    `before` are the tables at fault of another text of the file: what is as it was there is not judged once more.
    """
    data = source.data
    file, at_fault = stated_values(catalogue, data)
    override, policy_overrides = _overrides(overrides)
    found: tuple[Fault, ...] = ()
    judged = NONE_JUDGED
    if at_fault:
        from codemation.resolution.faults import faults, judge  # noqa: PLC0415  (jsonschema: 50 ms)

        judged = judge(catalogue, at_fault, before)
        found = faults(catalogue, data, judged)
        data = _without_faults(catalogue, data, judged, file)
    if source.broken:
        file = {path: UNREADABLE for path in catalogue.paths() if ANY not in path}
    names = {key: names_of(setting, override, file) for key, setting in catalogue.secret_variables}
    said = _environment(catalogue, environment, names)
    unknown = frozenset([key for key, looked_at in names.items() if not looked_at])
    layers = Layers(override, said.slots, file, unknown, _policies(data, policy_overrides))
    return Offers(layers, said.variables, names, said.statements, said.problems, found, judged)


def names_of(setting: Setting, override: Mapping[Key, Any], file: Mapping[Key, Any]) -> tuple[str, ...]:
    """The variables that are looked at: the one that a reference names, else the setting's own; none if misnamed."""
    if setting.reference is None:
        return setting.variables
    named = override.get(setting.reference, file.get(setting.reference))
    if named is None:
        return setting.variables
    return () if isinstance(named, Rejected) else (named,)


class _Said(Unshown, Struct):
    """What the environment says: see `Offers`; `slots` is its layer."""

    slots: dict[Key, Any]
    variables: dict[Key, str | None]
    statements: dict[Key, tuple[Statement, ...]]
    problems: dict[Key, dict[str, Problem]]


def _environment(catalogue: Catalogue, environment: Environment, names: Mapping[Key, tuple[str, ...]]) -> _Said:
    own = catalogue.own_variables
    said = _Said({}, dict(own), {}, {})
    for key, text in environment.texts(own):
        if text:
            said.slots[key] = _judged(said, catalogue, key, own[key], text)
    for key, looked_at in names.items():
        said.variables[key] = looked_at[-1] if looked_at else None
        statements = environment.statements(looked_at)
        if not statements:
            continue
        said.statements[key] = statements
        for statement in statements:
            if statement.counts:
                value = _stated(said, catalogue, key, statement)
                if key not in said.slots:
                    said.slots[key], said.variables[key] = value, statement.variable
    if [file for file in environment.files if file.broken or file.unreadable]:
        _add_misread(said, environment, {key: (name,) for key, name in own.items()} | dict(names))
    return said


def _add_misread(said: _Said, environment: Environment, names: Mapping[Key, tuple[str, ...]]) -> None:
    """Mark as there what a line or a file may state that could not be read, where nothing else is said."""
    for key, looked_at in names.items():
        for name in looked_at:
            origin = environment.misread(name)
            if origin is not None and key not in said.slots:
                said.slots[key], said.variables[key] = MISREAD_LINE if origin.line else MISREAD_FILE, name


def _stated(said: _Said, catalogue: Catalogue, key: Key, statement: Statement) -> Any:
    """The value that a statement offers."""
    problem = statement.problem
    if problem is None:
        return _judged(said, catalogue, key, statement.variable, statement.text)
    said.problems.setdefault(key, {})[statement.variable] = problem
    return Rejected(
        f"it {problem.text}" if problem.code != "CM106" else f"`{statement.other}` is set in the same place"
    )


def _judged(said: _Said, catalogue: Catalogue, key: Key, variable: str, text: str) -> Any:
    """The value that a variable's text spells, or what is wrong with it."""
    kind = catalogue.runtime_kinds[key]
    value = kind.parse(text)
    wrong = kind.problem(value)
    # A text that spells a number, or that is one of a few words, is nothing but that.
    bare = type(value) is int or (wrong is None and kind.choices is not None)
    problem = None if bare else text_problem(text, kind)
    if problem is None and wrong is not None:
        problem = of_text(kind, value, wrong)
    if problem is None:
        return value
    said.problems.setdefault(key, {})[variable] = problem
    return invalid("it", problem.text)


def _overrides(overrides: tuple[Override, ...]) -> tuple[dict[Key, Any], dict[str, dict[Key, Any]]]:
    """The layer of the overrides, and apart from it what they say of single workflows."""
    layer: dict[Key, Any] = {}
    policies: dict[str, dict[Key, Any]] = {}
    for override in overrides:
        if override.leaf is None or override.blank:
            continue
        value = invalid("it", override.problem.text) if override.problem else override.value
        path = override.leaf.setting.app if override.leaf.app_form else override.leaf.setting.runtime
        if path and ANY in path:
            policies.setdefault(override.path[path.index(ANY)], {})[path] = value
        else:
            layer[override.path] = value
    return layer, policies


def _policies(data: Mapping[str, Any], override: Mapping[str, dict[Key, Any]]) -> PolicyLayers:
    """What is said of the workflows that any source names, in the order of their ids."""
    app = data.get("workflows", NOTHING)
    runtime = data["runtime"].get("workflows", NOTHING) if "runtime" in data else NOTHING
    if not app and not runtime and not override:
        return NO_POLICIES
    names = tuple(sorted({*app, *runtime, *override}))
    return PolicyLayers(names, override, _prune_policies(app), _prune_policies(runtime))


def _prune_policies(workflows: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: workflow["prunePolicy"] for name, workflow in workflows.items() if "prunePolicy" in workflow}


def _without_faults(
    catalogue: Catalogue, data: Mapping[str, Any], judged: Mapping[Key, Judged], file: dict[Key, Any]
) -> dict[str, Any]:
    """The document with `Rejected` wherever a value is wrong, and all settings of a table that is none rejected.

    `file`, its flat form, is changed in place. Unknown and conflicting keys reject nothing, but for those inside of a
    value, which is one setting as a whole.
    """
    copy = CopiedTables(data)
    for path, table in judged.items():
        for fault in table.faults:
            name = str(fault.path[len(path)])
            node = table.known.child(name)
            if isinstance(node, Leaf) and len(fault.path) > len(path) + 1:
                file[*path, name] = invalid(f"`{dotted(fault.path)}`", fault.text)
            elif fault.code not in {"CM101", "CM106"}:
                whole = isinstance(node, Table)
                rejected = Rejected(f"`{dotted(fault.path)}` {fault.text}") if whole else invalid("it", fault.text)
                copy.table(path)[name] = _all_rejected(node, rejected)
                _reject(catalogue, node, (*path, name), rejected, file)
    return copy.document


def _reject(
    catalogue: Catalogue, node: Table | Leaf | None, path: Key, rejected: Rejected, file: dict[Key, Any]
) -> None:
    """Reject the setting at a path in the flat form, or all settings of the table; not those of single workflows."""
    if isinstance(node, Table):
        file.update({key: rejected for key in catalogue.paths() if key[: len(path)] == path and ANY not in key})
    elif node is not None and ANY not in node.path:
        file[node.path] = rejected


def _all_rejected(node: Table | Leaf | None, rejected: Rejected) -> Any:
    """A table of the right shape in which every setting is rejected; names that authors choose are unknown."""
    if not isinstance(node, Table):
        return rejected
    return {name: _all_rejected(child, rejected) for name, child in node.children.items() if name != ANY}
