"""One user at one prompt: runs what a page tells to run, in a folder of its own.

`codemation` runs in this process, everything else as a shell would run it. Nothing is in the environment but what the
page puts there. What is printed says `/srv/app` for the folder of an example, and `/srv` for the one above the others.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from unittest.mock import patch

from codemation.cli import main
from tests.docs.pages import ROOT, SHOWN, Block, blocks, steps

SHORT = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108  (below it a folder of our own)
SECONDS = 60
"""How long a command may take on a machine that is busy."""
STAYS = re.compile(r"\bworker\.py\b")
"""What goes on running in a terminal of its own: its first line is what it prints."""
DIFFERS = re.compile(
    r"\S+-\d+(?= serves )|[\d.]+(?= ms\b)|[\d-]{10} [\d:]{8}(?= UTC)|(?<= in )[\d.]+(?= ?s\b)"
    r"|\d+(?= bytes\b)|\d+(?= tables are\b)"
    r"|(?<=\bat )\d{4}\b|\d+(?= revisions applied)|(?<=\bworkers    )\d+"
)
"""What is another one each time: a worker's name, how long something took and when, the newest revision, and how many
of the workers were in time for a job."""


def usual_environment() -> dict[str, str]:
    """What every terminal has; and pytest without the plugins that our own tests use, which takes half of the time."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    plain = {"PYTHONUNBUFFERED": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return {"PATH": path, "COLUMNS": "80", "LANG": "C.UTF-8", **plain}


class Shell:
    """Where the user is, what they exported, and what still runs in their other terminals until `ending` is left."""

    def __init__(self, root: Path, ending: ExitStack, stand_ins: Mapping[str, str], names: Mapping[str, str]) -> None:
        self.root = self.folder = root
        self.code = 0
        self._ending = ending
        self._stand_ins = stand_ins
        self._names = names
        self.environment = usual_environment()
        own: Mapping[str, Callable[[list[str]], str]] = {"cd": self._cd, "export": self._export, "unset": self._unset}
        self._own = own

    def begin_anew(self) -> None:
        """Another prompt, at the top, with the examples as they are checked in."""
        put_examples(self.root)
        self.folder, self.environment = self.root, usual_environment()

    def run(self, command: str) -> str:
        """What a command prints, on both streams; `code` is then its exit code."""
        for there, here in self._stand_ins.items():
            command = command.replace(there, here)
        if command == "echo $?":
            return f"{self.code}\n"
        words = shlex.split(command)
        if words[0] in self._own:
            return self._own[words[0]](words[1:])
        more = {}
        while re.fullmatch(r"[A-Z_]+=.*", words[0]):
            name, more[name] = words[0].split("=", 1)[0], words.pop(0).split("=", 1)[1]
        if words[0] == "codemation" and not re.search(r"[|<>;&]", command):
            return self._as_on_the_page(self._codemation(words[1:], {**self.environment, **more}))
        return self._as_on_the_page(self._process(command))

    def _cd(self, arguments: list[str]) -> str:
        self.folder = (self.folder / arguments[0]).resolve(strict=True)
        return ""

    def _export(self, arguments: list[str]) -> str:
        self.environment |= dict(argument.split("=", 1) for argument in arguments)
        return ""

    def _unset(self, arguments: list[str]) -> str:
        for name in arguments:
            del self.environment[name]
        return ""

    def _codemation(self, arguments: list[str], environment: dict[str, str]) -> str:
        stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with (
            patch.dict(os.environ, environment, clear=True),
            chdir(self.folder),
            redirect_stdout(stream),
            redirect_stderr(stream),
        ):
            try:
                self.code = main(arguments)
            except SystemExit as end:  # of `--help` and `--version`
                self.code = int(end.code or 0)
        stream.seek(0)
        return stream.read()

    def _process(self, command: str) -> str:
        """As a shell runs it; nothing outlives the page."""
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        self._ending.enter_context(process)
        self._ending.callback(_end, process)
        if STAYS.search(command):
            assert process.stdout is not None
            return process.stdout.readline()
        out, _ = process.communicate(timeout=SECONDS)
        self.code = process.returncode
        return out

    def _as_on_the_page(self, text: str) -> str:
        for there, here in self._stand_ins.items():
            text = text.replace(here, there).replace(here.partition("@")[2] or here, there.partition("@")[2] or there)
        for here, there in self._names.items():
            text = text.replace(here, there)
        text = re.sub(rf"{re.escape(str(self.root))}/examples/[\w-]+", "/srv/app", text)
        return at_the_right(text.replace(str(self.root), "/srv"))

    def write(self, block: Block) -> None:
        """Write the file that a block is, or add to it."""
        path, text = self.folder / block.file, block.text
        for there, here in self._stand_ins.items():
            text = text.replace(there, here)
        if not block.adds:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        before = path.read_text(encoding="utf-8")
        table, lines = text.split("\n", 1)
        if table.startswith("[") and before.count(f"{table}\n") == 1:
            path.write_text(before.replace(f"{table}\n", text if not lines else f"{table}\n{lines}"), encoding="utf-8")
        else:
            path.write_text(before + text, encoding="utf-8")


