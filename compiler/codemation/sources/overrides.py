"""A caller's explicit values: `--set KEY=VALUE`, `overrides={...}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from codemation.settings.catalogue import Catalogue, Leaf
from codemation.settings.keys import Key
from codemation.text.redaction import Unshown
from codemation.values import Problem, text_problems


class Override(Unshown, Struct, frozen=True):
    """One override: `path` is its key, `key` the same as the caller wrote it.

    `leaf` is the setting that it states (`None`: there is no such key). `blank` tells that it counts as unset, and
    `problems` what is wrong with the value.
    """

    key: str
    path: Key
    value: Any
    leaf: Leaf | None
    blank: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def problem(self) -> Problem | None:
        """The first of the problems."""
        return self.problems[0] if self.problems else None


def read_overrides(catalogue: Catalogue, overrides: Mapping[str, Any]) -> tuple[Override, ...]:
    """Read overrides by app or runtime key; text is read as the setting's variable would be."""
    return tuple(_read(catalogue, printable(key), value) for key, value in overrides.items())


def _read(catalogue: Catalogue, key: str, value: Any) -> Override:
    path = key_path(key)
    leaf = catalogue.leaf(path)
    if leaf is None:
        return Override(key, path, value, None)
    kind = leaf.setting.type if leaf.app_form else leaf.setting.type.in_runtime_form()
    value = plain(value)
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return Override(key, path, "", leaf, blank=True)
        value = kind.parse(text)
    return Override(key, path, value, leaf, problems=text_problems(kind, value))


def plain(value: Any) -> Any:
    """A native value as TOML would hold it: a tuple is an array, and a table's keys are text."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return {str(key): plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def key_path(key: str) -> Key:
    """The path of a key as TOML spells it (`workflows."a.b".prunePolicy.runSeconds`); one that is none is one name."""
    import tomllib  # noqa: PLC0415  (2 ms, and a start without a file needs it for nothing else)

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
