"""Ways in which a Redis is not fit for queues: each is made for real, and `doctor` names each."""

from __future__ import annotations

import json
import re
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

import pytest

from tests.backend.commands import Codemation
from tests.backend.doctor.places import (
    NOBODY,
    Redis,
    certificate,
    other_address,
    redis,
)
from tests.backend.doctor.ways import Way, found

MadeRedis = Callable[[Redis], AbstractContextManager[str]]
UNREACHED: frozenset[str] = frozenset({"database"})
"""The queues' PostgreSQL is not there: it does not count here."""


@pytest.fixture(scope="module")
def a_redis() -> Iterator[Redis]:
    users = ("user guarded on >S3cretCanary ~* +@all", "user unscripted on >S3cretCanary ~* +@all -@scripting")
    with redis(*users, "maxclients 100") as server:
        yield server


def configured(before: str, after: str) -> MadeRedis:
    """A setting that is another one meanwhile."""

    @contextmanager
    def made(server: Redis) -> Iterator[str]:
        assert server.run("CONFIG SET", before) == "+OK"
        try:
            yield server.url()
        finally:
            assert server.run("CONFIG SET", after) == "+OK"

    return made


def with_redis(*lines: str, sentinel: bool = False) -> MadeRedis:
    """A server of its own."""

    @contextmanager
    def made(_: Redis) -> Iterator[str]:
        with redis(*lines, sentinel=sentinel) as server:
            yield server.url()

    return made


def by(url: Callable[[Redis], str]) -> MadeRedis:
    return lambda server: nullcontext(url(server))


@contextmanager
def a_failed_save(_: Redis) -> Iterator[str]:
    with redis('save "3600 1"') as server:
        gone = server.folder / "gone"
        gone.mkdir()
        assert server.run("CONFIG SET dir", str(gone)) == "+OK"
        gone.rmdir()
        server.run("BGSAVE")
        while "rdb_bgsave_in_progress:1" in server.info("persistence"):
            time.sleep(0.01)
        yield server.url()


def another_version(version: str) -> MadeRedis:
    """No other version is to be had: what stands between tells of another one, in as many letters."""

    @contextmanager
    def made(server: Redis) -> Iterator[str]:
        real = next(line for line in server.info("server").splitlines() if line.startswith("redis_version:")).encode()
        told = f"redis_version:{version}".encode()
        told += b"." + b"0" * (len(real) - len(told) - 1)
        with between(server.port, lambda answer: answer.replace(real, told)) as port:
            yield f"redis://127.0.0.1:{port}/0"

    return made


@contextmanager
def between(port: int, changed: Callable[[bytes], bytes], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A port that leads to another one, with what comes back changed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def pass_on(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
            with suppress(OSError):
                while data := source.recv(1 << 20):
                    target.sendall(change(data))
                target.shutdown(socket.SHUT_WR)

        def serve() -> None:
            with suppress(OSError):
                client, _ = listener.accept()
                client = tls.wrap_socket(client, server_side=True) if tls else client
                with client, socket.create_connection(("127.0.0.1", port)) as server:
                    up = threading.Thread(target=pass_on, args=(client, server, bytes), daemon=True)
                    up.start()
                    pass_on(server, client, changed)
                    up.join()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.close()
        thread.join(5)


@contextmanager
def unverified(server: Redis) -> Iterator[str]:
    """Redis' own may have no TLS: what stands between has it."""
    with tempfile.TemporaryDirectory() as name:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(Path(name)))
        with between(server.port, bytes, context) as port:
            yield f"rediss://127.0.0.1:{port}/0?ssl_cert_reqs=none&ssl_check_hostname=false"


def certified(host: str, *, expired: bool = False, known: bool = True) -> MadeRedis:
    """Behind TLS, called `host`; the certificate is for `localhost`."""

    @contextmanager
    def made(server: Redis) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as name:
            pem = certificate(Path(name), expired=expired)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem)
            with between(server.port, bytes, context) as port:
                yield f"rediss://{host}:{port}/0" + (f"?ssl_ca_certs={pem}.crt" if known else "")

    return made


