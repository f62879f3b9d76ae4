"""Many migrators at once, migrators killed at any point, and everything that can be wrong with a database.

A short form under `make test`; under `make torture` as many processes and kills as the figures speak of.
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from codemation.backend import migrate, revisions
from codemation.backend.engine import provision, typed_errors
from codemation.backend.errors import BackendError, DatabaseLockedError
from codemation.backend.migrate import BASE, HEAD, Patience
from codemation.backend.reading import ADVISORY_KEY
from codemation.backend.revisions import LOG_TABLE, VERSION_TABLE
from codemation.runtime_form import Runtime
from tests.backend.engines import own, unprivileged
from tests.backend.places import IDS, Place, applied, counts, dump, execute, known, runtime_of, schema, seed
from tests.backend.torture_nursery import History, Nursery, Outcome, nursery
from tests.conftest import SCRAM_PASSWORD, Fresh, Server, _with_database
from tests.torture import FACTOR
from tests.torture_figures import record

Copies: TypeAlias = Callable[[], AbstractContextManager[str]]
LONG = FACTOR > 1
PROCESSES = 32 if LONG else 8
KILLS = 200 if LONG else 6
ROWS = 200 if LONG else 20
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="module")
def migrators() -> Iterator[Nursery]:
    with nursery() as running:
        yield running


@pytest.fixture
def place(request: pytest.FixtureRequest, kind: str) -> Iterator[Place]:
    if kind == "sqlite":
        tmp_path: Path = request.getfixturevalue("tmp_path")
        where = str(tmp_path / "folder" / "db.sqlite")
    else:
        fresh: Fresh = request.getfixturevalue("postgresql")
        where = fresh.url
    engine = provision(runtime_of(kind, where))
    yield Place(kind, where, engine)
    engine.dispose()


# --- many at once -----------------------------------------------------------------------------------------------------


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


# --- killed -----------------------------------------------------------------------------------------------------------

REBUILD = """
import sqlalchemy as sa
revision = '0004'
down_revision = {head!r}


def upgrade(op):
    with op.batch_alter_table('auth_users', recreate='auto') as it:
        it.alter_column('display_name', existing_type=sa.Text(), type_=sa.String(300))
    op.execute('UPDATE credential_instances SET updated_at = updated_at')
    op.create_table('more', sa.Column('id', sa.Integer, primary_key=True))


def downgrade(op):
    pass
