"""`docs/graduation.md`: every command on the page is run, in its order, as one user in one shell would.

Real servers stand in for those that it names. A Python block becomes the file that its first line names, a TOML block
goes into `codemation.toml`. What commands print is compared word by word: with other paths, lines break elsewhere.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.backend.doctor.places import Redis, redis
from tests.backend.engines import own
from tests.conftest import Fresh
from tests.postgresql_server import Server
from tests.test_examples import FOLDER, ROOT
from tests.test_readme import BLOCK

PAGE = ROOT / "docs/graduation.md"
SECONDS = 60
"""How long a command may take on a machine that is busy."""
DIFFERS = re.compile(
    r"\S+-\d+(?= serves )|[\d.]+(?= ms\b)|(?<=applied )\S+ \S+(?= UTC)|(?<=\bat )\d{4}\b|\d+(?= revisions applied)"
)
"""What is another one each time: a worker's name, how long something took and when, the newest revision."""


class Shell:
    """One user at one prompt: where they are, what they exported, and the workers in their other terminals."""

    def __init__(self, root: Path, stand_ins: dict[str, str], ending: ExitStack) -> None:
        self._root = root
        self._folder = root
        self._stand_ins = stand_ins
        self._ending = ending
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {"PATH": path, "COLUMNS": "80", "PYTHONUNBUFFERED": "1"}

    def run(self, command: str) -> str:
        """What a command prints, on both streams; it must not fail."""
        program, *arguments = shlex.split(command)
        if program == "cd":
            self._folder = (self._folder / arguments[0]).resolve()
            return ""
        if program == "export":
            name, value = arguments[0].split("=", 1)
            self._environment[name] = self._stand_ins[value]
            return ""
        process = self._started([program, *arguments])
        if arguments[:1] == ["worker.py"]:
            assert process.stdout is not None
            return self._as_on_the_page(process.stdout.readline())
        out, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, (command, out)
        return self._as_on_the_page(out)

    def _started(self, command: list[str]) -> subprocess.Popen[str]:
        """A process that does not outlive the page."""
        process = subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._ending.enter_context(process)
        self._ending.callback(process.kill)
        return process

    def _as_on_the_page(self, text: str) -> str:
        for there, here in self._stand_ins.items():
            text = text.replace(here, there).replace(here.partition("@")[2] or here, there.partition("@")[2] or there)
        return text.replace(str(self._root), "/srv")

    def write(self, text: str) -> None:
        """Write the file that the first line of a Python block names."""
        (self._folder / text.removeprefix('"""').partition(":")[0]).write_text(text, encoding="utf-8")

    def state(self, text: str) -> None:
        """Add the lines of a TOML block to its table."""
        table, lines = text.split("\n", 1)
        file = self._folder / "codemation.toml"
        before, after = file.read_text(encoding="utf-8").split(f"{table}\n")
        file.write_text(f"{before}{table}\n{lines}{after}", encoding="utf-8")


def says(page: str, output: str) -> bool:
    """Whether an output is what the page says; there `…` stands for anything."""
    words = DIFFERS.sub("…", " ".join(page.split())).split("…")
    return re.fullmatch(".*".join(map(re.escape, words)), " ".join(output.split())) is not None


def steps(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block with what it is said to print."""
    for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = step.partition("\n")
        yield command, printed


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Redis]:
    with redis() as server:
        yield server


@pytest.mark.postgresql
def test_every_command_does_what_the_page_says(
    tmp_path: Path, postgresql: Fresh, postgresql_server: Server, redis_server: Redis
) -> None:
    _, port = own(postgresql_server)
    shutil.copytree(FOLDER, tmp_path / "examples", ignore=shutil.ignore_patterns(".env", "__pycache__", ".codemation"))
    stand_ins = {
        "postgresql://shop@db.example.com:5432/shop": f"postgresql://postgres@127.0.0.1:{port}/{postgresql.name}",
        "redis://cache.example.com:6379/0": redis_server.url(),
    }
    with ExitStack() as ending:
        shell = Shell(tmp_path.resolve(), stand_ins, ending)
        for language, block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
            if language == "python":
                shell.write(block)
            elif language == "toml":
                shell.state(block)
            else:
                assert language == "console"
                for command, printed in steps(block):
                    output = shell.run(command)
                    assert says(printed, output), (command, output)
