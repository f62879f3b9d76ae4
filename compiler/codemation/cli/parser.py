"""What the commands' parsers share."""

from __future__ import annotations

import argparse
import os
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from codemation._version import __version__

COMMANDS = {
    "init": "start a project: codemation.toml, its schema, .env.example",
    "check": "report what is wrong",
    "compile": "print the runtime form, or explain every value",
    "env": "list every environment variable",
    "doctor": "connect for real: is the database reachable, writable, migrated, and Redis answering?",
    "db": "migrate the database, and tell where it is",
    "diff": "compare two environments",
    "schema": "print the JSON Schema for editors",
    "rule": "print a rule's page, or the catalogue",
    "completion": "print a shell completion script",
}
"""Every command (a module of this package) with its line in the help."""

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["Parser"]  # noqa: SLF001  (argparse gives it no other name)


class UsageError(Exception):
    """The command line makes no sense; the text says why and never repeats a secret."""


# argparse looks its own words up in translations that nobody has, which costs 2 ms of every start.
argparse._ = str  # type: ignore[attr-defined]


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
        from codemation.text.redaction import redact  # noqa: PLC0415

        text = f"{self.prog}: {redact(message)}\nTry `{self.prog} --help`."
        raise UsageError(text)


def root_parser() -> tuple[Parser, Commands]:
    """The parser of `codemation` itself, and the place where commands register."""
    parser = Parser(
        prog="codemation",
        usage="codemation [--version] COMMAND …",
        description="The compiler and validator for codemation.toml: which settings are in force, and why.",
        epilog="examples:\n"
        "  codemation init                           start a project here\n"
        "  codemation check                          is the configuration right?\n"
        "  codemation compile --explain              every value, and who decided it\n"
        "  codemation COMMAND --help                 a command's own options and examples\n",
    )
    parser.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"codemation {__version__}")
    return parser, commands_of(parser, "codemation")


def commands_of(parser: Parser, name: str) -> Commands:
    """The place where the commands under `name` register."""
    return parser.add_subparsers(
        title="commands",
        description="",  # argparse of Python 3.11 prints its own default for one, `None`
        dest="command",
        metavar="COMMAND",
        required=True,
        prog=name,
        parser_class=Parser,
    )


def command(
    commands: Commands, name: str, *, summary: str, examples: tuple[tuple[str, str], ...], line: str | None = None
) -> Parser:
    """A command's parser, with its examples under the help; `line` is its line in the help of a command above it."""
    width = max(len(line) for line, _ in examples)
    listing = "\n".join(f"  {line:<{width}}  {what}" for line, what in examples)
    told = line or COMMANDS[name]
    parser = commands.add_parser(name, help=told, description=summary, epilog=f"examples:\n{listing}\n")
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show the traceback of an internal error"
    )
    return parser
