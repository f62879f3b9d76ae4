"""`codemation db compact`: give a SQLite file's free pages back to the file system."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from codemation.backend.migrations.listing import database_data
from codemation.cli import OK
from codemation.cli.database import on_database
from codemation.cli.inputs import add_inputs
from codemation.cli.live_line import LiveLine, bar
from codemation.cli.output import note, terminal
from codemation.cli.parser import Command, Parser, add_format
from codemation.cli.signals import stopping
from codemation.sources.process import process_environment
from codemation.text.amounts import size
from codemation.text.json import json_text
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.backend.sqlite.compact import Compacted, How, Space
    from codemation.runtime.form import Runtime

COMMAND = Command(
    order=61,
    line="give a SQLite file's free pages back to the disk",
    summary=(
        "Give a SQLite file's free pages back to the disk, beside whoever uses it. A file that cannot do so yet is "
        "written anew, once: that wants the host stopped, and room for two copies of what is in it. PostgreSQL's "
        "autovacuum needs no help."
    ),
    examples=(
        ("codemation db compact", "after a prune that says so"),
        ("codemation db compact --format json", "for scripts"),
    ),
    also=("vacuum", "shrink"),
    writes=True,
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    add_format(parser, "text", "json")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Make the file smaller, and print by how much to standard output."""
    return on_database(options, lambda runtime, why: _compact(options, runtime, why), changes=True)


def _compact(options: argparse.Namespace, runtime: Runtime, why: str) -> int:
    text = options.format == "text"
    if runtime.database.kind == "postgresql":
        said = "nothing to do: PostgreSQL's autovacuum lets new rows take the place of those that went"
        _say(said, runtime, why, None, text=text)
        return OK
    from codemation.backend.engine import provision  # noqa: PLC0415  (imports SQLAlchemy)
    from codemation.backend.sqlite.compact import compact  # noqa: PLC0415  (imports SQLAlchemy)

    engine, line = provision(runtime), _Line(shown=text and sys.stdout.isatty())
    with stopping() as stop:
        try:
            done = compact(engine, runtime, process_environment(), stop=stop.event, on_progress=line.tell)
        finally:
            line.end()
            engine.dispose()
    _say(_told(done), runtime, why, done, text=text)
    # Told to stop when all was done already: that is no end before its time.
    return OK if done.done else stop.exit_code


def _told(done: Compacted) -> str:
    """What was done, in one sentence or two."""
    before, after = done.before.size, done.after.size
    left = f"{size(done.after.free)} of it free" if done.after.free else "none of it free"
    if done.how == "pages" and before == after and not done.after.free:
        return f"nothing to do: {size(after)}, {left}"
    if not done.done:
        was = "the file is as it was" if done.how == "anew" else f"{size(before)} before, {size(after)} now, {left}"
        return f"stopped: {was}; nothing is lost, and run again it goes on"
    told = f"done: {size(before)} before, {size(after)} now, {left}"
    if done.how == "anew":
        return f"{told}; from now on the file gives space back by itself"
    if done.after.free:
        return f"{told}; who writes now, or reads an old state, keeps that: try again later"
    return told


def _say(told: str, runtime: Runtime, why: str, done: Compacted | None, *, text: bool) -> None:
    if text:
        note("\n".join(wrap(told, terminal().width)) + "\n")
        return
    data = {
        "database": database_data(runtime.database, why),
        "method": {None: None, "pages": "incremental", "anew": "rewrite"}[done and done.how],
        "before": done and _bytes(done.before),
        "after": done and _bytes(done.after),
    }
    sys.stdout.write(json_text(data))


def _bytes(space: Space) -> dict[str, int]:
    return {"bytes": space.size, "freeBytes": space.free}


class _Line:
    """What is under way, on a terminal."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._line = LiveLine()

    def tell(self, how: How, given: int, total: int) -> None:
        """So many bytes of so many have been given back, or the file is being written anew."""
        if self._shown:
            what = f"{bar(given, total)}  {size(given)} given back" if how == "pages" else "writing the file anew"
            self._line.show(f"  {what} {terminal().ellipsis}")

    def end(self) -> None:
        """Leave nothing of the line."""
        self._line.end()
