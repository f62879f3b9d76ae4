"""`codemation db status`: where the database is, and what is pending."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from codemation.backend.inspection import history_in
from codemation.backend.migrations.errors import MigrationsPendingError
from codemation.backend.migrations.history_check import Status, checked, refuse_pending
from codemation.backend.migrations.listing import status_data
from codemation.backend.migrations.revisions import revisions
from codemation.cli import NO, OK
from codemation.cli.database import on_database, report_failure
from codemation.cli.inputs import add_inputs
from codemation.cli.parser import Command, Parser
from codemation.text.json import json_text

if TYPE_CHECKING:
    from codemation.runtime.form import Runtime


COMMAND = Command(
    order=20,
    line="tell where it is, and what is pending",
    summary="Tell where the database is, and what is pending. Reads only.",
    examples=(
        ("codemation db status", "where is the database, what is pending?"),
        ("codemation db status --check", "exit code 4 where anything is pending: for a deployment"),
        ("codemation db status --format json", "for scripts"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "--check", action="store_true", help="say so (CM505), and exit with 4, where anything is pending"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Print where the database is to standard output."""
    return on_database(options, lambda runtime, why: _status(options, runtime, why))


def _status(options: argparse.Namespace, runtime: Runtime, why: str) -> int:
    status = checked(history_in(runtime.database), revisions())
    if options.format == "json":
        sys.stdout.write(json_text(status_data(runtime.database, why, status)))
    else:
        sys.stdout.write(_text(status))
    return _checked(status) if options.check else OK


def _checked(status: Status) -> int:
    """Whether nothing is pending, as an exit code; why not goes to standard error, as a boot says it."""
    try:
        refuse_pending(status)
    except MigrationsPendingError as error:
        sys.stdout.flush()
        report_failure(error)
        return NO
    return OK


def _text(status: Status) -> str:
    lines = []
    if status.current is None:
        lines.append("  at       no revision: there are no tables yet")
    else:
        last = status.applied[-1]
        head = "" if status.pending else " (head)"
        lines.append(f"  at       {status.current}{head}, applied {last.applied_at:%Y-%m-%d %H:%M:%S} UTC")
    pending = [f"{revision.id} {revision.title}" for revision in status.pending] or ["nothing"]
    lines += [f"  {'pending' if not number else '':<8} {line}" for number, line in enumerate(pending)]
    return "\n".join(lines) + "\n"
