"""`codemation schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codemation.cli.commands.schema import FORMS as SCHEMA_FORMS
from codemation.schema.document import schema_text
from codemation.schema.outputs import OUTPUTS, output_schema_text
from codemation.settings.catalogue import CATALOGUE
from tests.cli.running import Ran, run
from tests.schema.closed import validate_output

pytestmark = pytest.mark.usefixtures("project")


def test_the_forms_of_schema_are_all_there_are() -> None:
    assert set(SCHEMA_FORMS) == {"app", "runtime", *(f"{name}-output" for name in OUTPUTS)}


@pytest.mark.parametrize("form", SCHEMA_FORMS)
def test_schema_prints_and_checks(form: Any) -> None:
    ran = run("schema", "--form", form)
    output = form.removesuffix("-output")
    assert ran == Ran(0, output_schema_text(output) if output in OUTPUTS else schema_text(CATALOGUE, form), "")
    schema = json.loads(ran.out)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert not schema["$id"].startswith("http")
    assert run("schema", "--form", form, "-o", "s.json") == Ran(0, "", "")
    assert run("schema", "--form", form, "--check", "s.json") == Ran(0, "", "")
    Path("s.json").write_text(ran.out + " ")
    stale = run("schema", "--form", form, "--check", "s.json")
    assert (stale.code, stale.out) == (4, "")
    assert f"codemation schema --form {form} -o s.json" in stale.err
    assert run("schema", "--check", "missing.json").code == 2
    other = "runtime" if form == "app" else "app"
    Path("s.json").write_text(ran.out)
    assert run("schema", "--form", other, "--check", "s.json").code == 4


def test_what_is_up_to_date_is_told_as_json() -> None:
    Path("new.json").write_text(run("schema").out)
    Path("old.json").write_text("{}\n")
    ran = run("schema", "--check", "new.json", "old.json", "--json")
    assert (ran.code, ran.err) == (4, "")
    data = json.loads(ran.out)
    validate_output("schema", data)
    files = [{"file": "new.json", "upToDate": True}, {"file": "old.json", "upToDate": False}]
    assert data == {"form": "app", "files": files}
    ran = run("schema", "--check", "new.json", "--format", "json")
    assert (ran.code, json.loads(ran.out)["files"]) == (0, files[:1])
    assert run("schema", "--json") == run("schema")


def test_line_ends_of_windows_are_no_difference() -> None:
    text = run("schema").out
    Path("s.json").write_bytes(text.replace("\n", "\r\n").encode())
    assert run("schema", "--check", "s.json") == Ran(0, "", "")
    Path("s.json").write_bytes(text.replace("\n", "\r").encode())
    assert run("schema", "--check", "s.json").code == 4
