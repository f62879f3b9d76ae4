"""What stands in a folder that a new project can begin with: an env file, and the TypeScript host's configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from codemation.cli.new_project import (
    ENV_FILE,
    KIND,
    OF_SQLITE,
    REDIS_URL,
    SCHEDULER,
    SCHEMES,
    URL,
    LeftOut,
    Path,
    Stated,
    Surroundings,
    can_be_named,
    setting_at,
)
from codemation.cli.other_host import of_typescript
from codemation.explain.answer import spelled
from codemation.settings.catalogue import dotted
from codemation.sources.environment import COMPANION, EnvFile, read_env_file
from codemation.sources.typescript import Variable


def surroundings(folder: str) -> Surroundings:
    """What can be known of a folder's project; what cannot be read, or says nothing for sure, counts as not there."""
    values, names = dict[Path, list[Stated]](), dict[Path, list[Stated]]()
    left_out = list[LeftOut]()
    for path, value, place in of_typescript(folder, left_out):
        if isinstance(value, Variable):
            names.setdefault(path, []).append(Stated(value.name, place))
        else:
            values.setdefault(path, []).append(Stated(value, place))
    for path, found in _of_env_file(folder).items():
        # A program that names its variable means that one, whatever others there are.
        names.setdefault(path, found)
    variables = dict(_agreed(names, left_out))
    if URL in variables and dotted(KIND) not in {it.what for it in left_out}:
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
        if entry.value.strip().startswith(SCHEMES[path]) and can_be_named(path, name):
            yield Stated(name, f"{ENV_FILE}:{entry.line}")
