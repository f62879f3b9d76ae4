"""`codemation db sql`: the migrations as SQL, for whoever applies them by hand."""

from __future__ import annotations

import argparse

from codemation.cli import OK
from codemation.cli.inputs import add_inputs, compile_from
from codemation.cli.output import report_diagnostics, write
from codemation.cli.parser import Command, Parser, UsageError

COMMAND = Command(
    order=50,
    line="print the migrations as SQL",
    summary="Print the migrations as SQL. No database is asked; the script records what it applies.",
    examples=(
        ("codemation db sql", "from nothing to head, for the database that is configured"),
        ("codemation db sql --from 0002 --dialect postgresql -o migrate.sql", "what comes after 0002"),
        ("codemation db sql --from 0003 --to base", "the way back"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "--dialect", choices=("sqlite", "postgresql"), help="for which engine (default: the configured one)"
    )
    parser.add_argument("--from", metavar="REVISION", dest="start", default="base", help="default: base, for nothing")
    parser.add_argument("--to", metavar="REVISION", default="head", help="default: head")
    parser.add_argument("-o", "--output", metavar="FILE", help="write into this file (default: standard output)")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Print the script to standard output, or write it."""
    compilation, dialect = compile_from(options), options.dialect
    if dialect is None:
        code = report_diagnostics(compilation)
        if compilation.runtime is None:
            return code
        dialect = compilation.runtime.database.kind
    from codemation.backend.migrations.offline_sql import offline_sql  # noqa: PLC0415  (imports Alembic)

    try:
        script = offline_sql(dialect, options.to, options.start)
    except ValueError as error:
        message = f"codemation db sql: {error}"
        raise UsageError(message) from None
    write(script, options.output, read=[compilation.model])
    return OK
