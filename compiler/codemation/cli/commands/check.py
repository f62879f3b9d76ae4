"""`codemation check`: diagnostics only."""

from __future__ import annotations

import argparse
import os
import sys

from codemation.cli.inputs import add_inputs, compile_from
from codemation.cli.output import exit_code, note, strictly, terminal
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.cli.watch import watch
from codemation.diagnostics import Diagnostic
from codemation.explain.inputs import checked
from codemation.reports import Locations, render
from codemation.reports.github import render_github
from codemation.reports.text import render_paragraphs, summary_line
from codemation.text.terminal import wrap

COMMAND = Command(
    order=20,
    line="report what is wrong",
    summary="Report what is wrong with the configuration.",
    examples=(
        ("codemation check", "report what is wrong, with places and remedies"),
        ("codemation check --strict", "warnings are errors, for CI"),
        ("codemation check --env-file .env.production --no-env", "check what production will say"),
        ("codemation check a/codemation.toml b/codemation.toml", "several at once, as a hook before commits does"),
        ("codemation check --watch", "again on every save, printing what changed"),
        ("codemation check --format sarif > codemation.sarif", "for code scanning"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("files", metavar="FILE", nargs="*", help="configuration files to check, each in its own folder")
    add_inputs(parser)
    add_format(parser, "text", "json", "sarif", "github")
    parser.add_argument("--strict", action="store_true", help="make warnings errors")
    parser.add_argument("--watch", action="store_true", help="check again whenever a file is saved, until Ctrl-C")


def run(options: argparse.Namespace) -> int:
    """Print the diagnostics to standard output.

    Raises:
        UsageError: the options do not go together.
    """
    if options.files and (options.config or options.root):
        message = "FILE stands in place of --config and --root"
        raise UsageError(message)
    if len(options.files) > 1:
        return _several(options)
    options.config = options.config or next(iter(options.files), None)
    if options.watch:
        return watch(options)

    compilation = compile_from(options)
    diagnostics = strictly(compilation, strict=options.strict)
    locations = Locations(compilation.model, os.getcwd())
    text = render(options.format, diagnostics, locations, terminal())
    (sys.stdout.write if diagnostics or options.format != "text" else note)(text)
    if options.format == "text":
        _tell(checked(locations, upward=options.root is None and options.config is None))
    return exit_code(diagnostics)


def _several(options: argparse.Namespace) -> int:
    """Check each file as if it were the only one, and print one report."""
    if options.watch or options.format in {"json", "sarif"}:
        message = "with --watch, --format json or --format sarif check one FILE at a time"
        raise UsageError(message)
    screen, found, names = terminal(), list[Diagnostic](), list[str]()
    for file in options.files:
        options.config = file
        compilation = compile_from(options)
        diagnostics = strictly(compilation, strict=options.strict)
        locations = Locations(compilation.model, os.getcwd())
        text = options.format == "text"
        sys.stdout.write(
            render_paragraphs(diagnostics, locations, screen) if text else render_github(diagnostics, locations)
        )
        found += diagnostics
        names.append(locations.shown(compilation.model.source.name))
    if options.format == "text":
        (sys.stdout.write if found else note)(f"{summary_line(found, screen)}\n")
        _tell(f"checked {', '.join(names)}")
    return exit_code(found)


def _tell(text: str) -> None:
    """A last paragraph."""
    screen = terminal()
    note("\n".join(wrap(screen.visible(text), screen.width, indent="  ", first="")) + "\n")
