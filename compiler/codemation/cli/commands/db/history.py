"""`codemation db history`: every revision, and when, by which program and how fast it was applied."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from codemation.backend.inspection import history_in
from codemation.backend.migrations.history_check import checked
from codemation.backend.migrations.listing import Entry, entries, history_data
from codemation.backend.migrations.revisions import revisions
from codemation.cli import OK
from codemation.cli.database import on_database
from codemation.cli.inputs import add_inputs
from codemation.cli.output import terminal
from codemation.cli.parser import Command, Parser, add_format
from codemation.text.json import json_text
from codemation.text.terminal import display_width, wrap

if TYPE_CHECKING:
    from codemation.runtime.form import Runtime
    from codemation.text.terminal import Style, Terminal

_UNDER = " " * len("  0001  ")

COLOURS: dict[str, Style] = {"applied": "green", "pending": "yellow", "altered": "red", "unknown": "red"}


COMMAND = Command(
    order=30,
    line="list every revision, and when it was applied",
    summary="List every revision: when, by which version of the program and how fast it was applied. Reads only.",
    examples=(
        ("codemation db history", "every revision, and when it was applied"),
        ("codemation db history --format json", "for scripts"),
    ),
    also=("log", "revisions"),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    add_format(parser, "text", "json")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Print the history to standard output, also that of a database which is refused; then say why it is."""
    return on_database(options, lambda runtime, why: _history(options, runtime, why))


def _history(options: argparse.Namespace, runtime: Runtime, why: str) -> int:
    found, known = history_in(runtime.database), revisions()
    rows = entries(found, known)
    if options.format == "json":
        sys.stdout.write(json_text(history_data(runtime.database, why, rows)))
    else:
        screen = terminal()
        sys.stdout.write("".join(f"{_line(row, screen)}\n" for row in rows))
    checked(found, known)
    return OK


def _line(entry: Entry, screen: Terminal) -> str:
    """A revision: its state, when it was applied, its title; each goes below as a whole where it does not fit."""
    state = screen.style(f"{entry.state:<7}", COLOURS[entry.state])
    line, used = f"  {screen.visible(entry.revision)}  {state}", display_width(f"  {entry.revision}  {entry.state:<7}")
    for part in (_applied(entry, screen), entry.title or ""):
        if used + 2 + display_width(part) <= screen.width:
            line, used = (f"{line}  {part}", used + 2 + display_width(part)) if part else (line, used)
        else:
            below = wrap(part, screen.width, indent=_UNDER)
            line, used = "\n".join([line, *below]), display_width(below[-1])
    return line


def _applied(entry: Entry, screen: Terminal) -> str:
    if entry.applied is None:
        return ""
    took = "" if entry.applied.duration_ms is None else f" in {entry.applied.duration_ms} ms"
    by = screen.visible(entry.applied.program_version)
    return f"{entry.applied.applied_at:%Y-%m-%d %H:%M:%S} UTC{took} by codemation {by}"