"""


@pytest.fixture
def longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """The history, and a revision that touches what is there: it rebuilds (on SQLite) a table that others refer to."""
    folder = tmp_path / "migrations" / "versions"
    shutil.copytree(revisions.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "0004_more.py").write_text(REBUILD.format(head=HEAD))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(revisions, "FOLDER", str(folder))
        return History(str(folder), known())


@pytest.fixture
def copies(place: Place, request: pytest.FixtureRequest) -> Copies:
    """Copies of a database as it is."""

    @contextmanager
    def sqlite_copy() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            yield shutil.copy(place.where, f"{folder}/db.sqlite")

    @contextmanager
    def postgresql_copy() -> Iterator[str]:
        server: Server = request.getfixturevalue("postgresql_server")
        template, name = conninfo_to_dict(place.where)["dbname"], f"codemation_copy_{secrets.token_hex(6)}"
        with psycopg.connect(server.url, autocommit=True) as connection:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(make.format(sql.Identifier(name), sql.Identifier(str(template))))
            try:
                yield _with_database(server.url, name)
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    return sqlite_copy if place.kind == "sqlite" else postgresql_copy


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_point(place: Place, migrators: Nursery, longer: History, copies: Copies) -> None:
    migrate.upgrade(place.engine, "0001")
    seed(place.engine, ROWS)
    numbers = {name: rows for name, rows in counts(place.engine).items() if name not in {VERSION_TABLE, LOG_TABLE}}
    assert min(numbers.values()) >= ROWS
    place.engine.dispose()
    before = {name: rows for name, rows in dump(place).items() if name in numbers}
    duration = max(_unharmed(place.kind, migrators, longer, copies) for _ in range(3))
    seed_of_delays = secrets.randbits(32)
    delays = random.Random(seed_of_delays)
    left: Counter[str] = Counter()
    tries = killed = 0
    while killed < KILLS:
        tries += 1
        assert tries <= 20 * KILLS, "they are done before they can be killed"
        with copies() as where:
            victim = migrators.one(place.kind, where, longer, delays.uniform(0, duration))
            assert victim.error == ""
            killed += victim.killed
            finisher = migrators.one(place.kind, where, longer)
            assert finisher.error == "", seed_of_delays
            todo = ["0002", "0003", "0004"]
            assert finisher.done == todo[len(todo) - len(finisher.done) :], seed_of_delays
            left[finisher.done[0] if finisher.done else "none"] += 1
            _intact(Place(place.kind, where, place.engine), before, numbers)
    points = ", ".join(f"{name} {left[name]}" for name in sorted(left))
    record(
        f"`kill -9` at random points of an upgrade, {place.kind}",
        f"{killed} killed, of {tries} tries over {duration * 1000:.0f} ms; the next run finished {tries} of {tries} "
        f"(it began at: {points}); 0 of {sum(numbers.values())} rows in {len(numbers)} tables lost or changed",
    )


@pytest.fixture
def empties(place: Place, copies: Copies) -> Copies:
    """Databases with nothing in them; on SQLite not even a file."""

    @contextmanager
    def no_file() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            yield f"{folder}/new/db.sqlite"

    return no_file if place.kind == "sqlite" else copies


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_point_on_an_empty_database(place: Place, migrators: Nursery, empties: Copies) -> None:
    migrate.upgrade(place.engine)
    wanted = schema(place.engine)
    migrate.downgrade(place.engine, BASE)
    place.engine.dispose()
    with empties() as where:
        duration = migrators.one(place.kind, where, History()).seconds
    seed_of_delays = secrets.randbits(32)
    delays = random.Random(seed_of_delays)
    left: Counter[int] = Counter()
    tries = killed = 0
    while killed < KILLS:
        tries += 1
        assert tries <= 20 * KILLS, "they are done before they can be killed"
        with empties() as where:
            victim = migrators.one(place.kind, where, History(), delays.uniform(0, duration))
            assert victim.error == ""
            killed += victim.killed
            finisher = migrators.one(place.kind, where, History())
            assert finisher.error == "", seed_of_delays
            assert finisher.done == IDS[len(IDS) - len(finisher.done) :], seed_of_delays
            left[len(finisher.done)] += 1
            engine = provision(runtime_of(place.kind, where))
            assert schema(engine) == wanted, seed_of_delays
            assert migrate.status(engine).up_to_date
            engine.dispose()
    record(
        f"`kill -9` at random points of migrating an empty database, {place.kind}",
        f"{killed} killed, of {tries} tries over {duration * 1000:.0f} ms; the next run finished {tries} of {tries} "
        f"(it had to do: {', '.join(f'{left[count]} times {count} of {len(IDS)}' for count in sorted(left))})",
    )


def _unharmed(kind: str, migrators: Nursery, history: History, copies: Copies) -> float:
    with copies() as where:
        outcome = migrators.one(kind, where, history)
    assert (outcome.done, outcome.error, outcome.killed) == (["0002", "0003", "0004"], "", False)
    return outcome.seconds


def _intact(place: Place, before: dict[str, list[Any]], numbers: dict[str, int]) -> None:
    after = dump(place)
    assert {name: len(after[name]) for name in numbers} == numbers
    assert {name: after[name] for name in before} == before
    assert [name for name, rows in after.items() if rows and name not in before] == [VERSION_TABLE, LOG_TABLE]
    assert after[VERSION_TABLE] == ["('0004',)"]
    assert [row[2:6] for row in after[LOG_TABLE]] == [*IDS, "0004"]
    if place.kind == "sqlite":
        engine = place.again()
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        engine.dispose()


# --- the failure table ------------------------------------------------------------------------------------------------


class Trouble(NamedTuple):
    """A database that a boot must refuse, how it is told to reach it, and where it really is."""

    given: Runtime
    where: str


def boot(given: Runtime) -> None:
    """What every host does first."""
    options: dict[str, Any] = {"connect_args": {"timeout": 0.05}} if given.database.kind == "sqlite" else {}
    engine = provision(given, **options)
    try:
        with typed_errors(given):
            migrate.upgrade(engine, patience=Patience(migrator=0.3, table=0.2, attempts=2))
            migrate.verify(engine)
    finally:
        engine.dispose()


def state(kind: str, where: str) -> Any:
    """Whatever a write would change."""
    if kind == "sqlite":
        path = Path(where)
        status = path.stat()
        content = sorted(path.iterdir()) if path.is_dir() else path.read_bytes()
        # Without space SQLite may leave an empty `-wal` beside it, and its shared memory, which holds no data.
        beside = {it for it in path.parent.iterdir() if it.suffix != ".sqlite-shm"}
        beside -= {it for it in beside if it.suffix == ".sqlite-wal" and not it.stat().st_size}
        return content, status.st_mtime_ns, status.st_mode, status.st_ino, beside
    with psycopg.connect(where) as connection:
        relations = connection.execute(
            "SELECT oid, relname, relfilenode, reltuples FROM pg_class WHERE oid >= 16384 ORDER BY oid"
        ).fetchall()
        names = [
            row[1]
            for row in connection.execute(
                "SELECT 1, relname FROM pg_class JOIN pg_namespace n"
                " ON n.oid = relnamespace WHERE nspname = 'public' AND relkind = 'r' ORDER BY 2"
            )
        ]
        rows = [
            connection.execute(sql.SQL("SELECT xmin::text, ctid::text, t::text FROM {} t").format(sql.Identifier(it)))
            for it in names
        ]
        return relations, names, [it.fetchall() for it in rows]


@contextmanager
def newer(place: Place) -> Iterator[Trouble]:
    migrate.upgrade(place.engine)
    execute(
        place,
        f"UPDATE {VERSION_TABLE} SET version_num = '0004'",  # noqa: S608
        f"INSERT INTO {LOG_TABLE} SELECT '0004', checksum, applied_at, 1, '99' FROM {LOG_TABLE} "  # noqa: S608
        "WHERE revision = '0003'",
    )
    yield Trouble(runtime_of(place.kind, place.where), place.where)


@contextmanager
def edited(place: Place) -> Iterator[Trouble]:
    migrate.upgrade(place.engine, "0002")
    execute(place, f"UPDATE {LOG_TABLE} SET checksum = 'edited' WHERE revision = '0001'")  # noqa: S608
    yield Trouble(runtime_of(place.kind, place.where), place.where)


@contextmanager
def no_version(place: Place) -> Iterator[Trouble]:
    migrate.upgrade(place.engine)
    execute(place, f"DELETE FROM {VERSION_TABLE}")  # noqa: S608
    yield Trouble(runtime_of(place.kind, place.where), place.where)


@contextmanager
def foreign(place: Place) -> Iterator[Trouble]:
    execute(place, "CREATE TABLE customers (id INTEGER)", "INSERT INTO customers VALUES (7)", adopt=True)
    yield Trouble(runtime_of(place.kind, place.where), place.where)


@contextmanager
def locked(place: Place) -> Iterator[Trouble]:
    """By another process, which is where SQLite's locks differ from those of a thread."""
    migrate.upgrade(place.engine, "0001")
    place.engine.dispose()
    if place.kind == "sqlite":
        module, begin = "sqlite3", f"sqlite3.connect({place.where!r}, isolation_level=None).execute('BEGIN IMMEDIATE')"
    else:
        lock = f"SELECT pg_advisory_lock({ADVISORY_KEY})"
        module, begin = "psycopg", f"it = psycopg.connect({place.where!r}, autocommit=True); it.execute({lock!r})"
    if module == "sqlite3":
        begin = f"it = {begin}"
    script = f"import sys, {module}; {begin}; print('held', flush=True); sys.stdin.readline()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout
        assert holder.stdin
        assert holder.stdout.readline() == b"held\n"
        yield Trouble(runtime_of(place.kind, place.where), place.where)
        holder.stdin.close()


