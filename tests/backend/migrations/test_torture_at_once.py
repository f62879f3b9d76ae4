"""Many hosts boot at once, and somebody uses the table that a migration needs."""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest

from codemation.backend.errors import DatabaseLockedError
from codemation.backend.migrations import migrate, revisions
from codemation.backend.migrations.migrate import HEAD, Patience
from tests.backend.engines import own
from tests.backend.places import IDS, NEXT, Place, applied, known
from tests.backend.torture_fixtures import KINDS, LONG, PROCESSES, longer, migrators, place
from tests.backend.torture_nursery import History, Nursery, Outcome
from tests.conftest import Fresh
from tests.postgresql_server import Server
from tests.torture_figures import record

__all__ = ["longer", "migrators", "place"]  # fixtures


def each_revision_once(outcomes: list[Outcome], place: Place) -> None:
    assert [it.error for it in outcomes if it.error] == []
    assert sorted(revision for it in outcomes for revision in it.done) == IDS
    assert applied(place.engine) == IDS
    assert migrate.status(place.engine).current == HEAD


def times(outcomes: list[Outcome]) -> str:
    seconds = sorted(it.seconds for it in outcomes)
    return f"median {statistics.median(seconds):.1f} s, slowest {seconds[-1]:.1f} s"


@pytest.mark.parametrize("kind", KINDS)
def test_many_processes_at_once(place: Place, migrators: Nursery) -> None:
    outcomes = migrators.together(PROCESSES, place.kind, place.where)
    each_revision_once(outcomes, place)
    again = migrators.together(PROCESSES, place.kind, place.where)
    assert [(it.done, it.error) for it in again] == [([], "")] * PROCESSES
    workers = len([it for it in outcomes if it.done])
    record(
        f"{PROCESSES} processes at once on an empty database, {place.kind}",
        f"0 errors, each of {len(IDS)} revisions applied once (by {workers} of them), {times(outcomes)}",
    )


@pytest.fixture
def pooler(postgresql_server: Server) -> Iterator[Callable[[str], str]]:
    """A PgBouncer in transaction mode; it tells the URL by which a database is reached through it."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    _, port = own(postgresql_server)
    with tempfile.TemporaryDirectory(prefix="codemation-pool-") as name, socket.create_server(("127.0.0.1", 0)) as free:
        folder = Path(name)
        folder.chmod(0o755)
        listens = free.getsockname()[1]
        free.close()
        (folder / "users").write_text('"postgres" ""\n')
        (folder / "ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {listens}\nunix_socket_dir =\nauth_type = trust\nauth_file = {folder / 'users'}\n"
            "pool_mode = transaction\ndefault_pool_size = 6\nmax_client_conn = 200\n"
        )
        # It does not run as root.
        command = [program, *(["-u", "nobody"] if os.geteuid() == 0 else []), str(folder / "ini")]
        with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                _await_port(listens, process)
                yield lambda database: f"postgresql://postgres@127.0.0.1:{listens}/{database}"
            finally:
                process.terminate()


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert process.poll() is None, "pgbouncer ended"
        time.sleep(0.05)
    pytest.fail("pgbouncer does not answer")


@pytest.mark.postgresql
@pytest.mark.parametrize("kind", KINDS[1:])
def test_many_processes_through_a_transaction_pooler(
    place: Place, postgresql: Fresh, migrators: Nursery, pooler: Callable[[str], str]
) -> None:
    outcomes = migrators.together(PROCESSES, "postgresql", pooler(postgresql.name))
    each_revision_once(outcomes, place)
    with psycopg.connect(place.where) as connection:
        held = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
        # The pooler's own connections outlive their clients, and were left as they had been.
        links = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE state <> 'idle') FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND client_addr IS NOT NULL"
        ).fetchone()
    assert held == (0,)
    assert links is not None
    assert 1 <= links[0] <= 6
    assert links[1] == 0
    with psycopg.connect(pooler(postgresql.name)) as connection:
        assert connection.execute("SHOW lock_timeout").fetchone() == ("0",)
    record(
        f"{PROCESSES} processes at once through PgBouncer (transaction mode, {links[0]} server connections)",
        f"0 errors, each revision applied once, 0 advisory locks left, {times(outcomes)}",
    )


ALTER = "import sqlalchemy as sa\nrevision = {next!r}\ndown_revision = {head!r}\n\n\ndef upgrade(op):\n    {body}\n"


@pytest.mark.parametrize("kind", KINDS[1:])
def test_readers_wait_no_longer_than_the_lock_time_out(
    place: Place, longer: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `test_a_table_in_use_on_postgresql`, with many readers and, under torture, the patience that hosts have."""
    migrate.upgrade(place.engine)
    script = ALTER.format(head=HEAD, next=NEXT, body="op.add_column('auth_users', sa.Column('more', sa.Text))")
    (Path(longer.folder) / f"{NEXT}_more.py").write_text(script)
    monkeypatch.setattr(revisions, "FOLDER", longer.folder)
    monkeypatch.setattr(revisions, "KNOWN", known())
    patience = Patience() if LONG else Patience(table=0.4, attempts=3)
    waits: list[float] = []
    over = threading.Event()
    tries = 0

    def read() -> None:
        with closing(psycopg.connect(place.where, autocommit=True)) as reader:
            while not over.wait(0.005):
                began = time.monotonic()
                reader.execute("SELECT count(*) FROM auth_users")
                waits.append(time.monotonic() - began)

    def tell(progress: migrate.Progress) -> None:
        nonlocal tries
        tries += progress.seconds is None

    readers = [threading.Thread(target=read) for _ in range(4)]
    with psycopg.connect(place.where, application_name="report") as idle:
        idle.execute("SELECT 1 FROM auth_users")
        for reader in readers:
            reader.start()
        try:
            with pytest.raises(DatabaseLockedError) as caught:
                migrate.upgrade(place.engine, on_progress=tell, patience=patience)
        finally:
            over.set()
            for reader in readers:
                reader.join()
        assert caught.value.code == "CM504"
        assert f"held by process {idle.info.backend_pid} (report), idle in transaction" in caught.value.message
        assert tries == patience.attempts
        # Readers get through between two attempts, whatever else makes them wait.
        assert sum(wait > patience.table / 2 for wait in waits) >= tries
        assert applied(place.engine) == IDS
    record(
        "an idle transaction holds a table that a migration needs",
        f"CM504 after {tries} attempts names the holder; longest wait of {len(waits)} reads by 4 readers "
        f"{max(waits):.2f} s (lock time-out {patience.table:.1f} s)",
    )
    assert [it.id for it in migrate.upgrade(place.engine)] == [NEXT]
