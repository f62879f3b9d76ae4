"""What a check says of a project before its file is written: what was found out may not be what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from codemation.cli.new_project import LeftOut, Path, Surroundings, is_retention, setting_at
from codemation.cli.templates import EXAMPLES, config_text, start_with
from codemation.diagnostics import Diagnostic
from codemation.explain.answer import spelled
from codemation.origin import FileOrigin
from codemation.pipeline import Inputs, compile_inputs, read_inputs
from codemation.settings.catalogue import dotted
from codemation.sources.environment import Environment
from codemation.sources.project import CONFIG_NAME, Project
from codemation.sources.toml import TomlSource


class Outlook(NamedTuple):
    """A project to start with, and what `check` says of it in its folder.

    `missing` are the variables that it needs and that are not set: `until` is what is wrong because of that alone,
    `lasting` what is wrong all the same.
    """

    project: Surroundings
    missing: tuple[str, ...] = ()
    until: tuple[Diagnostic, ...] = ()
    lasting: tuple[Diagnostic, ...] = ()


def outlook(folder: str, template: str | None, found: Surroundings, schema: str) -> Outlook:
    """What to start with in a folder: of what was found all that is not at fault there."""
    inputs = read_inputs(folder)
    while True:
        project = start_with(template, found)
        text = config_text(project, schema)
        missing = {
            str(variable.value): EXAMPLES[path]
            for path, variable in project.variables.items()
            if not _is_set(inputs.environment, path, str(variable.value))
        }
        lasting = _check(inputs, text, inputs.environment.with_changes(missing, ()))
        fault = next(((path, it) for it in lasting for path in _blamed(project, it)), None)
        if fault is None:
            break
        path, diagnostic = fault
        said = project.stated[path]
        # In the words of the environment as it is.
        now = _check(inputs, text, inputs.environment)
        message = next((it.message for it in now if (it.code, it.key) == (diagnostic.code, diagnostic.key)), None)
        reason = f"{spelled(said.value)} ({said.place}) is {diagnostic.code}: {message or diagnostic.message}"
        found = found.without(path, LeftOut(dotted(path), reason, diagnostic.code))
    known = {(it.code, it.message) for it in lasting}
    now = _check(inputs, text, inputs.environment) if missing else lasting
    until = tuple(it for it in now if (it.code, it.message) not in known)
    return Outlook(project, tuple(missing), until, lasting)


def _is_set(environment: Environment, path: Path, variable: str) -> bool:
    """Whether a URL is there, in the variable that is to hold it."""
    usual = setting_at(path).variables
    names = usual if variable in usual else (variable,)
    return any(statement.counts for statement in environment.statements(names))


def _check(inputs: Inputs, text: str, environment: Environment) -> tuple[Diagnostic, ...]:
    """What is wrong with a file of this text, in an environment."""
    root = inputs.project.root
    project = Project(root, os.path.join(root, CONFIG_NAME))
    return compile_inputs(Inputs(project, TomlSource(CONFIG_NAME, text), environment), {}).diagnostics


def _blamed(project: Surroundings, diagnostic: Diagnostic) -> Iterator[Path]:
    """What was found out that is at fault, the likeliest first: of the new file, and not of a variable.

    Retention never is: what is kept for a shorter time than was meant is gone.
    """
    if not isinstance(diagnostic.origin, FileOrigin):
        return
    related = [it.origin.key for it in diagnostic.related if isinstance(it.origin, FileOrigin)]
    for key in (diagnostic.key, diagnostic.origin.key, *related):
        for path, said in project.stated.items():
            if said.place and key == dotted(path) and not is_retention(setting_at(path)):
                yield path
