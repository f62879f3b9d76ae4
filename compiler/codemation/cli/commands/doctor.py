"""`codemation doctor`: connect for real, and tell of each part in a line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from codemation.backend.doctor.catalogue import every_check
from codemation.backend.doctor.examination import examine
from codemation.backend.doctor.report import data, listing, paragraphs, summary, title
from codemation.backend.errors import BackendError
from codemation.backend.migrations.listing import database_data
from codemation.cli import FAILED, NO, OK
from codemation.cli.database import say_which, wait_for_server, which
from codemation.cli.inputs import add_inputs, compile_from, seconds
from codemation.cli.output import report_diagnostics, terminal, wrapped_page
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.explain.database import redis_source
from codemation.explain.inputs import files
from codemation.reports.locations import Locations
from codemation.settings.host_variables import SKIP_STARTUP_MIGRATIONS
from codemation.text.json import json_text
from codemation.text.terminal import wrap
from codemation.text.wording import nearest

if TYPE_CHECKING:
    from codemation.backend.doctor.examination import Result
    from codemation.pipeline import Compilation
    from codemation.runtime.form import Runtime

LEVELS = ("failed", "warning", "never")


COMMAND = Command(
    order=50,
    line="connect for real: is everything there that a host needs?",
    summary="Connect for real, and tell in a line of each part whether it is fit for a host. Changes nothing.",
    examples=(
        ("codemation doctor", "is everything there that a host needs?"),
        ("codemation doctor --env-file .env.production", "with another environment"),
        ("codemation doctor --exit-code warning", "for CI: 3 where something failed, 4 for warnings"),
        ("codemation doctor --about schema", "what a check looks at, and what to do"),
        ("codemation doctor --format json", "for scripts"),
    ),
    also=("ping", "health", "healthcheck", "diagnose", "info"),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    add_format(parser, "text", "json")
    parser.add_argument(
        "--exit-code",
        metavar="LEVEL",
        choices=LEVELS,
        default="failed",
        help="failed (default): 3 where something failed, else 0; warning: 4 where something is only warned of; "
        "never: 0 whatever was found",
    )
    parser.add_argument(
        "--about", metavar="NAME", nargs="?", const="", help="print a check's page, or (without NAME) list the checks"
    )
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=seconds,
        default=0.0,
        help="how long to wait for a PostgreSQL server that does not answer yet (default: 0)",
    )
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Print what each check finds to standard output, failures too; diagnostics go to standard error.

    Raises:
        UsageError: there is no check of that name.
    """
    if options.about is not None:
        return _about(options.about, as_json=options.format == "json")
    compilation = compile_from(options)
    code = report_diagnostics(compilation)
    if compilation.runtime is None:
        return code
    report = _report_text if options.format == "text" else _report_json
    results = report(compilation, options.wait)
    return _exit_code(results, options.exit_code)


def _report_text(compilation: Compilation, wait: float) -> list[Result]:
    """Each paragraph is written as soon as it is known: a server may take its time."""
    say_which(*which(compilation))
    sys.stdout.write("\n")
    screen = terminal()
    results: list[Result] = []
    for paragraph in paragraphs(_kept(_examined(compilation, wait), results), screen):
        sys.stdout.write(paragraph)
        sys.stdout.flush()
    sys.stdout.write(f"\n{summary(results, screen)}")
    return results


def _report_json(compilation: Compilation, wait: float) -> list[Result]:
    runtime, results = _runtime(compilation), list(_examined(compilation, wait))
    _, why = which(compilation)
    sys.stdout.write(json_text(data(database_data(runtime.database, why), results)))
    sys.stdout.flush()
    return results


def _kept(found: Iterator[Result], results: list[Result]) -> Iterator[Result]:
    for result in found:
        results.append(result)
        yield result


def _examined(compilation: Compilation, wait: float) -> Iterator[Result]:
    with suppress(BackendError):  # it is looked at again, and told with the rest
        wait_for_server(_runtime(compilation), wait)
    skips = bool(SKIP_STARTUP_MIGRATIONS.value(compilation.model.environment.text(SKIP_STARTUP_MIGRATIONS.name)))
    return examine(_runtime(compilation), read=_read(compilation), skips_migrations=skips)


def _read(compilation: Compilation) -> str:
    """Which files led here, and who says where Redis is; of the database that is said before."""
    locations = Locations(compilation.model, os.getcwd())
    redis = redis_source(compilation.model, locations.shown)
    return f"{files(locations, upward=True)}{f'; Redis is from {redis}' if redis else ''}"


def _runtime(compilation: Compilation) -> Runtime:
    assert compilation.runtime is not None, "a compilation without errors has one"  # noqa: S101
    return compilation.runtime


def _exit_code(results: Sequence[Result], level: str) -> int:
    states = {result.finding.state for result in results}
    if level != "never" and "failed" in states:
        return FAILED
    return NO if level == "warning" and "warning" in states else OK


def _about(name: str, *, as_json: bool) -> int:
    """Print a check's page, or all names; as JSON always with the pages."""
    screen = terminal()
    parts = {check.name: (check, parts) for check, parts in every_check()}
    if name and name.casefold() not in parts:
        near = nearest(name, tuple(parts))
        message = f"codemation doctor: there is no check {name!r}" + (f"; did you mean {near}?" if near else "")
        raise UsageError(message)
    if as_json:
        chosen = [parts[name.casefold()]] if name else [*parts.values()]
        checks = [
            {"name": it.name, "parts": list(parts_), "looksAt": it.looks_at, "page": it.page.rstrip("\n")}
            for it, parts_ in chosen
        ]
        sys.stdout.write(json_text({"checks": checks}))
        return OK
    if not name:
        sys.stdout.write(listing(screen))
        return OK
    check, _ = parts[name.casefold()]
    head = "\n".join(wrap(title(check), screen.width)).replace(check.name, screen.style(check.name, "bold"), 1)
    sys.stdout.write(f"{head}\n\n{wrapped_page(check.page, screen)}")
    return OK
