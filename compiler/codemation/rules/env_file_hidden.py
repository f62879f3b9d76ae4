"""CM206: an env file that somebody named says one thing, and the process's own variables decide another."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import EnvironmentOrigin
from codemation.resolution.decision import Decision
from codemation.resolution.layers import Offers, build_layers
from codemation.resolution.precedence import resolve
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import KIND, SQLITE_PATH, URL, Key
from codemation.sources.environment import COMPANION, EnvFile

TOGETHER = {"eventBus": "scheduler"}
"""Parts of the runtime form whose settings depend on those of another one."""

WHICH_DATABASE = (KIND, URL, SQLITE_PATH)
"""The settings that say which database it is."""


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report each variable of a named file that would decide otherwise if the process did not."""
    named = [file for file in model.environment.files if file.explicit]
    if not named or not model.environment.process:
        return
    stated = _stated(model, named)
    parts = {_part(key) for key in stated}
    hiding = {key: _set_by_process(model, key) for key in model.variables if _part(key) in parts}
    if not any(hiding.values()):
        return
    without = model.environment.without([name for names in hiding.values() for name in names])
    offers = build_layers(model.catalogue, model.source, without, model.overrides)
    meant = resolve(model.catalogue, offers.layers)
    reported: set[str] = set()
    for key, (file, name) in stated.items():
        if name not in reported and _in_force(model.decision(key)) != _in_force(meant.hosts[key]):
            reported.add(name)
            yield _hidden(model, file, name, _culprit(model, key, hiding))


def hides_the_database(model: SemanticModel, diagnostic: Diagnostic) -> bool:
    """Whether it tells of another database than the file's."""
    return diagnostic.code == RULE.code and any(diagnostic.key in _names(model.offers, key) for key in WHICH_DATABASE)


def _hidden(model: SemanticModel, file: EnvFile, name: str, culprit: str) -> Diagnostic:
    blank = not model.environment.process[culprit].strip()
    how = ("blank" if blank else "otherwise") if culprit == name else ""
    decides = f"sets it {how}, and decides" if how else f"sets `{culprit}`, which decides"
    return RULE.at(
        model,
        EnvironmentOrigin(name, file.name, file.entries[name].line),
        f"{file.name} sets `{name}`, but the process {decides}",
        "leave the process's variables out with `--no-env`, or leave `--env-file` out and let them decide",
        key=name,
        related=((f"`{culprit}` is set here", EnvironmentOrigin(culprit)),),
    )


def _stated(model: SemanticModel, files: list[EnvFile]) -> dict[Key, tuple[EnvFile, str]]:
    """The settings that the named files state, each with the file and the variable; later files win."""
    found: dict[Key, tuple[EnvFile, str]] = {}
    for key in model.variables:
        for file in reversed(files):
            names = [name for name in _names(model.offers, key) if name in file.entries]
            name = next((name for name in names if file.entries[name].value.strip()), None)
            if name is not None:
                found[key] = (file, name)
                break
    return found


def _names(offers: Offers, key: Key) -> tuple[str, ...]:
    """The variables that a setting is looked for under, with those that name files."""
    secret = offers.names.get(key)
    if secret is None:
        name = offers.variables[key]
        return (name,) if name else ()
    return tuple(name + end for name in secret for end in ("", COMPANION))


def _part(key: Key) -> str:
    return TOGETHER.get(key[1], key[1])


def _set_by_process(model: SemanticModel, key: Key) -> list[str]:
    return [name for name in _names(model.offers, key) if name in model.environment.process]


def _culprit(model: SemanticModel, key: Key, hiding: dict[Key, list[str]]) -> str:
    """The process's variable that decides a setting: one of its own names, or one that it depends on."""
    depends = [other for other in hiding if other != key and _part(other) == _part(key)]
    names = [name for one in (key, *depends) for name in hiding[one]]
    deciding = [name for name in names if name in model.variables.values() and model.environment.process[name].strip()]
    own = hiding[key]
    return next(name for name in (*[one for one in deciding if one in own], *own, *deciding, *names))


def _in_force(decision: Decision) -> object:
    return (decision.state, decision.value)


RULE = Rule(
    "CM206",
    "env-file-hidden",
    "warning",
    "a named env file says one thing, and the process's variables decide another",
    """\
Variables of the process come before those of env files, also before those of a file that was named
with `--env-file`: another value, a blank, another name of the setting (`CODEMATION_DATABASE_URL`), a
`…_FILE`, or a variable that forces the kind. Who names a file usually means what it says. For `db`
commands that change anything it is an error where it would be another database.

Example:

    $ export DATABASE_URL=postgresql://db.example.com/app
    $ codemation check --env-file .env.staging

Instead: `--no-env` leaves the process's variables out. To let them decide, leave `--env-file` out.
""",
    needs="sources",
)
