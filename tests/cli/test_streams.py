"""Pipes, terminals, colours and widths."""

# ruff: noqa: S607  (parameters of cases; sh, bash and git are whatever the PATH has)

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.running import ESCAPE, WARNED, WRONG, base_environment, spawn, write

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize(
    "arguments",
    ["compile --explain", "--help", "compile --help", "completion bash", "rule", "schema", "check --format sarif"],
)
def test_a_reader_that_goes_away_is_no_error(arguments: str) -> None:
    script = f'"$0" -m codemation {arguments} | head -n 1'
    for reader in (script, script.replace("head -n 1", "true")):
        ran = subprocess.run(
            ["sh", "-c", reader, sys.executable],
            capture_output=True,
            text=True,
            check=False,
            env=base_environment(),
        )
        assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">/dev/full", "</dev/null", "<&-"])
@pytest.mark.parametrize("arguments", ["compile", "check --format json", "compile --explain", "completion bash"])
def test_odd_streams(redirection: str, arguments: str) -> None:
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    ran = subprocess.run(
        ["sh", "-c", f'"$0" -m codemation {arguments} {redirection}', sys.executable],
        capture_output=True,
        text=True,
        check=False,
        env=base_environment(),
    )
    assert "Traceback" not in ran.stderr
    assert "Exception" not in ran.stderr
    assert ran.returncode == (3 if "full" in redirection else 0)
    assert bool(ran.stderr) == ("full" in redirection)


def on_terminal(arguments: list[str], *, columns: int = 100, environment: Mapping[str, str] | None = None) -> str:
    """What a command shows on a terminal of its own."""
    pty = pytest.importorskip("pty")
    fcntl = pytest.importorskip("fcntl")
    termios = pytest.importorskip("termios")
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, columns.to_bytes(4, sys.byteorder)[:2].rjust(4, b"\0") + b"\0" * 4)
    variables = base_environment(**{"TERM": "xterm", **(environment or {})})
    with subprocess.Popen(
        [sys.executable, "-m", "codemation", *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=variables,
    ) as process:
        os.close(follower)
        shown = b""
        with suppress(OSError):  # what reading says at the end
            while part := os.read(leader, 65536):
                shown += part
        process.wait()
    os.close(leader)
    return shown.decode().replace("\r\n", "\n")


COLOURFUL = [["check"], ["compile", "--explain"], ["env"], ["rule"], ["diff", "process", ".env"]]


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("arguments", COLOURFUL, ids=" ".join)
def test_colour_on_a_terminal_and_nowhere_else(arguments: list[str]) -> None:
    write(WRONG)
    Path(".env").write_text("REDIS_URL=redis://h\n")
    shown = on_terminal(arguments)
    assert ESCAPE in shown
    assert ESCAPE not in on_terminal(arguments, environment={"NO_COLOR": "1"})
    assert ESCAPE in on_terminal(arguments, environment={"NO_COLOR": ""})
    assert ESCAPE not in on_terminal(arguments, environment={"TERM": "dumb"})
    piped = spawn(*arguments, environment={"TERM": "xterm", "COLUMNS": "100"})
    assert ESCAPE.encode() not in piped.stdout + piped.stderr
    # On a terminal a blank line stands between the two streams.
    assert plain(shown).split() == (piped.stdout + piped.stderr).decode().split()


@pytest.mark.parametrize(
    "arguments", [["compile"], ["compile", "--format", "json"], ["check", "--format", "json"], ["schema"]]
)
def test_what_machines_read_is_never_coloured(arguments: list[str]) -> None:
    assert ESCAPE not in on_terminal(arguments)


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("arguments", [["check"], ["compile", "--explain"], ["rule", "CM402"]], ids=" ".join)
def test_lines_are_as_wide_as_the_terminal(arguments: list[str], columns: int) -> None:
    write(WRONG + WARNED)
    ran = spawn(*arguments, environment={"COLUMNS": str(columns)})
    lines = (ran.stdout + ran.stderr).decode().splitlines()
    # One word may be longer than a line: a key, a path, an indented example.
    wide = [line for line in lines if len(line) > columns and not line.startswith("    ")]
    assert not [line for line in wide if len(max(line.split(), key=len)) < columns - 30], wide
    longest = max(len(line) for line in lines if line not in wide)
    assert longest > min(columns, 100) * 0.6


def test_a_real_terminals_width_counts() -> None:
    write(WRONG)
    narrow, wide = (on_terminal(["check"], columns=columns) for columns in (40, 120))
    assert len(narrow.splitlines()) > len(wide.splitlines())
    assert on_terminal(["check"], columns=120, environment={"COLUMNS": "40"}) == narrow
