"""`codemation check`: diagnostics only."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final, TypeAlias

from codemation.cli.inputs import add_inputs, compile_from
from codemation.cli.output import exit_code, note, strictly, terminal
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.cli.watch import watch
from codemation.diagnostics import Diagnostic, count_errors
from codemation.explain.inputs import checked
from codemation.reports import Locations, render
from codemation.reports.json import render_json
from codemation.text.terminal import wrap

Checked: TypeAlias = tuple[tuple[Diagnostic, ...], Locations]
STANDARD_INPUT: Final = "-"

COMMAND = Command(
    order=20,
    line="report what is wrong",
    summary="Report what is wrong with the configuration.",
    examples=(
        ("codemation check", "report what is wrong, with places and remedies"),
        ("codemation check --strict", "warnings are errors, for CI"),
        ("codemation check --env-file .env.production --no-env", "check what production will say"),
        ("codemation check apps/*", "several projects at once, by their folders or files"),
        ("codemation check --watch", "again on every save, printing what changed"),
        ("codemation check --format sarif > codemation.sarif", "for code scanning"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="files or folders to check, each a project of its own; - is standard input",
    )
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
    if len(options.files) > 1 and (options.watch or options.format == "sarif"):
        message = "with --watch or --format sarif check one FILE at a time"
        raise UsageError(message)
    if options.watch:
        _choose(options, next(iter(options.files), None))
        return watch(options)
    checked_ = [_checked(options, name) for name in options.files or [None]]
    if options.format == "json":
        sys.stdout.write(render_json(checked_))
    else:
        _report(options, checked_)
    return exit_code(diagnostic for diagnostics, _ in checked_ for diagnostic in diagnostics)


def _choose(options: argparse.Namespace, name: str | None) -> None:
    """Let the options be about a file, a folder or standard input; `None`: as they are."""
    if name == STANDARD_INPUT:
        options.config, options.root = "/dev/stdin", "."
    elif name is not None and os.path.isdir(name):
        options.config, options.root = None, name
    elif name is not None:
        options.config, options.root = name, None


def _checked(options: argparse.Namespace, name: str | None) -> Checked:
    """A project by itself, as if it were the only one."""
    _choose(options, name)
    compilation = compile_from(options)
    return strictly(compilation, strict=options.strict), Locations(compilation.model, os.getcwd())


def _report(options: argparse.Namespace, checked_: Sequence[Checked]) -> None:
    """Each project with its own last line; and of several how many are right."""
    for number, (diagnostics, locations) in enumerate(checked_):
        text = render(options.format, diagnostics, locations, terminal())
        say = sys.stdout.write if diagnostics or options.format != "text" else note
        if options.format == "text":
            say("\n" * bool(number))
        say(text)
        if options.format == "text":
            upward = not options.files and options.root is None and options.config is None
            _tell(checked(locations, upward=upward))
    if len(checked_) > 1 and options.format == "text":
        wrong = sum(count_errors(diagnostics) > 0 for diagnostics, _ in checked_)
        told = f"wrong: {wrong} of {len(checked_)} projects" if wrong else f"all {len(checked_)} projects are right"
        note(f"\n{told}\n")


def _tell(text: str) -> None:
    """A last paragraph."""
    screen = terminal()
    note("\n".join(wrap(screen.visible(text), screen.width, indent="  ", first="")) + "\n")
