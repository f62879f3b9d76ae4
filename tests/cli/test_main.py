"""The program itself: help, version, usage, and bugs of ours."""

# ruff: noqa: FBT001  (parameters of cases; sh, bash and git are whatever the PATH has)

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import codemation
from codemation.cli.parser import commands_in
from tests.cli.running import COMMANDS, SECRET, Ran, base_environment, run, spawn

pytestmark = pytest.mark.usefixtures("project")


def test_help_lists_every_command() -> None:
    ran = run("--help")
    assert (ran.code, ran.err) == (0, "")
    assert {"init", "check", "compile", "db"} <= {*COMMANDS}
    assert re.findall(r"^    (\w+)\s+\w", ran.out, re.MULTILINE)[: len(COMMANDS)] == COMMANDS
    assert "None" not in ran.out
    assert run("-h") == ran


@pytest.mark.parametrize("command", [*COMMANDS, *(f"db {name}" for name in commands_in("codemation.cli.commands.db"))])
def test_every_command_has_help_with_examples(command: str) -> None:
    ran = run(*command.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: codemation {command}")
    assert f"examples:\n  {'eval' if command == 'completion' else f'codemation {command}'}" in ran.out
    assert "==SUPPRESS==" not in ran.out


def test_version_is_the_packages() -> None:
    assert run("--version") == Ran(0, f"codemation {codemation.__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["--nothing"],
        ["check", "--nothing"],
        ["compile", "surplus"],
        ["check", "--format", "toml"],
        ["compile", "--format", "yaml"],
        ["compile", "--format", "text"],
        ["compile", "--explain", "--format", "toml"],
        ["compile", "--explain", "--show-secrets"],
        ["compile", "--explain", "no.such.setting"],
        ["compile", "--root"],
        ["diff", "one"],
        ["schema", "--form", "both"],
        ["schema", "-o", "x", "--check", "x"],
        ["rule", "CM999"],
        ["completion", "powershell"],
        ["completion"],
    ],
)
def test_usage_errors(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("codemation")
    assert not list(Path.cwd().iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing", SECRET],
        [SECRET],
        ["compile", SECRET],
        ["compile", "--explain", SECRET],
        ["compile", "--format", SECRET],
        ["compile", "-o", f"{SECRET}/x"],
        ["check", "--env", SECRET],
        ["check", "--set", SECRET],
        ["rule", SECRET],
        ["schema", "--check", SECRET],
        ["completion", SECRET],
    ],
)
def test_arguments_are_not_repeated_with_their_secrets(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert "s3cret" not in ran.out + ran.err


SCRIPT = Path(sys.executable).with_name("codemation")


@pytest.mark.skipif(not SCRIPT.exists(), reason="the package is not installed: `make venv` does that")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("compile",), 0),
        (("--help",), 0),
        (("compile", "--explain", "--all"), 0),
        (("schema",), 0),
        (("check", "--env", "CODEMATION_DATABASE_KIND=oracle"), 1),
        (("compile", "--nothing"), 2),
        (("db", "status", "--env", "DATABASE_URL=postgresql://127.0.0.1:1/none"), 3),
        (("schema", "--check", "schema.json"), 4),
    ],
)
def test_the_module_and_the_script_are_the_same_program(arguments: tuple[str, ...], code: int) -> None:
    Path("schema.json").write_text("{}")
    module = spawn(*arguments)
    ran = subprocess.run([SCRIPT, *arguments], capture_output=True, check=False, env=base_environment())
    assert (module.returncode, ran.returncode) == (code, code)
    # All of it has left, although the script does not wait for the interpreter to clear up.
    assert (ran.stdout, ran.stderr) == (module.stdout, module.stderr)
    assert len(ran.stdout + ran.stderr) > 20


@pytest.mark.skipif(not SCRIPT.exists(), reason="the package is not installed: `make venv` does that")
def test_the_script_leaves_no_file_of_a_database_open() -> None:
    Path("codemation.toml").touch()
    for command in (("migrate",), ("status",), ("prune",), ("compact",)):
        ran = subprocess.run([SCRIPT, "db", *command], capture_output=True, check=False, env=base_environment())
        assert ran.returncode == 0, ran.stderr
        assert [it.name for it in Path(".codemation").iterdir()] == ["codemation.sqlite"], command


@pytest.mark.skipif(not SCRIPT.exists(), reason="the package is not installed: `make venv` does that")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_the_script_tells_of_output_that_could_not_leave(unbuffered: str) -> None:
    environment = {**base_environment(), "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "wb") as full:
        ran = subprocess.run([SCRIPT, "compile"], stdout=full, stderr=subprocess.PIPE, check=False, env=environment)
    assert (ran.returncode, ran.stderr) == (
        3,
        b"codemation: the output cannot be written: No space left on device\n",
    )


@pytest.mark.parametrize("mode", ["closed", "cannot be read"])
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("db", "downgrade", "0004"), "nobody is there to answer, so nothing was changed; --yes goes on unasked"),
        (("lsp",), "an editor starts it, and speaks to it over streams, which cannot be used: "),
    ],
)
def test_standard_input_that_cannot_be_read_is_no_output(command: tuple[str, ...], said: str, mode: str) -> None:
    """`nohup` opens /dev/null for writing there."""
    Path("codemation.toml").touch()
    assert run("db", "migrate").code == 0
    stdin = {"closed": "0<&-", "cannot be read": "0>/dev/null"}[mode]
    script = f'exec "$0" -m codemation {" ".join(command)} {stdin}'
    ran = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable], capture_output=True, text=True, check=False, env=base_environment()
    )
    assert ran.returncode == 2
    assert said in " ".join(ran.stderr.split())


def test_what_is_no_fault_of_the_output_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("codemation.cli.commands.check.compile_from", refused)
    assert run("check") == Ran(3, "", "codemation: the system refuses: Too many open files\n")


def test_the_console_script_prepares_its_streams() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"codemation": "codemation.cli:script"}


@pytest.mark.parametrize("debug", [True, False])
def test_a_bug_of_ours_shows_no_traceback_unless_asked(monkeypatch: pytest.MonkeyPatch, debug: bool) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr("codemation.cli.commands.check.compile_from", broken)
    if debug:
        with pytest.raises(ZeroDivisionError):
            run("check", "--debug")
        return
    ran = run("check")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == "codemation: internal error (ZeroDivisionError); run again with --debug for the traceback\n"
