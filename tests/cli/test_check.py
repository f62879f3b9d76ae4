"""`codemation check`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import codemation
from tests.cli.running import WARNED, WRONG, base_environment, run, write
from tests.cli.shapes import OF_PROJECT, PROJECT, assert_shape, eventful

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [("", [], 0), (WARNED, [], 0), (WARNED, ["--strict"], 1), (WRONG, [], 1), (WRONG, ["--strict"], 1), ("[", [], 1)],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_check_prints_to_standard_output(text: str, options: list[str], code: int, form: str) -> None:
    write(text)
    ran = run("check", "--format", form, *options)
    assert (ran.code, ran.err) == (code, "")
    assert bool(ran.out) == (bool(text) or form != "github")
    if form in {"json", "sarif"}:
        json.loads(ran.out)


def test_check_text_by_default() -> None:
    assert run("check").out.startswith("ok: no problems found\nchecked ")
    write(WRONG)
    out = run("check").out
    assert out.startswith('error[CM103]: `app.database.kind` is "mysql"')
    assert "--> codemation.toml:2:8" in out
    assert "\n1 error\nchecked codemation.toml and no env file: the database is not decided\n" in out


def last_line(*options: str) -> str:
    """The last paragraph of `check`, as one line."""
    return " ".join(run("check", *options).out.partition("\nchecked ")[2].split())


def test_the_last_line_says_what_was_checked(project: Path) -> None:
    nothing = "no codemation.toml (there is none here or above) and no env file: "
    assert last_line() == nothing + "SQLite .codemation/codemation.sqlite by default"
    assert (
        last_line("--root", ".") == nothing.replace(" or above", "") + "SQLite .codemation/codemation.sqlite by default"
    )
    for name in (".env.production", ".env.example", ".env.local", ".env.local.sample", ".envrc", ".env.local~"):
        (project / name).touch()
    (project / ".env").write_text("CODEMATION_SQLITE_FILE_PATH=data/app.sqlite\n")
    write('[app.database]\nkind = "sqlite"\n')
    assert last_line() == (
        "codemation.toml and .env (not read: .env.local, .env.production): SQLite data/app.sqlite "
        "from app.database.kind (codemation.toml:2:1) and CODEMATION_SQLITE_FILE_PATH (.env:1)"
    )
    named = last_line("--env-file", ".env.local", "--env", "DATABASE_URL=postgresql://me:secret@db.example.com/app?a=b")
    assert named == "codemation.toml and .env.local (not read: .env.production): the database is not decided"
    given = last_line("--no-env-file", "--set", "app.database.url=postgresql://me:geheim@db.example.com:5433/app")
    assert given == (
        "codemation.toml and no env file (not read: .env.local, .env.production): "
        "PostgreSQL db.example.com:5433/app from the override app.database.url"
    )
    write('[app.database]\nkind = "postgresql"\n')
    assert last_line("--no-env-file").endswith("PostgreSQL without a URL from app.database.kind (codemation.toml:2:1)")


def test_strict_makes_warnings_errors() -> None:
    write(WARNED)
    loose = json.loads(run("check", "--format", "json").out)
    strict = json.loads(run("check", "--format", "json", "--strict").out)
    assert (loose["errors"], strict["warnings"]) == (0, 0)
    assert loose["warnings"] == strict["errors"] > 0
    assert {found["severity"] for found in strict["diagnostics"]} == {"error"}


def test_check_json_is_the_specifications() -> None:
    options = eventful()
    data = json.loads(run("check", "--format", "json", *options).out)
    assert_shape(data, {"projects": [PROJECT], "diagnostics": [OF_PROJECT], "errors": int, "warnings": int})
    assert {found["origin"]["kind"] for found in data["diagnostics"] if found["origin"]} >= {
        "override",
        "environment",
        "file",
    }
    assert any(found["related"] for found in data["diagnostics"])
    assert {found["severity"] for found in data["diagnostics"]} == {"error", "warning"}
    kind = next(found for found in data["diagnostics"] if found["code"] == "CM103")
    assert (kind["key"], kind["file"]) == ("app.database.kind", "codemation.toml")
    assert kind["span"] == {"start": {"line": 2, "column": 8}, "end": {"line": 2, "column": 15}}
    from_process = next(found for found in data["diagnostics"] if found["key"] == "CODEMATION_EVENT_BUS")
    assert from_process["origin"] == {
        "kind": "environment",
        "variable": "CODEMATION_EVENT_BUS",
        "file": None,
        "line": None,
        "secretFile": None,
    }
    assert (from_process["file"], from_process["span"]) == (None, None)


def test_check_json_of_nothing() -> None:
    project: dict[str, object] = {
        "root": os.getcwd(),
        "config": None,
        "envFiles": [],
        "errors": 0,
        "warnings": 0,
        "repairable": 0,
        "repaired": 0,
    }
    nothing = {"projects": [project], "diagnostics": [], "errors": 0, "warnings": 0}
    assert json.loads(run("check", "--format", "json").out) == nothing


def test_check_json_says_what_was_read() -> None:
    write(WRONG)
    Path(".env").write_text("")
    (project,) = json.loads(run("check", "--json").out)["projects"]
    read = {"config": "codemation.toml", "envFiles": [".env"]}
    assert project == {"root": os.getcwd(), **read, "errors": 1, "warnings": 0, "repairable": 0, "repaired": 0}


def several() -> list[str]:
    for name, text in (("a", ""), ("b", WRONG), ("c", WARNED)):
        Path(name).mkdir()
        (Path(name) / "codemation.toml").write_text(text)
    return ["a", "b/codemation.toml", "c"]


def test_several_projects_each_have_a_last_line() -> None:
    names = several()
    ran = run("check", *names)
    assert (ran.code, ran.err) == (1, "")
    alone = [run("check", name).out for name in names]
    assert ran.out == "\n".join([*alone, "wrong: 1 of 3 projects\n"])
    assert run("check", "a", "c").out.endswith("\n\nall 2 projects are right\n")
    assert run("check", "-q", "a", "a") == (0, "", "")


def test_several_projects_as_json() -> None:
    data = json.loads(run("check", "--json", *several()).out)
    assert [Path(one["root"]).name for one in data["projects"]] == ["a", "b", "c"]
    counts = [one["errors"] + one["warnings"] for one in data["projects"]]
    assert (counts[:2], sum(counts)) == ([0, 1], len(data["diagnostics"]))
    assert (data["errors"], data["warnings"]) == (1, counts[2])
    assert [one["project"] for one in data["diagnostics"]] == [1] + counts[2] * [2]


def test_a_folder_is_its_project() -> None:
    several()
    assert run("check", "b") == run("check", "--root", "b")


def test_standard_input() -> None:
    command = [sys.executable, "-m", "codemation", "check", "-"]
    ran = subprocess.run(command, input=WRONG, capture_output=True, text=True, check=False, env=base_environment())
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "  --> /dev/stdin:2:8" in ran.stdout


def _files_told(form: str) -> set[str]:
    """The files that a report of the working directory names, with the base of relative ones."""
    out = run("check", "--format", form).out
    if form == "github":
        return {line.partition("file=")[2].partition(",")[0] for line in out.splitlines()}
    places = [place for result in json.loads(out)["runs"][0]["results"] for place in result["locations"]]
    artifacts = [place["physicalLocation"]["artifactLocation"] for place in places]
    assert all(("uriBaseId" in it) != it["uri"].startswith("file:") for it in artifacts)
    return {it["uri"] for it in artifacts}


@pytest.mark.parametrize("form", ["github", "sarif"])
@pytest.mark.parametrize(
    ("workspace", "expected"),
    [
        ("{top}", "apps/x/"),
        ("{top}/", "apps/x/"),
        ("{top}/apps/../apps", "x/"),
        ("{link}", "apps/x/"),
        ("{top}/apps/x", ""),
        *((workspace, "") for workspace in (None, "", ".", "../..", "{top}/other", "{top}/ap", "/missing")),
    ],
)
def test_a_code_host_is_told_files_from_the_top_of_the_repository(
    form: str, workspace: str | None, expected: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.parent / "link").symlink_to(project)
    folder = project / "apps" / "x"
    write(WRONG, folder)
    (folder / ".env").write_text("CODEMATION_DATABASE_POOL_SIZE=x\nCODEMATION_DATABASE_KIND=postgresql\n")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    if workspace is not None:
        monkeypatch.setenv("GITHUB_WORKSPACE", workspace.format(top=project, link=project.parent / "link"))
    assert _files_told(form) == {f"{expected}codemation.toml", f"{expected}.env"}
    monkeypatch.chdir(project.parent / "link" / "apps" / "x")
    assert _files_told(form) == {f"{expected}codemation.toml", f"{expected}.env"}


def test_people_are_told_files_from_where_they_are(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(WRONG, project / "apps" / "x")
    monkeypatch.chdir(project / "apps" / "x")
    before = [run("check", "--format", form) for form in ("text", "json")]
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project))
    assert [run("check", "--format", form) for form in ("text", "json")] == before
    diagnostics = codemation.compile().diagnostics
    assert "file=apps/x/codemation.toml," in codemation.render(diagnostics, format="github")
    assert " codemation.toml:2:8\n" in codemation.render(diagnostics)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-", "-"],
        ["a.toml", "-", "b.toml", "-"],
        ["-", "/dev/stdin"],
        ["--fix", "-", "-"],
        ["--diff", "-", "-"],
        ["--config", "/dev/stdin", "--env-file", "/dev/stdin"],
        ["-", "--env-file", "/dev/stdin"],
        ["--env-file", "/dev/stdin", "--env-file", "/dev/fd/0"],
        ["a.toml", "b.toml", "--env-file", "/dev/stdin"],
        ["pipe", "pipe"],
        ["a.toml", "b.toml", "--env-file", "pipe"],
    ],
    ids=" ".join,
)
def test_no_stream_is_read_twice(arguments: list[str]) -> None:
    """What is empty when it is read again would be right."""
    for name in ("a.toml", "b.toml"):
        Path(name).write_text("")
    os.mkfifo("pipe")
    command = [sys.executable, "-m", "codemation", "check", *arguments]
    ran = subprocess.run(
        command, input=WRONG, capture_output=True, text=True, env=base_environment(), check=False, timeout=60
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "can be read once, and is asked for again" in " ".join(ran.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["-"],
        ["-", "a.toml"],
        ["a.toml", "a.toml", "--env-file", ".env"],
        ["a.toml", "b.toml", "--env-file", "/dev/null"],
    ],
    ids=" ".join,
)
def test_what_can_be_read_again_may_be(arguments: list[str]) -> None:
    for name in ("a.toml", "b.toml", ".env"):
        Path(name).write_text("")
    command = [sys.executable, "-m", "codemation", "check", *arguments]
    ran = subprocess.run(command, input="", capture_output=True, text=True, env=base_environment(), check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
