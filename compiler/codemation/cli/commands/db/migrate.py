"""`codemation db migrate`: apply what is pending."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from codemation.cli.database import named, on_database
from codemation.cli.inputs import add_inputs
from codemation.cli.parser import UsageError, command

if TYPE_CHECKING:
    from codemation.cli.parser import Commands
    from codemation.runtime.form import Runtime

EXAMPLES = (
    ("codemation db migrate", "apply what is pending"),
    ("codemation db migrate --to 0002", "no further than that"),
    ("codemation db migrate --adopt", "beside the tables of somebody else"),
)


def register(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "migrate",
        summary="Apply the revisions that are pending. One process migrates at a time, the others wait.",
        examples=EXAMPLES,
        line="apply what is pending",
    )
    parser.add_argument("--to", metavar="REVISION", default="head", help="the last revision to apply (default: head)")
    parser.add_argument(
        "--adopt", action="store_true", help="make the tables beside those of somebody else, where no name collides"
    )
    add_wait(parser)
    add_inputs(parser)
    parser.set_defaults(run=run)


def add_wait(parser: argparse.ArgumentParser) -> None:
    """Add `--wait`."""
    parser.add_argument(
        "--wait", metavar="SECONDS", type=_seconds, default=60.0, help="how long to wait for others (default: 60)"
    )


def run(options: argparse.Namespace) -> int:
    """Migrate, and print each revision to standard output."""
    return on_database(
        options,
        lambda runtime: _migrate(options, runtime),
        stated="codemation db migrate --adopt" if options.adopt else None,
    )


def _migrate(options: argparse.Namespace, runtime: Runtime) -> int:
    from codemation.backend.engine import provision, typed_errors  # noqa: PLC0415
    from codemation.backend.migrations import migrate  # noqa: PLC0415
    from codemation.cli.db.progress import Lines  # noqa: PLC0415

    sys.stdout.write(f"{named(runtime.database)}\n")
    sys.stdout.flush()  # where nobody can be told, nothing is begun
    lines = Lines("applying")
    engine = provision(runtime, adopt=options.adopt)
    try:
        with typed_errors(runtime):
            done = migrate.upgrade(
                engine,
                options.to,
                lines.progress,
                adopt=options.adopt,
                on_wait=lines.wait,
                patience=migrate.Patience(migrator=options.wait),
            )
            current = migrate.status(engine).current
    except ValueError as error:
        message = f"codemation db migrate: {error}"
        raise UsageError(message) from None
    finally:
        lines.end()
        engine.dispose()
    if done:
        sys.stdout.write(f"done: {len(done)} revision{'' if len(done) == 1 else 's'} applied, now at {current}\n")
    else:
        sys.stdout.write(f"nothing to do: at {current}\n")
    return 0


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < float("inf"):
        message = "it takes a number of seconds, 0 or more"
        raise argparse.ArgumentTypeError(message)
    return seconds
