"""`codemation check`: diagnostics only."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from codemation.cli.inputs import add_inputs, add_what_if, compile_from
from codemation.cli.output import strictly, terminal
from codemation.cli.parser import command

if TYPE_CHECKING:
    from codemation.cli.parser import Commands

EXAMPLES = (
    ("codemation check", "report what is wrong, with places and remedies"),
    ("codemation check --strict", "warnings are errors, for CI"),
    ("codemation check --env-file .env.production --no-env", "check what production will say"),
    ("codemation check --watch", "again on every save, printing what changed"),
    ("codemation check --format sarif > codemation.sarif", "for code scanning"),
)


def register(commands: Commands) -> None:
    """Add the command."""
    parser = command(commands, "check", summary="Report what is wrong with the configuration.", examples=EXAMPLES)
    add_inputs(parser)
    add_what_if(parser)
    parser.add_argument("--format", choices=("text", "json", "sarif", "github"), default="text", help="default: text")
    parser.add_argument("--strict", action="store_true", help="make warnings errors")
    parser.add_argument("--watch", action="store_true", help="check again whenever a file is saved, until Ctrl-C")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the diagnostics to standard output."""
    if options.watch:
        from codemation.cli.watch import watch  # noqa: PLC0415

        return watch(options)
    from codemation.reports import Sources, render  # noqa: PLC0415

    compilation = compile_from(options)
    diagnostics = strictly(compilation, strict=options.strict)
    sources = Sources.of(compilation, os.getcwd())
    sys.stdout.write(render(options.format, diagnostics, sources, terminal()))
    return int(any(diagnostic.severity == "error" for diagnostic in diagnostics))
