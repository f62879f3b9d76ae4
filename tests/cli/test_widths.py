"""Nothing that is printed breaks within a word on a terminal of 80 columns, over the examples and every page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from codemation.backend.doctor.catalogue import every_check
from codemation.rules import all_rules
from codemation.text.terminal import display_width
from tests.cli.running import base_environment, run
from tests.test_examples import FOLDER, NAMES

pytestmark = pytest.mark.usefixtures("project")

WIDTH = 80
OTHER = """\
DATABASE_URL=postgresql://u:p@127.0.0.1:1/a?connect_timeout=1
REDIS_URL=redis://127.0.0.1:1
CODEMATION_DATABASE_WAIT_SECONDS=0
"""
"""A server that refuses, for what is said of one that fails."""

COMMANDS = [
    *(
        "check",
        "check --strict",
        "compile --explain",
        "compile --explain --all",
        "env",
        "env --long",
        "rule",
        "explain DATABASE_URL database.kind",
    ),
    *("diff process other.env", "diff other.env process", "doctor", "doctor --env-file other.env --no-env"),
    *("db status", "db migrate", "db status --check", "db history", "db prune --dry-run", "db prune", "db compact"),
    *("db downgrade 0002 --yes", "db history", "db migrate --env-file other.env --no-env"),
]
PAGES = [
    *(("rule", rule.code) for rule in all_rules()),
    *(("doctor", "--about", check.name) for check, _ in every_check()),
    ("doctor", "--about"),
]


def broken(text: str) -> list[str]:
    """The lines that a terminal breaks within a word, though the word would fit a line of its own."""
    return [line for line in text.splitlines() if _is_broken(line)]


def _is_broken(line: str) -> bool:
    # One word that is too long for any line, a path or a URL, stays whole, and alone.
    # So does the name of a database.
    line = line.removeprefix("SQLite ") if line.startswith("SQLite /") else line
    return display_width(line) > WIDTH and (" " in line.strip() or display_width(line.strip()) <= WIDTH)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x" * 80, False),
        ("word " * 16 + "x", True),
        (f"  label  {'x' * 72}", True),
        (" " * 9 + "x" * 72, True),
        (" " * 9 + "x" * 81, False),
        (f"  label  {'x' * 72} more", True),
        (f"{'word ' * 15}{'x' * 20}", True),
    ],
)
def test_what_counts_as_broken(line: str, *, expected: bool) -> None:
    assert bool(broken(line)) == expected


@pytest.mark.parametrize("example", NAMES)
def test_every_command_over_the_examples(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(FOLDER / example, tmp_path / example, ignore=shutil.ignore_patterns(".codemation"))
    (folder / "other.env").write_text(OTHER)
    monkeypatch.chdir(folder)
    for command in COMMANDS:
        ran = run(*command.split())
        assert broken(ran.out + ran.err) == [], command


@pytest.mark.parametrize(("columns", "size", "widest"), [("60", 0, 60), ("200", 0, 100), ("", 0, 80), ("", 64, 64)])
@pytest.mark.parametrize("command", [("diff",), ("db", "copy")], ids=" ".join)
def test_help_is_as_wide_as_all_else(command: tuple[str, ...], columns: str, size: int, widest: int) -> None:
    controller, terminal = os.openpty()
    # A terminal that nobody told its size is 0 columns wide.
    termios.tcsetwinsize(terminal, (24 if size else 0, size))
    arguments = [sys.executable, "-m", "codemation", *command, "--help"]
    environment = base_environment(**({"COLUMNS": columns} if columns else {}), NO_COLOR="1")
    with (
        os.fdopen(controller, "rb", buffering=0) as screen,
        subprocess.Popen(arguments, stdout=terminal, env=environment),
    ):
        os.close(terminal)
        text = b""
        with suppress(OSError):  # Linux says so when the other side is closed
            while part := screen.read(4096):
                text += part
    found = max(map(display_width, text.decode().splitlines()))
    assert widest - 20 < found <= widest


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_every_page(page: tuple[str, ...]) -> None:
    ran = run(*page)
    assert (ran.code, ran.err) == (0, "")
    assert [line for line in ran.out.splitlines() if display_width(line) > WIDTH] == []


POLICY = """\
[workflows.{id}.prunePolicy]
runSeconds = 9999999
failedRunSeconds = 99
binarySeconds = 99999999
telemetrySpanSeconds = "1"
"""


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("length", [5, 20, 29, 30, 33, 37, 41, 44, 48, 55, 62, 90])
def test_ids_of_any_length(length: int, *, right: bool) -> None:
    """Keys with a workflow's id in them, from what always fits to what never does."""
    text = POLICY.format(id=("sync_salesforce-contacts_" * 4)[:length])
    Path("codemation.toml").write_text(text if not right else text.rpartition("telemetry")[0])
    Path("other.env").write_text(OTHER)
    for command in ("check", "check --strict", "env", "env --long", "compile --explain", "compile --explain --all"):
        ran = run(*command.split())
        assert broken(ran.out + ran.err) == [], command
    for command in ("explain workflows", "diff process other.env", "-v check", "check --diff"):
        ran = run(*command.split())
        assert broken(ran.out + ran.err) == [], command
