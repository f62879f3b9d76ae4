"""What stands in a folder that a new project can begin with: an env file, and the TypeScript host's configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from codemation.settings.catalogue import CATALOGUE
from codemation.settings.setting import Setting
from codemation.sources.environment import read_env_file
from codemation.sources.files import Unreadable, read_text
from codemation.sources.typescript import NAMES, Variable, literals
from codemation.values import Choice

ENV_FILE: Final = ".env"
Path = tuple[str, ...]

KIND: Final[Path] = ("app", "database", "kind")
URL: Final[Path] = ("app", "database", "url")
SCHEDULER: Final[Path] = ("app", "scheduler", "kind")
REDIS_URL: Final[Path] = ("app", "scheduler", "redisUrl")
SCHEMES: Final = {URL: ("postgresql://", "postgres://"), REDIS_URL: ("redis://", "rediss://")}


class Stated(NamedTuple):
    """A value for a key of the app form, and where it is from (`.env:3`)."""

    value: Any
    place: str


class Surroundings(NamedTuple):
    """What a project is to state, by the app form's keys; and the variables that hold its URLs, by the URL's key."""

    stated: Mapping[Path, Stated]
    variables: Mapping[Path, Stated]


NOTHING: Final = Surroundings({}, {})
"""A folder in which nothing stands."""


def surroundings(folder: str) -> Surroundings:
    """What can be known of a folder's project; what cannot be read, or says nothing for sure, counts as not there."""
    stated, variables = dict[Path, Stated](), dict[Path, Stated]()
    for path, value, place in _of_typescript(folder):
        if isinstance(value, Variable):
            variables.setdefault(path, Stated(value.name, place))
        else:
            stated.setdefault(path, Stated(value, place))
    for path, found in _of_env_file(folder).items():
        variables[path] = found
    if URL in variables:
        stated.setdefault(KIND, Stated("postgresql", _said(variables[URL])))
    if REDIS_URL in variables and stated.get(KIND, Stated("", "")).value == "postgresql":
        stated.setdefault(SCHEDULER, Stated("queue", _said(variables[REDIS_URL])))
    return Surroundings(stated, variables)


def _said(variable: Stated) -> str:
    return f"{variable.value}, {variable.place}"


def _of_env_file(folder: str) -> dict[Path, Stated]:
    """The variables of an env file that hold URLs: those that are read anyway before others."""
    file = read_env_file(ENV_FILE, os.path.abspath(os.path.join(folder, ENV_FILE)), explicit=False)
    found = dict[Path, Stated]()
    if file is None or file.unreadable:
        return found
    for path, schemes in SCHEMES.items():
        own = setting_at(path).variables
        holding = [name for name, entry in file.entries.items() if (entry.value or "").startswith(schemes)]
        for name in sorted(holding, key=lambda name: name not in own):
            found.setdefault(path, Stated(name, f"{ENV_FILE}:{file.entries[name].line}"))
    return found


def _of_typescript(folder: str) -> Iterator[tuple[Path, Any, str]]:
    """What the TypeScript host's file says for certain of settings that have the same names here."""
    settings = {setting.app: setting for setting in CATALOGUE.settings if setting.app}
    for name in NAMES:
        text = read_text(os.path.join(folder, name), named=False)
        if isinstance(text, Unreadable) or text is None:
            continue
        for path, value, line in literals(text):
            setting = next((settings[it] for it in _forms(path) if it in settings), None)
            fitting = None if setting is None else _fitting(setting, value)
            if setting is not None and fitting is not None:
                yield setting.app, fitting, f"{name}:{line}"


def _forms(path: Path) -> Iterator[Path]:
    """A key as the app form may spell it: with whatever tables stand around it there."""
    for start in range(len(path)):
        yield ("app", *path[start:])
        yield path[start:]


def _fitting(setting: Setting, value: Any) -> Any:
    """The value as a file may hold it, `None` where none of ours should."""
    if isinstance(value, Variable):
        return value if setting.app in SCHEMES else None
    if isinstance(setting.type, Choice):
        value = setting.type.other_words.get(value, value) if isinstance(value, str) else value
    return None if setting.secret or setting.type.problem(value) is not None else value


def setting_at(path: Path) -> Setting:
    """The setting of a key of the app form that there surely is."""
    leaf = CATALOGUE.leaf(path)
    assert leaf is not None, path  # noqa: S101
    return leaf.setting
