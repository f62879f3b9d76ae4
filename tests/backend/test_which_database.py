"""Whatever touches a database names it and who says so first, and never takes another one than a named file says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemation.backend.migrations.migrate import HEAD
from tests.backend.commands import Codemation, Project
from tests.conftest import Fresh

PRODUCTION = "postgresql://app:geheim@127.0.0.1:1/production"


def test_it_is_named_with_its_source_first(project: Project, codemation: Codemation) -> None:
    kinds = {
        "sqlite": ("SQLite ", "by default"),
        "postgresql": ("PostgreSQL ", "from DATABASE_URL (process environment)"),
    }
    name, why = kinds[project.kind]
    for command in (
        *(["doctor"], ["db", "status"], ["db", "history"], ["db", "migrate"]),
        ["db", "downgrade", "0002", "--yes"],
    ):
        said = " ".join(codemation(*command).out.split())
        assert said.startswith(name), command
        assert said.partition(name)[2].partition(" ")[2].startswith(why), command
    for command in (["doctor"], ["db", "status"], ["db", "history"]):
        data = json.loads(codemation(*command, "--format", "json").out)
        assert (data["database"]["kind"], data["database"]["why"]) == (project.kind, why)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without anything in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "CODEMATION_DATABASE_URL", "CODEMATION_DATABASE_KIND"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def migrated(project: Project, codemation: Codemation) -> Project:
    """A database with rows, which nobody means when they name a file."""
    assert codemation("db", "migrate").code == 0
    project.seed()
    return project


@pytest.mark.parametrize(
    "named", ["DATABASE_URL", "CODEMATION_DATABASE_URL", "CODEMATION_SQLITE_FILE_PATH", "CODEMATION_DATABASE_KIND"]
)
@pytest.mark.parametrize(
    "command", [["downgrade", "base", "--yes"], ["migrate", "--to", "0002"], ["migrate", "--adopt"]]
)
def test_a_named_file_is_meant(
    migrated: Project, codemation: Codemation, monkeypatch: pytest.MonkeyPatch, named: str, command: list[str]
) -> None:
    """The process names the database, the file another one: nothing is done to either."""
    if migrated.kind == "sqlite":
        monkeypatch.setenv("CODEMATION_SQLITE_FILE_PATH", migrated.where)
        monkeypatch.setenv("CODEMATION_DATABASE_KIND", "sqlite")
    other = {"CODEMATION_SQLITE_FILE_PATH": "other.sqlite", "CODEMATION_DATABASE_KIND": "sqlite"}
    Path(".env.local").write_text(f"{named}={other.get(named, PRODUCTION)}\n")
    if named == "CODEMATION_DATABASE_KIND":
        if migrated.kind == "sqlite":
            Path(".env.local").write_text(f"{named}=postgresql\nDATABASE_URL={PRODUCTION}\n")
        else:
            monkeypatch.setenv(named, "postgresql")
    ran = codemation("db", *command, "--env-file", ".env.local")
    assert (ran.code, ran.out) == (1, "")
    assert "error[CM206]: .env.local sets `" in ran.err
    assert "--no-env" in ran.err
    assert "geheim" not in ran.err
    assert not Path("other.sqlite").exists()
    status = codemation("db", "status", "--env-file", ".env.local")
    assert "warning[CM206]" in status.err
    assert f"at {HEAD} (head)" in codemation("db", "status").said


def test_without_the_process_the_file_decides(migrated: Project, codemation: Codemation) -> None:
    Path(".env.local").write_text("CODEMATION_DATABASE_KIND=sqlite\nCODEMATION_SQLITE_FILE_PATH=other.sqlite\n")
    ran = codemation("db", "migrate", "--env-file", ".env.local", "--no-env")
    assert (ran.code, ran.err) == (0, "")
    assert "other.sqlite" in ran.said.split("applying")[0]
    assert codemation("db", "downgrade", "base", "--yes", "--env-file", ".env.local", "--no-env").code == 0
    assert f"at {HEAD} (head)" in codemation("db", "status").said
    assert migrated.where


@pytest.mark.usefixtures("nowhere")
def test_what_agrees_is_no_fault(postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same database under another name, or what an override decides."""
    Path("codemation.toml").touch()
    monkeypatch.setenv("CODEMATION_DATABASE_URL", postgresql.url)
    Path(".env.local").write_text(f"DATABASE_URL={postgresql.url}\n")
    assert codemation("db", "migrate", "--env-file", ".env.local").err == ""
    Path(".env.local").write_text(f"DATABASE_URL={PRODUCTION}\n")
    override = ["--set", f"app.database.url={postgresql.url}"]
    ran = codemation("db", "downgrade", "0002", "--yes", "--env-file", ".env.local", *override)
    assert (ran.code, ran.err) == (0, "")
    assert "from the override app.database.url" in ran.said


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("command", [["doctor"], ["db", "status"], ["db", "history"], ["db", "migrate"]])
def test_what_if_holds_for_databases(
    codemation: Codemation, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", PRODUCTION)
    for options, why in (
        (["--unset", "DATABASE_URL"], "by default"),
        (["--no-env"], "by default"),
        (["--set", "app.database.kind=sqlite"], "from the override app.database.kind"),
        (["--env", "CODEMATION_DATABASE_KIND=sqlite"], "from CODEMATION_DATABASE_KIND (process environment)"),
    ):
        ran = codemation(*command, *options)
        assert ran.code == 0, (options, ran.err)
        assert " ".join(ran.out.split()).partition("codemation.sqlite ")[2].startswith(why)
    assert "AUTOINCREMENT" in codemation("db", "sql", "--no-env").out.upper()
