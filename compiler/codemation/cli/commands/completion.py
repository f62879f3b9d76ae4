"""`codemation completion`: a shell completion script."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from codemation.backend.doctor.catalogue import every_check
from codemation.backend.migrations.revisions import BASE, KNOWN
from codemation.cli import OK
from codemation.cli.commands.diff import PROCESS
from codemation.cli.parser import Command, Parser, whole_parser
from codemation.rules import all_rules
from codemation.settings.catalogue import CATALOGUE, dotted
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from codemation.settings.setting import ANY

if TYPE_CHECKING:
    from codemation.settings.setting import Setting

SHELLS = ("bash", "zsh", "fish", "tcsh")
SHORT = {("app",), ("runtime",)}
"""First parts of a key that may be left out."""

NO_BLANK = """
_codemation_complete() {
  _shtab_codemation "$@"
  # A value is to follow.
  [[ "${COMPREPLY[0]-}" == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}

complete -o bashdefault -F _codemation_complete codemation
"""
"""What bash needs beside shtab's script, so that it puts no blank behind `KEY=`."""


SIDES: Final = {
    "bash": "_codemation_sides",
    "zsh": f"{{compadd {PROCESS}; _files}}",
    "fish": f"(echo {PROCESS}; __fish_complete_path (commandline -ct))",
    "tcsh": "f",
    "preamble": {
        "bash": f"""\
_codemation_sides() {{
  compgen -W {PROCESS} -- "$1"
  compgen -f -- "$1"
}}
"""
    },
}
"""What `diff` compares: the process's environment, and env files or projects."""


COMMAND = Command(
    order=100,
    line="print a shell completion script",
    summary="Print a completion script for a shell.",
    examples=(
        ('eval "$(codemation completion bash)"', "in ~/.bashrc"),
        ("codemation completion zsh > ~/.zfunc/_codemation", "in a folder of $fpath"),
        ("codemation completion fish > ~/.config/fish/completions/codemation.fish", "for fish"),
    ),
    also=("autocomplete",),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("shell", choices=SHELLS, help="which shell")


def run(options: argparse.Namespace) -> int:
    """Print the script, made from the parsers themselves."""
    import shtab  # noqa: PLC0415

    paths = {"DIR": shtab.DIRECTORY, "FILE": shtab.FILE, **dict.fromkeys(("A", "B"), SIDES)}
    parser = whole_parser()
    for command_parser in parsers_under(parser):
        for action in command_parser._actions:  # noqa: SLF001  (argparse offers no other way to list them)
            if action.metavar in paths:
                action.complete = paths[action.metavar]  # type: ignore[attr-defined]
            elif action.choices is None:
                action.choices = _words(action.dest)
    script = shtab.complete(parser, shell=options.shell)
    sys.stdout.write(f"{script}\n{NO_BLANK if options.shell == 'bash' else ''}")
    return OK


def _words(argument: str) -> list[str] | None:
    """What a shell offers for an argument, by its name in the options; `None` where it can be anything."""
    variables = [*CATALOGUE.variables, *HOST_VARIABLES, *SWITCHES]
    offered: dict[str, Callable[[], list[str]]] = {
        "explain": lambda: [*explained_keys(), *CATALOGUE.variables],
        "names": lambda: [*explained_keys(), *variables],
        "set": lambda: [f"{key}=" for key in override_keys()],
        "env": lambda: [f"{name}=" for name in variables],
        "unset": lambda: variables,
        "code": lambda: [rule.code for rule in all_rules()],
        "about": lambda: [check.name for check, _ in every_check()],
        **dict.fromkeys(("start", "to", "target"), lambda: [BASE, *(revision for revision, _ in KNOWN), "head"]),
    }
    return offered[argument]() if argument in offered else None


def explained_keys() -> list[str]:
    """The settings of a host and the tables around them: as short as `--explain` takes them, then in full."""
    whole = [path for setting in _settings() for path in (setting.app, setting.runtime) if path]
    short = [path[1:] for path in whole if path[:1] in SHORT]
    return list(dict.fromkeys(dotted(path[: end + 1]) for path in (*short, *whole) for end in range(len(path))))


def override_keys() -> list[str]:
    """The keys that `--set` takes: in the app form where there is one, those that name a variable too."""
    paths = [path for it in _settings() for path in (it.app or it.runtime, it.reference) if path]
    return list(dict.fromkeys(map(dotted, paths)))


def _settings() -> list[Setting]:
    return [setting for setting in CATALOGUE.settings if ANY not in setting.runtime]


def parsers_under(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of all commands, those of `db` too."""
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for under in action.choices.values():
                yield under
                yield from parsers_under(under)