def _end(process: subprocess.Popen[str]) -> None:
    """End a shell with what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def at_the_right(text: str) -> str:
    """The project's root at the end of 80 columns, whatever its length was before."""
    line = re.compile(r"^(\S.*\S)  +(/srv/\S+)$", re.MULTILINE)
    return line.sub(lambda found: f"{found[1]}{found[2]:>{80 - len(found[1])}}", text)


@contextmanager
def shell(stand_ins: Mapping[str, str] | None = None, names: Mapping[str, str] | None = None) -> Iterator[Shell]:
    """A prompt in a copy of the repository, which has only its examples.

    `stand_ins` are the URLs on the page with those in their place, `names` what else to tell under the page's name.
    """
    # A short path: what is printed of it must fit a line.
    with tempfile.TemporaryDirectory(dir=SHORT) as name, ExitStack() as ending:
        root = Path(name).resolve()
        put_examples(root)
        yield Shell(root, ending, stand_ins or {}, names or {})


def put_examples(root: Path) -> None:
    """The examples below `root`, as they are checked in."""
    ignored = shutil.ignore_patterns(".codemation", ".env", "__pycache__")
    shutil.rmtree(root / "examples", ignore_errors=True)
    shutil.copytree(ROOT / "examples", root / "examples", ignore=ignored)


def answered(text: str) -> str:
    """A page's text with the outputs that its commands have now.

    A block that begins in `examples` begins anew; any other goes on where the one before it ended.
    """
    parts, at = [], 0
    with shell() as user:
        for block in blocks(text):
            parts += [text[at : block.start], _now(block, user)]
            at = block.end
    return "".join([*parts, text[at:]])


def _now(block: Block, user: Shell) -> str:
    if block.file.startswith(SHOWN):
        return (ROOT / block.file).read_text(encoding="utf-8")
    if block.file:
        user.write(block)
    if block.language != "console":
        return block.text
    if block.text.startswith("$ cd examples/"):
        user.begin_anew()
    return _answered(block.text, user)


def _answered(block: str, user: Shell) -> str:
    lines = []
    for command, printed in steps(block):
        output = user.run(command)
        lines += [f"$ {command}\n", printed if same(printed, output) else output]
    return "".join(lines)


def same(page: str, output: str) -> bool:
    """Whether an output is what the page has, but for what differs each time; a line `…` stands for lines left out."""
    kept = re.split(r"^\s*…\n", DIFFERS.sub("\0", page), flags=re.MULTILINE)
    return re.fullmatch(".*".join(map(re.escape, kept)), DIFFERS.sub("\0", output), re.DOTALL) is not None


def says(page: str, output: str) -> bool:
    """Whether an output is word by word what the page has: paths are longer here, and lines break elsewhere.

    There `…` stands for anything.
    """
    words = DIFFERS.sub("…", " ".join(page.split())).split("…")
    return re.fullmatch(".*".join(map(re.escape, words)), " ".join(output.split())) is not None
