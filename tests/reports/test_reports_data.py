"""Reports that tools read: JSON, SARIF 2.1.0 and GitHub annotations."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from codemation.diagnostics import Diagnostic, Related
from codemation.origin import DefaultOrigin, EnvironmentOrigin, FileOrigin, InferredOrigin, OverrideOrigin
from codemation.reports import Locations, render
from codemation.reports.data import origin_data
from codemation.text.json import json_text
from codemation.text.terminal import Terminal
from tests import invalid
from tests.reports.test_reports import CHOICE, DOCUMENTS, ROOT, SHADOWED, SWITCHED, compiled, rendered

SARIF_VARIABLE = "CODEMATION_TEST_SARIF_SCHEMA"
SARIF_SCHEMA = Path(os.environ.get(SARIF_VARIABLE) or "/nowhere")
HOW = f"get sarif-schema-2.1.0.json from OASIS (sarif-spec), and name the file in {SARIF_VARIABLE}"


def test_json_is_the_shape_of_the_spec() -> None:
    dotenv = "\nDATABASE_URL=postgresql://h/d\n"
    assert json.loads(rendered(compiled(SWITCHED, dotenv=dotenv), "json")) == {
        "projects": [
            {
                "root": ROOT,
                "config": "codemation.toml",
                "envFiles": [".env"],
                "errors": 0,
                "warnings": 1,
                "repairable": 0,
                "repaired": 0,
            }
        ],
        "diagnostics": [
            {
                "code": "CM301",
                "slug": "kind-switched-by-environment",
                "severity": "warning",
                "message": "`DATABASE_URL` is set, so the database is postgresql,"
                " although `app.database.kind` says sqlite",
                "help": "unset DATABASE_URL, set CODEMATION_DATABASE_KIND=sqlite to keep sqlite,"
                ' or write kind = "postgresql"',
                "fixes": [],
                "key": "app.database.kind",
                "file": "codemation.toml",
                "span": {"start": {"line": 2, "column": 8}, "end": {"line": 2, "column": 16}},
                "origin": {
                    "kind": "file",
                    "file": "codemation.toml",
                    "key": "app.database.kind",
                    "keySpan": {"start": {"line": 2, "column": 1}, "end": {"line": 2, "column": 5}},
                    "valueSpan": {"start": {"line": 2, "column": 8}, "end": {"line": 2, "column": 16}},
                },
                "related": [
                    {
                        "message": "`DATABASE_URL` is set here",
                        "origin": {
                            "kind": "environment",
                            "variable": "DATABASE_URL",
                            "file": ".env",
                            "line": 2,
                            "secretFile": None,
                        },
                    }
                ],
                "project": 0,
            }
        ],
        "errors": 0,
        "warnings": 1,
    }


def test_json_text_is_laid_out_in_the_order_of_the_spec() -> None:
    text = rendered(compiled("", overrides={"app.database.knd": "x"}), "json")
    assert (
        text
        == """\
{
  "projects": [
    {
      "root": "/srv/app",
      "config": "codemation.toml",
      "envFiles": [],
      "errors": 1,
      "warnings": 0,
      "repairable": 0,
      "repaired": 0
    }
  ],
  "diagnostics": [
    {
      "code": "CM101",
      "slug": "unknown-key",
      "severity": "error",
      "message": "the override `app.database.knd` is not a known key",
      "help": "did you mean `kind`?",
      "fixes": [],
      "key": "app.database.knd",
      "file": null,
      "span": null,
      "origin": {
        "kind": "override",
        "key": "app.database.knd"
      },
      "related": [],
      "project": 0
    }
  ],
  "errors": 1,
  "warnings": 0
}
"""
    )
    assert rendered(compiled(""), "json").endswith('],\n  "diagnostics": [],\n  "errors": 0,\n  "warnings": 0\n}\n')


def test_origins_as_data() -> None:
    assert origin_data(DefaultOrigin()) == {"kind": "default"}
    assert origin_data(OverrideOrigin("app.database.kind")) == {"kind": "override", "key": "app.database.kind"}
    inferred = InferredOrigin("redis-means-queue", ("runtime.eventBus.redisUrl",))
    assert origin_data(inferred) == {
        "kind": "inferred",
        "rule": "redis-means-queue",
        "from": ["runtime.eventBus.redisUrl"],
    }
    process = EnvironmentOrigin("REDIS_URL")
    assert origin_data(process) == {
        "kind": "environment",
        "variable": "REDIS_URL",
        "file": None,
        "line": None,
        "secretFile": None,
    }
    unwritten = FileOrigin("a.toml", "app.x")
    assert origin_data(unwritten) == {
        "kind": "file",
        "file": "a.toml",
        "key": "app.x",
        "keySpan": None,
        "valueSpan": None,
    }


def test_json_escapes_only_lone_surrogates() -> None:
    text = json_text({"a": "日本\udcff"})
    assert text == '{\n  "a": "日本\\udcff"\n}\n'
    assert text.encode()
    assert json.loads(text) == {"a": "日本\udcff"}


@pytest.mark.skipif(not SARIF_SCHEMA.exists(), reason=HOW)
def test_sarif_is_valid() -> None:
    schema = json.loads(SARIF_SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    cases = [compiled(document) for document in DOCUMENTS.values()]
    cases += [compiled(""), compiled(SWITCHED, dotenv="DATABASE_URL=postgresql://h/d\nx y\n"), compiled(SHADOWED)]
    cases += [compiled("", {"REDIS_URL": "redis://h", "CODEMATION_DATABASE_KIN": "x"}, {"app.database.knd": "x"})]
    for compilation in cases:
        log = json.loads(rendered(compilation, "sarif"))
        errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]
        assert not errors


@pytest.mark.skipif(not SARIF_SCHEMA.exists(), reason=HOW)
def test_sarif_of_every_bad_example_is_valid() -> None:
    schema = json.loads(SARIF_SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    results = 0
    for case in invalid.cases():
        _, text = case.check("--format", "sarif")
        log = json.loads(text)
        assert not [f"{case.folder.name}: {error.json_path}" for error in validator.iter_errors(log)]
        (run,) = log["runs"]
        for result in run["results"]:
            rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
            assert rule["id"] == result["ruleId"]
            assert len(rule["help"]["text"]) > 100
            results += 1
    assert results > 100


def test_sarif_fingerprints_stay_when_lines_move() -> None:
    """And tell apart what is on one key twice."""

    def fingerprints(text: str, times: int = 1) -> list[str]:
        compilation = compiled(text)
        diagnostics = compilation.diagnostics * times
        (run,) = json.loads(render("sarif", diagnostics, Locations(compilation.model, ROOT), Terminal()))["runs"]
        return [result["partialFingerprints"]["codemationKey/v1"] for result in run["results"]]

    text = CHOICE + '[app.scheduler]\nworkerQueues = [1, 2]\nkind = "x"\n'
    before = fingerprints(text)
    assert len(set(before)) == len(before) == 3
    assert len(set(fingerprints(text, times=2))) == 6
    assert fingerprints(f"# one\n\n{text}") == before
    assert fingerprints(text.replace('"postgres"', '"mysql"')) == before


def test_sarif_result_and_rule() -> None:
    (run,) = json.loads(rendered(compiled(SWITCHED, dotenv="\nDATABASE_URL=postgresql://h/d\n"), "sarif"))["runs"]
    (result,) = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "CM301"
    assert rules[result["ruleIndex"]]["name"] == "KindSwitchedByEnvironment"
    assert rules[result["ruleIndex"]]["defaultConfiguration"] == {"level": "warning"}
    assert [rule["id"] for rule in rules] == sorted(rule["id"] for rule in rules)
    assert run["columnKind"] == "unicodeCodePoints"
    assert result["message"]["text"].split("\n")[1].startswith("help: unset DATABASE_URL")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "codemation.toml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 16},
            },
            "logicalLocations": [{"fullyQualifiedName": "app.database.kind", "kind": "property"}],
        }
    ]
    (related,) = result["relatedLocations"]
    assert related["id"] == 1
    assert related["message"] == {"text": "`DATABASE_URL` is set here"}
    assert related["physicalLocation"]["artifactLocation"]["uri"] == ".env"
    assert related["physicalLocation"]["region"]["startLine"] == 2


def test_sarif_without_a_file_has_a_logical_location() -> None:
    (run,) = json.loads(rendered(compiled("", {"CODEMATION_DATABASE_KIND": "x"}), "sarif"))["runs"]
    (result,) = run["results"]
    assert result["locations"] == [
        {"logicalLocations": [{"fullyQualifiedName": "CODEMATION_DATABASE_KIND", "kind": "variable"}]}
    ]


def test_sarif_paths_are_percent_encoded() -> None:
    compilation = compiled(CHOICE)
    diagnostic = Diagnostic("CM002", "config-unreadable", "error", "m", "h", file="a b/100%é:#\udcff.toml")
    log = json.loads(render("sarif", [diagnostic], Locations(compilation.model, ROOT), Terminal()))
    (result,) = log["runs"][0]["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "a%20b/100%25%C3%A9%3A%23%FF.toml", "uriBaseId": "%SRCROOT%"}
    log = json.loads(render("sarif", [diagnostic], Locations(compilation.model, "/elsewhere"), Terminal()))
    (result,) = log["runs"][0]["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///srv/app/a%20b/100%25%C3%A9%3A%23%FF.toml"}


def test_github_commands() -> None:
    assert rendered(compiled(CHOICE), "github") == (
        "::error file=codemation.toml,line=3,col=8,endLine=3,endColumn=18,title=CM103 invalid-choice::"
        '`app.database.kind` is "postgres", which is not one of "sqlite", "postgresql"%0A'
        'help: did you mean "postgresql"?\n'
    )
    assert rendered(compiled(""), "github") == ""


def test_github_escapes() -> None:
    diagnostic = Diagnostic(
        "CM002",
        "config-unreadable",
        "warning",
        "100%\r\nor so, ::error::x\x1b",
        "h",
        file="a,b:c%.toml",
        related=(Related("r", EnvironmentOrigin("A", ".env", 3)), Related("s", OverrideOrigin())),
    )
    assert render("github", [diagnostic], Locations(compiled("").model, ROOT), Terminal()) == (
        "::warning file=a%2Cb%3Ac%25.toml,title=CM002 config-unreadable::100%25%0D%0Aor so, ::error::x\\x1b"
        "%0Ahelp: h%0Aalso: r (.env:3)%0Aalso: s (an override)\n"
    )


def test_github_leaves_columns_out_of_longer_spans() -> None:
    text = rendered(compiled('[app.database]\nkind = [ "a",\n "a" ]\n'), "github")
    assert "file=codemation.toml,line=2,endLine=3,title=" in text
