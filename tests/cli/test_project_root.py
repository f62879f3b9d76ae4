"""Where the project is: its root and its file."""

# ruff: noqa: S607  (parameters of cases; sh, bash and git are whatever the PATH has)

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import WRONG, base_environment, run, write

pytestmark = pytest.mark.usefixtures("project")


def root_of(*options: str) -> Path:
    """The folder where the default SQLite file would lie."""
    data = json.loads(run("compile", "--format", "json", *options).out)
    return Path(data["runtime"]["database"]["sqliteFilePath"]).parent.parent


def test_discovery_goes_upward(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("", project)
    nested = project / "a" / "b"
    nested.mkdir(parents=True)
    monkeypatch.chdir(nested)
    assert root_of() == project
    write("", project / "a")
    assert root_of() == project / "a"
    assert root_of("--root", ".") == nested
    assert root_of("--root", "../..") == project
    assert "codemation.toml" not in run("compile", "--root", ".").err


def test_without_a_file_the_root_is_the_working_directory(project: Path) -> None:
    assert root_of() == project


@pytest.mark.parametrize("command", ["check", "compile", "env"])
def test_a_named_file_must_exist(command: str) -> None:
    ran = run(command, "--config", "missing.toml")
    assert ran.code == 1
    assert "CM001" in ran.out + ran.err
    assert "missing.toml" in ran.out + ran.err


def test_a_named_root_must_be_a_folder() -> None:
    Path("file").write_text("")
    for root in ("missing", "file"):
        assert "CM001" in run("check", "--root", root).out
    assert run("check", "--root", ".").code == 0


def test_the_folder_of_a_named_file_is_the_root(project: Path) -> None:
    folder = project / "deploy"
    write('[app.database]\nsqliteFilePath = "data/x.db"\n', folder).rename(folder / "other.toml")
    (folder / ".env").write_text("QUEUE_PREFIX=theirs\n")
    (project / ".env").write_text("QUEUE_PREFIX=ours\n")
    runtime = json.loads(run("compile", "--format", "json", "--config", "deploy/other.toml").out)["runtime"]
    assert runtime["database"]["sqliteFilePath"] == str(folder / "data/x.db")
    assert runtime["scheduler"]["queuePrefix"] == "theirs"


def test_root_and_file_may_be_apart(project: Path) -> None:
    folder = project / "deploy"
    write('[app.database]\nsqliteFilePath = "data/x.db"\n', folder)
    (project / ".env").write_text("QUEUE_PREFIX=ours\n")
    options = ["--root", ".", "--config", "deploy/codemation.toml"]
    runtime = json.loads(run("compile", "--format", "json", *options).out)["runtime"]
    assert runtime["database"]["sqliteFilePath"] == str(project / "data/x.db")
    assert runtime["scheduler"]["queuePrefix"] == "ours"


@pytest.mark.parametrize(
    "options",
    [
        ["--set", "app.database.sqliteFilePath=x/y.db"],
        ["--set", "runtime.database.sqliteFilePath=./x/y.db"],
        ["--env", "CODEMATION_SQLITE_FILE_PATH=x/../x/y.db"],
        ["--env-file", "env"],
    ],
)
def test_relative_paths_start_at_the_root(project: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    write("", project)
    nested = project / "deep" / "er"
    nested.mkdir(parents=True)
    (nested / "env").write_text("CODEMATION_SQLITE_FILE_PATH=x/y.db\n")
    monkeypatch.chdir(nested)
    assert json.loads(run("compile", "--format", "json", *options).out)["runtime"]["database"]["sqliteFilePath"] == str(
        project / "x/y.db"
    )


def test_places_are_named_from_where_one_stands(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(WRONG, project / "app")
    assert "--> app/codemation.toml:2:8" in run("check", "--root", "app").out
    monkeypatch.chdir(project / "app")
    assert "--> codemation.toml:2:8" in run("check").out


def test_a_working_directory_that_is_gone(project: Path) -> None:
    gone = project / "gone"
    gone.mkdir()
    script = 'rmdir "$PWD"; exec "$0" -m codemation compile'
    ran = subprocess.run(
        ["sh", "-c", script, sys.executable],
        capture_output=True,
        text=True,
        check=False,
        cwd=gone,
        env=base_environment(),
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.splitlines()[-1].startswith("codemation: the working directory is gone")
