"""`codemation compile`, and `--explain`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from codemation.settings.catalogue import CATALOGUE, dotted
from tests.cli.running import SECRET, WARNED, WRONG, run, write
from tests.cli.shapes import DIAGNOSTIC, SETTING, assert_shape, eventful

pytestmark = pytest.mark.usefixtures("project")


def test_without_any_configuration_it_compiles() -> None:
    ran = run("compile")
    assert (ran.code, ran.err) == (0, "")
    emitted = tomllib.loads(ran.out)["runtime"]
    wanted: dict[str, dict[str, Any]] = {
        "database": {"kind": "sqlite", "sqliteFilePath": str(Path.cwd() / ".codemation/codemation.sqlite")},
        "scheduler": {"kind": "local", "workerQueues": []},
        "eventBus": {"kind": "memory"},
        "retention": {
            "runSeconds": 86400,
            "binarySeconds": 86400,
            "telemetryArtifactSeconds": 259200,
            "telemetrySpanSeconds": 604800,
            "telemetryMetricSeconds": 2592000,
        },
        "engineExecutionLimits": {
            "defaultMaxNodeActivations": 100_000,
            "hardMaxNodeActivations": 100_000,
            "defaultMaxSubworkflowDepth": 32,
            "hardMaxSubworkflowDepth": 32,
        },
    }
    for table, values in wanted.items():
        assert emitted[table] | values == emitted[table]


def test_the_runtime_form_is_on_standard_output_and_diagnostics_are_not() -> None:
    write(WARNED)
    ran = run("compile")
    assert ran.code == 0
    assert tomllib.loads(ran.out)["runtime"]["retention"]["runSeconds"] == 31_536_000
    assert "warning[CM404]" in ran.err
    assert "CM404" not in ran.out


@pytest.mark.parametrize(
    ("text", "options"), [(WRONG, []), (WARNED, ["--strict"]), ("[", []), ("", ["--config", "none"])]
)
@pytest.mark.parametrize("form", ["toml", "json"])
def test_with_an_error_there_is_no_runtime_form(text: str, options: list[str], form: str) -> None:
    write(text)
    ran = run("compile", "--format", form, *options)
    assert (ran.code, ran.out) == (1, "")
    assert "error[CM" in ran.err


def test_json_is_the_same_data_as_toml() -> None:
    write('[workflows."a.b".prunePolicy]\nrunSeconds = 5\n')
    as_json = json.loads(run("compile", "--format", "json").out)
    assert as_json == tomllib.loads(run("compile", "--format", "toml").out)
    assert list(as_json) == ["runtime"]


@pytest.mark.parametrize("form", ["toml", "json"])
def test_secrets_are_masked_unless_asked_for(form: str) -> None:
    options = ["--format", form, "--env", f"DATABASE_URL={SECRET}"]
    assert "s3cret" not in run("compile", *options).out
    assert SECRET in run("compile", "--show-secrets", *options).out


def test_explain_json_is_the_specifications() -> None:
    options = eventful()
    ran = run("compile", "--explain", "--format", "json", *options)
    assert (ran.code, ran.err) == (1, "")
    data = json.loads(ran.out)
    assert_shape(data, {"settings": [SETTING], "diagnostics": [DIAGNOSTIC]})
    keys = [setting["key"] for setting in data["settings"]]
    hosts = [dotted(setting.runtime) for setting in CATALOGUE.hosts]
    names = [setting.name for setting in CATALOGUE.policies]
    assert keys == [*hosts, *(f'runtime.workflows."a.b".prunePolicy.{name}' for name in names)]
    kinds = {c["origin"]["kind"] for setting in data["settings"] for c in setting["candidates"]}
    assert kinds == {"override", "environment", "file", "inferred", "default"}
    by_key = {setting["key"]: setting for setting in data["settings"]}
    assert by_key["runtime.database.kind"]["status"] == "rejected"
    assert by_key["runtime.database.kind"]["value"] is None
    run_seconds = by_key["runtime.retention.runSeconds"]
    assert (run_seconds["appKey"], run_seconds["value"], run_seconds["status"]) == (
        "app.retention.runSeconds",
        700_000,
        "won",
    )
    assert [(c["source"], c["status"], c["value"]) for c in run_seconds["candidates"]] == [
        ("override", "unset", None),
        ("environment", "unset", None),
        ("app", "won", 700_000),
        ("runtime", "outranked", 6),
        ("default", "outranked", 86_400),
    ]
    assert run_seconds["candidates"][2]["origin"] == {
        "kind": "file",
        "file": "codemation.toml",
        "key": "app.retention.runSeconds",
        "keySpan": {"start": {"line": 5, "column": 1}, "end": {"line": 5, "column": 11}},
        "valueSpan": {"start": {"line": 5, "column": 14}, "end": {"line": 5, "column": 20}},
    }
    assert by_key["runtime.eventBus.kind"]["appKey"] is None


def test_a_file_with_masks_is_said_to_be_for_reading() -> None:
    masked = run("compile", "-o", "out.toml", "--env", f"DATABASE_URL={SECRET}")
    assert (masked.code, masked.out) == (0, "")
    assert " ".join(masked.err.split()).startswith("note: out.toml is for reading: its secrets are masked, and no host")
    for arguments in (
        ("-q", "-o", "quiet.toml", "--env", f"DATABASE_URL={SECRET}"),
        ("-o", "whole.toml", "--show-secrets", "--env", f"DATABASE_URL={SECRET}"),
        ("-o", "none.toml", "--env", "DATABASE_URL=postgresql://app@h/db"),
        ("-o", "-", "--env", f"DATABASE_URL={SECRET}"),
    ):
        assert run("compile", *arguments).err == ""


@pytest.mark.parametrize("text", ["", WRONG, "[", "a = 1", "app = 5", "\0"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_explain_answers_for_any_input(text: str, form: str) -> None:
    write(text)
    ran = run("compile", "--explain", "--format", form)
    assert ran.code == int(text != "")
    assert ("Database" if form == "text" else "runtime.database.kind") in ran.out
    assert bool(ran.err) == (bool(text) and form == "text")


def test_every_setting_is_explained() -> None:
    ran = run("compile", "--explain", "--all")
    assert (ran.code, ran.err) == (0, "")
    for setting in CATALOGUE.hosts:
        assert f"\n{dotted(setting.runtime)} =" in ran.out


def test_all_goes_with_explain() -> None:
    ran = run("compile", "--all")
    assert (ran.code, "--all goes with --explain" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["database.kind"], ["runtime.database.kind"]),
        (["app.database.kind"], ["runtime.database.kind"]),
        (["runtime.scheduler"], [dotted(one.runtime) for one in CATALOGUE.hosts if one.runtime[1] == "scheduler"]),
        (["REDIS_URL"], None),
        (["app.database.urlEnv"], None),
        (["retention.runSeconds", "database.kind"], ["runtime.database.kind", "runtime.retention.runSeconds"]),
    ],
)
def test_explain_some(keys: list[str], found: list[str] | None) -> None:
    ran = run("compile", "--format", "json", "--explain", *keys)
    explained = [setting["key"] for setting in json.loads(ran.out)["settings"]]
    assert explained == found if found else 0 < len(explained) < len(CATALOGUE.hosts)


def test_explain_suggests_a_setting() -> None:
    ran = run("compile", "--explain", "database.knid")
    assert (ran.code, ran.out) == (2, "")
    assert "database.kind" in ran.err


def test_explain_reads_as_an_answer() -> None:
    write('[app.database]\nkind = "sqlite"\n')
    ran = run("compile", "--explain", "database.kind", "--env", f"DATABASE_URL={SECRET}")
    lines = ran.out.split("\n\n")[1].splitlines()
    assert lines[0] == 'runtime.database.kind = "postgresql"'
    assert lines[1].startswith("  won        DATABASE_URL")
    assert any(line.startswith('  outranked  app.database.kind = "sqlite" (codemation.toml:2:1)') for line in lines)
    assert "warning[CM301]" in ran.err
