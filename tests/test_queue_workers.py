"""The example `queue-workers`, run as its users run it: a host and workers, each a process, on real servers.

Nothing is lost: whatever dies, every run ends, and ends once.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from tests.backend.doctor.places import Redis, redis
from tests.conftest import Fresh
from tests.editors.editor import BIN, MODULES
from tests.postgresql_server import Server
from tests.test_examples import FOLDER

HINT = re.compile(r"(\d+ runs are not over yet; is a worker there\? .*\n)?")
"""What a host says on a machine on which workers need long to start."""
NODE = str(Path(__file__).parent / "bullmq.cjs")
PREFIX = "orders"
SECONDS = 60
"""How long anything may take on a machine that is busy."""
WAITING_FOR_LOCKS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""

pytestmark = pytest.mark.postgresql
Process: TypeAlias = subprocess.Popen[str]


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Redis]:
    with redis() as server:
        yield server


@pytest.fixture
def queues(redis_server: Redis) -> Redis:
    """A Redis in which nothing is."""
    assert redis_server.run("FLUSHALL") == "+OK"
    return redis_server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example, as it is checked in."""
    copy = tmp_path / "queue-workers"
    shutil.copytree(FOLDER / "queue-workers", copy, ignore=shutil.ignore_patterns(".env", "__pycache__"))
    return copy


Start = Callable[..., AbstractContextManager[Process]]


@pytest.fixture
def start(folder: Path, postgresql: Fresh, queues: Redis) -> Start:
    """Starts one of the example's scripts; at the end of `with` it is gone, whatever it did."""
    environment = {"DATABASE_URL": postgresql.url, "REDIS_URL": queues.url()}

    @contextmanager
    def started(script: str, *arguments: str, **more: str) -> Iterator[Process]:
        command = [sys.executable, "-W", "error", script, *arguments]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, cwd=folder, env={**environment, **more}, stdout=pipe, stderr=pipe, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    return started


@contextmanager
def serving(start: Start, *arguments: str) -> Iterator[Process]:
    """A worker that serves already; it ends by SIGTERM as it should, unless something killed it before."""
    with start("worker.py", *arguments) as worker:
        assert worker.stdout is not None
        line = worker.stdout.readline()
        assert line.endswith(" serves default, slow\n"), (line, worker.communicate(timeout=SECONDS))
        yield worker
        worker.terminate()
        assert worker.communicate(timeout=SECONDS) == ("", "")
        assert worker.returncode in {0, -signal.SIGKILL}


def said(host: Process) -> dict[str, str]:
    """What a host printed, by its first words, once it has ended as it should."""
    out, errors = host.communicate(timeout=SECONDS)
    assert host.returncode == 0, errors
    assert HINT.fullmatch(errors)
    return dict(line.split(maxsplit=1) for line in out.splitlines())


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def rows(url: str, query: str) -> list[TupleRow]:
    """What a query gives."""
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def waiting(server: Redis) -> int:
    """How many jobs wait in both queues."""
    return sum(int(server.run("LLEN", f"{PREFIX}:{queue}:wait").removeprefix(":")) for queue in ("default", "slow"))


def jobs_left(server: Redis) -> bool:
    """Whether Redis knows of any job."""
    return server.run("KEYS", f"{PREFIX}:*:run-*") != "*0"


def ends(url: str) -> dict[str, int]:
    """How many runs have which status; each must have been done once."""
    traces = rows(url, "SELECT run_id FROM spans WHERE kind = 'consumer' ORDER BY run_id")
    assert traces == rows(url, "SELECT id FROM runs WHERE finished_at IS NOT NULL ORDER BY id")
    return dict(rows(url, "SELECT status, count(*) FROM runs GROUP BY status"))


def test_two_workers_do_every_run_once(start: Start, postgresql: Fresh, queues: Redis) -> None:
    with serving(start), serving(start):
        with start("host.py", "--runs", "60") as host:
            assert said(host) == {
                "queues": "default, slow (prefix orders)",
                "queued": "60 runs, 0 of them from before",
                "completed": "54",
                "failed": "6",
                "workers": "2",
                "pruned": "nothing is due",
            }
        assert ends(postgresql.url) == {"completed": 54, "failed": 6}
        in_queues = (
            "SELECT attributes->>'queue', workflow_id, count(*) FROM spans WHERE kind = 'consumer' GROUP BY 1, 2"
        )
        assert sorted(rows(postgresql.url, in_queues)) == [
            ("default", "price-order", 48),
            ("slow", "print-invoice", 12),
        ]
        [(nodes, activations)] = rows(
            postgresql.url,
            "SELECT (SELECT count(*) FROM spans WHERE parent_span_id IS NOT NULL), sum(node_activations) FROM runs",
        )
        assert nodes == activations == 12 * 3 + 42 * 2 + 6
        until(lambda: not jobs_left(queues))
        # Two days later its runs are due, and what explains them is not yet.
        with start("host.py", "--runs", "0", "--days", "2") as host:
            assert said(host)["pruned"] == "60 runs"
    [(left,)] = rows(postgresql.url, "SELECT count(*) FROM spans")
    assert left == nodes + 60


