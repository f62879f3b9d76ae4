"""`codemation db downgrade`: take revisions back, with all the rows in the tables that they made."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codemation.backend.errors import BackendError
from codemation.backend.inspection import history_in
from codemation.backend.migrations.errors import after
from codemation.backend.migrations.history_check import Status, checked, undone
from codemation.backend.migrations.revisions import BASE, Revision, revisions
from codemation.cli import NO
from codemation.cli.database import on_database, patience
from codemation.cli.inputs import add_inputs, add_wait
from codemation.cli.output import note, terminal
from codemation.cli.parser import Command, Parser, UsageError
from codemation.cli.progress import Lines
from codemation.text.amounts import count
from codemation.text.redaction import redact

if TYPE_CHECKING:
    from codemation.backend.migrations.additions import Addition
    from codemation.runtime.form import Runtime

COMMAND = Command(
    order=40,
    line="take revisions back, with the rows in their tables",
    summary="Take back the revisions after REVISION. It lists the tables and rows that go, and asks.",
    examples=(
        ("codemation db downgrade 0002", "take back what came after 0002"),
        ("codemation db downgrade base --yes", "take back everything, without asking"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("target", metavar="REVISION", help="the last revision that stays, or `base` for none")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_wait(parser)
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Tell what goes, ask, and take it back; all on standard output."""
    return on_database(
        options,
        lambda runtime, _: _downgrade(options, runtime),
        changes=True,
        stated="codemation db downgrade",
    )


def _downgrade(options: argparse.Namespace, runtime: Runtime) -> int:
    known = revisions()
    try:
        status = checked(history_in(runtime.database), known)
        lost = undone(status, options.target, known)
        # SQLAlchemy takes several times as long as to find out that nothing is to be done.
        return _take_back(options, runtime, lost) if lost else _nothing(status)
    except ValueError as error:
        message = f"codemation db downgrade: {error}"
        raise UsageError(message) from None


def _nothing(status: Status) -> int:
    note(f"nothing to do: at {status.current or BASE}\n")
    return 0


def _take_back(options: argparse.Namespace, runtime: Runtime, lost: Sequence[Revision]) -> int:
    from codemation.backend.engine import provision, typed_errors  # noqa: PLC0415
    from codemation.backend.migrations import migrate  # noqa: PLC0415

    engine = provision(runtime)
    lines = Lines("taking back")
    try:
        with typed_errors(runtime):
            # All of it is known before anything is said: else an error would stand in the midst of a list.
            losses = migrate.losses(engine, options.target)
            parts = (
                _table([revision.id for revision in lost], losses),
                _rewritten(migrate.rewritten(engine, options.target)),
                _additions(migrate.added(engine, options.target)),
            )
            sys.stdout.write("".join(parts))
            if not options.yes and not _agreed():
                sys.stdout.write("nothing was changed\n")
                return NO
            migrate.downgrade(
                engine, options.target, lines.progress, agreed=lost, on_wait=lines.wait, patience=patience(options)
            )
            current = migrate.status(engine).current if options.target != BASE else None
    except BackendError as error:
        raise after(error, lines.done, "taken back") from None
    finally:
        lines.end()
        engine.dispose()
    note(f"done: now at {current or BASE}\n")
    return 0


def _additions(found: Sequence[Addition]) -> str:
    """What is not ours, a line each, where there is any."""
    screen = terminal()
    gone = [f"  {screen.visible(redact(str(it)))}\n" for it in found if not it.outlives]
    left = [f"  {screen.visible(redact(str(it)))}\n" for it in found if it.outlives]
    return "".join(
        [
            *(["with them, though not codemation's:\n", *gone] if gone else []),
            *(["what needs them stays without them, or keeps them from being dropped:\n", *left] if left else []),
        ]
    )


def _rewritten(found: dict[str, int]) -> str:
    """What becomes of rows that stay, a line each, where there is any."""
    lines = [f"  {count(rows, 'row')} {says}\n" for says, rows in found.items()]
    return "".join(["rows that stay change:\n", *lines]) if lines else ""


def _table(lost: Sequence[str], losses: dict[str, int]) -> str:
    begin = f"this takes back {', '.join(lost)}"
    if not losses:
        return f"{begin}; no table is dropped, and no row\n"
    width = max(map(len, losses), default=0)
    digits = max((len(f"{rows:,}") for rows in losses.values()), default=0)
    lines = [f"  {name:<{width}}  {rows:>{digits},} row{'' if rows == 1 else 's'}" for name, rows in losses.items()]
    total = f"{count(len(losses), 'table')}, {count(sum(losses.values()), 'row')}"
    return "\n".join([f"{begin}, and drops", *lines, total]) + "\n"


def _agreed() -> bool:
    """Whether somebody says yes.

    Raises:
        UsageError: nobody can answer.
    """
    sys.stdout.write("Go on? [y/N] ")
    sys.stdout.flush()
    answer = sys.stdin.readline() if sys.stdin is not None else ""
    if not answer.endswith("\n"):
        sys.stdout.write("\n")
    if not answer:
        message = "codemation db downgrade: nobody is there to answer, so nothing was changed; --yes goes on unasked"
        raise UsageError(message)
    return answer.strip().casefold() in {"y", "yes"}
