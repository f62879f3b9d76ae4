"""`codemation doctor`: connect for real, and tell of each part in a line."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from codemation.backend.migrations.listing import database_data
from codemation.cli.database import FAILED, report_failure, say_which, which
from codemation.cli.inputs import add_inputs, compile_from
from codemation.cli.output import report_diagnostics, terminal
from codemation.cli.parser import Command, Parser
from codemation.settings.host_variables import SKIP_STARTUP_MIGRATIONS
from codemation.text.json import json_text

if TYPE_CHECKING:
    from codemation.backend.doctor import Check
    from codemation.text.terminal import Style

COLOURS: dict[str, Style] = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}


COMMAND = Command(
    order=50,
    line="connect for real: is the database reachable, writable, migrated, and Redis answering?",
    summary="Connect for real, and tell in a line of each part whether it works. Changes nothing.",
    examples=(
        ("codemation doctor", "is everything there that a host needs?"),
        ("codemation doctor --env-file .env.production", "with another environment"),
        ("codemation doctor --format json", "for scripts"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Print a line for each part to standard output; why one failed, and diagnostics, go to standard error."""
    compilation = compile_from(options)
    code = report_diagnostics(compilation)
    if compilation.runtime is None:
        return code
    from codemation.backend.doctor import examine  # noqa: PLC0415

    skips = bool(SKIP_STARTUP_MIGRATIONS.value(compilation.model.environment.text(SKIP_STARTUP_MIGRATIONS.name)))
    name, why = which(compilation)
    if options.format == "text":
        say_which(name, why)
    checks = []
    for check in examine(compilation.runtime, skips_migrations=skips):
        checks.append(check)
        if options.format == "text":
            sys.stdout.write(_line(check))
            sys.stdout.flush()
    failures = [check.failure for check in checks if check.failure is not None]
    if options.format == "json":
        sys.stdout.write(
            json_text(
                {
                    "database": database_data(compilation.runtime.database, why),
                    "checks": [_data(check) for check in checks],
                    "ok": not failures,
                }
            )
        )
        sys.stdout.flush()
    for failure in failures:
        report_failure(failure)
    return FAILED if failures else 0


def _line(check: Check) -> str:
    screen = terminal()
    text = f"{check.failure.code} {check.text}" if check.failure else check.text
    return f"{screen.style(f'{check.state:<7}', COLOURS[check.state])}  {check.name:<10}  {screen.visible(text)}\n"


def _data(check: Check) -> dict[str, Any]:
    failure = check.failure
    return {
        "name": check.name,
        "state": check.state,
        "message": check.text,
        "code": failure.code if failure else None,
        "help": failure.help if failure else None,
    }
