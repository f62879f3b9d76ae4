"""The example `web-api`, run as its users run it: an API and a worker, each a process, on either engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest

from tests.conftest import Fresh

EXAMPLE = Path(__file__).parent.parent / "examples/web-api"
PATIENCE = 60
ORDER = {"lines": [{"quantity": 2, "price": 250}, {"quantity": 1, "price": 99}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns(".codemation", ".env", "__pycache__")
    return Path(shutil.copytree(EXAMPLE, tmp_path / "web-api", ignore=ignored))


@contextmanager
def started(folder: Path, *command: str, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, *command], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def served(folder: Path, env: dict[str, str]) -> Iterator[str]:
    """The API's address, for as long as it serves; it ends by itself when it is asked to."""
    with started(folder, "-u", "app.py", "--port", "0", env=env) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"running on (http://\S+)", line):
                yield found[1]
                process.send_signal(signal.SIGINT)
                assert "Traceback" not in process.communicate(timeout=PATIENCE)[0]
                return
        pytest.fail("".join(said))


def asked(url: str, body: object = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"content-type": "application/json"})  # noqa: S310  (the address is ours)
    try:
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def ended(url: str) -> dict[str, Any]:
    """A run, when it is over."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        run: dict[str, Any] = asked(url)[1]
        if run["status"] not in {"pending", "running"}:
            return run
        time.sleep(0.05)
    pytest.fail("the run is never over")


def through(folder: Path, env: dict[str, str], kind: str) -> None:
    with served(folder, env) as api:
        assert asked(f"{api}/health") == (200, {"database": kind, "overdueSeconds": {}})
        assert asked(f"{api}/runs/1")[0] == 404
        assert asked(f"{api}/runs", {"workflow": "price-order", "state": ORDER}) == (201, {"id": 1})
        assert asked(f"{api}/runs", {"workflow": "price-order"}) == (201, {"id": 2})
        assert asked(f"{api}/runs/1")[1]["status"] == "pending"
        with started(folder, "worker.py", env=env) as worker:
            run = ended(f"{api}/runs/1")
            assert (run["status"], run["state"]) == ("completed", {**ORDER, "total": 599})
            assert ended(f"{api}/runs/2")["error"] == {"message": "no order: 'lines'"}
            worker.send_signal(signal.SIGTERM)
            out, _ = worker.communicate(timeout=PATIENCE)
            assert (worker.returncode, out.count("\n")) == (0, 1)
            assert out.endswith(f" takes work from {kind}\n")


def test_runs_are_stored_and_done_on_sqlite(folder: Path) -> None:
    through(folder, {"PATH": os.environ["PATH"]}, "sqlite")


@pytest.mark.postgresql
def test_runs_are_stored_and_done_on_postgresql(folder: Path, postgresql: Fresh) -> None:
    through(folder, {"PATH": os.environ["PATH"], "DATABASE_URL": postgresql.url}, "postgresql")


@pytest.mark.postgresql
def test_the_work_of_a_worker_that_died_is_taken_by_another(folder: Path, postgresql: Fresh) -> None:
    env = {"PATH": os.environ["PATH"], "DATABASE_URL": postgresql.url}
    with served(folder, env) as api:
        asked(f"{api}/runs", {"workflow": "price-order", "state": ORDER})
        with psycopg.connect(postgresql.url, autocommit=True) as server:
            claim = "UPDATE work_items SET status = 'claimed', claimed_by = 'gone', attempt = 1, claimed_at = now(), "
            server.execute(claim + "claim_expires_at = now() + interval '1 second'")
            server.execute("UPDATE runs SET status = 'running', started_at = now()")
            with started(folder, "worker.py", env=env):
                assert ended(f"{api}/runs/1")["status"] == "completed"
            found = server.execute("SELECT status, attempt FROM node_executions").fetchall()
        assert found == [("completed", 2)]


@pytest.mark.parametrize("script", ["app.py", "worker.py"])
def test_what_is_wrong_is_said_without_a_traceback(folder: Path, script: str) -> None:
    for env, code, said in (
        ({"REDIS_URL": "redis://cache:6379"}, 1, "error[CM402]: "),
        (
            {"DATABASE_URL": "postgresql://app@127.0.0.1:1/app", "CODEMATION_DATABASE_WAIT_SECONDS": "0"},
            3,
            "error[CM501]",
        ),
    ):
        with started(folder, script, env={"PATH": os.environ["PATH"], **env}) as process:
            out, _ = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out[: len(said)]) == (code, said)
        assert "Traceback" not in out
