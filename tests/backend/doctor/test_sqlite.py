"""Ways in which a SQLite file is not fit: each is made for real, and `doctor` names each."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from codemation.backend.doctor.sqlite import place as sqlite_place
from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from codemation.backend.migrations.revisions import HEAD, LOG_TABLE, VERSION_TABLE
from tests.backend.commands import Codemation
from tests.backend.disks import leave, small_disk
from tests.backend.doctor.places import (
    holding,
)
from tests.backend.doctor.ways import Way, found
from tests.backend.engines import unprivileged
from tests.backend.places import NEXT, runtime_of


class Place(NamedTuple):
    """A folder of a test's own that anybody may reach, and the path of a file in it."""

    folder: Path
    path: Path

    def migrated(self, target: str = "head") -> None:
        engine = provision(runtime_of("sqlite", str(self.path)))
        migrate.upgrade(engine, target)
        engine.dispose()

    def execute(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        folder.mkdir(mode=0o700)
        Path(name).chmod(0o755)
        yield Place(folder, folder / "db.sqlite")
        folder.chmod(0o700)


MadeFile = Callable[[Place], AbstractContextManager[None]]


def doing(what: Callable[[Place], object], *, migrated: bool = True) -> MadeFile:
    """A file that is migrated, and then spoilt by what Python can do to it."""

    @contextmanager
    def made(place: Place) -> Iterator[None]:
        if migrated:
            place.migrated()
        what(place)
        yield

    return made


def executing(*statements: str) -> MadeFile:
    return doing(lambda place: place.execute(*statements))


def noise(place: Place) -> None:
    """Pages of noise in the middle of the file, where tables' rows are."""
    place.execute(
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
        "INSERT INTO metric_points (name, value, workflow_id, recorded_at) SELECT 'n', i, 'w', '2026-01-01' FROM n"
    )
    with place.path.open("r+b") as file:
        length = file.seek(0, 2)
        file.seek(length // 2)
        file.write(os.urandom(8 * 4096))


def another_mode(place: Place) -> None:
    place.execute("PRAGMA journal_mode=DELETE")


@contextmanager
def a_writer(place: Place) -> Iterator[None]:
    place.migrated()
    with holding(place.path, "BEGIN IMMEDIATE"):
        yield


@contextmanager
def an_old_reader(place: Place) -> Iterator[None]:
    place.migrated()
    another_mode(place)
    with holding(place.path, "BEGIN", "SELECT count(*) FROM runs"):
        yield


@contextmanager
def alone(place: Place) -> Iterator[None]:
    place.migrated()
    another_mode(place)
    with holding(place.path, "BEGIN EXCLUSIVE"):
        yield


@contextmanager
def a_reader_without_end(place: Place) -> Iterator[None]:
    place.migrated()
    with holding(place.path, "BEGIN", "SELECT count(*) FROM runs"):
        row = "INSERT INTO audit_events (occurred_at, action, target_id) VALUES ('2026-01-01', 'x', {})"
        place.execute("BEGIN", *([row.format("hex(zeroblob(8000000))")] * 5), "COMMIT")
        yield


@contextmanager
def full_disk(place: Place) -> Iterator[None]:
    """A disk of 2 MB, all but full."""
    with small_disk(place.folder, 2):
        place.migrated()
        yield


@contextmanager
def quite_full_disk(place: Place) -> Iterator[None]:
    with small_disk(place.folder, 20):
        place.migrated()
        leave(place.folder, 0)
        yield


@contextmanager
def no_inodes(place: Place) -> Iterator[None]:
    """A disk that has room, but not for one more file."""
    with small_disk(place.folder, 64, "nr_inodes=8"):
        place.migrated()
        with suppress(OSError):
            for number in range(8):
                (place.folder / f"file{number}").touch()
        yield


@contextmanager
def a_limit(place: Place) -> Iterator[None]:
    place.migrated()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def anothers_log(place: Place) -> Iterator[None]:
    """As a program leaves it that was run as root (`sudo sqlite3 FILE`) and killed."""
    if os.geteuid() != 0:
        pytest.skip("only root can leave one of root's")
    place.migrated()
    row = "INSERT INTO audit_events (occurred_at, action) VALUES ('2026-01-01', 'x')"
    with holding(place.path, row), unprivileged(place.folder, place.path):
        yield


@contextmanager
def read_only(place: Place, mode: int, *, folder: bool) -> Iterator[None]:
    place.migrated()
    (place.folder if folder else place.path).chmod(mode)
    with unprivileged(place.folder, place.path):
        yield


@contextmanager
def a_network_file_system(place: Place) -> Iterator[None]:
    """None can be mounted here: the table of mounts says that one is."""
    place.migrated()
    mounts = place.folder.parent / "mounts"
    here = str(place.folder.resolve()).replace(" ", "\\040")
    mounts.write_text(f"none / ext4 rw 0 0\nserver:/export {here} nfs4 rw,vers=4.2 0 0\n")
    before = sqlite_place.MOUNTS
    sqlite_place.MOUNTS = str(mounts)
    try:
        yield
    finally:
        sqlite_place.MOUNTS = before


def without_auto_vacuum(place: Place) -> None:
    place.execute("PRAGMA journal_mode=DELETE", "PRAGMA auto_vacuum=NONE", "VACUUM", "PRAGMA journal_mode=WAL")


@contextmanager
def older(place: Place) -> Iterator[None]:
    place.migrated("0002")
    yield


SQLITE = [
    Way(
        "a text",
        "database",
        "failed",
        "is not a SQLite database",
        "Move that file",
        doing(lambda it: it.path.write_text("text " * 99), migrated=False),
        "CM503",
    ),
    Way(
        "a folder",
        "database",
        "failed",
        "is a directory",
        "path of a file",
        doing(lambda it: it.path.mkdir(), migrated=False),
        "CM503",
    ),
    Way(
        "a pipe",
        "database",
        "failed",
        "not a regular file",
        "path of a file",
        doing(lambda it: os.mkfifo(it.path), migrated=False),
        "CM503",
    ),
    Way(
        "a link in a circle",
        "database",
        "failed",
        "link in a circle",
        "path of a file",
        doing(lambda it: it.path.symlink_to(it.path), migrated=False),
        "CM503",
    ),
    Way("pages of noise", "integrity", "failed", "is damaged: ", "backup", doing(noise), "CM503"),
    Way("a writer that does not end", "writable", "failed", "held by process", "Wait until", a_writer, "CM504"),
    Way(
        "a reader in the way of WAL",
        "journal",
        "failed",
        "no host can switch it: ",
        "Wait until",
        an_old_reader,
        "CM504",
    ),
    Way("somebody who has it alone", "writable", "failed", "held by process", "Wait until", alone, "CM504"),
    Way(
        "a log that grows",
        "wal",
        "warning",
        "a reader of an old state",
        "wal_checkpoint(TRUNCATE)",
        a_reader_without_end,
    ),
    Way(
        "a file that never gets smaller",
        "auto-vacuum",
        "warning",
        "off: the file never",
        "db compact",
        doing(without_auto_vacuum),
    ),
    Way("a disk that is full", "disk", "failed", "left", "Free some space", full_disk, "CM503"),
    Way("a disk that is quite full", "disk", "failed", "0 bytes left", "Free some space", quite_full_disk, "CM503"),
    Way(
        "a disk without inodes",
        "disk",
        "failed",
        "has no inode left",
        "df -i",
        no_inodes,
        "CM503",
    ),
    Way(
        "a limit of files' sizes",
        "disk",
        "warning",
        "may write no file above 1.0 MiB",
        "ulimit -f",
        a_limit,
    ),
    Way(
        "a log of another user's",
        "writable",
        "failed",
        "this user may not read and write ",
        "chown",
        anothers_log,
        "CM503",
    ),
    Way(
        "a folder in the log's place",
        "writable",
        "failed",
        "which SQLite keeps beside it, is no file",
        "Move that away",
        doing(lambda it: Path(f"{it.path}-wal").mkdir()),
        "CM503",
    ),
    Way(
        "rows that refer to nothing",
        "integrity",
        "warning",
        "rows refer to what is not there, and no prune finds them: slot_projections (1)",
        "Restore a backup",
        executing("INSERT INTO slot_projections VALUES (999, '{}', 0, '2026-01-01')"),
        remedy=(
            "DELETE FROM slot_projections WHERE rowid IN "
            "(SELECT rowid FROM pragma_foreign_key_check('slot_projections'))"
        ),
    ),
    Way(
        "a view in a table's place",
        "schema",
        "failed",
        "the table metric_points is missing: a view has its name",
        "DROP VIEW metric_points",
        executing("ALTER TABLE metric_points RENAME TO theirs", "CREATE VIEW metric_points AS SELECT * FROM theirs"),
    ),
    Way(
        "a unique index of somebody else's",
        "schema",
        "warning",
        "metric_points has the index mine, which is not codemation's and may refuse rows",
        "unless you know",
        executing("CREATE UNIQUE INDEX mine ON metric_points (name)"),
        remedy="DROP INDEX mine",
    ),
    Way(
        "a table that refers to ours",
        "tables",
        "warning",
        "theirs refers to runs without ON DELETE",
        "ON DELETE CASCADE or SET NULL",
        executing("CREATE TABLE theirs (run INTEGER REFERENCES runs (id))"),
    ),
    Way(
        "a file that others may read",
        "modes",
        "warning",
        "mode 0644",
        "chmod 600",
        doing(lambda it: it.path.chmod(0o644)),
    ),
    Way(
        "a folder that others may write",
        "modes",
        "warning",
        "mode 0777",
        "chmod go-w",
        doing(lambda it: it.folder.chmod(0o777)),
    ),
    Way(
        "a trigger that drops rows",
        "tables",
        "failed",
        "the trigger swallow on runs, which is not codemation's, drops rows without a word",
        'DROP TRIGGER "swallow"',
        executing("CREATE TRIGGER swallow BEFORE INSERT ON runs BEGIN SELECT RAISE(IGNORE); END"),
    ),
    Way(
        "a trigger that refuses rows",
        "tables",
        "warning",
        "may refuse rows (RAISE ABORT)",
        'DROP TRIGGER "refuse"',
        executing("CREATE TRIGGER refuse BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'kept'); END"),
    ),
    Way(
        "a file that is read-only",
        "writable",
        "failed",
        "file ",
        "Let the user",
        lambda it: read_only(it, 0o400, folder=False),
        "CM503",
    ),
    Way(
        "a folder that is read-only",
        "writable",
        "failed",
        "folder ",
        "Let the user",
        lambda it: read_only(it, 0o500, folder=True),
        "CM503",
    ),
    Way(
        "a folder that may not be entered",
        "database",
        "failed",
        "this user may not enter the folder",
        "chmod u+x",
        lambda it: read_only(it, 0o600, folder=True),
        "CM503",
    ),
    Way(
        "a network file system",
        "file-system",
        "warning",
        "network file system (nfs4)",
        "local disk",
        a_network_file_system,
    ),
    Way(
        "a table that is gone",
        "schema",
        "failed",
        "the table spans is missing",
        "backup",
        executing("DROP TABLE spans"),
    ),
    Way(
        "a column that is gone",
        "schema",
        "failed",
        "the column spans.status_message is missing",
        "backup",
        executing("ALTER TABLE spans DROP COLUMN status_message"),
    ),
    Way(
        "an index that is gone",
        "schema",
        "warning",
        "lacks the index ix_work_items_run_id",
        "codemation db sql",
        executing("DROP INDEX ix_work_items_run_id"),
    ),
    Way(
        "a table that was made anew without its constraints",
        "schema",
        "failed",
        "slot_projections lacks FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE",
        "codemation db sql",
        executing(
            "CREATE TABLE again (run_id INTEGER NOT NULL PRIMARY KEY, slot_states JSON NOT NULL, "
            "version BIGINT DEFAULT '0' NOT NULL, updated_at DATETIME NOT NULL)",
            "DROP TABLE slot_projections",
            "ALTER TABLE again RENAME TO slot_projections",
        ),
    ),
    Way(
        "somebody else's",
        "migrations",
        "failed",
        "tables of somebody else",
        "another database",
        executing(f"DROP TABLE {VERSION_TABLE}", f"DROP TABLE {LOG_TABLE}"),
        "CM511",
    ),
    Way(
        "newer",
        "migrations",
        "failed",
        f"is at revision {NEXT}",
        "newer",
        executing(f"UPDATE {VERSION_TABLE} SET version_num = '{NEXT}'"),  # noqa: S608
        "CM506",
    ),
    Way("an older one", "migrations", "warning", f"{HEAD} pending", "codemation db migrate", older),
    Way(
        "nobody prunes it",
        "retention",
        "warning",
        "due and still there: metric points for",
        "boot(prune_every=3600)",
        executing(
            "INSERT INTO metric_points (name, value, workflow_id, recorded_at)"
            " VALUES ('m', 1, 'w', '2024-01-01 00:00:00.000000')"
        ),
    ),
]


@pytest.mark.parametrize("way", SQLITE, ids=lambda way: way.what)
def test_sqlite(way: Way, place: Place, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMATION_SQLITE_FILE_PATH", str(place.path))
    codemation("doctor", "--format", "json")  # imports what an unprivileged user may not read
    with way.made(place):
        found(codemation, way)
        if way.remedy:
            place.execute(way.remedy)
            ran = codemation("doctor", "--exit-code", "warning")
            assert ran.code == 0, ran.out


def test_sqlite_is_fit_otherwise(place: Place, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMATION_SQLITE_FILE_PATH", str(place.path))
    place.migrated()
    ran = codemation("doctor", "--format", "json", "--exit-code", "warning")
    assert ran.code == 0, ran.out
    states = {check["name"]: check["state"] for check in json.loads(ran.out)["checks"]}
    assert {state for name, state in states.items() if not name.startswith("redis")} == {"ok"}
