"""`codemation env`: every variable, with its setting, default, value in force and place."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from codemation.cli.inputs import add_inputs, add_what_if, compile_from
from codemation.cli.output import report_diagnostics, terminal
from codemation.cli.parser import command
from codemation.text.json import json_text

if TYPE_CHECKING:
    from codemation.cli.parser import Commands
    from codemation.explain.variables import VariableRow

EXAMPLES = (
    ("codemation env", "list all variables"),
    ("codemation env --env-file .env.production --no-env", "what does this file set?"),
    ("codemation env --format json", "for scripts"),
)


def register(commands: Commands) -> None:
    """Add the command."""
    summary = "List every environment variable: its setting, default, value, and where it was set."
    parser = command(commands, "env", summary=summary, examples=EXAMPLES)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_inputs(parser)
    add_what_if(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the variables to standard output, diagnostics to standard error."""
    from codemation.explain.variables import variable_rows  # noqa: PLC0415

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
    from codemation.explain.answer import spelled  # noqa: PLC0415

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
