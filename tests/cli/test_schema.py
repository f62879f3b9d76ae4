"""`codemation schema`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from codemation.cli.commands.schema import FORMS as SCHEMA_FORMS
from codemation.schema.document import schema_text
from codemation.schema.outputs import OUTPUTS, output_schema_text
from codemation.settings.catalogue import CATALOGUE
from tests.cli.running import OLD_SCHEMA, Ran, run
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
    Path("old.json").write_text(OLD_SCHEMA)
    Path("package.json").write_text('{"name": "x"}\n')
    ran = run("schema", "--check", "new.json", "old.json", "package.json", "--json")
    assert (ran.code, ran.err) == (4, "")
    data = json.loads(ran.out)
    validate_output("schema", data)
    said = (("new.json", True, "app"), ("old.json", False, "app"), ("package.json", False, None))
    files = [{"file": file, "upToDate": is_, "form": form} for file, is_, form in said]
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


NOT_OURS = {
    "package.json": '{"name": "x"}\n',
    "codemation.toml": "[app]\n",
    ".env": "NODE_ENV=test\n",
    "list.json": '[{"$id": "urn:codemation:schema:app"}]\n',
    "other.json": '{"$id": "urn:other:schema:app", "description": "urn:codemation:schema:app"}\n',
    "odd.json": '{"$id": ["urn:codemation:schema:app"]}\n',
    "inside.json": '{"definitions": {"a": {"$id": "urn:codemation:schema:app"}}}\n',
    "empty.json": "",
    "deep.json": "[" * 100_000,
}


@pytest.mark.parametrize("form", ["app", "runtime", "check-output"])
@pytest.mark.parametrize("name", NOT_OURS)
def test_no_other_file_is_to_be_written_over(name: str, form: str) -> None:
    Path(name).write_text(NOT_OURS[name])
    ran = run("schema", "--form", form, "--check", name)
    assert ran == Ran(4, "", f"{name} is no schema that codemation writes: name the file that is\n")


@pytest.mark.parametrize("up_to_date", [True, False])
@pytest.mark.parametrize(("held", "asked"), [("runtime", "app"), ("app", "runtime"), ("check-output", "app")])
def test_another_form_is_not_written_over(held: str, asked: str, *, up_to_date: bool) -> None:
    Path("x.json").write_text(run("schema", "--form", held).out.replace('"title"', '"title"' + " " * (not up_to_date)))
    ran = run("schema", "--form", asked, "--check", "x.json")
    assert (ran.code, ran.out, " -o " in ran.err) == (4, "", False)
    said, command = ran.err.splitlines()
    assert said == f"x.json is the schema of another form, {held}: check it as that"
    assert run(*shlex.split(command)[1:]).code == (0 if up_to_date else 4)


BROKEN = {
    "cut off": lambda text: text[: len(text) // 2],
    "merged": lambda text: text.replace('  "title"', "<<<<<<< HEAD\n=======\n>>>>>>> main\n" + '  "title"', 1),
    "merged, of Windows": lambda text: text.replace('  "title"', '<<<<<<< HEAD\n  "title"', 1).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("form", SCHEMA_FORMS)
@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_one_is_written_again(how: str, form: str) -> None:
    text = run("schema", "--form", form).out
    Path("s.json").write_bytes(BROKEN[how](text).encode())
    ran = run("schema", "--form", form, "--check", "s.json")
    command = ran.err.splitlines()[-1]
    assert (ran.code, command) == (4, f"  codemation schema --form {form} -o s.json")


@pytest.mark.parametrize("name", ["my schema.json", "-x.json", "it's.json", "$HOME.json"])
def test_what_is_advised_can_be_done(name: str) -> None:
    Path(name).write_text(OLD_SCHEMA)
    ran = run("schema", "--check", f"./{name}")
    assert run(*shlex.split(ran.err.splitlines()[-1])[1:]) == Ran(0, "", "")
    assert run("schema", "--check", f"./{name}") == Ran(0, "", "")
