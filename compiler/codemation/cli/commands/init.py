"""`codemation init`: start a project."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from codemation.cli.parser import UsageError, command

if TYPE_CHECKING:
    from codemation.cli.parser import Commands

EXAMPLES = (("codemation init", "start a project in this folder"), ("codemation init my-app", "in a new one"))


def register(commands: Commands) -> None:
    """Add the command."""
    summary = "Write codemation.toml with its schema, .env.example and .gitignore lines. Never overwrites."
    parser = command(commands, "init", summary=summary, examples=EXAMPLES)
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: this folder")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the files and say what became of each."""
    from codemation.cli.scaffold import scaffold  # noqa: PLC0415
    from codemation.text.redaction import redact  # noqa: PLC0415

    try:
        written = scaffold(options.folder)
    except OSError as error:
        message = f"codemation init: {error.filename or options.folder}: {error.strerror or error}"
        raise UsageError(message) from None
    for file in written:
        sys.stdout.write(f"{file.outcome:<8} {redact(os.path.join(options.folder, file.path))}\n")
    if any(file.outcome == "written" for file in written):
        sys.stdout.write("\nNext: codemation compile --explain\n")
    return 0
