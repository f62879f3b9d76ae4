"""What the commands' parsers share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from msgspec import Struct

from codemation._version import __version__
from codemation.text.redaction import redact_argument

COMMANDS = "codemation.cli.commands"
"""The package whose modules are the commands."""

EXAMPLES = """\
examples:
  codemation init                           start a project here
  codemation check                          is the configuration right?
  codemation compile --explain              every value, and who decided it
  codemation COMMAND --help                 a command's own options and examples
"""


class Command(Struct, frozen=True):
    """One command: its module has one of these as `COMMAND`, beside `add_arguments(parser)` and `run(options)`.

    `line` is its line in the help of what is above it, where commands stand by their `order`; `summary` is the first
    line of its own help, and `examples` are (command line, what for).
    """

    order: int
    line: str
    summary: str
    examples: tuple[tuple[str, str], ...]


class UsageError(Exception):
    """The command line makes no sense; the text says why and never repeats a secret."""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal. argparse's own way to find that costs 3 ms, for every option that is declared."""

    def __init__(self, prog: str, *args: Any, **options: Any) -> None:
        super().__init__(prog, *args, **{"width": _help_width(), "max_help_position": 28, **options})


@cache
def _help_width() -> int:
    """Columns of the terminal behind standard output, within reason; 80 where there is none."""
    try:
        return max(40, min(100, os.get_terminal_size(1).columns - 2))
    except (OSError, ValueError):
        return 80


class Parser(argparse.ArgumentParser):
    """An argument parser that never prints a secret, and ends in `UsageError`, not in an exit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=HelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` with the command's name, the message (redacted: it quotes arguments) and a way out."""
        text = f"{self.prog}: {redact_argument(message)}\nTry `{self.prog} --help`."
        raise UsageError(text)


def parse(arguments: Sequence[str]) -> tuple[Callable[[argparse.Namespace], int], argparse.Namespace]:
    """The function that runs the command which the arguments name, and its options.

    Raises:
        UsageError: they make no sense.
    """
    name, depth = COMMANDS, 0
    while depth < len(arguments) and arguments[depth] in _names_in(name):
        name, depth = f"{name}.{arguments[depth]}", depth + 1
    module = import_module(name)
    if depth and hasattr(module, "run"):
        # The one parser that is needed.
        parser = Parser(prog=" ".join(("codemation", *arguments[:depth])), **_described(module.COMMAND))
        _complete(parser, module)
        options = parser.parse_args(list(arguments[depth:]))
    else:
        options = whole_parser().parse_args(list(arguments))
    return options.run, options


def whole_parser() -> Parser:
    """The parser of `codemation` itself, with all commands: for its help, and for shells."""
    parser = Parser(
        prog="codemation",
        usage="codemation [--version] COMMAND …",
        description="The compiler and validator for codemation.toml: which settings are in force, and why.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"codemation {__version__}")
    _add_commands(parser, COMMANDS)
    return parser


def commands_in(package: str) -> dict[str, ModuleType]:
    """The commands of a package by name, in the order of the help."""
    modules = {name: import_module(f"{package}.{name}") for name in _names_in(package)}
    return dict(sorted(modules.items(), key=lambda item: item[1].COMMAND.order))


@cache
def _names_in(package: str) -> frozenset[str]:
    """The names of the commands that lie in a package's folder; none where it is no package."""
    folders = getattr(import_module(package), "__path__", ())
    entries = [entry for folder in folders for entry in os.scandir(folder) if not entry.name.startswith("_")]
    return frozenset(
        entry.name.removesuffix(".py") for entry in entries if entry.is_dir() or entry.name.endswith(".py")
    )


def _add_commands(parser: Parser, package: str) -> None:
    """Add the commands of a package."""
    under = parser.add_subparsers(
        title="commands",
        description="",  # argparse of Python 3.11 prints its own default for one, `None`
        dest="command",
        metavar="COMMAND",
        required=True,
        prog=parser.prog,
        parser_class=Parser,
    )
    for name, module in commands_in(package).items():
        _complete(under.add_parser(name, help=module.COMMAND.line, **_described(module.COMMAND)), module)


def _complete(parser: Parser, module: ModuleType) -> None:
    """Add what a command takes: its arguments, or its commands."""
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an internal error"
    )
    if hasattr(module, "run"):
        module.add_arguments(parser)
        parser.set_defaults(run=module.run)
    else:
        _add_commands(parser, module.__name__)


def _described(command: Command) -> dict[str, Any]:
    """The help of a command around its options."""
    width = max(len(line) for line, _ in command.examples)
    listing = "\n".join(f"  {line:<{width}}  {what}" for line, what in command.examples)
    return {"description": command.summary, "epilog": f"examples:\n{listing}\n"}
