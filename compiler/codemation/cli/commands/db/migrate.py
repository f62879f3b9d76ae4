"""`codemation db migrate`: apply what is pending."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codemation.backend.errors import BackendError
from codemation.backend.inspection import status_of_ours
from codemation.backend.migrations.errors import after
from codemation.backend.migrations.history_check import pending_until
from codemation.backend.migrations.listing import migrated_data
from codemation.backend.migrations.revisions import BASE, Revision, revisions
from codemation.cli import OK
from codemation.cli.database import on_database, patience
from codemation.cli.inputs import add_inputs, add_wait
from codemation.cli.output import note
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.cli.progress import Lines
from codemation.text.json import json_text

if TYPE_CHECKING:
    from codemation.runtime.form import Runtime


COMMAND = Command(
    order=10,
    line="apply what is pending",
    summary="Apply the revisions that are pending. One process migrates at a time, the others wait.",
    examples=(
        ("codemation db migrate", "apply what is pending"),
        ("codemation db migrate --to 0002", "no further than that"),
        ("codemation db migrate --adopt", "beside the tables of somebody else"),
        ("codemation db migrate --json", "what was applied, for scripts"),
    ),
    also=("upgrade", "migration", "migrations", "deploy"),
    writes=True,
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--to", metavar="REVISION", default="head", help="the last revision to apply (default: head)")
    parser.add_argument(
        "--adopt", action="store_true", help="make the tables beside those of somebody else, where no name collides"
    )
    add_wait(parser)
    add_format(parser, "text", "json")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Migrate, and print each revision to standard output; as JSON all of them at the end."""
    return on_database(
        options,
        lambda runtime, why: _migrate(options, runtime, why),
        changes=True,
        stated="codemation db migrate --adopt" if options.adopt else None,
    )


def _migrate(options: argparse.Namespace, runtime: Runtime, why: str) -> int:
    try:
        status = status_of_ours(runtime.database, known := revisions())
        pending = status is None or pending_until(status, options.to, known)
        done, current = _apply(options, runtime) if pending else ((), status.current if status else None)
    except ValueError as error:
        message = f"codemation db migrate: {error}"
        raise UsageError(message) from None
    if options.format == "json":
        sys.stdout.write(json_text(migrated_data(runtime.database, why, done, current)))
    elif done:
        note(f"done: {len(done)} revision{'' if len(done) == 1 else 's'} applied, now at {current}\n")
    else:
        note(f"nothing to do: at {current or BASE}\n")
    return OK


def _apply(options: argparse.Namespace, runtime: Runtime) -> tuple[Sequence[Revision], str | None]:
    """Apply what is pending; the revisions that this did, and where the database then is."""
    # SQLAlchemy takes several times as long as to find out that nothing is pending.
    from codemation.backend.engine import provision, typed_errors  # noqa: PLC0415  (imports SQLAlchemy)
    from codemation.backend.migrations import migrate  # noqa: PLC0415  (imports SQLAlchemy)

    lines = Lines("applying", shown=options.format == "text")
    engine = provision(runtime, adopt=options.adopt)
    try:
        with typed_errors(runtime):
            done = migrate.upgrade(
                engine,
                options.to,
                lines.progress,
                adopt=options.adopt,
                on_wait=lines.wait,
                patience=patience(options),
            )
            return done, migrate.status(engine).current
    except BackendError as error:
        raise after(error, lines.done, "applied") from None
    finally:
        lines.end()
        engine.dispose()
