"""A caller's explicit values: `--set KEY=VALUE`, `overrides={...}`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from codemation.settings.catalogue import Catalogue, Leaf, dotted
from codemation.settings.keys import Key
from codemation.settings.setting import ANY
from codemation.text.redaction import Unshown
from codemation.values import Problem, text_problems
from codemation.values.variable_text import text_problem


class Override(Unshown, Struct, frozen=True):
    """One override: `path` is its key, `key` the same as the caller wrote it.

    `leaf` is the setting that it states (`None`: there is no such key). `blank` tells that it counts as unset, and
    `problems` what is wrong with it; `problem` is the first of those that its value has by itself.
    """

    key: str
    path: Key
    value: Any
    leaf: Leaf | None
    blank: bool = False
    problems: tuple[Problem, ...] = ()
    problem: Problem | None = None


def read_overrides(catalogue: Catalogue, overrides: Mapping[str, Any]) -> tuple[Override, ...]:
    """Read overrides by app or runtime key; text is read as the setting's variable would be."""
    if not overrides:
        return ()
    read = [_read(catalogue, printable(key), value) for key, value in overrides.items()]
    return _with_conflicts(catalogue, read) if len(read) > 1 else tuple(read)


def _read(catalogue: Catalogue, key: str, value: Any) -> Override:
    path = key_path(key)
    leaf = catalogue.leaf(path)
    if leaf is None:
        from codemation.settings.suggestions import suggest_path  # noqa: PLC0415  (only for what is wrong)

        unknown = Problem("CM101", "is not a known key", suggest_path(catalogue, path))
        return Override(key, path, value, None, problems=(unknown,))
    kind = leaf.kind
    value = as_toml(value)
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return Override(key, path, "", leaf, blank=True)
        value = kind.parse(text)
        if value == text and (problem := text_problem(text, kind)):
            # As of a variable: a shell that was to take the quotes off would have done so.
            problem = replace(problem, code="CM105")
            return Override(key, path, value, leaf, problems=(problem,), problem=problem)
    problems = text_problems(kind, value)
    return Override(key, path, value, leaf, problems=problems, problem=problems[0] if problems else None)


def _with_conflicts(catalogue: Catalogue, read: list[Override]) -> tuple[Override, ...]:
    """Overrides are one layer: of several that decide one setting, the last is told so, once."""
    deciding: dict[Key, list[int]] = {}
    for number, override in enumerate(read):
        for key in _decides(catalogue, override):
            deciding.setdefault(key, []).append(number)
    reported: set[tuple[int, ...]] = set()
    for key, numbers in deciding.items():
        if len(numbers) > 1 and tuple(numbers) not in reported:
            reported.add(tuple(numbers))
            *others, last = numbers
            listed = " and ".join(f"`{read[number].key}`" for number in others)
            text = f"and the override {listed} both decide `{dotted(key)}`"
            conflict = Problem("CM106", text, "keep one of them")
            read[last] = replace(read[last], problems=(*read[last].problems, conflict))
    return tuple(read)


def _decides(catalogue: Catalogue, override: Override) -> Iterator[Key]:
    """The settings that an override decides, in the runtime form."""
    if override.leaf is None or override.blank:
        return
    setting, app_form = override.leaf.setting, override.leaf.app_form
    if setting.refers_to:
        yield setting.refers_to
        return
    for known in catalogue.settings:
        place, mine = (known.app, setting.app) if app_form else (known.runtime, setting.runtime)
        if place == mine:
            # The workflow's own name takes the place of the one that stands for any.
            yield tuple(override.path[-3] if part == ANY else part for part in known.runtime)


def as_toml(value: Any) -> Any:
    """A native value as TOML would hold it: a tuple is an array, and a table's keys are text."""
    if isinstance(value, list | tuple):
        return [as_toml(item) for item in value]
    return {str(key): as_toml(item) for key, item in value.items()} if isinstance(value, dict) else value


def key_path(key: str) -> Key:
    """The path of a key as TOML spells it (`workflows."a.b".prunePolicy.runSeconds`); one that is none is one name."""
    if "\n" in key or "#" in key.partition('"')[0]:
        return (key,)
    try:
        table: Any = tomllib.loads(f"{key} = true")
    except (ValueError, RecursionError):  # ValueError: not TOML, or an integer of more than 4300 digits
        return (key,)
    path: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        ((name, table),) = table.items()
        path.append(name)
    return tuple(path) if table is True else (key,)


def printable(text: str) -> str:
    """Text that can be written as UTF-8: lone surrogates (PEP 383) become escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
