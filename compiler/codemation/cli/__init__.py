"""The command line: one module for each command, imported when that command runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from codemation.cli.parser import Parser

OK, WRONG, USAGE, FAILED = 0, 1, 2, 3
"""Exit codes: fine, the configuration is wrong, usage, the backend (or codemation itself) failed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raises for what a user can cause."""
    from codemation.cli.parser import UsageError  # noqa: PLC0415

    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    try:
        options = parser_for(arguments).parse_args(arguments)
        code: int = options.run(options)
    except UsageError as error:
        text = str(error)
        sys.stderr.write(f"{text if text.startswith('codemation') else f'codemation: {text}'}\n")
        return USAGE
    except BrokenPipeError:
        return _closed_pipe()
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        # The last resort: a bug of ours must not show a traceback, let alone a secret.
        if debug:
            raise
        sys.stderr.write(
            f"codemation: internal error ({type(error).__name__}); run again with --debug for the traceback\n"
        )
        return FAILED
    return code


def parser_for(arguments: Sequence[str]) -> Parser:
    """The parser for these arguments: of the one command that they name, or else of all."""
    from codemation.cli.parser import COMMANDS, root_parser  # noqa: PLC0415

    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    wanted = [named] if named in COMMANDS else list(COMMANDS)
    parser, commands = root_parser()
    for name in wanted:
        module = import_module(f"codemation.cli.{name}")
        module.register(commands)
    return parser


def console() -> NoReturn:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        # A name that is no UTF-8 must not end in a traceback.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = main()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _closed_pipe()
    sys.exit(code)


def _closed_pipe() -> int:
    """Whoever read our output has gone: say nothing, as other programs do (128 + SIGPIPE)."""
    import os  # noqa: PLC0415

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141
