"""What the commands' parsers share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from msgspec import Struct

from codemation._version import __version__
from codemation.sources.process import process_environment
from codemation.text.redaction import redact_argument
from codemation.text.terminal import DEFAULT_WIDTH, detect, display_width, wrap
from codemation.text.wording import SURE, differences, fold, nearest

COMMANDS = "codemation.cli.commands"
"""The package whose modules are the commands."""

EXAMPLES = """\
examples:
  codemation init                           start a project here
  codemation check                          is the configuration right?
  codemation compile --explain              what is in force, and who decided it
  codemation help COMMAND                   a command's own options and examples
"""
COLOURS = ("auto", "always", "never")
WIDEST_HELP = 100
"""Columns of the help at most, on however wide a terminal."""
_FLAGS = {
    ("-v", "--verbose"): "say which files and variables were read",
    ("-q", "--quiet"): "print nothing but what was asked for, and what is wrong",
    ("--debug",): "show the traceback of an internal error",
}
"""What every command takes, so that it may also stand in front of it; and `--color`, which has a value."""


_ANYWHERE = frozenset(("-h", "--help", "-V", "--version", "--color", *(flag for names in _FLAGS for flag in names)))
"""What is an option without a command, too."""


class Command(Struct, frozen=True):
    """One command: its module has one of these as `COMMAND`, beside `add_arguments(parser)` and `run(options)`.

    `line` is its line in the help of what is above it, where commands stand by their `order`; `summary` is the first
    line of its own help, and `examples` are (command line, what for). `also` is what other tools call it; one that
    `writes` changes files or a database, and is never advised to who wrote another word.
    """

    order: int
    line: str
    summary: str
    examples: tuple[tuple[str, str], ...]
    also: tuple[str, ...] = ()
    writes: bool = False


class UsageError(Exception):
    """The command line makes no sense; the text says why and never repeats a secret."""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help of a width that is given: argparse's own way to find it costs 3 ms, for every option that is declared."""

    def __init__(self, prog: str, *, width: int = DEFAULT_WIDTH) -> None:
        super().__init__(prog, width=width, max_help_position=28)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Paragraphs as wide as the help; examples with what they are for below them, where both do not fit a line."""
        head, examples, listing = text.partition("examples:\n")
        lines = [line for paragraph in head.splitlines() for line in wrap(paragraph, width, indent=indent)]
        rows = listing.splitlines()
        if any(display_width(row) > width for row in rows):
            pairs = (row.strip().partition("  ") for row in rows)
            rows = [
                line
                for command, _, what in pairs
                for line in (f"  {command}", *wrap(what.strip(), width, indent=" " * 6))
            ]
        return "\n".join([*lines, *([examples.rstrip()] if examples else ()), *rows]) + "\n"


class Parser(argparse.ArgumentParser):
    """An argument parser that never prints a secret, and ends in `UsageError`, not in an exit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=HelpFormatter, **options)

    def format_help(self) -> str:
        """The help, as wide as the terminal behind standard output, within reason; 80 columns where there is none."""
        width = min(WIDEST_HELP, detect(sys.stdout, process_environment()).width)
        self.formatter_class = partial(HelpFormatter, width=width)
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` with the command's name, the message (redacted: it quotes arguments) and a way out."""
        text = f"{self.prog}: {redact_argument(message)}{self._meant(message)}\nTry `{self.prog} --help`."
        raise UsageError(text)

    def _meant(self, message: str) -> str:
        """What was meant, where a message is about an option that there is not, or a value that one does not take."""
        if "invalid choice: " in message:
            # In argparse's words: (choose from 'text', 'json'), without quotes from Python 3.12 on.
            _, _, rest = message.partition("invalid choice: ")
            written, _, choices = rest.partition(" (choose from ")
            known = tuple(word.strip("' ") for word in choices.rstrip(")").split(","))
            meant = nearest(written.strip("'"), known)
            return f"; did you mean `{meant}`?" if meant else ""
        _, unknown, rest = message.partition("unrecognized arguments: ")
        option = rest.partition(" ")[0].partition("=")[0]
        known = tuple(it for it in self._option_string_actions if it.startswith("--"))
        meant = nearest(option, known) if unknown and option.startswith("--") else None
        if unknown and "--root" in known and os.path.exists(option):
            how = "--root" if os.path.isdir(option) else "--config"
            return f"; a project is named with `{how} {redact_argument(option)}`"
        return f"; did you mean `{meant}`?" if meant else ""


def parse(arguments: Sequence[str]) -> tuple[Callable[[argparse.Namespace], int], argparse.Namespace]:
    """The function that runs the command which the arguments name, and its options.

    Raises:
        UsageError: they make no sense.
    """
    arguments = _command_first(arguments)
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
        _refuse_unknown(arguments, name, depth)
        options = whole_parser().parse_args([*arguments, "--help"] if len(arguments) == depth else list(arguments))
    return options.run, options


def _command_first(arguments: Sequence[str]) -> list[str]:
    """The arguments with what every command takes behind the command, and `help COMMAND` as `COMMAND --help`."""
    ahead, rest = list[str](), list(arguments)
    flags = {flag for names in _FLAGS for flag in names}
    while rest and (rest[0] in flags or rest[0].partition("=")[0] == "--color"):
        count = 2 if rest[0] == "--color" else 1
        ahead, rest = ahead + rest[:count], rest[count:]
    if not rest:
        return ahead if ahead[-1:] == ["--color"] else ["--help"]
    if rest[:1] == ["help"]:
        return [*rest[1:], "--help"]
    package, depth = COMMANDS, 0
    while depth < len(rest) and rest[depth] in _names_in(package):
        package, depth = f"{package}.{rest[depth]}", depth + 1
    # Of a group there is only help, and what is no command of ours is to be said first.
    group = bool(_names_in(package)) and (depth == len(rest) or not rest[depth].startswith("-"))
    return rest if group else [*rest[:depth], *ahead, *rest[depth:]]


def _refuse_unknown(arguments: Sequence[str], package: str, depth: int) -> None:
    """Refuse a command that there is not, and an option that no command stands before.

    Raises:
        UsageError: it says which command was meant, also where that is another command's.
    """
    prog = " ".join(("codemation", *arguments[:depth]))
    first = depth
    while first < len(arguments) and arguments[first].partition("=")[0] in _ANYWHERE:
        first += 2 if arguments[first] == "--color" else 1
    if first < len(arguments) and arguments[first].startswith("-"):
        option = redact_argument(arguments[first].partition("=")[0])
        text = f"{prog}: there is no option {option} in front of a command; what a command takes goes behind it"
        text += f"\nTry `{prog} --help`."
        raise UsageError(text)
    if depth == len(arguments) or first > depth:
        return
    meant, advised = _command_meant(arguments[depth], package)
    hint = f"; did you mean `{meant}`?" if advised else ""
    text = f"{prog}: there is no command {redact_argument(arguments[depth])!r}{hint}"
    text += f"\nTry `{meant or prog} --help`."
    raise UsageError(text)


def _command_meant(word: str, package: str) -> tuple[str, bool]:
    """The command that a word stands for in a package, blank for none, and whether it may be advised.

    By its own name, in whatever group; by what other tools call it; or by a slip. Of what writes only its own name
    means it: for any other word there is its page alone.
    """
    here = _commands_below(package)
    everywhere = {**_commands_below(COMMANDS), **here}
    for group in _names_in(COMMANDS):
        below = _commands_below(f"{COMMANDS}.{group}")
        everywhere |= {line: command for line, command in below.items() if line not in everywhere}
    for commands in (here, everywhere):
        if named := [line for line in commands if line.rpartition(" ")[2] == word]:
            return named[0], True
        if called := [line for line, command in commands.items() if fold(word) in map(fold, command.also)]:
            return called[0], not commands[called[0]].writes
    slips = _slips(word, here) or _slips(word, everywhere)
    return (slips[0], not everywhere[slips[0]].writes) if slips else ("", False)


def _slips(word: str, commands: Mapping[str, Command]) -> list[str]:
    """The command whose name, or a word for it, was probably misspelt; of what writes only by a single slip."""
    for line, command in commands.items():
        name = line.rpartition(" ")[2]
        if command.writes and (differences(word, name, 1) <= 1 or sorted(word) == sorted(name)):
            return [line]
    known = dict[str, str]()
    for line, command in commands.items():
        if not command.writes:
            known |= dict.fromkeys((*command.also, line.rpartition(" ")[2]), line)
    meant = nearest(word, tuple(sorted(known)), cutoff=SURE)
    return [known[meant]] if meant else []


def _commands_below(package: str) -> dict[str, Command]:
    """The commands of a package, by what is typed for each."""
    above = package.removeprefix(COMMANDS).replace(".", " ")
    return {f"codemation{above} {name}": module.COMMAND for name, module in commands_in(package).items()}


def whole_parser() -> Parser:
    """The parser of `codemation` itself, with all commands: for its help, and for shells."""
    parser = Parser(
        prog="codemation",
        usage="codemation [-V] [-q] [-v] [--color WHEN] COMMAND …",
        description="The compiler and validator for codemation.toml: what is in force, and why.",
        epilog=EXAMPLES,
    )
    parser.add_argument("-V", "--version", action="version", version=f"codemation {__version__}")
    _add_common(parser)
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
    if hasattr(module, "run"):
        module.add_arguments(parser)
        _add_common(parser)
        parser.set_defaults(run=module.run)
    else:
        _add_commands(parser, module.__name__)


def _add_common(parser: Parser) -> None:
    """Add what every command takes."""
    group = parser.add_argument_group("how to tell it")
    group.add_argument(
        "--color", choices=COLOURS, metavar="WHEN", default=argparse.SUPPRESS, help="auto, always or never"
    )
    for flags, help_ in _FLAGS.items():
        group.add_argument(*flags, action="store_true", default=argparse.SUPPRESS, help=help_)


def add_format(parser: Parser, *choices: str, default: str | None = "text", help_: str = "") -> None:
    """Add `--format` with its choices, and `--json`, which is one of them."""
    help_ = help_ or f"default: {default}"
    parser.add_argument("--format", choices=choices, default=default, help=help_)
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="as --format json")


def _described(command: Command) -> dict[str, Any]:
    """The help of a command around its options."""
    width = max(len(line) for line, _ in command.examples)
    listing = "\n".join(f"  {line:<{width}}  {what}" for line, what in command.examples)
    return {"description": command.summary, "epilog": f"examples:\n{listing}\n"}
