"""`codemation db downgrade`: take revisions back, with all the rows in the tables that they made."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from codemation.backend.errors import BackendError
from codemation.backend.inspection import history_in
from codemation.backend.migrations.errors import after
from codemation.backend.migrations.history_check import checked, undone
from codemation.backend.migrations.listing import taken_back_data
from codemation.backend.migrations.revisions import BASE, Revision, revisions
from codemation.cli import NO, OK
from codemation.cli.database import on_database, patience
from codemation.cli.inputs import add_inputs, add_wait
from codemation.cli.output import note, terminal
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.cli.progress import Lines
from codemation.text.amounts import count
from codemation.text.json import json_text
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
        ("codemation db downgrade base --yes --json", "what went, for scripts"),
    ),
    also=("rollback", "revert", "undo"),
    writes=True,
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("target", metavar="REVISION", help="the last revision that stays, or `base` for none")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_wait(parser)
    add_format(parser, "text", "json")
    add_inputs(parser)


class _Gone(NamedTuple):
    """What goes with the revisions: tables and rows, changes of rows that stay, and what is not ours."""

    tables: dict[str, int]
    rewritten: dict[str, int]
    additions: Sequence[Addition]


NOTHING_GONE = _Gone({}, {}, ())


def run(options: argparse.Namespace) -> int:
    """Tell what goes, ask, and take it back; all on standard output.

    Raises:
        UsageError: JSON is wanted, in which nobody can be asked, without `--yes`.
    """
    if options.format == "json" and not options.yes:
        message = "codemation db downgrade: nobody can be asked within JSON; --yes goes on unasked"
        raise UsageError(message)
    return on_database(
        options,
        lambda runtime, why: _downgrade(options, runtime, why),
        changes=True,
        stated="codemation db downgrade",
    )


def _downgrade(options: argparse.Namespace, runtime: Runtime, why: str) -> int:
    known = revisions()
    try:
        status = checked(history_in(runtime.database), known)
        lost = undone(status, options.target, known)
        # SQLAlchemy takes several times as long to find out that nothing is to be done.
        taken = _take_back(options, runtime, lost) if lost else (NOTHING_GONE, status.current)
    except ValueError as error:
        message = f"codemation db downgrade: {error}"
        raise UsageError(message) from None
    if taken is None:
        sys.stdout.write("nothing was changed\n")
        return NO
    gone, current = taken
    if options.format == "json":
        data = taken_back_data(runtime.database, why, lost, current)
        sys.stdout.write(json_text({**data, **_gone_data(gone)}))
    else:
        note(f"{'done: now' if lost else 'nothing to do:'} at {current or BASE}\n")
    return OK


def _take_back(
    options: argparse.Namespace, runtime: Runtime, lost: Sequence[Revision]
) -> tuple[_Gone, str | None] | None:
    """What went, and where the database then is; `None` where somebody was asked and said no."""
    from codemation.backend.engine import provision, typed_errors  # noqa: PLC0415  (imports SQLAlchemy)
    from codemation.backend.migrations import migrate  # noqa: PLC0415  (imports SQLAlchemy)

    engine, target = provision(runtime), options.target
    lines = Lines("taking back", shown=options.format == "text")
    try:
        with typed_errors(runtime):
            # All of it is known before anything is said: else an error would stand in the midst of a list.
            gone = _Gone(
                migrate.losses(engine, target), migrate.rewritten(engine, target), migrate.added(engine, target)
            )
            if options.format == "text":
                sys.stdout.write(_listed(lost, gone))
            if not options.yes and not _agreed():
                return None
            migrate.downgrade(
                engine, target, lines.progress, agreed=lost, on_wait=lines.wait, patience=patience(options)
            )
            return gone, migrate.status(engine).current if target != BASE else None
    except BackendError as error:
        raise after(error, lines.done, "taken back") from None
    finally:
        lines.end()
        engine.dispose()


def _listed(lost: Sequence[Revision], gone: _Gone) -> str:
    """What goes, before it does, for people."""
    return "".join(
        (
            _table([revision.id for revision in lost], gone.tables),
            _rewritten(gone.rewritten),
            _additions(gone.additions),
        )
    )


def _gone_data(gone: _Gone) -> dict[str, Any]:
    return {
        "tables": gone.tables,
        "rewritten": [{"change": says.removeprefix("of "), "rows": rows} for says, rows in gone.rewritten.items()],
        "additions": [
            {"kind": it.kind, "name": redact(it.name), "table": it.table, "dropped": not it.outlives}
            for it in gone.additions
        ],
    }


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


def _line() -> str:
    """A line of standard input; nothing where that is closed, or not to be read from, as below `nohup`."""
    if sys.stdin is None:
        return ""
    try:
        return sys.stdin.readline()
    except OSError:
        return ""


def _agreed() -> bool:
    """Whether somebody says yes.

    Raises:
        UsageError: nobody can answer.
    """
    sys.stdout.write("Go on? [y/N] ")
    sys.stdout.flush()
    answer = _line()
    if not answer.endswith("\n"):
        sys.stdout.write("\n")
    if not answer:
        message = "codemation db downgrade: nobody is there to answer, so nothing was changed; --yes goes on unasked"
        raise UsageError(message)
    return answer.strip().casefold() in {"y", "yes"}
