"""Writing: to the terminal, or into a file, whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from errno import ENXIO
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codemation.cli import OK, WRONG
from codemation.cli.parser import UsageError
from codemation.diagnostics import count_errors
from codemation.rules.found import Diagnostics, repairs_of
from codemation.sources.process import process_environment
from codemation.text.terminal import When, detect, wrap

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic
    from codemation.pipeline import Compilation
    from codemation.resolution.semantic_model import SemanticModel
    from codemation.text.terminal import Terminal


COLOUR: ContextVar[When] = ContextVar("colour", default="auto")
"""What `--color` says."""


QUIET: ContextVar[bool] = ContextVar("quiet", default=False)
"""What `--quiet` says."""


DEVICES: Final = ("/dev/std", "/dev/fd/", "/proc/")
"""How the names of what a process has open begin."""


def note(text: str) -> None:
    """Print to standard output what is not what was asked for, but goes with it: nothing for who wants quiet."""
    if not QUIET.get():
        sys.stdout.write(text)


def terminal(*, errors: bool = False) -> Terminal:
    """The terminal behind standard output (or standard error)."""
    return detect(sys.stderr if errors else sys.stdout, process_environment(), COLOUR.get())


def wrapped_page(page: str, screen: Terminal) -> str:
    """A page as wide as the terminal: its paragraphs wrapped, its examples as they are."""
    paragraphs = page.rstrip("\n").split("\n\n")
    width = min(screen.width, 100)
    return (
        "\n\n".join(
            text if text.startswith("    ") else "\n".join(wrap(" ".join(text.split()), width)) for text in paragraphs
        )
        + "\n"
    )


def report_diagnostics(compilation: Compilation, *, strict: bool = False, below: bool = False) -> int:
    """Print all diagnostics to standard error; the exit code that they call for.

    `below` tells that something was printed to standard output before: on one terminal a blank line keeps them apart.
    """
    diagnostics = strictly(compilation, strict=strict)
    if diagnostics:
        from codemation.reports import Locations, render  # noqa: PLC0415  (only where there is something to report)

        locations = Locations(compilation.model, os.getcwd())
        if below and sys.stdout.isatty() and sys.stderr.isatty():
            sys.stderr.write("\n")
        sys.stderr.write(render("text", diagnostics, locations, terminal(errors=True)))
    return exit_code(diagnostics)


def exit_code(diagnostics: Iterable[Diagnostic]) -> int:
    """The exit code that they call for."""
    return WRONG if count_errors(diagnostics) else OK


def strictly(compilation: Compilation, *, strict: bool) -> tuple[Diagnostic, ...]:
    """The diagnostics, warnings made errors where the caller is strict."""
    if not strict:
        return compilation.diagnostics

    made = [replace(diagnostic, severity="error") for diagnostic in compilation.diagnostics]
    return Diagnostics(made, compilation.model, repairs_of(compilation.diagnostics))


def write(
    text: str,
    file: str | None,
    *,
    private: bool = False,
    read: Sequence[SemanticModel] = (),
    configuration: bool = False,
) -> None:
    """Write to standard output, or into `file`: all of it or nothing, and readable by its owner alone if `private`.

    `read` tells what the text was made of; `spared` what is never written over. A `configuration` may take the place of
    another that is not in force here.

    Raises:
        UsageError: the file cannot be written; it is then as it was.
    """
    if file is None or file == "-":
        sys.stdout.write(text)
        return
    if file.endswith("/"):
        message = f"-o {file} names a folder: name the file in it"
        raise UsageError(message)
    if os.path.exists(file):
        from codemation.cli.spared import spared  # noqa: PLC0415  (most write a new file)

        lost = spared(file, read, configuration=configuration)
        if lost is not None:
            message = f"-o {file} names {lost}, and writing would lose it: nothing was written, name another"
            raise UsageError(message)
    try:
        if os.path.abspath(file).startswith(DEVICES):
            # `/dev/stdout` is a link to what is no path (`pipe:[5]`), or to a file that others are writing to.
            _write_device(file, text)
        else:
            write_file(os.path.realpath(file), text, private=private)
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror or error}"
        raise UsageError(message) from None


class ChangedError(OSError):
    """A file is not what it was any more."""


def _write_device(path: str, text: str) -> None:
    """Write into a pipe or a device.

    Opening a pipe waits for whoever will read it, which may be nobody, for ever: it is opened without waiting. Writing
    then waits for a reader who is slow.

    Raises:
        OSError: nobody reads it, or it cannot be written.
    """
    sys.stdout.flush()
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno != ENXIO:
            raise
        raise OSError(ENXIO, "nobody reads it, and nothing was written; start its reader first") from None
    os.set_blocking(opened, True)
    with open(opened, "w", encoding="utf-8", errors="backslashreplace") as device:
        device.write(text)


def write_file(path: str, text: str, *, private: bool, expected: bytes | None = None) -> None:
    """Write a file, all of it or nothing. `expected` is what must be in it until then; it also keeps its owner.

    Raises:
        ChangedError: something else is in it; it is left alone.
        OSError: it cannot be written; it is then as it was.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        if os.path.isdir(path):
            raise IsADirectoryError(21, "it is a directory")
        _write_device(path, text)
        return
    import tempfile  # noqa: PLC0415

    mode = 0o600 if private else _usual_mode(path)
    descriptor, draft = tempfile.mkstemp(dir=os.path.dirname(path), prefix=f".{os.path.basename(path)}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            if expected is not None:
                _give(file.fileno(), os.stat(path))
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        if expected is not None:
            _expect(path, expected)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def _expect(path: str, expected: bytes) -> None:
    with open(path, "rb") as file:
        if file.read() != expected:
            raise ChangedError


def _give(descriptor: int, like: os.stat_result) -> None:
    """Make a file of the owner and the group of another, as far as this user may."""
    made = os.fstat(descriptor)
    if (made.st_uid, made.st_gid) != (like.st_uid, like.st_gid):
        with suppress(OSError):
            os.fchown(descriptor, like.st_uid, like.st_gid)


def _usual_mode(path: str) -> int:
    """The mode of the file that is replaced, or of any new file."""
    if os.path.exists(path):
        return os.stat(path).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