@contextmanager
def read_only(*, folder: bool) -> Iterator[Trouble]:
    """To a user whom modes concern."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "db.sqlite"
        engine = provision(runtime_of("sqlite", str(path)))
        migrate.upgrade(engine, "0001")
        engine.dispose()
        path.chmod(0o600 if folder else 0o400)
        Path(name).chmod(0o500 if folder else 0o700)
        with unprivileged(Path(name), path):
            yield Trouble(runtime_of("sqlite", str(path)), str(path))
        Path(name).chmod(0o700)


@contextmanager
def a_folder(place: Place) -> Iterator[Trouble]:
    Path(place.where).mkdir(parents=True)
    yield Trouble(runtime_of("sqlite", place.where), place.where)


@contextmanager
def a_text(place: Place) -> Iterator[Trouble]:
    Path(place.where).parent.mkdir()
    Path(place.where).write_text("[app]\nname = 'a configuration, not a database'\n" * 100)
    yield Trouble(runtime_of("sqlite", place.where), place.where)


@contextmanager
def full_disk(place: Place, free: int) -> Iterator[Trouble]:
    """A file system of 1 MB with `free` bytes left."""
    folder = Path(place.where).parent
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "none", folder], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        migrate.upgrade(place.engine, "0001")
        place.engine.dispose()
        with (folder / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while filler.write(bytes(4096)):
                pass
        os.truncate(folder / "filler", (folder / "filler").stat().st_size - free)
        yield Trouble(runtime_of("sqlite", place.where), place.where)
        (folder / "filler").unlink()
        boot(runtime_of("sqlite", place.where))  # with space again, all is well
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607


@contextmanager
def wrong_password(place: Place, server: Server) -> Iterator[Trouble]:
    _, port = own(server)
    name = conninfo_to_dict(place.where)["dbname"]
    wrong = quote(SCRAM_PASSWORD + "wrong", safe="")
    yield Trouble(runtime_of("postgresql", f"postgresql://scrammer:{wrong}@127.0.0.1:{port}/{name}"), place.where)


@contextmanager
def unreachable(place: Place, host: str) -> Iterator[Trouble]:
    given = runtime_of("postgresql", f"postgresql://user:S3cretCanary@{host}/db?connect_timeout=2")
    yield Trouble(given, place.where)


class Row(NamedTuple):
    """A line of the table: what is wrong, with which database, how that is made, and the code that says so."""

    what: str
    kind: str
    made: Callable[[Place, Server], AbstractContextManager[Trouble]]
    code: str


def _server_of(request: pytest.FixtureRequest, kind: str) -> Server:
    if kind == "sqlite":
        return Server("", None, None)
    server: Server = request.getfixturevalue("postgresql_server")
    return server


TABLE = [
    *(
        Row(what, kind, lambda place, _, made=made: made(place), code)  # type: ignore[misc]
        for what, made, code in (
            ("newer than the code", newer, "CM506"),
            ("an edited revision", edited, "CM507"),
            ("an empty version table", no_version, "CM507"),
            ("someone else's", foreign, "CM511"),
            ("another process holds the lock", locked, "CM504"),
        )
        for kind in ("sqlite", "postgresql")
    ),
    Row("a read-only file", "sqlite", lambda *_: read_only(folder=False), "CM503"),
    Row("a read-only folder", "sqlite", lambda *_: read_only(folder=True), "CM503"),
    Row("a folder where the file should be", "sqlite", lambda place, _: a_folder(place), "CM503"),
    Row("a text file", "sqlite", lambda place, _: a_text(place), "CM503"),
    Row("a full disk", "sqlite", lambda place, _: full_disk(place, 0), "CM503"),
    Row("a disk that gets full within a revision", "sqlite", lambda place, _: full_disk(place, 120_000), "CM503"),
    Row("a wrong password", "postgresql", wrong_password, "CM502"),
    Row("a port nobody listens on", "postgresql", lambda place, _: unreachable(place, "127.0.0.1:1"), "CM501"),
    Row("an unreachable host", "postgresql", lambda place, _: unreachable(place, "192.0.2.1"), "CM501"),
]
LONG_AGO = 1_000_000_000


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        pytest.param(
            row.kind,
            row,
            id=f"{row.what}, {row.kind}",
            marks=[pytest.mark.postgresql] if row.kind == "postgresql" else [],
        )
        for row in TABLE
    ],
)
def test_refused_and_untouched(place: Place, row: Row, request: pytest.FixtureRequest) -> None:
    with ExitStack() as stack:
        trouble = stack.enter_context(row.made(place, _server_of(request, row.kind)))
        place.engine.dispose()
        if row.kind == "sqlite":
            os.utime(trouble.where, (LONG_AGO, LONG_AGO))  # any write would be a new time
        before = state(row.kind, trouble.where)
        for _ in range(2):
            with pytest.raises(BackendError) as caught:
                boot(trouble.given)
            assert caught.value.code == row.code
            assert caught.value.message
            assert caught.value.help
            for secret in (SCRAM_PASSWORD, "S3cret"):
                assert secret not in f"{caught.value}{caught.value!r}"
        assert state(row.kind, trouble.where) == before
        if "read-only" in row.what:
            assert [it.name for it in Path(trouble.where).parent.iterdir()] == ["db.sqlite"]


# --- a table that somebody uses ---------------------------------------------------------------------------------------

ALTER = "import sqlalchemy as sa\nrevision = '0004'\ndown_revision = {head!r}\n\n\ndef upgrade(op):\n    {body}\n"


@pytest.mark.parametrize("kind", KINDS[1:])
def test_readers_wait_no_longer_than_the_lock_time_out(
    place: Place, longer: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `test_a_table_in_use_on_postgresql`, with many readers and, under torture, the patience that hosts have."""
    migrate.upgrade(place.engine)
    script = ALTER.format(head=HEAD, body="op.add_column('auth_users', sa.Column('more', sa.Text))")
    (Path(longer.folder) / "0004_more.py").write_text(script)
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
        assert max(waits) < patience.table + 1  # the rest is this machine's
        assert applied(place.engine) == IDS
    record(
        "an idle transaction holds a table that a migration needs",
        f"CM504 after {tries} attempts names the holder; longest wait of {len(waits)} reads by 4 readers "
        f"{max(waits):.2f} s (lock time-out {patience.table:.1f} s)",
    )
    assert [it.id for it in migrate.upgrade(place.engine)] == ["0004"]
