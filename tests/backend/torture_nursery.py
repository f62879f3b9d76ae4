"""A process that forks migrators, some of which it kills, driven line by line.

It is `python -m tests.backend.torture_nursery`.

Everything is imported before the first fork. So a migrator spends its time at the database, where a kill may hurt, and
many of them arrive there at once.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import IO, Any, NamedTuple

from sqlalchemy import Engine

import codemation
import codemation.cli.commands.db.downgrade
import codemation.cli.commands.db.migrate
from codemation.backend.engine import provision
from codemation.backend.migrations import migrate, revisions
from codemation.backend.migrations.revisions import Revision
from codemation.backend.migrations.runner import load_scripts, our_tables
from codemation.cli import main
from tests.backend.places import runtime_of


class History(NamedTuple):
    """Where the scripts are, and what they are."""

    folder: str = revisions.FOLDER
    known: tuple[tuple[str, str], ...] = revisions.KNOWN


class Outcome(NamedTuple):
    """What became of a migrator: the revisions that it did, its traceback, whether it was killed, and its time."""

    done: list[str]
    error: str
    killed: bool
    seconds: float


class Nursery:
    """The other side: what a test asks of the process."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests = requests
        self._answers = answers

    def together(self, count: int, kind: str, where: str) -> list[Outcome]:
        """So many hosts that boot, let go at once."""
        return self._ask({"count": count, "kind": kind, "where": where, "history": History(), "kill": None})

    def one(self, kind: str, where: str, history: History, kill: float | None = None) -> Outcome:
        """One `codemation db migrate`, killed after `kill` seconds."""
        (outcome,) = self._ask({"count": 1, "kind": kind, "where": where, "history": history, "kill": kill})
        return outcome

    def _ask(self, job: dict[str, Any]) -> list[Outcome]:
        self._requests.write(json.dumps(job) + "\n")
        self._requests.flush()
        return [Outcome(*it) for it in json.loads(self._answers.readline())]


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A running one."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in (str(root), *sys.path) if path)}
    command = [sys.executable, "-W", "error", "-m", "tests.backend.torture_nursery"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=root, env=environment) as process:
        assert process.stdin
        assert process.stdout
        yield Nursery(process.stdin, process.stdout)
        process.stdin.close()


def _migrate(job: dict[str, Any]) -> tuple[list[str], str]:
    folder, known = job["history"]
    vars(revisions).update(zip(("FOLDER", "KNOWN"), (folder, tuple(map(tuple, known))), strict=True))
    variable = {"sqlite": "CODEMATION_SQLITE_FILE_PATH", "postgresql": "DATABASE_URL"}[job["kind"]]
    try:
        return _as_a_command(variable, job["where"]) if job["count"] == 1 else _as_a_boot(variable, job["where"])
    except BaseException:  # noqa: BLE001  (whatever it is, a test is to see it)
        return [], traceback.format_exc()[-4000:]


def _as_a_command(variable: str, where: str) -> tuple[list[str], str]:
    """`codemation db migrate`, in a folder without a project."""
    os.environ.pop("DATABASE_URL", None)
    os.environ[variable] = where
    os.chdir("/")
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["db", "migrate"])
    return re.findall(r"^  ([0-9]{4}) ", out.getvalue(), re.MULTILINE), err.getvalue() if code else ""


def _as_a_boot(variable: str, where: str) -> tuple[list[str], str]:
    """A host's boot, up to its first query."""
    done: list[str] = []
    upgrade = migrate.upgrade

    def told(engine: Engine, **options: Any) -> tuple[Revision, ...]:
        applied = upgrade(engine, **options)
        done.extend(revision.id for revision in applied)
        return applied

    migrate.upgrade = told  # type: ignore[assignment]
    with codemation.boot("/", env={variable: where}) as host, host.engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM runs")
    return done, ""


def _fork(job: dict[str, Any], gate: tuple[int, int]) -> tuple[int, int]:
    reader, writer = os.pipe()
    if pid := os.fork():
        os.close(writer)
        return pid, reader
    os.close(gate[1])
    os.read(gate[0], 1)  # until the gate opens
    began = time.perf_counter()
    done, error = _migrate(job)
    os.write(writer, json.dumps([done, error, time.perf_counter() - began]).encode())
    os._exit(0)


def _run(job: dict[str, Any]) -> list[Outcome]:
    gate = os.pipe()
    children = [_fork(job, gate) for _ in range(job["count"])]
    for end in reversed(gate):
        os.close(end)
    if job["kill"] is not None:
        time.sleep(job["kill"])
        for pid, _ in children:
            os.kill(pid, signal.SIGKILL)
    outcomes = []
    for pid, reader in children:
        with open(reader, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status)
        done, error, seconds = json.loads(said) if said else ([], "" if killed else "it said nothing", 0.0)
        outcomes.append(Outcome(done, error, killed, seconds))
    return outcomes


def serve() -> None:
    """Answer until nobody asks."""
    load_scripts()
    our_tables()
    for kind in ("sqlite", "postgresql"):
        provision(runtime_of(kind, "/nowhere" if kind == "sqlite" else "postgresql:///")).dispose()
    while line := sys.stdin.readline():
        print(json.dumps(_run(json.loads(line))), flush=True)


if __name__ == "__main__":
    serve()
