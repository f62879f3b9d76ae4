"""`codemation completion`: a shell completion script."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from codemation.cli.parser import command

if TYPE_CHECKING:
    from codemation.cli.parser import Commands

EXAMPLES = (
    ('eval "$(codemation completion bash)"', "in ~/.bashrc"),
    ("codemation completion zsh > ~/.zfunc/_codemation", "in a folder of $fpath"),
    ("codemation completion fish > ~/.config/fish/completions/codemation.fish", "for fish"),
)

SHELLS = ("bash", "zsh", "fish", "tcsh")


def register(commands: Commands) -> None:
    """Add the command."""
    parser = command(commands, "completion", summary="Print a completion script for a shell.", examples=EXAMPLES)
    parser.add_argument("shell", choices=SHELLS, help="which shell")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the script, made from the parsers themselves."""
    import shtab  # noqa: PLC0415

    from codemation.cli import parser_for  # noqa: PLC0415

    sys.stdout.write(shtab.complete(parser_for([]), shell=options.shell) + "\n")
    return 0
