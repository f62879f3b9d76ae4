"""Writing the files of a new project, none of which is ever overwritten."""

from __future__ import annotations

import errno
import os
from typing import Literal, TypeAlias

from msgspec import Struct

from codemation.cli.new_project import Surroundings
from codemation.cli.templates import config_text, env_example
from codemation.schema.document import schema_text
from codemation.settings.catalogue import CATALOGUE
from codemation.sources.project import CONFIG_NAME

SCHEMA_NAME = "codemation.schema.json"
EXAMPLE_NAME = ".env.example"
IGNORE_NAME = ".gitignore"

IGNORED = (".codemation/", ".env*", "!.env.example")
"""What must not be checked in, and the one that must."""

Outcome: TypeAlias = Literal["written", "kept", "added"]


class Written(Struct, frozen=True):
    """One file of a new project: its path in the folder, what became of it, and the lines that were added."""

    path: str
    outcome: Outcome
    lines: tuple[str, ...] = ()


def scaffold(folder: str, project: Surroundings) -> list[Written]:
    """Start a project in a folder, which is made if it is missing. What is there is kept, never overwritten.

    `project` is what it states, and the variables that it needs.

    Raises:
        OSError: a file or the folder cannot be written; the files before it are whole, the one at fault is not there.
    """
    for name in (CONFIG_NAME, SCHEMA_NAME, EXAMPLE_NAME, IGNORE_NAME):
        path = os.path.join(folder, name)
        if os.path.lexists(path) and not os.path.isfile(path):
            raise OSError(errno.EEXIST, "is there, but is no file", path)
    os.makedirs(folder, exist_ok=True)
    files = (
        (CONFIG_NAME, config_text(project, SCHEMA_NAME)),
        (SCHEMA_NAME, schema_text(CATALOGUE)),
        (EXAMPLE_NAME, env_example(project)),
    )
    written = [Written(name, _create(os.path.join(folder, name), text)) for name, text in files]
    return [*written, _ignore(folder)]


def _create(path: str, text: str) -> Outcome:
    """Write a new file; one that is there, in whatever form, is kept."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return "kept"
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except BaseException:
        os.unlink(path)
        raise
    return "written"


def _ignore(folder: str) -> Written:
    """Add the lines that are missing to `.gitignore`, leaving the others as they are."""
    path = os.path.join(folder, IGNORE_NAME)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            present = file.read()
    except FileNotFoundError:
        return Written(IGNORE_NAME, _create(path, "\n".join((*IGNORED, ""))))
    known = [line.strip() for line in present.splitlines()]
    missing = [line for line in IGNORED if line not in known]
    # The last matching line decides: an exception must stand below what it is taken from.
    last = {line: position for position, line in enumerate(known)}
    if ".env*" in missing or last.get("!.env.example", -1) < last.get(".env*", -1):
        missing = [line for line in IGNORED if line in {*missing, "!.env.example"}]
    if not missing:
        return Written(IGNORE_NAME, "kept")
    end = "\r\n" if "\r\n" in present else "\n"
    gap = "" if not present or present.endswith("\n") else end
    with open(path, "a", encoding="utf-8", newline="") as file:
        file.write(gap + "".join(line + end for line in missing))
    return Written(IGNORE_NAME, "added", tuple(missing))
