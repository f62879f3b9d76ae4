"""What `codemation init` writes: a project that compiles as it is, made from the declarations."""

from __future__ import annotations

import errno
import os
from typing import Literal, TypeAlias

from msgspec import Struct

from codemation.schema.document import schema_text
from codemation.settings.catalogue import CATALOGUE
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from codemation.sources.project import CONFIG_NAME

SCHEMA_NAME = "codemation.schema.json"
EXAMPLE_NAME = ".env.example"
IGNORE_NAME = ".gitignore"

IGNORED = (".codemation/", ".env*", "!.env.example")
"""What must not be checked in, and the one that must."""

CONFIG = f"""\
#:schema ./{SCHEMA_NAME}

# How this Codemation application keeps its data. Nothing here is required: as it stands, the host uses an
# embedded SQLite database in .codemation/. What is in force, and why:  codemation compile --explain

[app.database]
# A PostgreSQL URL from any source says "postgresql"; state a kind to be warned when one switches it.
# kind = "sqlite"
# sqliteFilePath = ".codemation/codemation.sqlite"
# The variable that holds the PostgreSQL URL, in place of DATABASE_URL:
# urlEnv = "APP_DATABASE_URL"

[app.scheduler]
# "inline": the host runs its own work. "queue": workers take it from Redis, and share a PostgreSQL database.
# kind = "inline"
# redisUrlEnv = "APP_REDIS_URL"

[app.retention]
# Seconds. Runs should not be kept longer than the spans and artifacts that explain them.
# runSeconds = 86400
# Of runs that failed or were halted, in place of runSeconds:
# failedRunSeconds = 259200
# telemetryArtifactSeconds = 259200
# telemetrySpanSeconds = 604800
# telemetryMetricSeconds = 2592000

# [app.auth]
# Required in production, and so is the variable AUTH_SECRET. "local": accounts with passwords, kept by the host.
# kind = "local"

# [app.log]
# "debug", "info", "warn", "error" or "silent", for the loggers whose names match; or several such, in rules = [...].
# filter = "*"
# level = "info"

# [workflowDiscovery]
# directories = ["src/workflows"]

# [workflows.my-workflow.prunePolicy]
# runSeconds = 3600
"""


Outcome: TypeAlias = Literal["written", "kept", "added"]


class Written(Struct, frozen=True):
    """One file of a new project: its path in the folder, what became of it, and the lines that were added."""

    path: str
    outcome: Outcome
    lines: tuple[str, ...] = ()


def scaffold(folder: str) -> list[Written]:
    """Start a project in a folder, which is made if it is missing. What is there is kept, never overwritten.

    Raises:
        OSError: a file or the folder cannot be written; the files before it are whole, the one at fault is not there.
    """
    os.makedirs(folder, exist_ok=True)
    files = ((CONFIG_NAME, CONFIG), (SCHEMA_NAME, schema_text(CATALOGUE)), (EXAMPLE_NAME, env_example()))
    written = [Written(name, _create(os.path.join(folder, name), text)) for name, text in files]
    return [*written, _ignore(folder)]


def env_example() -> str:
    """Every variable, commented out, with what it does."""
    lines = ["# Copy to .env and fill in what you need; .env itself is never checked in.", ""]
    for name, settings in CATALOGUE.variables.items():
        setting = settings[0]
        default = setting.default if setting.default is not None and not setting.inherits else setting.examples[0]
        lines += [f"# {setting.doc}", f"# {name}={default}", ""]
    for variable in HOST_VARIABLES.values():
        lines += [f"# {variable.doc}", f"# {variable.name}={variable.example}", ""]
    for switch in SWITCHES.values():
        lines += [f"# {switch.doc}", f"# {switch.name}=false", ""]
    return "\n".join(lines)


def _create(path: str, text: str) -> Outcome:
    """Write a new file; one that is there, in whatever form, is kept."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        if not os.path.isfile(path):
            raise OSError(errno.EEXIST, "is there, but is no file", path) from None
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
