"""Everything that can be wrong with a database: refused, with the right code, and untouched."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict

from codemation.backend.engine import provision, typed_errors
from codemation.backend.errors import BackendError
from codemation.backend.migrations import migrate
from codemation.backend.migrations.history_queries import ADVISORY_KEY
from codemation.backend.migrations.migrate import Patience
from codemation.backend.migrations.revisions import HEAD, LOG_TABLE, VERSION_TABLE
from codemation.backend.migrations.runner import load_scripts
from codemation.runtime.form import Runtime
from tests.backend.commands import Codemation
from tests.backend.disks import FILLER, leave, small_disk
from tests.backend.engines import own, unprivileged
from tests.backend.places import NEXT, Place, execute, runtime_of, state_of
from tests.backend.torture_fixtures import longer, migrators, place
from tests.postgresql_server import SCRAM_PASSWORD, Server

__all__ = ["longer", "migrators", "place"]  # fixtures


class Trouble(NamedTuple):
    """A database that a boot must refuse, how it is told to reach it, and where it really is."""

    given: Runtime
    where: str


def boot(given: Runtime) -> None:
    """What every host does first."""
    options: dict[str, Any] = {"connect_args": {"timeout": 0.05}} if given.database.kind == "sqlite" else {}
    engine = provision(given, engine_options=options)
    try:
        with typed_errors(given):
            migrate.upgrade(engine, patience=Patience(migrator=0.3, table=0.2, attempts=2))
            migrate.verify(engine)
    finally:
        engine.dispose()


@contextmanager
def newer(place: Place) -> Iterator[Trouble]:
    migrate.upgrade(place.engine)
    execute(
        place,
        f"UPDATE {VERSION_TABLE} SET version_num = '{NEXT}'",  # noqa: S608
        f"INSERT INTO {LOG_TABLE} SELECT '{NEXT}', checksum, applied_at, 1, '99' FROM {LOG_TABLE} "  # noqa: S608
        f"WHERE revision = '{HEAD}'",
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
def no_version_table(place: Place) -> Iterator[Trouble]:
    migrate.upgrade(place.engine)
    execute(place, f"DROP TABLE {VERSION_TABLE}")
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
    load_scripts()  # who may not read what is imported
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
    with small_disk(Path(place.where).parent, 1) as folder:
        migrate.upgrade(place.engine, "0001")
        place.engine.dispose()
        leave(folder, free)
        yield Trouble(runtime_of("sqlite", place.where), place.where)
        (folder / FILLER).unlink()
        boot(runtime_of("sqlite", place.where))  # with space again, all is well


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
            ("no version table beside its log", no_version_table, "CM507"),
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
COMMANDS = (
    ["db", "status"],
    ["db", "history"],
    ["db", "migrate", "--wait", "0.3"],
    ["doctor", "--format=text"],
)
_LOOKING = ("status", "history")
READING = {
    ("another process holds the lock", "sqlite"): _LOOKING,
    ("another process holds the lock", "postgresql"): (*_LOOKING, "--format=text"),
    **dict.fromkeys((("a read-only file", "sqlite"), ("a read-only folder", "sqlite")), _LOOKING),
    **dict.fromkeys((("a full disk", "sqlite"), ("a disk that gets full within a revision", "sqlite")), _LOOKING),
}
"""Who does not mind: those that only look, and a doctor who needs no migrator's lock."""
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
def test_refused_and_untouched(
    place: Place, row: Row, request: pytest.FixtureRequest, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a boot, and by every command."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with ExitStack() as stack:
        # Not pytest's folder: an unprivileged user may not enter it.
        root = stack.enter_context(tempfile.TemporaryDirectory())
        Path(root).chmod(0o755)
        for command in COMMANDS:
            codemation(*command, "--root", root)  # imports what such a user may not read
        trouble = stack.enter_context(row.made(place, _server_of(request, row.kind)))
        database = trouble.given.database
        names = {"CODEMATION_SQLITE_FILE_PATH": database.sqlite_file_path, "DATABASE_URL": database.url}
        for name, value in names.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        place.engine.dispose()
        if row.kind == "sqlite":
            os.utime(trouble.where, (LONG_AGO, LONG_AGO))  # any write would be a new time
        before = state_of(row.kind, trouble.where)
        for _ in range(2):
            with pytest.raises(BackendError) as caught:
                boot(trouble.given)
            assert caught.value.code == row.code
            assert caught.value.message
            assert caught.value.help
            for secret in (SCRAM_PASSWORD, "S3cret"):
                assert secret not in f"{caught.value}{caught.value!r}"
        for command in COMMANDS:
            ran = codemation(*command, "--root", root)
            fine = command[1] in READING.get((row.what, row.kind), ())
            told = f"error[{row.code}]" in ran.err or f" {row.code}: " in ran.out
            assert (ran.code, told) == ((0, False) if fine else (3, True)), (command, ran)
            for secret in (SCRAM_PASSWORD, "S3cret"):
                assert secret not in f"{ran.out}{ran.err}"
        assert state_of(row.kind, trouble.where) == before
        if "read-only" in row.what:
            assert [it.name for it in Path(trouble.where).parent.iterdir()] == ["db.sqlite"]
