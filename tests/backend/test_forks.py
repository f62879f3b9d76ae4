"""Engines whose process forks: no child speaks on its parent's connections."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.backend.commands import Project
from tests.torture import FACTOR

QUERIES = 50 if FACTOR == 1 else 1000

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")

SYNC = """
import os, sys, warnings
import codemation
from sqlalchemy import text

warnings.simplefilter("error")
variable, where, queries = sys.argv[1], sys.argv[2], int(sys.argv[3])

def ask(engine, who):
    for number in range(queries):
        with engine.begin() as connection:
            asked = f"{who}-{number}"
            assert connection.execute(text("SELECT :it"), {"it": asked}).scalar() == asked

with codemation.boot("/", env={variable: where}) as host:
    ask(host.engine, "before")
    children = []
    for child in range(3):
        pid = os.fork()
        if pid == 0:
            try:
                ask(host.engine, f"child {child}")
                host.engine.dispose()
            except BaseException as error:
                print("child", type(error).__name__, error, file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        children.append(pid)
    ask(host.engine, "parent")
    failed = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    ask(host.engine, "after")
assert failed == [0, 0, 0], failed
"""

ASYNCIO = """
import asyncio, multiprocessing, sys, warnings
import codemation
from sqlalchemy import text

variable, where, queries = sys.argv[1], sys.argv[2], int(sys.argv[3])

async def ask(engine, who):
    for number in range(queries):
        async with engine.begin() as connection:
            asked = f"{who}-{number}"
            assert await connection.scalar(text("SELECT :it"), {"it": asked}) == asked

def in_child(engine, who):
    async def main():
        await ask(engine, who)
        await engine.dispose()
    asyncio.run(main())

async def main():
    async with codemation.boot_async("/", env={variable: where}) as host:
        await ask(host.engine, "before")
        context = multiprocessing.get_context("fork")
        children = [context.Process(target=in_child, args=(host.engine, f"child {it}")) for it in range(3)]
        for child in children:
            child.start()
        await ask(host.engine, "parent")
        for child in children:
            await asyncio.to_thread(child.join)
        assert [child.exitcode for child in children] == [0, 0, 0]
        await ask(host.engine, "after")

asyncio.run(main())
"""

IN_USE = """
import os, sys
import codemation
from sqlalchemy import text

variable, where = sys.argv[1:]
with codemation.boot("/", env={variable: where}) as host, host.engine.begin() as connection:
    pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    child = os.fork()
    if child == 0:
        try:
            connection.execute(text("SELECT 7"))
        except Exception as error:
            if getattr(error, "connection_invalidated", False):
                os._exit(0)
            print("child", repr(error), file=sys.stderr, flush=True)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert connection.execute(text("SELECT pg_backend_pid()")).scalar() == pid
"""

SERVED = """
import os
import codemation
from sqlalchemy import text

host = codemation.boot("/", env={{{variable!r}: {where!r}}}).__enter__()
with host.engine.begin() as connection:
    connection.execute(text("SELECT 1"))

def application(environ, start_response):
    asked = environ["PATH_INFO"]
    with host.engine.begin() as connection:
        answer = connection.execute(text("SELECT :it"), {{"it": asked}}).scalar()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{{answer}} {{os.getpid()}}".encode()]
"""


def _python(script: str, *arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", script, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", timeout=300, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("script", [SYNC, ASYNCIO], ids=["fork", "multiprocessing"])
def test_every_child_opens_its_own(project: Project, script: str) -> None:
    _python(script, project.variable, project.where, str(QUERIES))


@pytest.mark.postgresql
@pytest.mark.parametrize("project", ["postgresql"], indirect=True)
def test_a_child_cannot_use_what_is_in_use(project: Project) -> None:
    _python(IN_USE, project.variable, project.where)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Gunicorn with three workers, forked after `folder`'s application was loaded; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *(path for path in sys.path if path)])}
    options = ["--preload", "--workers=3", f"--bind={address}", "--log-level=warning", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, "served:application"]
    with subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.PIPE, text=True) as server:
        try:
            yield address
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.communicate(timeout=60)[1] == ""


def test_workers_of_a_server_that_loads_first(project: Project, tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(SERVED.format(variable=project.variable, where=project.where))
    workers = set()
    with serving(tmp_path) as address:
        for number in range(QUERIES):
            answer, worker = _fetched(f"http://{address}/{number}", patience=100 if number == 0 else 1).split()
            assert answer == f"/{number}"
            workers.add(worker)
    assert workers


def _fetched(url: str, patience: int) -> str:
    for _ in range(patience - 1):
        try:
            return _fetched(url, 1)
        except OSError:
            time.sleep(0.1)
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  (an address of this test)
        return str(answer.read().decode())