def test_a_run_whose_worker_is_killed_is_done_by_another(start: Start, postgresql: Fresh, queues: Redis) -> None:
    quick = ("--lock-seconds", "1")
    with start("host.py", "--runs", "10") as host:
        until(lambda: waiting(queues) == 10)
        with psycopg.connect(postgresql.url) as holder:
            # Nobody gets any further than to take a job.
            holder.execute("SELECT FROM runs FOR UPDATE")
            with serving(start, *quick) as worker:
                until(lambda: rows(postgresql.url, WAITING_FOR_LOCKS) == [(2,)])
                worker.kill()
            holder.rollback()
        assert ends(postgresql.url) == {"pending": 10}
        with serving(start, *quick):
            assert said(host)["workers"] == "1"
    assert ends(postgresql.url) == {"completed": 9, "failed": 1}
    assert not jobs_left(queues)


@contextmanager
def shut(server: Server, name: str) -> Iterator[None]:
    """A database to which nobody has a connection, and nobody gets one."""
    with psycopg.connect(server.url, autocommit=True) as admin:
        database = sql.Identifier(name)
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(database))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(database))


def test_what_either_server_lost_is_handed_over_again(
    start: Start, postgresql: Fresh, postgresql_server: Server, queues: Redis
) -> None:
    with start("host.py", "--runs", "10") as host:
        assert host.stdout is not None
        lines = [host.stdout.readline(), host.stdout.readline()]
        assert lines[1] == "queued     10 runs, 0 of them from before\n"
        host.send_signal(signal.SIGINT)
        _, errors = host.communicate(timeout=SECONDS)
        assert (host.returncode, HINT.sub("", errors)) == (130, "stopped; what is queued stays queued\n")
    with start("host.py", "--runs", "1") as host:
        # What waits already is not added again.
        until(lambda: waiting(queues) == 11)
        holder = psycopg.connect(postgresql.url)
        holder.execute("SELECT FROM runs FOR UPDATE")
        with start("worker.py") as worker:
            until(lambda: rows(postgresql.url, WAITING_FOR_LOCKS) == [(2,)])
            with shut(postgresql_server, postgresql.name):
                holder.close()
                _, errors = host.communicate(timeout=SECONDS)
                # Cut within a statement it says what it lost, else why it cannot connect again.
                told = HINT.sub("", errors)
                assert (host.returncode, told.startswith(("error[CM501]: ", "error: lost the database: "))) == (3, True)
                assert queues.run("FLUSHALL") == "+OK"
            with start("host.py", "--runs", "0") as another:
                # The two jobs that the worker has in hand may be done before the host looks.
                assert re.fullmatch(r"(9|10|11) runs, \1 of them from before", said(another)["queued"])
            worker.terminate()
            _, errors = worker.communicate(timeout=SECONDS)
            assert worker.returncode == 0
            assert re.fullmatch(r"(warning: .*: \w+\n)+", errors)
    assert ends(postgresql.url) == {"completed": 9, "failed": 2}
    assert not jobs_left(queues)


def node(*arguments: str) -> list[Any]:
    """What BullMQ for Node.js prints."""
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(MODULES)}
    command = [str(BIN / "node"), NODE, *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert (ran.returncode, ran.stderr) == (0, "")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_worker_on_nodejs_reads_the_same_queues_and_a_host_there_fills_them(
    start: Start, postgresql: Fresh, queues: Redis
) -> None:
    assert MODULES.is_dir(), f"{MODULES} is missing: run the tests by `make pytest`"
    with start("host.py", "--runs", "10") as host:
        until(lambda: waiting(queues) == 10)
        jobs = node("take", queues.url(), PREFIX, "10", "default", "slow")
        runs = rows(postgresql.url, "SELECT id, workflow_id FROM runs WHERE status = 'pending'")
        assert sorted((job["data"]["runId"], job["name"]) for job in jobs) == sorted(runs)
        assert {(job["queue"], job["name"]) for job in jobs} == {("default", "price-order"), ("slow", "print-invoice")}
        assert not jobs_left(queues)
        # It did nothing with them. The other way round they are done.
        node("add", queues.url(), PREFIX, "slow", json.dumps(jobs))
        with serving(start):
            assert said(host)["completed"] == "9"
    assert ends(postgresql.url) == {"completed": 9, "failed": 1}


@pytest.mark.parametrize(
    ("script", "environment", "code", "words"),
    [
        ("host.py", {"DATABASE_URL": "", "REDIS_URL": ""}, 1, "error[CM401]: "),
        ("host.py", {"CODEMATION_SCHEDULER": "local"}, 1, "error: the scheduler is local: there are no queues\n"),
        ("host.py", {"DATABASE_URL": "postgresql://app:S3cretCanary@127.0.0.1:1/app"}, 3, "error[CM501]: "),
        ("worker.py", {"REDIS_URL": "redis://:S3cretCanary@127.0.0.1:1"}, 3, "error: Redis redis://:***@127.0.0.1:1 "),
    ],
    ids=["nothing is set", "no queues", "no database", "no Redis"],
)
def test_what_is_wrong_is_said(start: Start, script: str, environment: dict[str, str], code: int, words: str) -> None:
    with start(script, **environment) as process:
        out, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (code, "")
    assert words in errors
    assert "Traceback" not in errors
    assert "S3cretCanary" not in errors
