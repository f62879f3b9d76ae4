"""What the commands that use a database share: the runtime form, and what to say when the database fails."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from codemation.backend.errors import BackendError
from codemation.backend.waiting import until_ready
from codemation.cli import FAILED, WRONG
from codemation.cli.inputs import compile_from
from codemation.cli.output import QUIET, note, report_diagnostics, terminal
from codemation.explain.database import which_database
from codemation.pipeline import Compilation
from codemation.reports import render
from codemation.reports.locations import Locations
from codemation.reports.text import render_failure
from codemation.rules.config_not_found import RULE
from codemation.rules.env_file_hidden import hides_the_database
from codemation.text.terminal import display_width, wrap

if TYPE_CHECKING:
    from codemation.backend.migrations.lock import Patience
    from codemation.diagnostics import Diagnostic
    from codemation.runtime.form import Runtime


def on_database(
    options: argparse.Namespace,
    work: Callable[[Runtime, str], int],
    *,
    changes: bool = False,
    stated: str | None = None,
) -> int:
    """As `on_compiled`, for `work` that wants the runtime form and why it is that database."""

    def with_runtime(compilation: Compilation, why: str) -> int:
        assert compilation.runtime is not None  # noqa: S101  (`on_compiled` sees to it)
        return work(compilation.runtime, why)

    return on_compiled(options, with_runtime, changes=changes, stated=stated)


def on_compiled(
    options: argparse.Namespace,
    work: Callable[[Compilation, str], int],
    *,
    changes: bool = False,
    stated: str | None = None,
) -> int:
    """Compile what the options say, say which database that is and why, and do `work` with the compilation and that.

    The compilation has a runtime form. Diagnostics, and why the database failed, go to standard error; the rest to
    standard output, whose JSON, where that is asked for, names the database itself. `changes` tells that the work
    changes the database: it is then refused where a named env file says another one. `stated` names a command that
    must not act on policies that nobody stated: without a `codemation.toml` it is refused. Returns the exit code.
    """
    compilation = compile_from(options)
    if stated and compilation.model.project.config is None and not compilation.model.project.missing_root:
        return _nothing_stated(compilation, stated)
    hidden = [one for one in compilation.diagnostics if changes and hides_the_database(compilation.model, one)]
    if hidden:
        compilation = refused(compilation, hidden)
    code = report_diagnostics(compilation)
    if compilation.runtime is None:
        return code
    sys.stderr.flush()
    name, why = which(compilation)
    if getattr(options, "format", "text") == "text":
        say_which(name, why)
    try:
        wait_for_server(compilation.runtime, getattr(options, "wait", 0))
        return work(compilation, why)
    except BackendError as error:
        sys.stdout.flush()
        report_failure(error)
        return FAILED


def patience(options: argparse.Namespace) -> Patience:
    """How long a command waits for others who migrate."""
    from codemation.backend.migrations.lock import Patience  # noqa: PLC0415  (imports SQLAlchemy)

    return Patience() if options.wait is None else Patience(migrator=options.wait)


def wait_for_server(runtime: Runtime, stated: float | None) -> None:
    """Wait for a server that does not answer yet, as long as `--wait` says or else `waitSeconds`; tell on stderr.

    Raises:
        BackendError: it does not answer still, or not what is hoped for.

    """
    seconds = (runtime.database.wait_seconds or 0) if stated is None else stated
    if not seconds or runtime.database.kind == "sqlite":
        return
    from codemation.backend.inspection import reach  # noqa: PLC0415  (only who waits needs it)

    told: set[str] = set()

    def tell(failure: BackendError, left: float) -> None:
        if failure.message not in told and not QUIET.get():
            told.add(failure.message)
            screen = terminal(errors=True)
            text = screen.visible(f"waiting, for {left:.0f} s at most: {failure.message}")
            sys.stderr.write("\n".join(wrap(text, screen.width, indent="  ")) + "\n")
            sys.stderr.flush()

    until_ready(lambda: reach(runtime.database), seconds, tell)


def which(compilation: Compilation) -> tuple[str, str]:
    """The database in force by name, and who says so; for a compilation without an error."""
    model = compilation.model
    return which_database(model, Locations(model, os.getcwd()).shown) or ("", "")


def say_which(name: str, why: str) -> None:
    """Name the database and who says so, on standard output, before anything is done to it."""
    screen = terminal()
    name, why = screen.visible(name), screen.visible(why)
    if display_width(f"{name}  {why}") <= screen.width:
        note(f"{name}  {why}\n")
    else:
        note("\n".join([name, *wrap(why, screen.width, indent="  ")]) + "\n")
    sys.stdout.flush()  # where nobody can be told, nothing is begun


def refused(compilation: Compilation, diagnostics: Sequence[Diagnostic]) -> Compilation:
    """The same with some diagnostics made errors, and so without a runtime form."""
    made = tuple(replace(one, severity="error") if one in diagnostics else one for one in compilation.diagnostics)
    return Compilation(compilation.model, made, None)


def report_failure(error: BackendError) -> None:
    """Say to standard error why the database failed."""
    sys.stderr.write(render_failure(error.code, error.message, error.help, terminal(errors=True)))


def _nothing_stated(compilation: Compilation, command: str) -> int:
    diagnostic = RULE.at(
        compilation.model,
        None,
        f"`{command}` wants a codemation.toml, and there is none in {compilation.root} or above it",
        "name the project with --root or --config, or state what is meant in a codemation.toml (`codemation init`)",
    )
    sys.stderr.write(render("text", [diagnostic], Locations(compilation.model, os.getcwd()), terminal(errors=True)))
    return WRONG
