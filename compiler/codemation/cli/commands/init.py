"""`codemation init`: start a project."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from codemation.cli import OK
from codemation.cli.first_check import Outlook, outlook
from codemation.cli.new_project import ENV_FILE, NOTHING, LeftOut
from codemation.cli.output import note, terminal
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.cli.scaffold import EXAMPLE_NAME, SCHEMA_NAME, Written, scaffold
from codemation.cli.surroundings import surroundings
from codemation.cli.templates import TEMPLATES
from codemation.explain.answer import spelled
from codemation.origin import spot
from codemation.reports.data import diagnostic_data
from codemation.settings.catalogue import dotted
from codemation.sources.project import CONFIG_NAME
from codemation.text.json import json_text
from codemation.text.redaction import redact, redact_value
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
    also=("new", "create", "setup", "scaffold"),
    writes=True,
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
    folder = options.folder
    if not folder:
        message = "codemation init: DIR is empty: name a folder, or leave it out"
        raise UsageError(message)
    kept = os.path.lexists(os.path.join(folder, CONFIG_NAME))
    try:
        ahead = Outlook(NOTHING) if kept else outlook(folder, options.template, surroundings(folder), SCHEMA_NAME)
        written = scaffold(folder, ahead.project)
    except OSError as error:
        raise UsageError(_failure(folder, error)) from None
    if options.format == "json":
        sys.stdout.write(json_text(_data(folder, ahead, written)))
        return OK
    blocks = [
        [line for file in written for line in _lines(_became(folder, file), indent=" " * 9)],
        _lines(f"--template changed nothing: {CONFIG_NAME} was there") if kept and options.template else [],
        *_told(ahead),
        _lines(_next(folder, ahead, written), indent=" " * 6, first="Next: ") if _wrote(written) else [],
    ]
    note("\n\n".join("\n".join(block) for block in blocks if block) + "\n")
    return OK


def _failure(folder: str, error: OSError) -> str:
    """Why the files cannot be written, in one line."""
    if isinstance(error, FileExistsError | NotADirectoryError) and os.path.isfile(folder):
        return f"codemation init: {redact(folder)} is a file, not a folder"
    return f"codemation init: {redact(str(error.filename or folder))}: {error.strerror or error}"


def _data(folder: str, ahead: Outlook, written: Sequence[Written]) -> dict[str, Any]:
    """All of it as plain data."""
    stated = [
        {"key": dotted(path), "value": redact_value(said.value), "place": said.place or None}
        for path, said in ahead.project.stated.items()
    ]
    left_out = [
        {"what": redact(it.what), "reason": redact(it.reason), "code": it.code, "place": it.place}
        for it in ahead.project.left_out
    ]
    return {
        "root": redact(os.path.abspath(folder)),
        "stated": stated,
        "leftOut": left_out,
        "diagnostics": [diagnostic_data(it) for it in (*ahead.lasting, *ahead.until)],
        "files": [{"path": file.path, "outcome": file.outcome, "lines": list(file.lines)} for file in written],
    }


def _wrote(written: Sequence[Written], *names: str) -> bool:
    """Whether one of these files is new; without names: any."""
    return any(file.outcome == "written" and (not names or file.path in names) for file in written)


def _became(folder: str, file: Written) -> str:
    added = f": {', '.join(file.lines)}" if file.lines else ""
    return f"{file.outcome:<8} {os.path.join(folder, file.path)}{added}"


def _told(ahead: Outlook) -> Iterator[list[str]]:
    """What was found out, what of it is left out, and what a check has against the rest."""
    found = [(path, said) for path, said in ahead.project.stated.items() if said.place]
    texts = [f"{dotted(path)} = {spelled(redact_value(said.value))}, because of {said.place}" for path, said in found]
    yield [line for text in texts for line in _lines(text)]
    yield [line for it in ahead.project.left_out for line in _lines(f"left out: {_whose(it)}: {it.reason}")]
    for it in ahead.lasting:
        place = f"{spot(it.file, it.span)}: " if it.file else ""
        yield [
            *_lines(f"{it.severity}[{it.code}]: {place}{it.message}"),
            *_lines(it.help, indent=" " * 10, first="  = help: "),
            *_lines(f"codemation rule {it.code}", indent=" " * 10, first="  = more: "),
        ]


def _whose(left_out: LeftOut) -> str:
    """What is left out, and its place: the place alone where it is a file's."""
    what, place = left_out.what, left_out.place
    if place is None:
        return what
    return place if place.startswith(f"{what}:") else f"{what} ({place})"


def _next(folder: str, ahead: Outlook, written: Sequence[Written]) -> str:
    """What to do now."""
    steps = [] if os.path.realpath(folder) == os.path.realpath(".") else [f"cd {shlex.quote(folder)}"]
    if ahead.missing:
        names = " and ".join(ahead.missing)
        if os.path.lexists(os.path.join(folder, ENV_FILE)):
            step = f"add {names} to {ENV_FILE}"
        elif _wrote(written, EXAMPLE_NAME):
            step = f"copy {EXAMPLE_NAME} to {ENV_FILE}, fill in {names}"
        else:
            step = f"set {names} in {ENV_FILE}"
        codes = ", ".join(dict.fromkeys(it.code for it in ahead.until))
        steps.append(f"{step} ({codes} until then)" if codes else step)
    compiling = "codemation compile --explain"
    return f"{', '.join(steps)}, then {compiling}" if steps else compiling


def _lines(text: str, *, indent: str = "  ", first: str = "") -> list[str]:
    """A sentence, broken into lines."""
    screen = terminal()
    return wrap(screen.visible(redact(text)), screen.width, indent=indent, first=first)
