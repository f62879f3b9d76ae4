"""Every case of `tests/invalid/` gets exactly the text that is written beside it; see `tests/invalid/__init__.py`."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from codemation.pipeline import compile_sources
from codemation.rules import all_rules
from codemation.settings.catalogue import CATALOGUE
from codemation.sources.environment import Environment
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource
from tests.invalid import Case, cases

CASES = {case.folder.name: case for case in cases()}
BACKEND = "CM5"
"""Rules that report failures of a running database: no configuration is a case of theirs."""

each_case = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


@each_case
def test_the_text_is_the_expected_one(case: Case) -> None:
    code, text = case.check()
    assert text.encode() == case.expected.read_bytes(), "run `make generate` and read what it wrote"
    assert code == any(severity == "error" for _, severity, *_ in case.diagnostics)


@each_case
def test_every_place_is_inside_of_its_file(case: Case) -> None:
    """In JSON and in SARIF: a place behind a line's last character may only be an empty one."""
    _, text = case.check("--format", "json")
    for diagnostic in json.loads(text)["diagnostics"]:
        if diagnostic["span"]:
            ends = diagnostic["span"]["start"], diagnostic["span"]["end"]
            assert_inside(case.folder / diagnostic["file"], *((end["line"], end["column"]) for end in ends))
    _, text = case.check("--format", "sarif")
    for result in json.loads(text)["runs"][0]["results"]:
        for place in (*result.get("locations", ()), *result.get("relatedLocations", ())):
            region = place.get("physicalLocation", {}).get("region", {})
            if "startColumn" in region:
                start = region["startLine"], region["startColumn"]
                end = region.get("endLine", start[0]), region["endColumn"]
                assert_inside(case.folder / place["physicalLocation"]["artifactLocation"]["uri"], start, end)


def assert_inside(file: Path, start: tuple[int, int], end: tuple[int, int]) -> None:
    lines = file.read_bytes().decode().removeprefix("\ufeff").split("\n")
    for line, column in (start, end):
        assert 1 <= column <= len(lines[line - 1].removesuffix("\r")) + 1, (file, line, column)
    assert start <= end


@each_case
def test_the_diagnostics_are_the_listed_ones(case: Case) -> None:
    """Each with its severity, and a span that covers exactly what it is about."""
    _, text = case.check("--format", "json")
    data = json.loads(text)
    assert [listed(diagnostic, case.folder) for diagnostic in data["diagnostics"]] == case.diagnostics
    assert data["errors"] + data["warnings"] == len(case.diagnostics)


def listed(diagnostic: dict[str, Any], folder: Path) -> list[str]:
    """A diagnostic as `case.toml` lists it."""
    row = [diagnostic["code"], diagnostic["severity"]]
    span = diagnostic["span"]
    if span:
        lines = (folder / diagnostic["file"]).read_text(encoding="utf-8").split("\n")
        start, end = span["start"], span["end"]
        assert start["line"] == end["line"]
        row.append(lines[start["line"] - 1][start["column"] - 1 : end["column"] - 1])
    return row


@each_case
def test_every_sentence_is_one(case: Case) -> None:
    """Message and help stand in the middle of a line: no capital, no full stop, nothing that a mask has mangled."""
    for diagnostic in json.loads(case.check("--format", "json")[1])["diagnostics"]:
        for sentence in (diagnostic["message"], diagnostic["help"]):
            assert sentence
            assert not re.search(r"[.:,\s]\Z|\.,|  |None|\bpassword:", sentence)
            assert not re.match(r"[A-Z][a-z]", sentence)
            assert not re.search(r"https?://\S*\*", sentence)
        assert "***" not in re.sub(
            r"(password|credential|is) `\*\*\*`|//app:\*\*\*@", "", diagnostic["message"] + diagnostic["help"]
        )


@each_case
def test_no_password_is_shown(case: Case) -> None:
    """In these files it is `secret` or `geheim`."""
    for how in ("text", "json", "github"):
        text = re.sub("secret-in-file|auth-secret-unset|secret-file-unreadable", "", case.check("--format", how)[1])
        for ours in (str(case.folder), "--show-secrets", "mount the secret there", "/run/secrets", "secretFile"):
            text = text.replace(ours, "")
        assert not re.search("secret|geheim|cret@|MII", text)


@each_case
def test_sarif_and_github_say_the_same(case: Case) -> None:
    codes = [row[0] for row in case.diagnostics]
    _, sarif = case.check("--format", "sarif")
    results = json.loads(sarif)["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == codes
    assert [result["level"] for result in results] == [row[1] for row in case.diagnostics]
    _, github = case.check("--format", "github")
    found = re.findall(r"^::(error|warning) (?:\S+,)?title=(CM\d{3}) ", github, re.MULTILINE)
    assert [[code, severity] for severity, code in found] == [row[:2] for row in case.diagnostics]
    assert len(github.splitlines()) == len(codes)


def test_every_rule_has_a_case() -> None:
    seen = {row[0] for case in CASES.values() for row in case.diagnostics}
    assert {rule.code for rule in all_rules() if not rule.code.startswith(BACKEND)} == seen


def test_every_case_is_a_folder_of_its_own() -> None:
    """A folder without `case.toml` would be read by nobody."""
    folders = {path.name for path in (Path(__file__).parents[1] / "invalid").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == set(CASES)


def test_twelve_independent_faults_are_twelve_diagnostics() -> None:
    case = CASES["twelve-faults"]
    codes = [row[0] for row in case.diagnostics]
    assert len(codes) == len(set(codes)) == 12
    kinds = [
        (diagnostic["origin"]["kind"], diagnostic["origin"].get("file"))
        for diagnostic in json.loads(case.check("--format", "json")[1])["diagnostics"]
    ]
    assert set(kinds) == {
        ("file", "codemation.toml"),
        ("environment", ".env"),
        ("environment", None),
        ("override", None),
    }


def test_one_variable_of_two_settings_is_one_fault() -> None:
    """A byte that is no UTF-8, which no file here can hold."""
    source = TomlSource("codemation.toml", None)
    compilation = compile_sources(
        CATALOGUE, Project("/srv/app", None), source, Environment({"QUEUE_PREFIX": "\udcff"}), {}
    )
    assert [diagnostic.message for diagnostic in compilation.diagnostics] == [
        "`QUEUE_PREFIX` holds bytes that are not UTF-8"
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"codemation.toml": ""}, "error[CM002]: codemation.toml may not be read by this user"),
        ({".env": ""}, "error[CM004]: the env file .env may not be read by this user"),
    ],
)
def test_a_file_without_permission(
    files: dict[str, str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def refuse(path: str, *how: Any, **more: Any) -> int:
        if Path(path).name in files:
            raise PermissionError(13, "Permission denied")
        return opened(path, *how, **more)

    for name, text in files.items():
        (tmp_path / name).write_text(text)
    # As root every file can be read.
    monkeypatch.setattr(os, "open", refuse)
    _, text = Case(tmp_path, [], [], {}).check()
    assert text.startswith(expected)
    assert "\n1 error\nchecked " in text
