"""From sources to layers: what each source offers for each setting, valid or rejected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from codemation.origin import Path
from codemation.resolution.decision import NOTHING, Layers, PolicyLayers, Rejected
from codemation.resolution.validation import Fault, stated_values
from codemation.settings.catalogue import Catalogue, Leaf, Table, dotted
from codemation.settings.keys import Key
from codemation.settings.setting import ANY, Setting
from codemation.sources.environment import Environment
from codemation.sources.overrides import Override
from codemation.sources.toml import TomlSource
from codemation.text.redaction import Unshown
from codemation.values import Problem, of_text
from codemation.values.variable_text import text_problem

NO_POLICIES = PolicyLayers()

UNREADABLE = Rejected("the file could not be read")
MISREAD_FILE = Rejected("an env file that may set it could not be read")
MISREAD_LINE = Rejected("the line that seems to set it could not be read")


class Offers(Unshown, Struct, frozen=True):
    """The layers with what was found on the way.

    `variables` is the name of the variable in force for each setting that has one (`None`: named by a rejected key).
    `problems` says what is wrong with a variable's value. `faults` are those of the file's shape.
    """

    layers: Layers
    variables: Mapping[Key, str | None]
    problems: Mapping[Key, Problem]
    faults: tuple[Fault, ...]


def build_layers(
    catalogue: Catalogue, source: TomlSource, environment: Environment, overrides: tuple[Override, ...]
) -> Offers:
    """Put what the sources say into layers. Faults become `Rejected` values, which still count as there."""
    data = source.data
    file, fits = stated_values(catalogue, data)
    override, policy_overrides = _overrides(overrides)
    found: tuple[Fault, ...] = ()
    if not fits:
        from codemation.resolution.faults import faults  # noqa: PLC0415  (jsonschema: 50 ms)

        found = tuple(faults(catalogue, data))
        data = _without_faults(catalogue, data, found, file)
    if source.broken:
        file = {path: UNREADABLE for path in catalogue.paths() if ANY not in path}
    variables = dict(catalogue.own_variables)
    for key, setting in catalogue.referring:
        variables[key] = variable_of(setting, override, file)
    slots, problems = _environment(catalogue, environment, variables)
    unknown = frozenset(key for key, name in variables.items() if name is None)
    layers = Layers(override, slots, file, unknown, _policies(data, policy_overrides))
    return Offers(layers, variables, problems, found)


def variable_of(setting: Setting, override: Mapping[Key, Any], file: Mapping[Key, Any]) -> str | None:
    """The variable in force: the one that a reference names, else the setting's own; `None` if it was misnamed."""
    if setting.reference is None:
        return setting.variable
    named = override.get(setting.reference, file.get(setting.reference, setting.variable))
    return None if isinstance(named, Rejected) else named


def _environment(
    catalogue: Catalogue, environment: Environment, variables: Mapping[Key, str | None]
) -> tuple[dict[Key, Any], dict[Key, Problem]]:
    slots: dict[Key, Any] = {}
    problems: dict[Key, Problem] = {}
    for key, text in environment.texts(variables):
        if text:
            kind = catalogue.runtime_kinds[key]
            value = kind.parse(text)
            problem = text_problem(text, kind)
            if problem is None and (wrong := kind.problem(value)):
                problem = of_text(kind, value, wrong)
            if problem is not None:
                problems[key] = problem
                value = Rejected(f"not valid: it {problem.text}")
            slots[key] = value
    if any(file.broken or file.unreadable for file in environment.files):
        for key, name in variables.items():
            origin = environment.misread(name) if name else None
            if origin is not None:
                slots[key] = MISREAD_LINE if origin.line else MISREAD_FILE
    return slots, problems


def _overrides(overrides: tuple[Override, ...]) -> tuple[dict[Key, Any], dict[str, dict[Key, Any]]]:
    """The layer of the overrides, and apart from it what they say of single workflows."""
    layer: dict[Key, Any] = {}
    policies: dict[str, dict[Key, Any]] = {}
    for override in overrides:
        if override.leaf is None or override.blank:
            continue
        value = Rejected(f"not valid: it {override.problem.text}") if override.problem else override.value
        path = override.leaf.setting.app if override.leaf.app_form else override.leaf.setting.runtime
        if path and ANY in path:
            policies.setdefault(override.path[path.index(ANY)], {})[path] = value
        else:
            layer[override.path] = value
    return layer, policies


def _policies(data: Mapping[str, Any], override: Mapping[str, dict[Key, Any]]) -> PolicyLayers:
    """What is said of the workflows that any source names."""
    app = data.get("workflows", NOTHING)
    runtime = data["runtime"].get("workflows", NOTHING) if "runtime" in data else NOTHING
    if not app and not runtime and not override:
        return NO_POLICIES
    names = tuple(dict.fromkeys((*app, *runtime, *override)))
    return PolicyLayers(names, override, _prune_policies(app), _prune_policies(runtime))


def _prune_policies(workflows: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: workflow["prunePolicy"] for name, workflow in workflows.items() if "prunePolicy" in workflow}


def _without_faults(
    catalogue: Catalogue, data: Mapping[str, Any], found: Iterable[Fault], file: dict[Key, Any]
) -> dict[str, Any]:
    """The document with `Rejected` wherever a value is wrong, and all settings of a table that is none rejected.

    `file`, its flat form, is changed in place. Unknown and conflicting keys reject nothing, but for those inside of a
    value, which is one setting as a whole.
    """
    copy: dict[str, Any] = _copied(data)
    for fault in found:
        around = catalogue.leaf_above(fault.path)
        if around and around[0] != fault.path:
            file[around[0]] = Rejected(f"not valid: `{dotted(fault.path)}` {fault.text}")
            continue
        if fault.code in {"CM101", "CM106"}:
            continue
        node = catalogue.node(fault.path)
        whole = isinstance(node, Table)
        rejected = Rejected(f"`{dotted(fault.path)}` {fault.text}" if whole else f"not valid: it {fault.text}")
        _put(copy, fault.path, _all_rejected(node, rejected))
        if isinstance(node, Table):
            for path in catalogue.paths():
                if path[: len(fault.path)] == fault.path and ANY not in path:
                    file[path] = rejected
        else:
            names = tuple(str(part) for part in fault.path)
            if ANY not in names:
                file[names] = rejected
    return copy


def _copied(value: Any) -> Any:
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, dict) else value


def _put(table: dict[str, Any], path: Path, value: Any) -> None:
    for part in path[:-1]:
        table = table[part]  # type: ignore[index]
    table[path[-1]] = value  # type: ignore[index]


def _all_rejected(node: Table | Leaf | None, rejected: Rejected) -> Any:
    """A table of the right shape in which every setting is rejected; names that authors choose are unknown."""
    if not isinstance(node, Table):
        return rejected
    return {name: _all_rejected(child, rejected) for name, child in node.children.items() if name != ANY}
