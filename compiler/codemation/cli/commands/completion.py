"""`codemation completion`: a shell completion script."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from codemation.backend.migrations.revisions import BASE, KNOWN
from codemation.cli.parser import Command, Parser, whole_parser
from codemation.rules import all_rules
from codemation.settings.catalogue import CATALOGUE, dotted
from codemation.settings.setting import ANY

SHELLS = ("bash", "zsh", "fish", "tcsh")


COMMAND = Command(
    order=100,
    line="print a shell completion script",
    summary="Print a completion script for a shell.",
    examples=(
        ('eval "$(codemation completion bash)"', "in ~/.bashrc"),
        ("codemation completion zsh > ~/.zfunc/_codemation", "in a folder of $fpath"),
        ("codemation completion fish > ~/.config/fish/completions/codemation.fish", "for fish"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("shell", choices=SHELLS, help="which shell")


def run(options: argparse.Namespace) -> int:
    """Print the script, made from the parsers themselves."""
    import shtab  # noqa: PLC0415

    # What only a shell needs to know: which arguments are files, settings and rules.
    completions = {"FILE": shtab.FILE, "DIR": shtab.DIRECTORY}
    choices: dict[str, list[str]] = {
        "KEY": [dotted(setting.runtime) for setting in CATALOGUE.settings if ANY not in setting.runtime],
        "CODE": [rule.code for rule in all_rules()],
        "REVISION": [BASE, *(revision for revision, _ in KNOWN), "head"],
    }
    parser = whole_parser()
    for command_parser in parsers_under(parser):
        for action in command_parser._actions:  # noqa: SLF001  (argparse offers no other way to list them)
            if action.metavar in completions:
                action.complete = completions[action.metavar]  # type: ignore[attr-defined]
            elif action.metavar in choices:
                action.choices = choices[action.metavar]
    sys.stdout.write(shtab.complete(parser, shell=options.shell) + "\n")
    return 0


def parsers_under(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of all commands, those of `db` too."""
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for under in action.choices.values():
                yield under
                yield from parsers_under(under)
