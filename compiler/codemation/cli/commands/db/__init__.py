"""`codemation db`: migrate the database, and tell where it is. Each of its commands is one file of this folder."""

from __future__ import annotations

from codemation.cli.parser import Command

COMMAND = Command(
    order=60,
    line="migrate the database, and tell where it is",
    summary="Migrate the database, and tell where it is.",
    examples=(
        ("codemation db status", "where is the database, what is pending?"),
        ("codemation db migrate", "apply what is pending"),
        ("codemation db COMMAND --help", "a command's own options and examples"),
    ),
)
