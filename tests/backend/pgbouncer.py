"""A real PgBouncer in transaction mode, where the machine has one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.backend.engines import own
from tests.postgresql_server import Server

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

INI = """
[databases]
* = host=127.0.0.1 port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 500
{more}
"""


@contextmanager
def pooling(server: Server, *, size: int = 4, **settings: str) -> Iterator[int]:
    """The port of a pooler before `server`, which opens `size` connections to a database."""
    if PROGRAM is None:
        pytest.skip("no PgBouncer on this machine")
    _, server_port = own(server)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="codemation-pool-") as name:
        more = "\n".join(f"{key} = {value}" for key, value in settings.items())
        if os.geteuid() == 0:  # as root it refuses to run
            more += "\nuser = nobody"
        Path(name).chmod(0o755)
        ini = Path(name) / "pgbouncer.ini"
        ini.write_text(INI.format(server=server_port, port=port, size=size, more=more))
        log = Path(name) / "log"
        with log.open("w") as out, subprocess.Popen([PROGRAM, str(ini)], stdout=out, stderr=out) as process:
            try:
                _wait(port, process, log)
                yield port
            finally:
                process.terminate()


def through(port: int, database: str) -> str:
    """The URL of a database by way of the pooler."""
    return f"postgresql://postgres@127.0.0.1:{port}/{database}"


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(log.read_text())
