"""`codemation init`: start a project."""

from __future__ import annotations

import argparse
import os

from codemation.cli.output import note
from codemation.cli.parser import Command, Parser, UsageError
from codemation.cli.scaffold import scaffold
from codemation.text.redaction import redact

COMMAND = Command(
    order=10,
    line="start a project: codemation.toml, its schema, .env.example",
    summary="Write codemation.toml with its schema, .env.example and .gitignore lines. Never overwrites.",
    examples=(("codemation init", "start a project in this folder"), ("codemation init my-app", "in a new one")),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: this folder")


def run(options: argparse.Namespace) -> int:
    """Write the files and say what became of each."""
    try:
        written = scaffold(options.folder)
    except OSError as error:
        message = f"codemation init: {error.filename or options.folder}: {error.strerror or error}"
        raise UsageError(message) from None
    for file in written:
        note(f"{file.outcome:<8} {redact(os.path.join(options.folder, file.path))}\n")
    if any(file.outcome == "written" for file in written):
        note("\nNext: codemation compile --explain\n")
    return 0
