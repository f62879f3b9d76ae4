"""What `compile --explain` tells: who decided, where that is written, and what could not be known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codemation.cli import main
from codemation.explain.candidates import Resolved
from codemation.explain.trace import Subject


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, without any variable of ours."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REDIS_URL", "QUEUE_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def text(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(["compile", "--explain", *arguments])
    return capsys.readouterr().out


def setting(capsys: pytest.CaptureFixture[str], key: str, *arguments: str) -> dict[str, Any]:
    main(["compile", "--format", "json", *arguments, "--explain", key])
    (found,) = json.loads(capsys.readouterr().out)["settings"]
    assert isinstance(found, dict)
    return found


def test_a_named_variable_is_told_with_the_key_that_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    Path("codemation.toml").write_text('[app.database]\nurlEnv = "APP_PG"\n')
    out = text(capsys, "database.url", "--env", "APP_PG=postgresql://h/a")
    assert "won        APP_PG (process environment): named by `app.database.urlEnv` (codemation.toml:2:1)" in out
    assert "  unset      CODEMATION_DATABASE_URL, DATABASE_URL: not consulted:" in out


def test_an_inferred_queue_names_the_variable_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    out = text(capsys, "scheduler.kind", "--env", "REDIS_URL=redis://h", "--env", "DATABASE_URL=postgresql://h/a")
    assert "inferred: a Redis URL means queue workers (`REDIS_URL`)" in out


def test_a_line_that_could_not_be_read_is_the_origin_of_what_it_implies(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".env").write_text('A=1\nDATABASE_URL="postgresql://u:p@h/d\n')
    kind = setting(capsys, "database.kind")
    (winner,) = [candidate for candidate in kind["candidates"] if candidate["status"] == "won"]
    origin = {"kind": "environment", "variable": "DATABASE_URL", "file": ".env", "line": 2, "secretFile": None}
    assert (kind["value"], winner["origin"]) == ("postgresql", origin)


def test_an_env_file_that_cannot_be_read_leaves_its_settings_undecided(capsys: pytest.CaptureFixture[str]) -> None:
    kind = setting(capsys, "database.kind", "--env-file", "nope")
    assert (kind["status"], kind["value"]) == ("rejected", None)
    decided = setting(capsys, "database.kind", "--env-file", "nope", "--env", "CODEMATION_DATABASE_KIND=sqlite")
    assert (decided["status"], decided["value"]) == ("won", "sqlite")
    assert "(nope read)" not in text(capsys, "database.kind", "--env-file", "nope")


def test_an_open_quote_is_one_fault_up_to_the_next_assignment(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".env").write_text('A="-----BEGIN\nabc\ndef\nB=1\nnot one\n')
    main(["check", "--format", "json"])
    diagnostics = json.loads(capsys.readouterr().out)["diagnostics"]
    assert [(found["code"], found["span"]["start"]["line"]) for found in diagnostics] == [("CM005", 1), ("CM005", 5)]


@pytest.mark.parametrize("key", ["app.database.kind", "runtime.database.kind"])
def test_a_blank_override_says_so(capsys: pytest.CaptureFixture[str], key: str) -> None:
    kind = setting(capsys, "database.kind", "--set", f"{key}= ")
    overrides = [candidate["status"] for candidate in kind["candidates"] if candidate["source"] == "override"]
    assert (kind["value"], overrides.count("blank")) == ("sqlite", 1)


def test_a_table_that_is_none_is_told_where_it_may_name_a_variable(capsys: pytest.CaptureFixture[str]) -> None:
    Path("codemation.toml").write_text('app = { database = "x" }\n')
    reasons = [candidate["reason"] for candidate in setting(capsys, "database.url")["candidates"]]
    assert "another variable may be named, but `app.database` must be a table, but is a string" in reasons


def test_a_password_with_a_line_break_is_masked_whatever_the_variable(capsys: pytest.CaptureFixture[str]) -> None:
    main(["env", "--env", "QUEUE_PREFIX=redis://:a\nC4N4RY@h"])
    assert "C4N4RY" not in capsys.readouterr().out


def test_a_workflow_id_without_its_quotes_is_suggested_with_them(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--set", "workflows.my.id.prunePolicy.runSeconds=1"])
    said = " ".join(capsys.readouterr().out.split())
    assert """put quotes around the name: --set 'workflows."my.id".prunePolicy.runSeconds=…'""" in said


def test_a_queue_that_an_override_asks_for_is_ended_by_taking_it_out(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--set", "app.scheduler.kind=queue", "--env", "REDIS_URL=redis://h"])
    assert "take the override `app.scheduler.kind` out" in " ".join(capsys.readouterr().out.split())


def test_init_repeats_an_exception_that_stands_too_high(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".gitignore").write_text("!.env.example\n.env*\n.codemation/\n")
    main(["init"])
    assert "added" in capsys.readouterr().out
    assert Path(".gitignore").read_text().splitlines()[-1] == "!.env.example"


def test_a_file_taken_for_a_folder_is_one_fault(capsys: pytest.CaptureFixture[str]) -> None:
    Path("codemation.toml").write_text("")
    main(["check", "--format", "json", "--config", "codemation.toml/x"])
    assert [found["code"] for found in json.loads(capsys.readouterr().out)["diagnostics"]] == ["CM001"]


def test_only_what_is_asked_for_is_explained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be thousands of workflows."""
    Path("codemation.toml").write_text("".join(f"[workflows.w{n}.prunePolicy]\nrunSeconds = 5\n" for n in range(50)))
    explained = []
    resolved = Subject.resolved

    def counted(subject: Subject) -> Resolved:
        explained.append(subject.key)
        return resolved(subject)

    monkeypatch.setattr(Subject, "resolved", counted)
    assert "runtime.database.kind" in text(capsys, "database.kind")
    assert explained == ["runtime.database.kind"]
    assert "runtime.workflows.w7.prunePolicy.runSeconds" in text(capsys, "workflows.w7.prunePolicy.runSeconds")
    assert "runtime.database.url" in text(capsys, "DATABASE_URL")
    main(["env"])
    assert not any("w8" in key for key in explained)
