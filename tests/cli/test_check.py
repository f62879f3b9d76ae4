"""`codemation check`."""

from __future__ import annotations

import json

import pytest

from tests.cli.running import WARNED, WRONG, run, write
from tests.cli.shapes import DIAGNOSTIC, assert_shape, eventful

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
    assert run("check").out == "ok: no problems found\n"
    write(WRONG)
    out = run("check").out
    assert out.startswith('error[CM103]: `app.database.kind` is "mysql"')
    assert "--> codemation.toml:2:8" in out
    assert out.endswith("\n1 error\n")


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
    assert_shape(data, {"diagnostics": [DIAGNOSTIC], "errors": int, "warnings": int})
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
    }
    assert (from_process["file"], from_process["span"]) == (None, None)


def test_check_json_of_nothing() -> None:
    assert json.loads(run("check", "--format", "json").out) == {"diagnostics": [], "errors": 0, "warnings": 0}
