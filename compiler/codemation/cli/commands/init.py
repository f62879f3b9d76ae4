"""`codemation init`: start a project."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from codemation.cli.output import note, terminal
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.cli.scaffold import EXAMPLE_NAME, Written, scaffold
from codemation.cli.surroundings import ENV_FILE, Surroundings, surroundings
from codemation.cli.templates import TEMPLATES, start_with
from codemation.explain.answer import spelled
from codemation.settings.catalogue import dotted
from codemation.sources.project import CONFIG_NAME
from codemation.text.json import json_text
from codemation.text.redaction import redact
from codemation.text.terminal import wrap

COMMAND = Command(
    order=10,
    line="start a project: codemation.toml, its schema, .env.example",
    summary="Write codemation.toml with its schema, .env.example and .gitignore lines. Never overwrites.",
    examples=(
        ("codemation init", "start a project in this folder"),
        ("codemation init my-app", "in a new one"),
        ("codemation init --template queue", "PostgreSQL, and workers that take their work from Redis"),
        ("codemation init --json", "what became of each file, for scripts"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: this folder")
    parser.add_argument(
        "--template",
        choices=tuple(TEMPLATES),
        help="what to start with; without it that is found out from an .env and a codemation.config.ts beside it",
    )
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Write the files and say what became of each."""
    try:
        project = start_with(options.template, surroundings(options.folder))
        written = scaffold(options.folder, project)
    except OSError as error:
        message = f"codemation init: {error.filename or options.folder}: {error.strerror or error}"
        raise UsageError(message) from None
    if options.format == "json":
        files = [{"path": file.path, "outcome": file.outcome, "lines": list(file.lines)} for file in written]
        root = redact(os.path.abspath(options.folder))
        sys.stdout.write(json_text({"root": root, "stated": _stated(project), "files": files}))
        return 0
    for file in written:
        outcome = " ".join((file.outcome, ", ".join(file.lines))).rstrip()
        note(f"{outcome:<8} {redact(os.path.join(options.folder, file.path))}\n")
    _tell(project, written)
    return 0


def _stated(project: Surroundings) -> list[dict[str, Any]]:
    return [
        {"key": dotted(path), "value": said.value, "place": said.place or None} for path, said in project.stated.items()
    ]


def _tell(project: Surroundings, written: Sequence[Written]) -> None:
    """Say what was found out, and what to do next."""
    outcomes = {file.path: file.outcome for file in written}
    if outcomes[CONFIG_NAME] == "written":
        found = [(path, said) for path, said in project.stated.items() if said.place]
        for number, (path, said) in enumerate(found):
            text = f"{dotted(path)} = {spelled(said.value)}, because of {redact(said.place)}"
            note("\n" * (not number) + "\n".join(wrap(text, terminal().width, indent="  ", first="")) + "\n")
    if "written" not in outcomes.values():
        return
    missing = [str(said.value) for said in project.variables.values() if not said.place.startswith(f"{ENV_FILE}:")]
    first = f"copy {EXAMPLE_NAME} to .env, fill in {' and '.join(missing)}, then " if missing else ""
    lines = wrap(f"{first}codemation compile --explain", terminal().width, indent="      ", first="Next: ")
    note("\n" + "\n".join(lines) + "\n")
