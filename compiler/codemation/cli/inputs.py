"""The options that say what to compile, and the what-if ones; and doing it."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from codemation.cli.output import terminal
from codemation.cli.parser import Parser, UsageError
from codemation.origin import written_at
from codemation.pipeline import Compilation, Inputs, compile_inputs, input_paths, read_inputs
from codemation.sources.project import STANDARD_INPUT
from codemation.text.patterns import lazy
from codemation.text.redaction import redact_argument
from codemation.text.terminal import wrap

STDIN: Final = "-"
"""How a command line names standard input, where a FILE may be it."""

_NAME: Final = lazy(r"[^\s=:/@$\"'\\{}]+")
"""What may be a variable's name, for any program; no assignment, URL or reference is one."""


def add_inputs(parser: Parser) -> None:
    """Add `--root`, `--config`, the env file options, and those that ask "what if"."""
    group = parser.add_argument_group("what to read")
    group.add_argument(
        "--root", metavar="DIR", help="the project root (default: the nearest folder with codemation.toml)"
    )
    group.add_argument("--config", metavar="FILE", help="the configuration file (default: codemation.toml in the root)")
    group.add_argument(
        "--env-file", metavar="FILE", action="append", help="an env file in place of .env; repeat it, later ones win"
    )
    group.add_argument("--no-env-file", action="store_true", help="read no env file")
    add_what_if(parser).add_argument("--no-env", action="store_true", help="an empty environment (and no .env)")


def add_what_if(parser: Parser) -> argparse._ArgumentGroup:
    """Add `--env`, `--unset` and `--set`; the group that they stand in."""
    group = parser.add_argument_group("what if (the answer is what really setting it would give)")
    group.add_argument("--env", metavar="NAME=VALUE", action="append", default=[], help="as if this variable were set")
    group.add_argument(
        "--unset", metavar="NAME", action="append", default=[], help="as if this variable were set nowhere"
    )
    group.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="an override, over every source")
    return group


def add_wait(parser: argparse.ArgumentParser) -> None:
    """Add `--wait`."""
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=seconds,
        help="how long to wait for others who migrate (default: 60), and for a server that does not answer yet "
        "(default: waitSeconds, else 0)",
    )


def compile_from(options: argparse.Namespace) -> Compilation:
    """Compile what the options of `add_inputs` say.

    Raises:
        UsageError: an option is not of its form.
    """
    upward = options.root is None and options.config is None
    refuse_read_again([*filter(None, [options.config]), *(options.env_file or ())])
    return compile_what_if(read_inputs(options.root, **_sources(options)), options, upward=upward)


def refuse_read_again(names: Iterable[str]) -> None:
    """Refuse files that are to be read one after the other, where one is a stream that was read before.

    It would be empty then, and whatever is empty is right. `-` is standard input.

    Raises:
        UsageError: it says which.
    """
    read = set[tuple[int, int]]()
    for name in names:
        stream = _stream(name)
        if stream in read:
            which = "standard input" if name in {STDIN, STANDARD_INPUT} else f"{redact_argument(name)} is a pipe: it"
            message = f"{which} can be read once, and is asked for again: name it once, or a file in its place"
            raise UsageError(message)
        read |= {stream} if stream else set()


def _stream(name: str) -> tuple[int, int] | None:
    """Which pipe, socket or terminal a name stands for; `None` for what can be read again, as files and `/dev/null`."""
    with suppress(OSError, ValueError):
        state = os.fstat(0) if name == STDIN else os.stat(name)
        kind = stat.S_IFMT(state.st_mode)
        device = kind == stat.S_IFCHR and state.st_rdev != os.stat(os.devnull).st_rdev
        if name == STDIN or device or kind in {stat.S_IFIFO, stat.S_IFSOCK}:
            return state.st_dev, state.st_ino
    return None


def compile_what_if(inputs: Inputs, options: argparse.Namespace, *, upward: bool) -> Compilation:
    """Compile inputs, with what the options of `add_what_if` change; `upward`: the file was looked for above, too.

    Raises:
        UsageError: an option is not of its form.
    """
    changes, unset = dict(_pair(text, "--env") for text in options.env), [_unset(text) for text in options.unset]
    if changes or unset:
        inputs.environment = inputs.environment.with_changes(changes, unset)
    compilation = compile_inputs(inputs, dict(_pair(text, "--set") for text in options.set))
    if getattr(options, "verbose", False):
        _say_what_was_read(compilation, upward=upward)
    return compilation


def _say_what_was_read(compilation: Compilation, *, upward: bool) -> None:
    """Print to standard error which files were read, and which variables are set that count here."""
    from codemation.explain.answer import read_variables  # noqa: PLC0415  (only with --verbose)
    from codemation.explain.inputs import files  # noqa: PLC0415  (only with --verbose)
    from codemation.reports import Locations  # noqa: PLC0415  (only with --verbose)

    locations, screen = Locations(compilation.model, os.getcwd()), terminal(errors=True)
    origins = [variable.origin for variable in read_variables(compilation.model)]
    seen = [f"{it.variable} ({written_at(it, locations.shown)})" for it in origins]
    for label, text in (("read", files(locations, upward=upward)), ("variables", ", ".join(seen) or "none is set")):
        lines = wrap(screen.visible(text), screen.width, indent=" " * 11, first=f"{label:<11}")
        sys.stderr.write("\n".join(lines) + "\n")


def paths_from(options: argparse.Namespace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where compiling looks for the configuration, and for env files, there or not: absolute paths.

    Raises:
        UsageError: an option is not of its form.
    """
    return input_paths(options.root, **_sources(options))


def _sources(options: argparse.Namespace) -> dict[str, Any]:
    if options.no_env_file and options.env_file:
        message = "--env-file and --no-env-file exclude each other"
        raise UsageError(message)
    env_files = () if options.no_env_file else options.env_file
    return {"config": options.config, "env": {} if options.no_env else None, "env_files": env_files}


def _pair(text: str, option: str) -> tuple[str, str]:
    name, separator, value = _split(text) if option == "--set" else text.partition("=")
    if not separator or not (name.strip() if option == "--set" else _NAME.fullmatch(name.strip())):
        # The argument is not repeated: it may be a secret that lost its name.
        message = f"{option} takes {'KEY' if option == '--set' else 'NAME'}=VALUE"
        raise UsageError(message)
    return name.strip(), value


def _unset(text: str) -> str:
    """The name in `--unset NAME`: what is none would change nothing, and look as if it had."""
    if not _NAME.fullmatch(text.strip()):
        # It is not repeated, as above.
        message = "--unset takes a NAME alone, without a value: --unset DATABASE_URL"
        raise UsageError(message)
    return text.strip()


def _split(text: str) -> tuple[str, str, str]:
    """Split at the first `=` outside quotes: a workflow's id may hold one."""
    quote = ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "=":
            return text[:position], "=", text[position + 1 :]
    # A quote that nothing closes is an apostrophe, and part of a name.
    return text.partition("=")


def seconds(text: str) -> float:
    """An option's number of seconds, 0 or more."""
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number < float("inf"):
        message = "it takes a number of seconds, 0 or more"
        raise argparse.ArgumentTypeError(message)
    return number
