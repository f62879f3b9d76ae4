"""`codemation db status`: where the database is, and what is pending."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from codemation.backend.errors import BackendError
from codemation.backend.inspection import history_in
from codemation.backend.migrations.errors import MigrationsPendingError
from codemation.backend.migrations.history_check import Status, checked, refuse_pending
from codemation.backend.migrations.listing import status_data
from codemation.backend.migrations.revisions import revisions
from codemation.cli import NO, OK
from codemation.cli.database import on_database, report_failure
from codemation.cli.inputs import add_inputs
from codemation.cli.output import terminal
from codemation.cli.parser import Command, Parser, add_format
from codemation.text.amounts import about, first_of
from codemation.text.json import json_text
from codemation.text.redaction import redact
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.backend.retention.due import Lag
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
    also=("current", "check"),
)


SHOWN = 3
"""So many tables in which something is overdue are named in text; JSON names all."""


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "--check", action="store_true", help="say so (CM505), and exit with 4, where anything is pending"
    )
    add_format(parser, "text", "json")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Print where the database is to standard output."""
    return on_database(options, lambda runtime, why: _status(options, runtime, why))


def _status(options: argparse.Namespace, runtime: Runtime, why: str) -> int:
    status = checked(history_in(runtime.database), revisions())
    # Who only checks is answered without SQLAlchemy, which takes several times as long to import.
    lags = None if options.check or not status.up_to_date else _lags(runtime)
    if options.format == "json":
        overdue = [_lag_data(table, lag) for table, lag in (lags or {}).items()]
        sys.stdout.write(json_text(status_data(runtime.database, why, status, overdue)))
    else:
        sys.stdout.write(_text(status) + _overdue(lags))
    return _checked(status) if options.check else OK


def _lags(runtime: Runtime) -> dict[str, Lag] | None:
    """What is due and still there; `None` where it cannot be told: the role may not read the tables, for one."""
    from codemation.backend.engine import provision  # noqa: PLC0415  (imports SQLAlchemy)
    from codemation.backend.retention.due import retention_lag  # noqa: PLC0415  (imports SQLAlchemy)

    engine = provision(runtime, read_only=True)
    try:
        return retention_lag(engine, runtime)
    except BackendError:
        return None
    finally:
        engine.dispose()


def _lag_data(table: str, lag: Lag) -> dict[str, Any]:
    return {
        "table": table,
        "workflow": None if lag.workflow is None else redact(lag.workflow),
        "ageSeconds": int(lag.age.total_seconds()),
        "overdueSeconds": int(lag.overdue.total_seconds()),
    }


def _overdue(lags: dict[str, Lag] | None) -> str:
    """What is due and still there, for people."""
    if not lags:
        return "" if lags is None else "  overdue  nothing\n"
    late = sorted(lags.items(), key=lambda one: one[1].overdue, reverse=True)
    told = [f"{table.replace('_', ' ')} for {about(lag.overdue.total_seconds())}" for table, lag in late]
    text = f"{first_of(told, SHOWN)}; `codemation db prune` deletes it"
    return "\n".join(wrap(text, terminal().width, indent="           ", first="  overdue  ")) + "\n"


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
