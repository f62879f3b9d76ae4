"""What the commands that use a database share: the runtime form, and what to say when the database fails."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from codemation.backend.errors import BackendError
from codemation.cli.inputs import compile_real
from codemation.cli.output import report_diagnostics, terminal
from codemation.text.redaction import mask_url, redact

if TYPE_CHECKING:
    from codemation.pipeline import Compilation
    from codemation.runtime.form import Database, Runtime

FAILED = 3
"""The exit code for a backend that failed."""


def on_database(options: argparse.Namespace, work: Callable[[Runtime], int], *, stated: str | None = None) -> int:
    """Compile what the options say, and do `work` with the runtime form; the exit code.

    Diagnostics, and why the database failed, go to standard error. `stated` names a command that must not act on
    policies that nobody stated: without a `codemation.toml` it is refused.
    """
    compilation = compile_real(options)
    if stated and compilation.model.project.config is None and not compilation.model.project.missing_root:
        return _nothing_stated(compilation, stated)
    code = report_diagnostics(compilation)
    if compilation.runtime is None:
        return code
    sys.stderr.flush()
    try:
        return work(compilation.runtime)
    except BackendError as error:
        sys.stdout.flush()
        report_failure(error)
        return FAILED


def report_failure(error: BackendError) -> None:
    """Say to standard error why the database failed."""
    from codemation.reports.text import render_failure  # noqa: PLC0415

    sys.stderr.write(render_failure(error.code, error.message, error.help, terminal(errors=True)))


def named(database: Database) -> str:
    """The database in words, without its password, as the terminal can show it."""
    if database.kind == "sqlite":
        return f"SQLite {terminal().visible(redact(database.sqlite_file_path or ''))}"
    return f"PostgreSQL {terminal().visible(mask_url(database.url or ''))}"


def _nothing_stated(compilation: Compilation, command: str) -> int:
    from codemation.reports import Locations, render  # noqa: PLC0415
    from codemation.rules.config_not_found import RULE  # noqa: PLC0415

    diagnostic = RULE.at(
        compilation.model,
        None,
        f"`{command}` wants a codemation.toml, and there is none in {compilation.root} or above it",
        "name the project with --root or --config, or state what is meant in a codemation.toml (`codemation init`)",
    )
    sys.stderr.write(render("text", [diagnostic], Locations(compilation.model, os.getcwd()), terminal(errors=True)))
    return 1
