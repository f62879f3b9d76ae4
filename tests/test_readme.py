"""The README: its commands print what it says, its Python runs, and it speaks of nothing that does not exist.

In a `console` block `$ cd examples/NAME` goes to a copy of that example, and `$ codemation …` and `$ echo $?` are run
there, with nothing else in the environment; the rest is their output, 80 columns wide, with `/srv/app` in place of the
example's folder. `make generate` writes the outputs. `python` and `pycon` blocks run in a copy of the starter.
"""

from __future__ import annotations

import doctest
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import pytest

from codemation.cli import FAILED, NO, OK, USAGE, WRONG
from codemation.cli.parser import COMMANDS as PACKAGE
from codemation.cli.parser import commands_in
from codemation.origin import Source
from codemation.rules import all_rules
from codemation.settings.catalogue import CATALOGUE
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from tests.test_examples import FOLDER, NAMES, PLACEHOLDER, ROOT

README = ROOT / "README.md"
SHORT = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108  (below it a folder of our own)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """The blocks of one language."""
    return [text for found, text in BLOCK.findall(README.read_text(encoding="utf-8")) if found == language]


def rewritten() -> str:
    """The README with the outputs that its commands have now."""

    def block(match: re.Match[str]) -> str:
        language, text = match.groups()
        return f"```{language}\n{answered(text) if language == 'console' else text}```"

    return BLOCK.sub(block, README.read_text(encoding="utf-8"))


def answered(block: str) -> str:
    """A console block with the outputs that its commands have now."""
    with copies() as root:
        folder, code, lines = root, 0, []
        for command in (line for line in block.splitlines() if line.startswith("$ ")):
            lines.append(f"{command}\n")
            program, *arguments = shlex.split(command[2:])
            if program == "cd":
                folder = root / arguments[0]
            elif (program, arguments) == ("echo", ["$?"]):
                lines.append(f"{code}\n")
            else:
                assert program == "codemation", command
                done = run([sys.executable, "-m", "codemation", *arguments], folder)
                code = done.returncode
                lines.append(at_the_right(done.stdout.replace(str(folder), PLACEHOLDER)))
        return "".join(lines)


def at_the_right(text: str) -> str:
    """The project's root at the end of 80 columns, whatever its length was before."""
    line = re.compile(rf"^(\S.*\S)  +{PLACEHOLDER}$", re.MULTILINE)
    return line.sub(lambda found: f"{found[1]}{PLACEHOLDER:>{80 - len(found[1])}}", text)


@contextmanager
def copies() -> Iterator[Path]:
    """A folder with a copy of the examples, as they are checked in."""
    # A short path: what is printed of it must fit a line.
    with tempfile.TemporaryDirectory(dir=SHORT) as name:
        root = Path(name).resolve()
        shutil.copytree(FOLDER, root / "examples", ignore=shutil.ignore_patterns(".codemation", ".env", "__pycache__"))
        yield root


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program; its two streams come as one, in the order in which a terminal would show them."""
    return subprocess.run(
        command,
        cwd=folder,
        env={"COLUMNS": "80", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=600,
    )


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: re.findall("codemation.*", block)[0])
def test_commands_print_what_the_readme_says(block: str) -> None:
    assert answered(block) == block


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.splitlines()[0])
def test_python_runs(block: str) -> None:
    with copies() as root:
        done = run([sys.executable, "-W", "error", "-c", block], root / "examples/starter")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("block", blocks("pycon"), ids=lambda block: block.splitlines()[0])
def test_python_answers_what_the_readme_says(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    test = doctest.DocTestParser().get_doctest(block, {}, README.name, str(README), 0)
    with copies() as root:
        monkeypatch.chdir(root / "examples/starter")
        results = doctest.DocTestRunner().run(test)
        monkeypatch.undo()
    assert results.attempted
    assert not results.failed


def test_the_first_block_is_the_two_commands() -> None:
    (language, text), *_ = BLOCK.findall(README.read_text(encoding="utf-8"))
    assert language == "sh"
    assert [line.partition("#")[0].strip() for line in text.splitlines()] == ["make demo", "make test"]
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake (\w+)", README.read_text(encoding="utf-8"))) <= targets


def test_every_command_is_in_its_table_and_no_other() -> None:
    commands = set(commands_in(PACKAGE))
    text = README.read_text(encoding="utf-8")
    assert {name.split()[0] for name in re.findall(r"^\| `([a-z].*?)` \|", text, re.MULTILINE)} == commands
    assert set(re.findall(r"[`$(] ?codemation ([a-z]+)", text)) <= commands


def test_every_example_is_listed() -> None:
    listed = re.findall(r"^\| \[`(.*?)`\]\(examples/\1\) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == NAMES


def test_the_precedence_is_that_of_the_code() -> None:
    ranks = re.findall(r"^\| (\d) \| \*\*(.*?)\*\* \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    words = {"app": "app form", "runtime": "runtime form"}
    assert ranks == [(str(rank), words.get(source, source)) for rank, source in enumerate(get_args(Source), 1)]


def test_the_exit_codes_are_those_of_the_code() -> None:
    codes = re.findall(r"^\| `(\d)` \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert codes == [str(code) for code in (OK, WRONG, USAGE, FAILED, NO)]


def test_it_names_rules_variables_and_files_that_exist() -> None:
    text = README.read_text(encoding="utf-8")
    assert set(re.findall(r"\bCM\d{3}\b", text)) <= {rule.code for rule in all_rules()}
    assert set(re.findall(r"\bCODEMATION_\w+", text)) <= {*CATALOGUE.variables, *HOST_VARIABLES, *SWITCHES}
    for target in re.findall(r"\]\((?!#)(.*?)\)", text):
        assert (ROOT / target).exists(), target


def test_it_depends_on_no_machine_and_no_network() -> None:
    text = README.read_text(encoding="utf-8")
    assert not re.search(r"https?://", text)
    hosts = set(re.findall(r"@([\w.-]+)", text)) | set(re.findall(r"rediss?://([\w.-]+)", text))
    assert all(host.endswith(".example.com") for host in hosts), hosts
    assert not re.search(r"/(?:home|work|tmp|root|Users)/", text)
