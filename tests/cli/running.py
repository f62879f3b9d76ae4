"""Runs the command line, in this process and in its own; and what several tests of it share."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import codemation
from codemation.cli import main, parser
from codemation.cli.parser import commands_in

COMMANDS = sorted(FOUND := commands_in(parser.COMMANDS), key=lambda name: FOUND[name].COMMAND.order)
"""The commands in the order of the help."""

SECRET = "postgresql://app:s3cret@db.example.com/app"
ESCAPE = "\x1b["

WRONG = '[app.database]\nkind = "mysql"\n'
WARNED = "[app.retention]\nrunSeconds = 31536000\n"


OLD_SCHEMA = '{\n  "$id": "urn:codemation:schema:app"\n}\n'
"""What an earlier version might have written."""


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


def run(*arguments: str) -> Ran:
    """The command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else -1
    return Ran(code, out.getvalue(), err.getvalue())


def base_environment(**variables: str) -> dict[str, str]:
    path = os.pathsep.join([str(Path(codemation.__file__).parent.parent), *filter(None, sys.path)])
    return {"PATH": os.environ["PATH"], "PYTHONPATH": path, **variables}


def spawn(
    *arguments: str | bytes, environment: Mapping[Any, Any] | None = None, cwd: Path | bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "codemation", *arguments],
        capture_output=True,
        check=False,
        env={**base_environment(), **(environment or {})},
        cwd=cwd,
    )


def write(text: str, folder: Path | None = None) -> Path:
    file = (folder or Path.cwd()) / "codemation.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
