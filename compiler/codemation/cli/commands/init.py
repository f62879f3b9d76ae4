"""`codemation init`: start a project."""

from __future__ import annotations

import argparse
import os
import sys

from codemation.cli.output import note
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.cli.scaffold import scaffold
from codemation.text.json import json_text
from codemation.text.redaction import redact

COMMAND = Command(
    order=10,
    line="start a project: codemation.toml, its schema, .env.example",
    summary="Write codemation.toml with its schema, .env.example and .gitignore lines. Never overwrites.",
    examples=(
        ("codemation init", "start a project in this folder"),
        ("codemation init my-app", "in a new one"),
        ("codemation init --json", "what became of each file, for scripts"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: this folder")
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Write the files and say what became of each."""
    try:
        written = scaffold(options.folder)
    except OSError as error:
        message = f"codemation init: {error.filename or options.folder}: {error.strerror or error}"
        raise UsageError(message) from None
    if options.format == "json":
        files = [{"path": file.path, "outcome": file.outcome, "lines": list(file.lines)} for file in written]
        sys.stdout.write(json_text({"root": redact(os.path.abspath(options.folder)), "files": files}))
        return 0
    for file in written:
        outcome = " ".join((file.outcome, ", ".join(file.lines))).rstrip()
        note(f"{outcome:<8} {redact(os.path.join(options.folder, file.path))}\n")
    if any(file.outcome == "written" for file in written):
        note("\nNext: codemation compile --explain\n")
    return 0
