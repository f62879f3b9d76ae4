"""What stands in a folder that a new project can begin with: an env file, and the TypeScript host's configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from codemation.explain.answer import spelled
from codemation.settings.catalogue import CATALOGUE, dotted
from codemation.settings.setting import Setting
from codemation.sources.environment import COMPANION, EnvFile, read_env_file
from codemation.sources.files import Unreadable, read_text
from codemation.sources.typescript import MOST_BYTES, NAMES, Variable, literals
from codemation.text.patterns import lazy
from codemation.text.redaction import names_a_secret, redact_value
from codemation.values import Choice

ENV_FILE: Final = ".env"
Path = tuple[str, ...]

KIND: Final[Path] = ("app", "database", "kind")
URL: Final[Path] = ("app", "database", "url")
SQLITE_PATH: Final[Path] = ("app", "database", "sqliteFilePath")
SCHEDULER: Final[Path] = ("app", "scheduler", "kind")
REDIS_URL: Final[Path] = ("app", "scheduler", "redisUrl")
SCHEMES: Final = {URL: ("postgresql://", "postgres://"), REDIS_URL: ("redis://", "rediss://")}

FORMS: Final = ("app", "runtime")
"""The tables of the TypeScript host's configuration that may stand around any other, as they do here."""

NAMED_THERE: Final[Mapping[Path, Path]] = {
    ("database", "filePath"): SQLITE_PATH,
    ("execution", "mode"): SCHEDULER,
    ("execution", "queuePrefix"): ("app", "scheduler", "queuePrefix"),
    ("execution", "workerQueues"): ("app", "scheduler", "workerQueues"),
    ("execution", "redisUrl"): REDIS_URL,
    ("execution", "redisUrlEnv"): ("app", "scheduler", "redisUrlEnv"),
}
"""Keys that are called otherwise there, where an application is defined, with the app form's."""

_LONGEST: Final = 1000
"""Letters of a text at most: more is no name, and no path."""

_NAMED: Final = lazy(r"([\w.\-]+)\s*[=:]")


class Stated(NamedTuple):
    """A value for a key of the app form, and where it is from (`.env:3`)."""

    value: Any
    place: str


class LeftOut(NamedTuple):
    """What is not stated: a key of the app form, or a whole file; and why not, `code` being the rule's against it."""

    what: str
    reason: str
    code: str | None = None


class Surroundings(NamedTuple):
    """What a project is to state, by the app form's keys; and the variables that hold its URLs, by the URL's key."""

    stated: Mapping[Path, Stated]
    variables: Mapping[Path, Stated]
    left_out: tuple[LeftOut, ...] = ()

    def without(self, path: Path, why: LeftOut) -> Surroundings:
        """The same, but for what is said of one key (which may be one that names a variable)."""
        return Surroundings(
            {key: said for key, said in self.stated.items() if key != path},
            {key: said for key, said in self.variables.items() if setting_at(key).reference != path},
            (*self.left_out, why),
        )


OF_SQLITE: Final = ("file:", "sqlite:")
"""How other programs' URLs of SQLite begin: who has one means no PostgreSQL."""

NOTHING: Final = Surroundings({}, {})
"""A folder in which nothing stands."""


def surroundings(folder: str) -> Surroundings:
    """What can be known of a folder's project; what cannot be read, or says nothing for sure, counts as not there."""
    values, names = dict[Path, list[Stated]](), dict[Path, list[Stated]]()
    left_out = list[LeftOut]()
    for path, value, place in _of_typescript(folder, left_out):
        if isinstance(value, Variable):
            names.setdefault(path, []).append(Stated(value.name, place))
        else:
            values.setdefault(path, []).append(Stated(value, place))
    for path, found in _of_env_file(folder).items():
        # A program that names its variable means that one, whatever others there are.
        names.setdefault(path, found)
    variables = dict(_agreed(names, left_out))
    if URL in variables:
        values.setdefault(KIND, []).append(Stated("postgresql", _said(variables[URL])))
    stated = dict(_agreed(values, left_out))
    if REDIS_URL in variables and stated.get(KIND, Stated("", "")).value == "postgresql" and SCHEDULER not in values:
        stated[SCHEDULER] = Stated("queue", _said(variables[REDIS_URL]))
    return Surroundings(stated, variables, tuple(left_out))


