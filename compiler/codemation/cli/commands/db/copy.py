"""`codemation db copy`: copy the SQLite database into PostgreSQL, compared before anything is kept."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from codemation.backend.copy.errors import CopyRefusedError, CopyStoppedError
from codemation.backend.migrations.listing import database_data
from codemation.cli import OK
from codemation.cli.database import on_compiled, say_which
from codemation.cli.inputs import add_inputs, add_wait, compile_from
from codemation.cli.output import note, terminal
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.cli.progress import Phases
from codemation.cli.signals import stopping
from codemation.explain.database import sqlite_file
from codemation.explain.inputs import checked
from codemation.pipeline import Compilation
from codemation.reports.locations import Locations
from codemation.runtime.form import Database, Runtime
from codemation.settings.keys import SQLITE_PATH, URL
from codemation.text.amounts import count
from codemation.text.json import json_text
from codemation.text.redaction import mask_url
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.backend.copy.findings import Finding
    from codemation.backend.copy.result import Copied

COMMAND = Command(
    order=62,
    line="copy the SQLite database into PostgreSQL",
    summary=(
        "Copy every row of the SQLite database into the PostgreSQL database in force, which must be migrated and "
        "empty. Counts and checksums are compared before anything is kept. Stop the host first."
    ),
    examples=(
        ("codemation db copy", "into the PostgreSQL database that DATABASE_URL names"),
        ("codemation db copy --to-env .env.production", "into that of an env file"),
        ("codemation db copy --from old.sqlite", "a file in another place"),
    ),
    also=("transfer",),
    writes=True,
)

SHOWN = 20
"""So many cells that cannot be copied are listed in text; JSON lists all."""


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--from", dest="source", metavar="FILE", help="the SQLite file (default: `sqliteFilePath`)")
    parser.add_argument("--to-env", metavar="FILE", help="an env file that names the PostgreSQL database")
    parser.add_argument(
        "--replace-invalid",
        action="store_true",
        help="copy a substitute for what PostgreSQL cannot hold, where there is one (U+FFFD for NUL and what is no "
        "UTF-8, null for NaN in JSON)",
    )
    add_format(parser, "text", "json")
    add_wait(parser)
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Copy, and print what was copied to standard output."""
    if options.to_env is not None:
        # Who names a file means that file: where the process says otherwise, that is CM206.
        options.env_file = [*(options.env_file or []), options.to_env]
    return on_compiled(
        options,
        lambda compilation, why: _copy(options, compilation, why),
        changes=True,
        stated="codemation db copy",
    )


def _copy(options: argparse.Namespace, compilation: Compilation, why: str) -> int:
    from codemation.backend.copy.copy import copy  # noqa: PLC0415  (SQLAlchemy; what is refused needs none)
    from codemation.backend.engine import provision  # noqa: PLC0415  (imports SQLAlchemy)

    assert compilation.runtime is not None  # noqa: S101
    if compilation.runtime.database.kind != "postgresql":
        message = (
            "codemation db copy: SQLite is in force, so there is nowhere to copy to: set DATABASE_URL, or --to-env"
        )
        raise UsageError(message)
    text = options.format == "text"
    origin, from_why = _source(options, compilation)
    if text:
        note("copied from\n")
        say_which(f"SQLite {terminal().visible(origin.sqlite_file_path or '')}", from_why)
    lines = Phases(shown=text)
    with stopping() as stop, ExitStack() as ending:
        source = provision(_with(compilation.runtime, origin), read_only=True)
        ending.callback(source.dispose)
        target = provision(compilation.runtime)
        ending.callback(target.dispose)
        ending.callback(lines.end)
        try:
            done = copy(
                source,
                target,
                replace_invalid=options.replace_invalid,
                wait=60.0 if options.wait is None else options.wait,
                stop=stop.event,
                on_progress=lines.progress,
                on_wait=lines.wait,
            )
        except CopyRefusedError as error:
            lines.end()
            stopped = isinstance(error, CopyStoppedError)
            if not text:
                data = _data(compilation.runtime.database, why, origin, from_why, None, error.findings)
                sys.stdout.write(json_text(data))
            else:
                sys.stdout.write("stopped: the target is as it was\n" if stopped else _findings(error.findings))
            if stopped:
                return stop.exit_code
            raise
    if text:
        note(_text(done) + _next(options, compilation))
    else:
        data = _data(compilation.runtime.database, why, origin, from_why, done, done.replaced)
        sys.stdout.write(json_text(data))
    return OK


