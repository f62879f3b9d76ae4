"""`codemation check`: diagnostics only."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from typing import TYPE_CHECKING, TypeAlias

from codemation.cli.fixes import Fixed, fix, plan, told
from codemation.cli.inputs import STDIN, add_inputs, compile_from, refuse_read_again
from codemation.cli.output import QUIET, exit_code, note, strictly, terminal
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.cli.watch import watch
from codemation.diagnostics import Diagnostic, count_errors
from codemation.explain.inputs import checked
from codemation.reports import Locations, render
from codemation.reports.json import render_json
from codemation.reports.locations import repository
from codemation.sources.process import process_environment
from codemation.sources.project import STANDARD_INPUT
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.pipeline import Compilation

Checked: TypeAlias = tuple[tuple[Diagnostic, ...], Locations]

COMMAND = Command(
    order=20,
    line="report what is wrong",
    summary="Report what is wrong with the configuration.",
    examples=(
        ("codemation check", "report what is wrong, with places and remedies"),
        ("codemation check --strict", "warnings are errors, for CI"),
        ("codemation check --env-file .env.production --no-env", "check what production will say"),
        ("codemation check apps/*", "several projects at once, by their folders or files"),
        ("codemation check --diff", "what --fix would change; exits as check does"),
        ("codemation check --fix", "make the repairs that take no guess, report the rest"),
        ("codemation check --watch", "again on every save, printing what changed"),
        ("codemation check --format sarif > codemation.sarif", "for code scanning"),
    ),
    also=("lint", "validate", "verify", "test", "audit"),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="files or folders to check, each a project of its own (with --watch, or as sarif: one); - is standard "
        "input",
    )
    add_inputs(parser)
    add_format(
        parser,
        "text",
        "json",
        "sarif",
        "github",
        help_="default: text; sarif and github name files from the folder in GITHUB_WORKSPACE where they lie in it",
    )
    parser.add_argument("--strict", action="store_true", help="make warnings errors")
    parser.add_argument(
        "--fix",
        action="store_true",
        help="make the repairs that take no guess in codemation.toml, whole or not at all, and report what is left; "
        "with - print the repaired text, and report to standard error",
    )
    parser.add_argument(
        "--diff",
        action="store_true",
        help="print what --fix would change, as a diff with secrets and comments masked, and write nothing; the exit "
        "code is that of check without --fix",
    )
    parser.add_argument("--watch", action="store_true", help="check again whenever a file is saved, until Ctrl-C")


def run(options: argparse.Namespace) -> int:
    """Print the diagnostics to standard output.

    Raises:
        UsageError: the options do not go together.
    """
    if options.files and (options.config or options.root):
        message = "FILE stands in place of --config and --root"
        raise UsageError(message)
    if len(options.files) > 1 and (options.watch or options.format == "sarif"):
        message = f"{'--watch' if options.watch else '--format sarif'} takes one FILE: leave out the others"
        raise UsageError(message)
    if options.watch and STDIN in options.files:
        message = "--watch cannot look at standard input, which is read once: name a FILE, or leave out --watch"
        raise UsageError(message)
    if (options.fix or options.diff) and options.watch:
        message = "--watch only looks: leave out --fix and --diff, or --watch"
        raise UsageError(message)
    if options.diff and options.format != "text":
        message = "--diff prints a diff; the edits themselves are the `fixes` of --format json"
        raise UsageError(message)
    refuse_read_again(name for file in options.files for name in (file, *(options.env_file or ())))
    if options.watch:
        _choose(options, next(iter(options.files), None))
        return watch(options)
    if options.diff:
        return _show(options)
    if options.fix:
        return _fix(options)
    checked_ = [_checked(options, _compiled(options, name)) for name in options.files or [None]]
    _report(options, checked_)
    return _exit_code(checked_)


def _fix(options: argparse.Namespace) -> int:
    """Repair each project, and report what is left."""
    names = options.files or [None]
    fixed = [fix(_compiled(options, name), to_output=name == STDIN) for name in names]
    checked_ = [_checked(options, one.compilation) for one in fixed]
    # A text that was printed is all that may be on standard output, for whoever reads it there.
    with redirect_stdout(sys.stderr) if STDIN in names else nullcontext():
        _report(options, checked_, fixed)
    failures = [one.failure for one in fixed if one.failure]
    if failures:
        raise UsageError("; ".join(failures))
    return _exit_code(checked_)


def _show(options: argparse.Namespace) -> int:
    """Print what repairs would change."""
    from codemation.reports.patch import render_patch  # noqa: PLC0415  (difflib: 2 ms)

    planned = [plan(_compiled(options, name)) for name in options.files or [None]]
    for one in planned:
        before, after = ((it.model, it.diagnostics) for it in (one.before, one.before.after_repairs))
        sys.stdout.write(render_patch(before, after, one.name, terminal()))
        counts = f"{one.count} would be repaired in {one.name}", f"{len(after[1])} would be left"
        if not QUIET.get():
            sys.stderr.write(f"{'; '.join(counts)}\n")
    return _exit_code([_checked(options, one.before) for one in planned])


def _choose(options: argparse.Namespace, name: str | None) -> None:
    """Let the options be about a file, a folder or standard input; `None`: as they are."""
    if name == STDIN:
        options.config, options.root = STANDARD_INPUT, "."
    elif name is not None and os.path.isdir(name):
        options.config, options.root = None, name
    elif name is not None:
        options.config, options.root = name, None


def _compiled(options: argparse.Namespace, name: str | None) -> Compilation:
    """A project by itself, as if it were the only one."""
    _choose(options, name)
    return compile_from(options)


def _checked(options: argparse.Namespace, compilation: Compilation) -> Checked:
    top = repository(options.format, process_environment())
    return strictly(compilation, strict=options.strict), Locations(compilation.model, os.getcwd(), top)


def _exit_code(checked_: Sequence[Checked]) -> int:
    return exit_code(diagnostic for diagnostics, _ in checked_ for diagnostic in diagnostics)


def _report(options: argparse.Namespace, checked_: Sequence[Checked], fixed: Sequence[Fixed] = ()) -> None:
    """Each project with its own last line; and of several how many are right."""
    if options.format == "json":
        sys.stdout.write(render_json(checked_, [one.count for one in fixed]))
        return
    for number, (diagnostics, locations) in enumerate(checked_):
        text = render(options.format, diagnostics, locations, terminal())
        say = sys.stdout.write if diagnostics or options.format != "text" else note
        if options.format == "text":
            say("\n" * bool(number))
            for one in fixed[number : number + 1]:
                note(told(one))
        say(text)
        if options.format == "text":
            upward = not options.files and options.root is None and options.config is None
            _tell(checked(locations, upward=upward))
    if len(checked_) > 1 and options.format == "text":
        wrong = sum(count_errors(diagnostics) > 0 for diagnostics, _ in checked_)
        told_ = f"wrong: {wrong} of {len(checked_)} projects" if wrong else f"all {len(checked_)} projects are right"
        note(f"\n{told_}\n")


def _tell(text: str) -> None:
    """A last paragraph."""
    screen = terminal()
    note("\n".join(wrap(screen.visible(text), screen.width, indent="  ", first="")) + "\n")
