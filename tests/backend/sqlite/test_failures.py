"""SQLite: what goes wrong."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from codemation.backend.engine import typed_errors
from codemation.backend.errors import (
    DatabaseLockedError,
    SqliteNotWritableError,
)
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.backend.sqlite import inspection as sqlite_inspection
from codemation.backend.sqlite.connection import Opening
from tests.backend.commands import Codemation
from tests.backend.engines import OURS, failure, make, mode, on_file, opened, snapshot, unprivileged
from tests.backend.places import run


def test_a_directory(tmp_path: Path) -> None:
    error = failure(on_file(tmp_path))
    assert isinstance(error, SqliteNotWritableError)
    assert (error.code, error.slug) == ("CM503", "sqlite-not-writable")
    assert error.message == f"the SQLite file {tmp_path} is a directory"
    assert str(error) == f"error[CM503]: {error.message} (help: {error.help})"


@pytest.mark.parametrize("inspects", [True, False])
def test_paths_at_which_nothing_can_be(tmp_path: Path, *, inspects: bool) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "dangling").symlink_to(tmp_path / "missing" / "db.sqlite")
    before = sorted(tmp_path.rglob("*"))
    for name, said in (
        ("file/under", "is not a folder"),
        ("file/far/under", "is not a folder"),
        ("circle", "is a link in a circle"),
        ("dangling", "whose folder is missing"),
    ):
        attempt = sqlite_inspection.inspect if inspects else Opening
        arguments: tuple[Any, ...] = (sqlite_inspection.read_history,) if inspects else ()
        with pytest.raises(SqliteNotWritableError, match=said):
            attempt(str(tmp_path / name), *arguments)
    assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "link").symlink_to(tmp_path / "new.sqlite")
    assert sqlite_inspection.inspect(str(tmp_path / "link"), sqlite_inspection.read_history) is None
    with opened(on_file(tmp_path / "link")) as engine, engine.connect():
        assert (tmp_path / "new.sqlite").is_file()


def test_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    error = failure(on_file(tmp_path / "pipe"))
    assert isinstance(error, SqliteNotWritableError)
    assert error.message.endswith("is not a regular file")


@pytest.mark.parametrize("content", ["hi", "kind = 'sqlite'\n" * 300])
def test_a_text_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "db"
    path.write_text(content)
    path.chmod(0o644)
    before = snapshot(tmp_path)
    error = failure(on_file(path))
    assert isinstance(error, SqliteNotWritableError)
    assert "is not a SQLite database" in error.message
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("content", [[], OURS, ["PRAGMA journal_mode=WAL", *OURS]])
def test_a_read_only_file(open_folder: Path, content: list[str]) -> None:
    path = make(open_folder / "db", *content)
    path.touch()
    path.chmod(0o440)
    with unprivileged(open_folder, path):
        error = failure(on_file(path))
    assert isinstance(error, SqliteNotWritableError)
    assert "read-only" in error.message
    assert mode(path) == 0o400


def test_a_read_only_folder(open_folder: Path) -> None:
    path = make(open_folder / "db", *OURS)
    open_folder.chmod(0o500)
    with unprivileged(open_folder, path):
        errors = [failure(on_file(path)), failure(on_file(open_folder / "new")), failure(on_file(open_folder / "a/b"))]
    assert {type(error) for error in errors} == {SqliteNotWritableError}
    assert "read-only" in errors[0].message
    assert "cannot be created: Permission denied" in errors[1].message


def test_a_folder_that_may_not_be_entered(open_folder: Path) -> None:
    path = make(open_folder / "closed" / "db", *OURS)
    open_folder.chmod(0o755)
    path.parent.chmod(0o600)
    with unprivileged(path.parent):
        errors = [failure(on_file(path)), failure(on_file(path), read_only=True)]
        for ask in (sqlite_inspection.read_history, sqlite_inspection.at_head):
            with pytest.raises(SqliteNotWritableError) as caught:
                sqlite_inspection.inspect(str(path), ask)
            errors.append(caught.value)
    path.parent.chmod(0o700)
    for error in errors:
        assert error.message.endswith(f"cannot be reached: this user may not enter the folder {path.parent}")
        assert "chmod u+x" in error.help


@contextmanager
def mounted_for_reading(folder: Path) -> Iterator[None]:
    """A disk of its own with what lies in `folder`, mounted for reading only."""
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root can mount a disk")
    bound = subprocess.run([mount, "--bind", folder, folder], check=False, capture_output=True)
    if bound.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        subprocess.run([mount, "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607


@pytest.mark.parametrize("name", ["db", "new", "far/new"])
def test_a_mount_for_reading_only_is_no_file_mode(open_folder: Path, codemation: Codemation, name: str) -> None:
    path = make(open_folder / "db", *OURS).parent / name
    with mounted_for_reading(open_folder):
        error = failure(on_file(path))
        ran = codemation("doctor", "--no-env", "--set", f"app.database.sqliteFilePath={path}")
    assert error.message == f"the SQLite file {path} is on a file system that is mounted for reading only"
    assert "read_only=True" in error.help
    assert ran.code == 3
    assert error.message in ran.said
    assert error.help in ran.said


def test_a_full_disk(file: Path) -> None:
    given = on_file(file)
    with opened(given) as engine, engine.connect() as connection:
        connection.execute(text("CREATE TABLE t (a)"))
        connection.execute(text("PRAGMA max_page_count = 3"))
        with pytest.raises(SqliteNotWritableError, match="disk is full"), typed_errors(given):
            connection.execute(text("INSERT INTO t VALUES (zeroblob(99999))"))


@pytest.mark.parametrize("written", [False, True])
def test_a_locked_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, written: bool) -> None:
    """It is waited for once, not by each reader that might see more."""
    waited: list[float] = []
    connect = sqlite3.connect

    def recording(*arguments: Any, **options: Any) -> Any:
        waited.append(options["timeout"])
        return connect(*arguments, **options)

    path = make(tmp_path / "db", *OURS)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        if written:
            holder.execute("CREATE TABLE t (a)")
        assert Path(f"{path}-journal").exists() is written
        with monkeypatch.context() as patch:
            patch.setattr("codemation.backend.sqlite.inspection.sqlite3.connect", recording)
            started = time.monotonic()
            error = failure(on_file(path), connect_args={"timeout": 0.5})
        assert time.monotonic() - started >= 0.5
        assert waited == [0.5]
    assert isinstance(error, DatabaseLockedError)
    assert error.code == "CM504"


def test_a_lock_that_another_transaction_holds(ours: Path) -> None:
    given = on_file(ours)
    with (
        opened(given, connect_args={"timeout": 0.05}) as engine,
        engine.begin(),
        pytest.raises(DatabaseLockedError),
        typed_errors(given),
        engine.begin(),
    ):
        pass


def test_typed_errors_tells_what_nobody_foresaw_and_lets_pass_what_is_no_databases(file: Path) -> None:
    given = on_file(file)
    with opened(given) as engine, engine.connect() as connection:
        with pytest.raises(MigrationFailedError, match="no such table"), typed_errors(given):
            connection.execute(text("SELECT * FROM missing"))
        with pytest.raises(ZeroDivisionError), typed_errors(given):
            print(1 / 0)


LIMITED = """
import resource, sys
import codemation
from sqlalchemy import text
env = {"CODEMATION_SQLITE_FILE_PATH": sys.argv[1]}
with codemation.boot("/", env=env):
    pass
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with codemation.boot("/", env=env):
        pass
except codemation.BackendError as error:
    print(error.code, error.message, error.help)
"""


def test_a_limit_on_the_size_of_files_is_no_network(tmp_path: Path) -> None:
    said = run(LIMITED, str(tmp_path / "db.sqlite"))
    assert said.startswith("CM503")
    assert "no file above 4096 bytes" in said
    assert "network" not in said