def _source(options: argparse.Namespace, compilation: Compilation) -> tuple[Database, str]:
    """The SQLite database that is copied, and who says that it is that one.

    Raises:
        UsageError: what was named is no path, such as a URL; a text like that may hold a password.
    """
    if options.source is not None:
        problem = compilation.model.catalogue.by_key[SQLITE_PATH].type.problem(options.source)
        if problem is not None:
            message = f"codemation db copy: --from {problem.text}: {problem.help}"
            raise UsageError(message)
        return Database(kind="sqlite", sqlite_file_path=os.path.abspath(options.source)), "from --from"
    path, why = sqlite_file(compilation.model, Locations(compilation.model, os.getcwd()).shown)
    return Database(kind="sqlite", sqlite_file_path=path), why


def _with(runtime: Runtime, database: Database) -> Runtime:
    return replace(runtime, database=database)


def _findings(findings: Sequence[Finding]) -> str:
    """What cannot be copied, a line each, as many as one can look at."""
    visible = terminal().visible
    lines = [f"  {visible(str(finding))}\n" for finding in findings[:SHOWN]]
    if len(findings) > SHOWN:
        lines.append(f"  and {len(findings) - SHOWN:,} more; --format json lists all\n")
    return "".join(lines)


def _text(done: Copied) -> str:
    """What was copied."""
    there = [table for table in done.tables if table.rows]
    width = max((len(table.table) for table in there), default=0)
    digits = max((len(f"{table.rows:,}") for table in there), default=0)
    lines = [f"  {table.table:<{width}}  {table.rows:>{digits},}" for table in there]
    took = ", ".join(f"{phase} {seconds:.1f} s" for phase, seconds in done.seconds.items())
    lines += [f"copied {count(done.rows, 'row')} of {count(len(there), 'table')}; compared, and the same", f"  {took}"]
    if done.replaced:
        cells = count(len(done.replaced), "cell")
        lines += [f"substitutes were copied for {cells}:", *_findings(done.replaced).splitlines()]
    return "\n".join(lines) + "\n"


def _next(options: argparse.Namespace, compilation: Compilation) -> str:
    """What to set now, and what `codemation check` then says."""
    screen, model = terminal(), compilation.model
    place = model.decision(URL).place
    assert place is not None  # noqa: S101  (PostgreSQL is in force)
    assert compilation.runtime is not None  # noqa: S101
    name, url = model.name(place), compilation.runtime.database.url or ""
    if options.to_env is not None and place.source == "environment":
        then = argparse.Namespace(**vars(options))
        then.env = [*options.env, f"{name}={url}"]
        then.env_file = [file for file in options.env_file if file != options.to_env] or None
        model = compile_from(then).model
    said = screen.visible(f"codemation check: {checked(Locations(model, os.getcwd()), upward=False)}")
    lines = ["", "now set, wherever a host runs:", f"  {screen.visible(f'{name}={mask_url(url)}')}"]
    return "\n".join([*lines, *wrap(said, screen.width, indent="  ", first="")]) + "\n"


def _data(  # noqa: PLR0913, PLR0917  (each is a key of the output)
    target: Database,
    why: str,
    source: Database,
    from_why: str,
    done: Copied | None,
    findings: Sequence[Finding],
) -> dict[str, Any]:
    return {
        "database": database_data(target, why),
        "source": database_data(source, from_why),
        "tables": [
            {"table": str(it.table), "rows": it.rows, "checksum": it.checksum} for it in (done.tables if done else ())
        ],
        "findings": [
            {
                # SQLAlchemy's own kind of text is none to an encoder.
                "table": str(it.table),
                "key": {str(name): value for name, value in it.key.items()},
                "column": str(it.column),
                "kind": it.kind,
                "replaceable": it.replaceable,
            }
            for it in findings
        ],
        "copied": done is not None,
        "seconds": {phase: round(seconds, 3) for phase, seconds in done.seconds.items()} if done else {},
    }
