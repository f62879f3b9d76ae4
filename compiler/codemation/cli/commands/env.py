"""`codemation env`: every variable, with its setting, default, value in force and place."""

from __future__ import annotations

import argparse
import sys

from codemation.cli.inputs import add_inputs, compile_from
from codemation.cli.output import report_diagnostics, terminal
from codemation.cli.parser import Command, Parser, add_format
from codemation.explain.answer import spelled
from codemation.explain.variables import VariableRow, variable_rows
from codemation.text.json import json_text

COMMAND = Command(
    order=40,
    line="list every environment variable",
    summary="List every environment variable: its setting, default, value, and where it was set.",
    examples=(
        ("codemation env", "list all variables"),
        ("codemation env --env-file .env.production --no-env", "what does this file set?"),
        ("codemation env --format json", "for scripts"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    add_format(parser, "text", "json")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Print the variables to standard output, diagnostics to standard error."""
    compilation = compile_from(options)
    rows = variable_rows(compilation.model)
    if options.format == "json":
        sys.stdout.write(json_text({"variables": [row.data() for row in rows]}))
    else:
        sys.stdout.write(_text(rows))
    sys.stdout.flush()
    return report_diagnostics(compilation, below=True)


def _text(rows: tuple[VariableRow, ...]) -> str:
    """One block for each variable; columns would not fit the longest names."""
    screen = terminal()
    lines: list[str] = []
    for row in rows:
        value = "(none)" if row.in_force is None else screen.visible(spelled(row.in_force))
        lines.append(screen.style(row.name, "bold"))
        lines.append(f"  setting   {', '.join(row.settings) or row.role}")
        lines.append(f"  default   {row.shown_default()}")
        lines.append(f"  in force  {screen.style(value, 'green' if row.status == 'set' else 'dim')}")
        if row.decided_by:
            lines.append(f"  set by    {row.decided_by}")
        own = row.own_line()
        if own:
            lines.append(f"  variable  {screen.style(own, 'yellow')}")
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"
