"""`codemation db copy`, as it is used."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from codemation.backend.tables import metadata
from tests.backend.commands import Codemation
from tests.backend.places import runtime_of, seed
from tests.conftest import Fresh
from tests.schema.closed import validate_output
from tests.torture import FACTOR

pytestmark = pytest.mark.postgresql


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a SQLite database that holds some rows; nothing says PostgreSQL yet."""
    folder = tmp_path / "project"
    (folder / ".codemation").mkdir(parents=True)
    (folder / "codemation.toml").write_text("[app.retention]\nrunSeconds = 3600\n")
    for name in ("DATABASE_URL", "CODEMATION_DATABASE_URL", "CODEMATION_SQLITE_FILE_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)
    engine = provision(runtime_of("sqlite", str(file_of(folder))))
    migrate.upgrade(engine)
    seed(engine, 3)
    engine.dispose()
    return folder


def file_of(root: Path) -> Path:
    return root / ".codemation" / "codemation.sqlite"


def rows(url: str, name: str = "runs") -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone()  # noqa: S608
        assert found is not None
        return int(found[0])


def spoil(root: Path) -> None:
    with closing(sqlite3.connect(file_of(root))) as connection, connection:
        connection.execute("UPDATE metric_points SET node_id = 'a' || char(0) || 'S3cret-Canary' WHERE id = 1")


def test_the_whole_way(root: Path, postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = codemation("db", "copy")
    assert ran.code == 2
    assert "set DATABASE_URL" in ran.said
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    ran = codemation("db", "copy")
    assert (ran.code, "CM505" in ran.said) == (3, True)
    assert codemation("db", "migrate").code == 0
    ran = codemation("db", "copy")
    assert (ran.code, ran.err) == (0, "")
    assert f"copied from SQLite {file_of(root)} by default" in ran.said
    assert "from DATABASE_URL (process environment)" in ran.said
    assert "; compared, and the same scan " in ran.said
    assert "now set, wherever a host runs: DATABASE_URL=postgresql://" in ran.said
    assert "codemation check: checked codemation.toml and no env file: PostgreSQL" in ran.said
    assert rows(postgresql.url) == 3
    ran = codemation("db", "copy")
    assert ran.code == 3
    assert "error[CM510]" in ran.said
    assert rows(postgresql.url) == 3


def test_of_a_file_in_another_place_into_the_database_of_an_env_file(
    root: Path, postgresql: Fresh, codemation: Codemation, tmp_path: Path
) -> None:
    moved = tmp_path / "old.sqlite"
    file_of(root).rename(moved)
    (root / ".env.production").write_text(f"DATABASE_URL={postgresql.url}\n")
    assert codemation("db", "migrate", "--env-file", ".env.production").code == 0
    ran = codemation("db", "copy", "--to-env", ".env.production", "--from", str(moved), "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    data = json.loads(ran.out)
    validate_output("copy", data)
    assert data["copied"]
    assert data["source"]["sqliteFilePath"] == str(moved)
    assert data["database"]["why"] == "from DATABASE_URL (.env.production:1)"
    assert {it["table"]: it["rows"] for it in data["tables"]}["runs"] == 3
    assert rows(postgresql.url) == 3


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("postgresql://app:S3cret-Canary@db/codemation", "--from is a URI, not a path"),
        ("sqlite:///old.sqlite", "--from is a URI, not a path"),
        ("~/old.sqlite", "--from starts with `~`, which is not expanded"),
        ("", "--from is blank"),
    ],
)
def test_what_is_no_path_is_not_looked_for(
    source: str, said: str, root: Path, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@127.0.0.1:1/codemation")
    (root / "codemation.toml").write_text("")
    ran = codemation("db", "copy", "--from", source)
    assert (ran.code, "S3cret-Canary" in ran.said) == (2, False)
    assert said in ran.said


def test_a_file_that_is_not_there(
    root: Path, postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    codemation("db", "migrate")
    ran = codemation("db", "copy", "--from", str(root / "none.sqlite"))
    assert ran.code == 3
    assert "none.sqlite" in ran.said
    assert not (root / "none.sqlite").exists()


def test_what_postgresql_cannot_hold_is_listed_or_replaced(
    root: Path, postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(root)
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    codemation("db", "migrate")
    ran = codemation("db", "copy")
    assert ran.code == 3
    assert "metric_points id=1 node_id: a NUL character" in ran.said
    assert "--replace-invalid" in ran.said
    assert "Canary" not in ran.said
    assert rows(postgresql.url) == 0
    ran = codemation("db", "copy", "--format", "json")
    data = json.loads(ran.out)
    validate_output("copy", data)
    assert (ran.code, data["copied"]) == (3, False)
    finding = {"table": "metric_points", "key": {"id": 1}, "column": "node_id", "kind": "nul", "replaceable": True}
    assert data["findings"] == [finding]
    ran = codemation("db", "copy", "--replace-invalid")
    assert ran.code == 0
    assert "substitutes were copied for 1 cell: metric_points id=1 node_id: a NUL character" in ran.said
    assert rows(postgresql.url, "metric_points") == 3


def test_without_a_configuration_nothing_is_copied(
    root: Path, postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    codemation("db", "migrate")
    (root / "codemation.toml").unlink()
    ran = codemation("db", "copy")
    assert ran.code == 1
    assert "error[CM001]: `codemation db copy` wants a codemation.toml" in ran.said
    assert rows(postgresql.url) == 0


def test_what_the_process_decides_otherwise_is_refused(
    root: Path, postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".env.production").write_text("DATABASE_URL=postgresql://elsewhere.example.com/db\n")
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    ran = codemation("db", "copy", "--to-env", ".env.production")
    assert ran.code == 1
    assert "error[CM206]" in ran.said


def test_a_signal_leaves_the_target_as_it_was(
    root: Path, postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    codemation("db", "migrate")
    with closing(sqlite3.connect(file_of(root))) as connection, connection:
        connection.execute(
            "INSERT INTO metric_points (name, value, workflow_id, recorded_at)"
            " WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 300000)"
            " SELECT 'm', n, 'w', '2026-01-01 00:00:00.000000' FROM s"
        )
    for wanted, said in ((("--format", "json"), '"copied": false'), ((), "stopped: the target is as it was")):
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "codemation", "db", "copy", *wanted],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
            cwd=root,
        )
        with psycopg.connect(postgresql.url, autocommit=True) as server:
            # Rows are on their way.
            while not server.execute("SELECT 1 FROM pg_stat_progress_copy WHERE tuples_processed > 1000").fetchall():
                assert process.poll() is None
                time.sleep(0.002)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 128 + signal.SIGTERM, err
        assert said in out
        assert rows(postgresql.url, "metric_points") == 0


def test_no_output_holds_the_password(
    root: Path, postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(root)
    given = postgresql.url.replace("postgresql:///?", "postgresql:///?password=Pa55word-Canary&", 1)
    assert given != postgresql.url
    monkeypatch.setenv("DATABASE_URL", given)
    codemation("db", "migrate")
    for arguments, code in (((), 3), (("--format", "json"), 3), (("--replace-invalid",), 0), ((), 3)):
        ran = codemation("db", "copy", *arguments)
        assert ran.code == code
        assert "Pa55word" not in ran.out + ran.err


KILLS = 3 if FACTOR == 1 else 100


def test_killed_at_any_point(
    root: Path, postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target is as it was, or all is there."""
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    codemation("db", "migrate")
    with closing(sqlite3.connect(file_of(root))) as connection, connection:
        connection.execute(
            "INSERT INTO metric_points (name, value, workflow_id, recorded_at)"
            " WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 30000)"
            " SELECT 'm', n, 'w', '2026-01-01 00:00:00.000000' FROM s"
        )
    seconds = 0.0
    for number in range(-1, KILLS):
        began = time.monotonic()
        command = [sys.executable, "-u", "-m", "codemation", "db", "copy"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ), cwd=root)
        assert process.stdout is not None
        assert process.stdout.readline()
        if number < 0:
            process.communicate(timeout=120)
            seconds = time.monotonic() - began
        else:
            time.sleep(random.Random(number).uniform(0.0, seconds))
            process.kill()
            process.communicate(timeout=120)
        found = (rows(postgresql.url, "metric_points"), rows(postgresql.url))
        assert found in {(0, 0), (30_003, 3)}
        if found[0]:
            with psycopg.connect(postgresql.url) as server:
                server.execute(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY".encode())
    ran = codemation("db", "copy")
    assert ran.code == 0
    assert rows(postgresql.url, "metric_points") == 30_003
