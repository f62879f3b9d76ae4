"""`codemation db history`: every revision, and when, by which program and how fast it was applied."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from codemation.cli.database import named, on_database
from codemation.cli.inputs import add_inputs
from codemation.cli.output import terminal
from codemation.cli.parser import command

if TYPE_CHECKING:
    from codemation.backend.migrations.listing import Entry
    from codemation.cli.parser import Commands
    from codemation.runtime.form import Runtime
    from codemation.text.terminal import Style, Terminal

EXAMPLES = (
    ("codemation db history", "every revision, and when it was applied"),
    ("codemation db history --format json", "for scripts"),
)

COLOURS: dict[str, Style] = {"applied": "green", "pending": "yellow", "altered": "red", "unknown": "red"}


def register(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "history",
        summary="List every revision: when, by which version of the program and how fast it was applied. Reads only.",
        examples=EXAMPLES,
        line="list every revision, and when it was applied",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_inputs(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the history to standard output, also that of a database which is refused; then say why it is."""
    return on_database(options, lambda runtime: _history(options, runtime))


def _history(options: argparse.Namespace, runtime: Runtime) -> int:
    from codemation.backend.inspection import find_in  # noqa: PLC0415
    from codemation.backend.migrations.history_check import judged  # noqa: PLC0415
    from codemation.backend.migrations.listing import entries, history_data  # noqa: PLC0415
    from codemation.backend.migrations.revisions import revisions  # noqa: PLC0415

    found, known = find_in(runtime.database), revisions()
    rows = entries(found, known)
    if options.format == "json":
        from codemation.text.json import json_text  # noqa: PLC0415

        sys.stdout.write(json_text(history_data(runtime.database, rows)))
    else:
        screen = terminal()
        sys.stdout.write("\n".join([named(runtime.database), *(_line(row, screen) for row in rows)]) + "\n")
    judged(found, known)
    return 0


def _line(entry: Entry, screen: Terminal) -> str:
    state = screen.style(f"{entry.state:<7}", COLOURS[entry.state])
    line = f"  {screen.visible(entry.revision)}  {state}"
    if entry.applied is not None:
        took = "" if entry.applied.duration_ms is None else f" in {entry.applied.duration_ms} ms"
        by = screen.visible(entry.applied.program_version)
        line += f"  {entry.applied.applied_at:%Y-%m-%d %H:%M:%S} UTC{took} by codemation {by}"
    return f"{line}  {entry.title}" if entry.title else line
