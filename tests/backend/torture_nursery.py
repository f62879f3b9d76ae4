"""A process that forks migrators, some of which it kills, driven line by line.

It is `python -m tests.backend.torture_nursery`.

Everything is imported before the first fork. So a migrator spends its time at the database, where a kill may hurt, and
many of them arrive there at once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from codemation.backend import migrate, revisions
from codemation.backend.engine import provision, typed_errors
from codemation.backend.walk import load_steps, our_tables
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
        """So many migrators, let go at once."""
        return self._ask({"count": count, "kind": kind, "where": where, "history": History(), "kill": None})

    def one(self, kind: str, where: str, history: History, kill: float | None = None) -> Outcome:
        """One migrator, killed after `kill` seconds."""
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
    try:
        given = runtime_of(job["kind"], job["where"])
        engine = provision(given)
        with typed_errors(given):
            done = [it.id for it in migrate.upgrade(engine)]
            migrate.verify(engine)
        engine.dispose()
    except BaseException:  # noqa: BLE001  (whatever it is, a test is to see it)
        return [], traceback.format_exc()[-4000:]
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


def main() -> None:
    """Answer until nobody asks."""
    load_steps()
    our_tables()
    for kind in ("sqlite", "postgresql"):
        provision(runtime_of(kind, "/nowhere" if kind == "sqlite" else "postgresql:///")).dispose()
    while line := sys.stdin.readline():
        print(json.dumps(_run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
