"""`codemation env`: every variable: what is set, what is in force in place of the others, what nothing reads."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

from codemation.cli.inputs import add_inputs, compile_from
from codemation.cli.output import report_diagnostics, terminal
from codemation.cli.parser import Command, Parser, add_format
from codemation.explain.answer import spelled
from codemation.explain.variables import VariableRow, ignored_rows, variable_rows
from codemation.explain.variables_page import variables_page
from codemation.text.json import json_text
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.text.terminal import Style, Terminal

LABEL: Final = 12
"""Columns of what stands in front of what `--long` says of a variable."""


COMMAND = Command(
    order=40,
    line="list every environment variable",
    summary="List every environment variable: those that are set, what is in force else, and what nothing reads.",
    examples=(
        ("codemation env", "what is set, what is not, and what is set in vain"),
        ("codemation env --long", "each with its setting and its default, too"),
        ("codemation env --env-file .env.production --no-env", "what does this file set?"),
        ("codemation env --format json", "for scripts"),
    ),
    also=("environment", "vars", "variables", "printenv"),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--long", action="store_true", help="each variable with its setting, default and description")
    add_format(parser, "text", "json")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Print the variables to standard output, diagnostics to standard error."""
    compilation = compile_from(options)
    rows, ignored = variable_rows(compilation.model), ignored_rows(compilation.model)
    if options.format == "json":
        data = {"variables": [row.data() for row in rows], "ignored": [row.data() for row in ignored]}
        sys.stdout.write(json_text(data))
    elif options.long:
        sys.stdout.write(_long(rows))
    else:
        sys.stdout.write(variables_page(rows, ignored, compilation.root, terminal()))
    sys.stdout.flush()
    return report_diagnostics(compilation, below=True)


def _long(rows: tuple[VariableRow, ...]) -> str:
    """One block for each variable; columns would not fit the longest names."""
    screen = terminal()
    lines: list[str] = []
    for row in rows:
        value = "(none)" if row.in_force is None else spelled(row.in_force)
        lines.append(screen.style(row.name, "bold"))
        lines += wrap(row.doc, screen.width, indent="  ")
        lines += _labelled(screen, "setting", ", ".join(row.settings) or row.role)
        lines += _labelled(screen, "default", row.shown_default())
        lines += _labelled(screen, "in force", value, "green" if row.status == "set" else "dim")
        if row.decided_by:
            lines += _labelled(screen, "set by", row.decided_by)
        own = row.own_line()
        if own:
            lines += _labelled(screen, "variable", own, "yellow")
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _labelled(screen: Terminal, label: str, text: str, style: Style | None = None) -> list[str]:
    """A text with its label in front, in lines."""
    return screen.labelled(f"  {label:<{LABEL - 2}}", text, (), (style,) if style else ())
