"""`codemation db status`: where the database is, and what is pending."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from codemation.cli.database import named, on_database
from codemation.cli.inputs import add_inputs
from codemation.cli.parser import command

if TYPE_CHECKING:
    from codemation.backend.migrations.history_check import Status
    from codemation.cli.parser import Commands
    from codemation.runtime.form import Runtime

EXAMPLES = (
    ("codemation db status", "where is the database, what is pending?"),
    ("codemation db status --check", "exit code 3 where anything is pending: for a deployment"),
    ("codemation db status --format json", "for scripts"),
)


def register(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "status",
        summary="Tell where the database is, and what is pending. Reads only.",
        examples=EXAMPLES,
        line="tell where it is, and what is pending",
    )
    parser.add_argument("--check", action="store_true", help="fail (CM505) where anything is pending")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_inputs(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print where the database is to standard output."""
    return on_database(options, lambda runtime: _status(options, runtime))


def _status(options: argparse.Namespace, runtime: Runtime) -> int:
    from codemation.backend.inspection import find_in  # noqa: PLC0415
    from codemation.backend.migrations.history_check import judged, refuse_pending  # noqa: PLC0415
    from codemation.backend.migrations.revisions import revisions  # noqa: PLC0415

    status = judged(find_in(runtime.database), revisions())
    if options.format == "json":
        from codemation.backend.migrations.listing import status_data  # noqa: PLC0415
        from codemation.text.json import json_text  # noqa: PLC0415

        sys.stdout.write(json_text(status_data(runtime.database, status)))
    else:
        sys.stdout.write(_text(runtime, status))
    if options.check:
        refuse_pending(status)
    return 0


def _text(runtime: Runtime, status: Status) -> str:
    lines = [named(runtime.database)]
    if status.current is None:
        lines.append("  at       no revision: there are no tables yet")
    else:
        last = status.applied[-1]
        head = "" if status.pending else " (head)"
        lines.append(f"  at       {status.current}{head}, applied {last.applied_at:%Y-%m-%d %H:%M:%S} UTC")
    pending = [f"{revision.id} {revision.title}" for revision in status.pending] or ["nothing"]
    lines += [f"  {'pending' if not number else '':<8} {line}" for number, line in enumerate(pending)]
    return "\n".join(lines) + "\n"
