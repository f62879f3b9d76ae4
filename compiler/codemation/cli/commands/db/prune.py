"""`codemation db prune`: delete what retention says is due."""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codemation.cli import OK
from codemation.cli.database import on_compiled
from codemation.cli.inputs import add_inputs, seconds
from codemation.cli.output import note
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.cli.signals import stopping
from codemation.pipeline import Compilation
from codemation.text.json import json_text

if TYPE_CHECKING:
    from sqlalchemy import Engine

COMMAND = Command(
    order=60,
    line="delete what retention says is due",
    summary="Delete what retention says is due, in small transactions beside whoever uses the database.",
    examples=(
        ("codemation db prune --dry-run", "what would go, and which policy says so?"),
        ("codemation db prune --max-seconds 300", "from cron: stop after five minutes"),
        ("codemation db prune --blobs 'xargs -d \"\\n\" rm -f'", "delete stored files first, by their keys"),
    ),
    also=("purge", "cleanup"),
    writes=True,
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--dry-run", action="store_true", help="tell what is due, and delete nothing")
    parser.add_argument("--max-seconds", metavar="SECONDS", type=_positive, help="end after so long")
    parser.add_argument("--batch", metavar="ROWS", type=_whole, help="delete at most so many rows in one transaction")
    parser.add_argument("--fast", action="store_true", help="do not rest for the sake of others who write")
    parser.add_argument(
        "--blobs",
        metavar="COMMAND",
        help="what deletes stored binaries: it is handed storage keys on standard input, one in each line, and exits "
        "with 0 when they are gone; without it binaries stay, and the runs that have any",
    )
    add_format(parser, "text", "json")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Delete what is due, or tell it, and print what was done to standard output."""
    command = _command(options.blobs)
    return on_compiled(
        options,
        lambda compilation, why: _prune(options, compilation, why, command),
        changes=not options.dry_run,
        stated="codemation db prune",
    )


def _prune(options: argparse.Namespace, compilation: Compilation, why: str, command: list[str] | None) -> int:
    from codemation.backend.engine import provision  # noqa: PLC0415  (SQLAlchemy; what is refused needs none)

    assert compilation.runtime is not None  # noqa: S101
    engine = provision(compilation.runtime, read_only=options.dry_run)
    try:
        if options.dry_run:
            return _tell(options, compilation, why, engine)
        return _delete(options, compilation, why, engine, command)
    finally:
        engine.dispose()


def _tell(options: argparse.Namespace, compilation: Compilation, why: str, engine: Engine) -> int:
    from codemation.backend.retention.due import due_rows  # noqa: PLC0415  (imports SQLAlchemy)
    from codemation.cli.retention import due_data, due_text, with_places  # noqa: PLC0415  (imports SQLAlchemy)

    assert compilation.runtime is not None  # noqa: S101
    rows = with_places(compilation.model, due_rows(engine, compilation.runtime))
    if options.format == "json":
        sys.stdout.write(json_text(due_data(compilation.runtime.database, why, rows)))
    else:
        sys.stdout.write(due_text(rows))
    return OK


def _delete(
    options: argparse.Namespace, compilation: Compilation, why: str, engine: Engine, command: list[str] | None
) -> int:
    from codemation.backend.retention.due import due_total  # noqa: PLC0415  (imports SQLAlchemy)
    from codemation.backend.retention.prune import prune  # noqa: PLC0415  (imports SQLAlchemy)
    from codemation.cli.retention import Bar, pruned_data, pruned_text  # noqa: PLC0415  (imports SQLAlchemy)

    assert compilation.runtime is not None  # noqa: S101
    bar = Bar(due_total(engine, compilation.runtime)) if sys.stdout.isatty() and options.format == "text" else None
    with stopping() as stop:
        try:
            done = prune(
                engine,
                compilation.runtime,
                on_binary=(lambda keys: _run(command, keys)) if command else None,
                fast=options.fast,
                batch=options.batch,
                max_seconds=options.max_seconds,
                stop=stop.event,
                on_progress=bar.progress if bar else None,
            )
        finally:
            if bar:
                bar.end()
    if options.format == "json":
        sys.stdout.write(json_text(pruned_data(compilation.runtime.database, why, done)))
    else:
        note(pruned_text(done, compilation.runtime.database.kind, blobs=command is not None))
    return stop.exit_code


def _command(text: str | None) -> list[str] | None:
    """The words of a command that there is.

    Raises:
        UsageError: there is none.

    """
    if text is None:
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not words or shutil.which(words[0]) is None:
        message = "codemation db prune: --blobs takes a command, and this is none that can be found"
        raise UsageError(message)
    return words


def _run(command: list[str], keys: Sequence[str]) -> None:
    """Hand the keys to the command.

    Raises:
        ValueError: a key does not fit into a line.
        subprocess.CalledProcessError: the command says that any remains.

    """
    if any(set(key) & set("\n\r\0") for key in keys):
        message = "a storage key holds a line break"
        raise ValueError(message)
    lines = "".join(f"{key}\n" for key in keys)
    # What it prints is not our answer: it goes to standard error.
    subprocess.run(command, input=lines, text=True, encoding="utf-8", stdout=2, check=True)  # noqa: S603  (the user's own command)


def _positive(text: str) -> float:
    number = seconds(text)
    if number == 0:
        message = "it takes a number of seconds, more than 0"
        raise argparse.ArgumentTypeError(message)
    return number


def _whole(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        message = "it takes a number of rows, 1 or more"
        raise argparse.ArgumentTypeError(message)
    return number
