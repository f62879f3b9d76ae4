"""`codemation db`: migrate the database, and tell where it is. One module for each of its commands."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

from codemation.cli.parser import command, commands_of

if TYPE_CHECKING:
    from codemation.cli.parser import Commands

EXAMPLES = (
    ("codemation db status", "where is the database, what is pending?"),
    ("codemation db migrate", "apply what is pending"),
    ("codemation db COMMAND --help", "a command's own options and examples"),
)

NAMES = ("migrate", "status", "history", "downgrade", "sql")


def register(commands: Commands) -> None:
    """Add the command, and those under it."""
    parser = command(commands, "db", summary="Migrate the database, and tell where it is.", examples=EXAMPLES)
    parser.set_defaults(run=_none)
    under = commands_of(parser, "codemation db")
    for name in NAMES:
        import_module(f"{__name__}.{name}").register(under)


def _none(_options: argparse.Namespace) -> int:
    raise AssertionError  # argparse asks for a command