def _agreed(answers: Mapping[Path, Sequence[Stated]], left_out: list[LeftOut]) -> Iterator[tuple[Path, Stated]]:
    """What all that say anything of a key say alike; the others are left out."""
    for path, said in answers.items():
        other = next((it for it in said if it.value != said[0].value), None)
        if other is None:
            yield path, said[0]
            continue
        both = " and ".join(f"{spelled(it.value)} ({it.place})" for it in (said[0], other))
        reason = f"{both} disagree: state the one that is meant"
        left_out.append(LeftOut(dotted(setting_at(path).reference or path), reason))


def _said(variable: Stated) -> str:
    return f"{variable.value}, {variable.place}"


def _of_env_file(folder: str) -> dict[Path, list[Stated]]:
    """The variables of an env file that hold URLs: one that is read anyway, or else all whose values say so."""
    file = read_env_file(ENV_FILE, os.path.abspath(os.path.join(folder, ENV_FILE)), explicit=False)
    found = dict[Path, list[Stated]]()
    if file is None or file.unreadable:
        return found
    for path in SCHEMES:
        holding = [*_own(file, path)[:1]] or [*_holding(file, path)]
        if holding:
            found[path] = holding
    return found


def _own(file: EnvFile, path: Path) -> list[Stated]:
    """The variables that are read anyway, whatever is in them but SQLite's URLs; a secret's file, too."""
    return [
        Stated(name, f"{ENV_FILE}:{entry.line}")
        for name in setting_at(path).variables
        for entry in (file.entries.get(name), file.entries.get(name + COMPANION))
        if entry is not None and entry.value.strip() and not entry.value.strip().startswith(OF_SQLITE)
    ]


def _holding(file: EnvFile, path: Path) -> Iterator[Stated]:
    """The variables whose values are such URLs, and which a key can name."""
    for name, entry in file.entries.items():
        if entry.value.strip().startswith(SCHEMES[path]) and _can_be_named(path, name):
            yield Stated(name, f"{ENV_FILE}:{entry.line}")


def _can_be_named(path: Path, name: str) -> bool:
    reference = setting_at(path).reference
    return reference is not None and setting_at(reference).type.problem(name) is None


def _of_typescript(folder: str, left_out: list[LeftOut]) -> Iterator[tuple[Path, Any, str]]:
    """What the TypeScript host's file says for certain of settings that have the same names here."""
    settings = _settings()
    for name in NAMES:
        text = read_text(os.path.join(folder, name), named=False, most=MOST_BYTES)
        if isinstance(text, Unreadable):
            if text.kind == "unreadable":
                left_out.append(LeftOut(name, f"it {text.reason}"))
            continue
        certain = False
        for path, value, line in literals(text):
            setting = settings.get(path[1:] if path[0] in FORMS else path)
            fitting = None if setting is None else _fitting(setting, value)
            if fitting is not None:
                certain = True
                yield *fitting, f"{name}:{line}"
        if not certain:
            left_out.append(LeftOut(name, "it says nothing that can be told without running it"))


def _settings() -> Mapping[Path, Setting]:
    """The settings by their keys in either form, without the table around them all."""
    declared = [setting for setting in CATALOGUE.settings if setting.app]
    forms = [(path, setting) for setting in declared for path in (setting.runtime, setting.app)]
    references = {setting.reference: setting_at(setting.reference) for setting in declared if setting.reference}
    named = {**dict(forms), **references}
    return {
        **{path[1:] if path[0] in FORMS else path: setting for path, setting in named.items()},
        **{there: named[path] for there, path in NAMED_THERE.items()},
    }


def _fitting(setting: Setting, value: Any) -> tuple[Path, Any] | None:
    """The key of the app form with the value that it may have, `None` where none of ours should."""
    if setting.refers_to is not None and isinstance(value, str):
        return _fitting(setting_at(setting.refers_to), Variable(value))
    if isinstance(value, Variable):
        return (setting.app, value) if setting.app in SCHEMES and _can_be_named(setting.app, value.name) else None
    if isinstance(setting.type, Choice):
        value = setting.type.other_words.get(value, value) if isinstance(value, str) else value
    unfit = setting.secret or setting.type.problem(value) is not None or _may_be_secret(setting, value)
    return None if unfit else (setting.app, value)


def _may_be_secret(setting: Setting, value: Any) -> bool:
    """Whether a value is one that is not shown, has a part with a secret's name, or is too long to tell."""
    texts = [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
    if any(len(text) > _LONGEST for text in texts) or redact_value({setting.name: value}) != {setting.name: value}:
        return True
    return any(names_a_secret(named[1]) for text in texts for named in _NAMED.finditer(text))


def setting_at(path: Path) -> Setting:
    """The setting of a key of the app form that there surely is."""
    leaf = CATALOGUE.leaf(path)
    assert leaf is not None, path  # noqa: S101
    return leaf.setting
