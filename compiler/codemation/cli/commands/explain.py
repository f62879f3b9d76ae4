"""`codemation explain`: one setting or one variable, and all that was said of it."""

from __future__ import annotations

import argparse
import os
import sys

from codemation.cli.inputs import add_inputs, compile_from
from codemation.cli.output import exit_code, report_diagnostics, strictly, terminal
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.explain import answer
from codemation.explain.one_variable import answer_for
from codemation.explain.selection import select

COMMAND = Command(
    order=35,
    line="who decided a setting, or what a variable does",
    summary="Tell all that was said of a setting, and who decided; or what a variable does, and why not more.",
    examples=(
        ("codemation explain database.kind", "who decided, where, and who lost"),
        ("codemation explain DATABASE_URL", "what does it decide? is it read at all?"),
        ("codemation explain retention --json", "a table of settings, for programs"),
    ),
    also=("why", "describe", "inspect", "get"),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("names", metavar="NAME", nargs="+", help="a setting's key, a table of them, or a variable")
    add_format(parser, "text", "json")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Print the answer to standard output, diagnostics to standard error."""
    compilation = compile_from(options)
    model = compilation.model
    told = {name: answer_for(model, name) for name in options.names}
    keys = [name for name, answer_ in told.items() if answer_ is None or answer_.settings]
    try:
        settings = select(model, keys) if keys else ()
    except LookupError as error:
        message = str(error.args[0]).removeprefix("--explain: ")
        raise UsageError(message) from None
    if options.format == "json":
        sys.stdout.write(answer.as_json(settings, diagnostics := strictly(compilation, strict=False)))
        return exit_code(diagnostics)
    screen = terminal()
    heads = [answer_.text(screen) for answer_ in told.values() if answer_ is not None]
    rest = answer.as_text(model, settings, screen, os.getcwd()) if settings else ""
    sys.stdout.write("\n\n".join([*heads, *([rest] if rest else ())]).rstrip("\n") + "\n")
    sys.stdout.flush()
    return report_diagnostics(compilation, below=True)
