"""`db compact` and its library: a SQLite file becomes as small as what is in it, and nothing is lost on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from codemation.backend.engine import provision
from codemation.backend.errors import DatabaseLockedError, SqliteNotWritableError
from codemation.backend.migrations import migrate
from codemation.backend.sqlite.compact import Compacted, Space, compact, temporary_folder
from tests.backend.commands import Codemation, Project
from tests.backend.disks import FILLER, leave, small_disk
from tests.backend.places import NEXT, Place, dump, runtime_of
from tests.schema.closed import validate_output
from tests.torture import FACTOR

BLOB = (
    "INSERT INTO audit_events (action, occurred_at, details)"
    " SELECT 'a', '2026-01-01', json_quote(hex(randomblob(1000)))"
)
OLD = ("PRAGMA journal_mode=DELETE", "PRAGMA auto_vacuum=NONE", "VACUUM", "PRAGMA journal_mode=WAL")


def statements(where: str, *said: str) -> list[Any]:
    with closing(sqlite3.connect(where, isolation_level=None)) as connection:
        return [connection.execute(it).fetchall() for it in said][-1]


def fill(where: str, rows: int = 2_000) -> None:
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"  # noqa: S608
    statements(where, f"{numbers} {BLOB} FROM n")


def made(where: str, *, old: bool, keep: int = 4, rows: int = 2_000) -> None:
    """A file of which every `keep`-th row is left; `old`: it cannot give pages back."""
    engine = provision(runtime_of("sqlite", where))
    migrate.upgrade(engine)
    engine.dispose()
    if old:
        statements(where, *OLD)
    fill(where, rows)
    statements(where, f"DELETE FROM audit_events WHERE id % {keep} <> 0")  # noqa: S608


def compacted(
    where: str, environment: Mapping[str, str] | None = None, timeout: float = 0.2, **options: Any
) -> Compacted:
    given = runtime_of("sqlite", where)
    engine = provision(given, engine_options={"connect_args": {"timeout": timeout}})
    try:
        return compact(engine, given, environment or {}, **options)
    finally:
        engine.dispose()


def pragma(where: str, name: str) -> Any:
    return statements(where, f"PRAGMA {name}")[0][0]


@pytest.mark.parametrize(("old", "how"), [(False, "pages"), (True, "anew")])
def test_it_becomes_as_small_as_what_is_in_it(on_sqlite: Place, old: bool, how: str) -> None:  # noqa: FBT001
    made(on_sqlite.where, old=old)
    before, size = dump(on_sqlite), os.path.getsize(on_sqlite.where)
    result = compacted(on_sqlite.where)
    assert (result.how, result.done, result.before.size) == (how, True, size)
    assert result.before.free > size / 3
    assert result.after == Space(os.path.getsize(on_sqlite.where), os.path.getsize(on_sqlite.where))
    assert result.after.size < size * 2 / 3
    assert dump(on_sqlite) == before
    assert (pragma(on_sqlite.where, "auto_vacuum"), pragma(on_sqlite.where, "journal_mode")) == (2, "wal")
    assert pragma(on_sqlite.where, "integrity_check") == "ok"
    again = compacted(on_sqlite.where)
    assert (again.how, again.before, again.after) == ("pages", result.after, result.after)


def test_a_file_that_vacuums_at_each_commit_needs_not_be_written_anew(on_sqlite: Place) -> None:
    made(on_sqlite.where, old=True, keep=1)
    statements(on_sqlite.where, "PRAGMA auto_vacuum=FULL", "VACUUM")
    assert compacted(on_sqlite.where).how == "pages"
    assert pragma(on_sqlite.where, "auto_vacuum") == 2


def test_beside_a_writer_and_a_reader(on_sqlite: Place) -> None:
    """Nobody waits long, and nothing that is written meanwhile is lost."""
    made(on_sqlite.where, old=False, rows=12_000)
    stop, waits, errors = Event(), list[float](), list[Exception]()

    def write() -> None:
        with closing(sqlite3.connect(on_sqlite.where, isolation_level=None, timeout=10)) as connection:
            # No more than it makes room for: then the file is smaller afterwards, however slow the machine.
            while not stop.is_set() and len(waits) < 300:
                started = time.perf_counter()
                try:
                    connection.execute(f"{BLOB}").close()
                except sqlite3.Error as error:
                    errors.append(error)
                waits.append(time.perf_counter() - started)

    def read() -> None:
        with closing(sqlite3.connect(on_sqlite.where, isolation_level=None)) as connection:
            while not stop.is_set():
                connection.execute("SELECT count(details) FROM audit_events").fetchall()

    threads = [Thread(target=write), Thread(target=read)]
    for one in threads:
        one.start()
    result = compacted(on_sqlite.where, timeout=30)
    stop.set()
    for one in threads:
        one.join()
    assert errors == []
    assert result.done
    assert waits
    rows = statements(on_sqlite.where, "SELECT count(*), sum(id % 4 <> 0) FROM audit_events WHERE id <= 12000")
    assert rows == [(3_000, 0)]
    assert statements(on_sqlite.where, "SELECT count(*) FROM audit_events WHERE id > 12000") == [(len(waits),)]
    # The last who closed it brought what the reader was in the way of.
    assert os.path.getsize(on_sqlite.where) < result.before.size
    assert pragma(on_sqlite.where, "integrity_check") == "ok"


def test_a_reader_of_an_old_state_keeps_the_room(on_sqlite: Place, on_a_file: Project, codemation: Codemation) -> None:
    del on_sqlite
    Path(on_a_file.where).parent.mkdir()
    made(on_a_file.where, old=False)
    with closing(sqlite3.connect(on_a_file.where, isolation_level=None)) as reader:
        reader.execute("BEGIN").close()
        reader.execute("SELECT count(*) FROM audit_events").fetchall()
        ran = codemation("db", "compact")
        assert ran.code == 0
        assert "keeps that: try again later" in ran.said
    # The last to close it has written what waited.
    assert "none of it free" in codemation("db", "compact").out
    assert "nothing to do: " in codemation("db", "compact").out


@pytest.mark.parametrize("uses", ["SELECT 1 FROM runs", "BEGIN IMMEDIATE"])
def test_a_file_that_is_in_use_is_not_written_anew(on_sqlite: Place, uses: str) -> None:
    made(on_sqlite.where, old=True)
    with closing(sqlite3.connect(on_sqlite.where, isolation_level=None)) as host:
        host.execute(uses).fetchall()
        before = dump(on_sqlite) if "BEGIN" not in uses else None
        with pytest.raises(DatabaseLockedError) as caught:
            compacted(on_sqlite.where)
        assert "is in use" in caught.value.message
        assert "stop the host" in caught.value.help
        if sys.platform == "linux":
            assert f"process {os.getpid()} (" in caught.value.message
        if before is not None:
            assert dump(on_sqlite) == before
            host.execute("INSERT INTO audit_events (action, occurred_at) VALUES ('b', '2026-01-01')").close()
    assert (pragma(on_sqlite.where, "auto_vacuum"), pragma(on_sqlite.where, "journal_mode")) == (0, "wal")
    assert compacted(on_sqlite.where).how == "anew"


def test_stopped(on_sqlite: Place) -> None:
    made(on_sqlite.where, old=False, rows=12_000)
    stop, told = Event(), list[tuple[str, int, int]]()

    def tell(how: Any, given: int, total: int) -> None:
        told.append((how, given, total))
        stop.set()

    result = compacted(on_sqlite.where, stop=stop, on_progress=tell)
    assert told == [("pages", 1024 * 4096, told[0][2])]
    assert not result.done
    assert result.before.size - 1025 * 4096 <= result.after.size <= result.before.size - 1024 * 4096
    result = compacted(on_sqlite.where)
    assert result.done
    assert result.after.free == 0


def test_stopped_while_it_is_written_anew(on_sqlite: Place) -> None:
    made(on_sqlite.where, old=True, keep=1)
    before, stop = dump(on_sqlite), Event()
    result = compacted(on_sqlite.where, stop=stop, on_progress=lambda *_: stop.set())
    assert (result.how, result.done, result.before) == ("anew", False, result.after)
    assert dump(on_sqlite) == before
    assert (pragma(on_sqlite.where, "auto_vacuum"), pragma(on_sqlite.where, "journal_mode")) == (0, "wal")


def test_an_engine_of_postgresql_is_refused() -> None:
    given = runtime_of("postgresql", "postgresql://127.0.0.1:1/none")
    engine = provision(given)
    with pytest.raises(ValueError, match="only SQLite's file"):
        compact(engine, given, {})


def test_where_sqlite_makes_temporary_files(tmp_path: Path) -> None:
    assert temporary_folder({"SQLITE_TMPDIR": str(tmp_path), "TMPDIR": "/"}) == str(tmp_path)
    assert temporary_folder({"SQLITE_TMPDIR": str(tmp_path / "none"), "TMPDIR": str(tmp_path)}) == str(tmp_path)
    assert temporary_folder({}) in {"/var/tmp", "/usr/tmp", "/tmp", "."}  # noqa: S108


# --- too little room --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [False, True])
def test_too_little_room_to_write_it_anew(tmp_path: Path, together: bool) -> None:  # noqa: FBT001
    """It is refused before anything is done, and by a figure that suffices."""
    with small_disk(tmp_path / "disk", 40) as folder:
        where, temporary = str(folder / "db.sqlite"), str(folder if together else tmp_path)
        made(where, old=True, keep=1, rows=3_000)
        before = (folder / "db.sqlite").read_bytes()
        leave(folder, 2**20)
        with pytest.raises(SqliteNotWritableError) as caught:
            compacted(where, {"SQLITE_TMPDIR": temporary})
        needed, free = (int(it) for it in caught.value.message.split() if it.isdigit())
        assert str(folder) in caught.value.message
        assert free <= 1
        assert needed * 2**20 > len(before) * (2 if together else 1)
        assert "SQLITE_TMPDIR" in caught.value.help
        assert (folder / "db.sqlite").read_bytes() == before
        (folder / FILLER).unlink()
        leave(folder, needed * 2**20 + 2**16)
        script = (
            "import sys\nfrom tests.backend.sqlite.test_compact import *\n"
            "print(compacted(sys.argv[1], dict(os.environ)).how)"
        )
        # SQLite reads the variable when it is loaded.
        environment = {
            **os.environ,
            "SQLITE_TMPDIR": temporary,
            "PYTHONPATH": os.pathsep.join(it for it in sys.path if it),
        }
        command = [sys.executable, "-c", script, where]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert done.stdout == "anew\n"


@pytest.mark.parametrize("old", [False, True])
def test_a_disk_that_fills_up_meanwhile(tmp_path: Path, old: bool) -> None:  # noqa: FBT001
    with small_disk(tmp_path / "disk", 40) as folder:
        where = str(folder / "db.sqlite")
        made(where, old=old, rows=3_000, keep=2)
        place = Place("sqlite", where, provision(runtime_of("sqlite", where)))
        before = dump(place)
        if old:  # as if there were room: by what is asked first
            with pytest.raises(SqliteNotWritableError, match="cannot grow"):
                compacted(where, {"SQLITE_TMPDIR": str(tmp_path)}, on_progress=lambda *_: leave(folder, 2**17))
        else:
            leave(folder, 2**15)
            with suppress(SqliteNotWritableError):  # giving back may need less
                compacted(where)
        (folder / FILLER).unlink()
        assert dump(place) == before
        assert compacted(where, {"SQLITE_TMPDIR": str(tmp_path)}).after.free == 0
        assert dump(place) == before
        assert pragma(where, "integrity_check") == "ok"


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def old_file(on_a_file: Project) -> Project:
    Path(on_a_file.where).parent.mkdir()
    made(on_a_file.where, old=True)
    return on_a_file


def test_the_command(old_file: Project, codemation: Codemation) -> None:
    ran = codemation("db", "compact")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"SQLite {old_file.where}")
    assert "MiB before, " in ran.said
    assert "none of it free; from now on the file gives space back by itself" in ran.said
    assert max(map(len, ran.out.splitlines()[2:])) <= 80
    fill(old_file.where)
    statements(old_file.where, "DELETE FROM audit_events")
    ran = codemation("db", "compact", "--format", "json")
    data = json.loads(ran.out)
    validate_output("compact", data)
    assert data["method"] == "incremental"
    assert data["before"]["freeBytes"] > 2**20
    assert data["after"] == {"bytes": os.path.getsize(old_file.where), "freeBytes": 0}


def test_postgresql_needs_none(on_a_file: Project, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    del on_a_file
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@127.0.0.1:1/app")
    ran = codemation("db", "compact")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("PostgreSQL 127.0.0.1:1/app")
    assert "nothing to do: PostgreSQL's autovacuum" in ran.said
    data = json.loads(codemation("db", "compact", "--format", "json").out)
    validate_output("compact", data)
    assert (data["method"], data["before"], data["after"]) == (None, None, None)


def test_what_is_not_ours_or_not_there_is_left_alone(on_a_file: Project, codemation: Codemation) -> None:
    ran = codemation("db", "compact")
    assert (ran.code, "error[CM505]" in ran.err) == (3, True)
    assert not Path(on_a_file.where).exists()
    Path(on_a_file.where).parent.mkdir()
    on_a_file.execute("CREATE TABLE customers (id INTEGER)", "INSERT INTO customers VALUES (7)")
    before = Path(on_a_file.where).read_bytes()
    ran = codemation("db", "compact")
    assert (ran.code, "error[CM511]" in ran.err) == (3, True)
    assert Path(on_a_file.where).read_bytes() == before


def test_what_is_newer_is_left_alone(old_file: Project, codemation: Codemation) -> None:
    old_file.execute(
        f"UPDATE codemation_revision SET version_num = '{NEXT}'",  # noqa: S608
        f"INSERT INTO codemation_revision_log SELECT '{NEXT}', checksum, applied_at, 1, '9'"  # noqa: S608
        " FROM codemation_revision_log LIMIT 1",
    )
    ran = codemation("db", "compact")
    assert (ran.code, "error[CM506]" in ran.err) == (3, True)
    assert old_file.execute("PRAGMA auto_vacuum") == [(0,)]


def test_a_file_of_an_older_program_is_compacted(on_a_file: Project, codemation: Codemation) -> None:
    codemation("db", "migrate", "--to", "0002")
    on_a_file.execute(*OLD)
    assert "from now on the file gives space back" in codemation("db", "compact").said


@pytest.mark.parametrize("old", [False, True])
def test_a_file_that_was_not_cut_to_what_its_head_says(on_sqlite: Place, old: bool) -> None:  # noqa: FBT001
    """As a VACUUM leaves it that is killed after its journal is deleted, and before the file is cut."""
    made(on_sqlite.where, old=old)
    compacted(on_sqlite.where)
    on_sqlite.engine.dispose()
    size = os.path.getsize(on_sqlite.where)
    os.truncate(on_sqlite.where, 3 * size)
    result = compacted(on_sqlite.where)
    assert (result.how, result.before, result.done) == ("anew", Space(3 * size, size), True)
    assert (result.after.free, result.after.size <= size) == (0, True)
    assert pragma(on_sqlite.where, "integrity_check") == "ok"


def started(project: Project) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "codemation", "db", "compact"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=project.root, stdout=pipe, stderr=pipe, text=True)


def begun(running: subprocess.Popen[str], where: str, before: bytes) -> None:
    """Wait until it is at the file."""
    deadline = time.monotonic() + 30
    while running.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            if not Path(f"{where}-wal").exists() and Path(where).read_bytes()[18:20] != before[18:20]:
                return
        time.sleep(0.001)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_is_written_anew(old_file: Project, number: int) -> None:
    """What it says is what became of the file: the signal may come when all is done."""
    fill(old_file.where, 40_000)
    before = dump(Place("sqlite", old_file.where, provision(runtime_of("sqlite", old_file.where))))
    head = Path(old_file.where).read_bytes()[:100]
    with started(old_file) as running:
        begun(running, old_file.where, head)
        running.send_signal(number)
        out, err = running.communicate()
    assert err == ""
    if running.returncode == 0:
        assert "from now on the file gives space back by itself" in " ".join(out.split())
    else:
        assert running.returncode == 128 + number
        assert "stopped: the file is as it was; nothing is lost, and run again it goes on" in " ".join(out.split())
    place = Place("sqlite", old_file.where, provision(runtime_of("sqlite", old_file.where)))
    assert dump(place) == before
    assert pragma(old_file.where, "auto_vacuum") == (2 if running.returncode == 0 else 0)


@pytest.mark.parametrize("old", [False, True])
def test_killed_at_any_point(on_a_file: Project, old: bool) -> None:  # noqa: FBT001
    Path(on_a_file.where).parent.mkdir()
    made(on_a_file.where, old=old, rows=20_000, keep=2)
    place = Place("sqlite", on_a_file.where, provision(runtime_of("sqlite", on_a_file.where)))
    before = dump(place)
    place.engine.dispose()
    master = Path(tempfile.mkdtemp()) / "master"
    shutil.copy(on_a_file.where, master)
    try:
        started_at = time.perf_counter()
        with started(on_a_file) as running:
            running.communicate()
        took = time.perf_counter() - started_at
        for number in range(3 * min(FACTOR, 30)):
            shutil.copy(master, on_a_file.where)
            for suffix in ("-wal", "-shm", "-journal"):
                Path(f"{on_a_file.where}{suffix}").unlink(missing_ok=True)
            with started(on_a_file) as running:
                # The latter part: before that Python is loading.
                time.sleep(took * (0.5 + 0.5 * ((number * 0.618) % 1)))
                running.kill()
                running.communicate()
            assert dump(place) == before
            place.engine.dispose()
            assert compacted(on_a_file.where).after.free == 0
            assert dump(place) == before
            assert pragma(on_a_file.where, "integrity_check") == "ok"
    finally:
        shutil.rmtree(master.parent)