def user(rights: str) -> MadeRedis:
    """A user of a server's own, with these rights."""

    @contextmanager
    def made(_: Redis) -> Iterator[str]:
        with redis(f"user app on >S3cretCanary {rights}") as server:
            yield server.url("app:S3cretCanary@")

    return made


@contextmanager
def little_memory(server: Redis) -> Iterator[str]:
    used = re.search(r"used_memory:(\d+)", server.info("memory"))
    assert used is not None
    with configured(f"maxmemory {int(used[1]) * 10 // 9}", "maxmemory 0")(server) as url:
        yield url


REDIS = [
    Way(
        "nobody listens",
        "redis",
        "failed",
        "no Redis server listens at",
        "host and port",
        by(lambda _: "redis://127.0.0.1:1/0"),
        "CM509",
    ),
    Way(
        "a socket that is not there",
        "redis",
        "failed",
        "no Redis server listens at the socket",
        "`unixsocket` in redis.conf",
        by(lambda _: "unix:///nowhere/redis.sock"),
        "CM509",
    ),
    Way(
        "a host without an address",
        "redis",
        "failed",
        "has no address",
        "between containers it is the service's name",
        by(lambda _: "redis://codemation.invalid:6379/0"),
        "CM509",
    ),
    Way(
        "a wrong password",
        "redis",
        "failed",
        "refuses the user",
        "password",
        by(lambda it: it.url("guarded:wrong@")),
        "CM509",
    ),
    Way(
        "a database that is not there",
        "redis",
        "failed",
        "no database of that number",
        "`databases`",
        by(lambda it: it.url(end="/99")),
        "CM509",
    ),
    Way(
        "no TLS to another machine",
        "redis-tls",
        "warning",
        "not encrypted",
        "rediss://",
        by(lambda it: it.url(host=other_address())),
    ),
    Way(
        "no right to run scripts",
        "redis-rights",
        "failed",
        "may not run scripts",
        "ACL SETUSER",
        by(lambda it: it.url("unscripted:S3cretCanary@")),
    ),
    Way(
        "an eviction policy",
        "redis-eviction",
        "warning",
        "evicts keys (allkeys-lru)",
        "noeviction",
        configured("maxmemory-policy allkeys-lru", "maxmemory-policy noeviction"),
    ),
    Way(
        "no memory left",
        "redis-memory",
        "failed",
        "writes are refused",
        "maxmemory",
        configured("maxmemory 100kb", "maxmemory 0"),
    ),
    Way("little memory left", "redis-memory", "warning", "used (maxmemory)", "removeOnComplete", little_memory),
    Way(
        "no persistence",
        "redis-persistence",
        "warning",
        "loses every job",
        "appendonly yes",
        configured("appendonly no", "appendonly yes"),
    ),
    Way("a save that failed", "redis-persistence", "failed", "attempt to save failed", "disk", a_failed_save),
    Way(
        "a replica",
        "redis-role",
        "failed",
        "a replica",
        "Name the master",
        lambda it: with_redis(f"replicaof 127.0.0.1 {it.port}")(it),
    ),
    Way(
        "a sentinel",
        "redis-version",
        "failed",
        "a sentinel",
        "Name the master",
        with_redis("sentinel monitor it 127.0.0.1 6379 1", sentinel=True),
        None,
        frozenset({"redis-role", "redis-rights", "redis"}),
    ),
    Way(
        "an old version", "redis-version", "warning", "older than BullMQ recommends", "Upgrade", another_version("6.0")
    ),
    Way(
        "a version that BullMQ refuses", "redis-version", "failed", "refuses to work", "Upgrade", another_version("4.0")
    ),
    Way(
        "a user without a right to sign in",
        "redis",
        "failed",
        "lets the user of",
        "ACL SETUSER",
        user("~* &* +@all -ping"),
        "CM509",
    ),
    Way(
        "a user without the queues' keys",
        "redis-rights",
        "failed",
        "the user may not run scripts over the keys of its prefix",
        "~bull:*",
        user("~other:* &* +@all"),
    ),
    Way(
        "a user who only reads",
        "redis-rights",
        "failed",
        "prefix: The user executing the script can't run this command",
        "+@all",
        user("~* &* +@read +@connection +@scripting +info"),
    ),
    Way(
        "a user who may not wait",
        "redis-rights",
        "failed",
        "the user may not wait for a key",
        "+@all",
        user("~* &* +@all -@blocking"),
    ),
    Way(
        "a user who may not ask for the version",
        "redis-rights",
        "failed",
        "the user may not ask for the version",
        "+info",
        user("~* &* +@all -info"),
    ),
    Way(
        "a user without channels",
        "redis-rights",
        "failed",
        "the user may not listen to channels",
        "&*",
        user("~* resetchannels +@all"),
    ),
    Way(
        "a command of another name",
        "redis-rights",
        "failed",
        "a host cannot run scripts",
        "`rename-command`",
        with_redis('rename-command EVAL ""'),
    ),
    Way(
        "replicas that are not there",
        "redis-rights",
        "failed",
        "NOREPLICAS",
        "min-replicas-to-write",
        with_redis("min-replicas-to-write 1"),
    ),
    Way(
        "a replica that lost its master",
        "redis-role",
        "failed",
        "its link to the master is down",
        "Name the master",
        with_redis("replicaof 127.0.0.1 1", "replica-serve-stale-data no"),
    ),
    Way(
        "a node of a cluster",
        "redis-version",
        "failed",
        "a node of a cluster",
        "no cluster",
        with_redis("cluster-enabled yes"),
    ),
    Way(
        "a certificate that has expired",
        "redis",
        "failed",
        "is not valid now (certificate has expired)",
        "Renew",
        certified("localhost", expired=True),
        "CM509",
    ),
    Way(
        "a certificate of another host",
        "redis",
        "failed",
        "is another host's",
        "as the certificate does",
        certified("127.0.0.1"),
        "CM509",
    ),
    Way(
        "a certificate of no known authority",
        "redis",
        "failed",
        "its certificate is not trusted",
        "ssl_ca_certs=FILE",
        certified("localhost", known=False),
        "CM509",
    ),
    Way(
        "a file of certificates that is not there",
        "redis",
        "failed",
        "names as `ssl_ca_certs` cannot be read",
        "Correct its path",
        by(lambda it: f"rediss://127.0.0.1:{it.port}/0?ssl_ca_certs=/nowhere.pem"),
        "CM509",
    ),
    Way(
        "a word that decides nothing",
        "redis",
        "failed",
        "no `ssl_cert_reqs` that is one",
        "`required`",
        by(lambda it: f"rediss://127.0.0.1:{it.port}/0?ssl_cert_reqs=maybe"),
        "CM509",
    ),
    Way("TLS that nobody verifies", "redis-tls", "warning", "nobody checks", "ssl_cert_reqs", unverified),
]


@pytest.mark.parametrize("way", REDIS, ids=lambda way: way.what)
def test_redis(way: Way, a_redis: Redis, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", NOBODY)
    with way.made(a_redis) as url:
        monkeypatch.setenv("REDIS_URL", url)
        found(codemation, way, UNREACHED)


def test_redis_is_fit_otherwise(a_redis: Redis, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", NOBODY)
    monkeypatch.setenv("REDIS_URL", a_redis.url("guarded:S3cretCanary@"))
    checks = json.loads(codemation("doctor", "--format", "json").out)["checks"]
    assert {check["state"] for check in checks if check["name"].startswith("redis")} == {"ok"}
