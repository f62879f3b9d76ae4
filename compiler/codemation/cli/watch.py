"""`codemation check --watch`: check again whenever a file is saved, and print what changed."""

from __future__ import annotations

import argparse
import os
import select
import stat
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from codemation.cli import OK, WRONG
from codemation.cli.inputs import compile_from, paths_from
from codemation.cli.output import exit_code, strictly, terminal
from codemation.cli.parser import UsageError
from codemation.explain.database import which_database
from codemation.explain.inputs import checked
from codemation.reports import Locations, render
from codemation.reports.changes import change_since, render_change
from codemation.reports.json import render_json
from codemation.sources.file_watch import snapshot, wait
from codemation.text.redaction import redact
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic
    from codemation.pipeline import Compilation


def watch(options: argparse.Namespace) -> int:
    """Check and wait in turn until Ctrl-C; the exit code is that of the last check.

    Raises:
        UsageError: the options do not go together.
    """
    if options.format not in {"text", "json"}:
        message = "--watch prints text, or with --format json one line of JSON for each change"
        raise UsageError(message)
    folder = os.getcwd()
    printer = _Lines(options) if options.format == "json" else _Text(options)
    secrets: tuple[str, ...] = ()
    try:
        while True:
            # Looked at before anything is read: what changes in between is seen as a change.
            paths: tuple[str, ...] = (folder,)
            seen = snapshot(paths)
            try:
                # A folder that was made anew is another one, although it has the name.
                os.chdir(folder)
                configs, env_files = paths_from(options)
                paths = (*configs, *env_files, *secrets)
                seen = snapshot(paths)
                compilation = compile_from(options)
                printer.print(compilation, env_files)
                # Which files with secrets there are is known now; what was read before it was looked at is looked at.
                secrets = tuple(compilation.model.environment.paths())
                new = tuple(path for path in secrets if path not in paths)
                paths, seen = (*paths, *new), {**seen, **snapshot(new)}
            except FileNotFoundError:
                printer.gone(folder)
            sys.stdout.flush()
            wait(paths, seen, _reader_check())
    except KeyboardInterrupt:
        if sys.stdout.isatty():
            sys.stdout.write("\n")  # the terminal has written `^C`
        return printer.code


class _Text:
    """Prints a first report, then what is new and what is fixed."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._strict = options.strict
        self._upward = not options.files and options.root is None and options.config is None
        self._root: str | None = None
        self._checked = ""
        self._known: tuple[Diagnostic, ...] = ()
        self._read: object = None
        self._there: dict[str, bool] = {}
        self.code = OK

    def print(self, compilation: Compilation, env_files: Sequence[str]) -> None:
        """Print what the reader does not know yet."""
        diagnostics = strictly(compilation, strict=self._strict)
        self.code = exit_code(diagnostics)
        locations, screen = Locations(compilation.model, os.getcwd()), terminal()
        read, told = (_read(compilation), diagnostics), checked(locations, upward=self._upward)
        # Where the database is not decided (half of a line is typed), what is wrong says so.
        new = told != self._checked and which_database(compilation.model, locations.shown) is not None
        if self._root != compilation.root:
            sys.stdout.write(render("text", diagnostics, locations, screen))
            self._tell_what_was_checked(told)
            names = (compilation.model.source.name, *env_files)
            shown = ", ".join(screen.visible(locations.shown(name)) for name in names)
            sys.stdout.write(f"{_clock()}  watching {shown}; Ctrl-C ends\n")
            self._known = diagnostics
        elif read != self._read or new:
            self._tell_of_files(compilation, env_files, locations)
            if new:
                self._tell_what_was_checked(told)
            change = change_since(self._known, diagnostics)
            sys.stdout.write(render_change(change, diagnostics, locations, screen, clock=_clock(), quiet=not new))
            self._known = change.known
        self._root, self._read = compilation.root, read
        self._there = _there(compilation, env_files)

    def _tell_what_was_checked(self, told: str) -> None:
        """The last line of a check: what was read, and the database that results."""
        self._checked, screen = told, terminal()
        sys.stdout.write("\n".join(wrap(screen.visible(told), screen.width, indent="  ", first="")) + "\n")

    def _tell_of_files(self, compilation: Compilation, env_files: Sequence[str], locations: Locations) -> None:
        """Say which files went away, or came: what they said counts no longer, or again."""
        for name, there in _there(compilation, env_files).items():
            if self._there.get(name, there) != there:
                shown = terminal().visible(locations.shown(name))
                told = "is there now" if there else "is gone: what it said does not count"
                sys.stdout.write(f"{_clock()}  {shown} {told}\n")

    def gone(self, folder: str) -> None:
        """Say once that there is nothing to check for now."""
        if self._root != "":
            sys.stdout.write(f"{_clock()}  {terminal().visible(redact(folder))} is gone; waiting for it\n")
        self._root, self.code = "", WRONG


class _Lines:
    """Prints all diagnostics as one line of JSON, again whenever that is another one."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._strict = options.strict
        self._line = ""
        self.code = OK

    def print(self, compilation: Compilation, env_files: Sequence[str]) -> None:
        """Print the line if it is not the last one."""
        del env_files
        diagnostics = strictly(compilation, strict=self._strict)
        self.code = exit_code(diagnostics)
        line = render_json([(diagnostics, Locations(compilation.model, os.getcwd()))], indent=None)
        if line != self._line:
            sys.stdout.write(line)
        self._line = line

    def gone(self, folder: str) -> None:
        """Nothing is known of a folder that is not there."""
        del folder
        self.code = WRONG


def _there(compilation: Compilation, env_files: Sequence[str]) -> dict[str, bool]:
    """The files that are looked at, and whether each is there."""
    source, read = compilation.model.source, compilation.model.environment.files
    found = {file.path for file in read if file.unreadable is None or file.unreadable.kind != "missing"}
    missing = source.unreadable is not None and source.unreadable.kind == "missing"
    return {source.name: source.present and not missing, **{path: path in found for path in env_files}}


def _read(compilation: Compilation) -> object:
    """All that was read, to compare."""
    source, files = compilation.model.source, compilation.model.environment.files
    return source.text, source.unreadable, [(file.name, file.text, file.unreadable) for file in files]


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _reader_check() -> Callable[[], object]:
    """A function that raises `BrokenPipeError` once nobody reads standard output any more."""
    number = sys.stdout.fileno()
    if not stat.S_ISFIFO(os.fstat(number).st_mode):
        return lambda: None
    poll = select.poll()
    poll.register(number, 0)

    def check() -> None:
        if any(state & select.POLLERR for _, state in poll.poll(0)):
            raise BrokenPipeError

    return check
