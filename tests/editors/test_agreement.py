"""The schema accepts a document exactly where the compiler's shape check does, whichever engine reads it."""

from __future__ import annotations

import datetime as dt
import json
import math
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from codemation.pipeline import Compilation, compile_sources
from codemation.resolution.faults import faults
from codemation.rules import all_rules
from codemation.schema.document import validator
from codemation.settings.catalogue import CATALOGUE
from codemation.sources.environment import Environment
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource, nested_paths
from codemation.values import Integer
from tests.editors.beyond import BEYOND, Beyond
from tests.editors.documents import SCHEMAS, Document, faults_in, judged, whole_examples
from tests.editors.editor import Editor
from tests.editors.engines import by_ajv, by_check_jsonschema, by_jsonschema
from tests.resolution.test_properties import accepted_fast, documents, ids, values
from tests.torture import searching

OURS = validator(SCHEMAS["app"])
PYTHON = jsonschema.Draft7Validator(SCHEMAS["app"])
RUST = jsonschema_rs.Draft7Validator(SCHEMAS["app"])


def as_json(value: Any) -> Any:
    """A document as JSON can hold it.

    An integral float gets a fraction, because that it is no integer is what JSON cannot say (`beyond.py`). Dates, and
    floats that JSON does not have, become `null`: of no type that a setting has.
    """
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, float):
        return (value + 0.5 if value.is_integer() and abs(value) < 2**50 else 0.5) if math.isfinite(value) else None
    return None if isinstance(value, dt.date | dt.time) else value


def assert_all_agree(document: Mapping[str, Any]) -> bool:
    accepted = not faults_in(document)
    plain = as_json(document)
    answers = {
        "the fast check": accepted_fast(document),
        "our validator": OURS.is_valid(document),
        "jsonschema": PYTHON.is_valid(plain),
        "jsonschema-rs": RUST.is_valid(plain),
    }
    assert {name for name, answer in answers.items() if answer != accepted} == set(), (document, accepted, answers)
    return accepted


WRITTEN = [tomllib.loads(document.text) for document in whole_examples() if document.form == "app"]


@st.composite
def near_misses(draw: st.DrawFn) -> dict[str, Any]:
    """A real document with one or two things changed: a key misspelt, moved, doubled or gone, or another value."""
    document: dict[str, Any] = deepcopy(draw(st.sampled_from(WRITTEN)))
    for _ in range(draw(st.integers(1, 2))):
        # An item of an array is changed by way of its keys.
        places = [path for path, _ in nested_paths(document) if isinstance(path[-1], str)]
        if not places:
            break
        *above, last = draw(st.sampled_from(places))
        name = str(last)
        table: Any = document
        for part in above:
            table = table[part]
        value = table[name]
        match draw(st.sampled_from(["misspelt", "moved", "gone", "other value", "neighbour's value", "other name"])):
            case "misspelt":
                at = draw(st.integers(0, len(name)))
                table[name[:at] + draw(st.sampled_from(["", "_", "x", " "])) + name[at + 1 :]] = table.pop(name)
            case "moved":
                document[name] = deepcopy(value)
            case "gone":
                del table[name]
            case "other value":
                # A copy: the next change must not change what the strategy draws from.
                table[name] = deepcopy(draw(values))
            case "neighbour's value":
                table[name] = deepcopy(draw(st.sampled_from(list(table.values()))))
            case _:
                table[draw(ids)] = deepcopy(value)
    return document


@searching(300)
@given(documents())
def test_they_agree_on_documents_that_are_mostly_valid(document: dict[str, Any]) -> None:
    assert_all_agree(document)


@searching(300)
@given(near_misses())
def test_they_agree_on_near_misses(document: dict[str, Any]) -> None:
    assert_all_agree(document)


@searching(200)
@given(documents(trouble=2))
def test_they_agree_on_hostile_documents(document: dict[str, Any]) -> None:
    assert_all_agree(document)


@searching(4)
@given(st.lists(documents() | near_misses() | documents(trouble=3), min_size=50, max_size=50))
def test_ajv_agrees(many: list[dict[str, Any]]) -> None:
    answers = by_ajv({"app": SCHEMAS["app"]}, [("app", as_json(document)) for document in many])
    for document, errors in zip(many, answers, strict=True):
        assert (not errors) == (not faults_in(document)), (document, errors)


@searching(300)
@given(near_misses() | documents(trouble=2), near_misses() | documents(trouble=2))
def test_what_was_judged_before_changes_no_answer(before: dict[str, Any], document: dict[str, Any]) -> None:
    known = judged(before)
    for one in (document, before, {**before, **document}):
        assert faults(CATALOGUE, one, judged(one, known)) == faults_in(one)


@pytest.mark.parametrize(("was", "now"), [("1", "1.0"), ("1", "true"), ("1.0", "1"), ('"1"', "1")])
def test_values_that_python_takes_for_the_same_are_judged_anew(was: str, now: str) -> None:
    texts = [f"[app]\nfrontendPort = {value}\nunknown = {value}\n" for value in (was, now)]
    before, after = (tomllib.loads(text) for text in texts)
    known = judged(before)
    assert faults(CATALOGUE, after, judged(after, known)) == faults_in(after)
    assert faults_in(after) != faults_in(before)


# --- What the schema cannot say ---------------------------------------------------------------------------------------


def compiled(text: str, environment: Mapping[str, str]) -> Compilation:
    source = TomlSource("codemation.toml", text)
    project = Project("/srv/app", "/srv/app/codemation.toml")
    return compile_sources(CATALOGUE, project, source, Environment(environment), {})


BEYOND_DOCUMENTS = [Document(f"{one.code} {one.what}", one.toml) for one in BEYOND]


@pytest.mark.parametrize("one", BEYOND, ids=lambda one: f"{one.code} {one.what}")
def test_the_compiler_finds_it(one: Beyond) -> None:
    assert one.code in {diagnostic.code for diagnostic in compiled(one.toml, one.environment).diagnostics}


def test_the_validators_find_none_of_it_but_what_the_list_says(tmp_path: Path) -> None:
    plain = [json.loads(json.dumps(tomllib.loads(one.toml), default=str)) for one in BEYOND]
    answers = {
        "jsonschema": [not by_jsonschema(document) for document in BEYOND_DOCUMENTS],
        "check-jsonschema": [not findings for findings in by_check_jsonschema(BEYOND_DOCUMENTS, tmp_path)],
        # These two take JSON.
        "jsonschema-rs": [RUST.is_valid(document) for document in plain],
        "Ajv": [not errors for errors in by_ajv(SCHEMAS, [("app", document) for document in plain])],
    }
    for engine, accepted in answers.items():
        assert accepted == [engine not in one.but for one in BEYOND], engine


def test_the_servers_find_none_of_it_but_what_the_list_says(editor: Editor) -> None:
    for one, document in zip(BEYOND, BEYOND_DOCUMENTS, strict=True):
        with editor.viewing(document) as view:
            assert bool(view.diagnostics()) == (editor.name in one.but), document


def test_the_list_is_complete() -> None:
    """Every rule about a configuration is in the schema or in the list; of a shape, types and URLs are in both."""
    # CM206 is about env files alone.
    about_reading_shape_or_backend = ("CM0", "CM1", "CM206", "CM406", "CM5")
    rest = {rule.code for rule in all_rules() if not rule.code.startswith(about_reading_shape_or_backend)}
    assert {one.code for one in BEYOND} - rest == {"CM102", "CM105"}
    assert rest <= {one.code for one in BEYOND}
    assert list(BEYOND) == sorted(BEYOND, key=lambda one: one.code)


def test_an_integral_float_is_no_integer_to_the_compiler_wherever_one_is_meant() -> None:
    settings = [(path, kind) for path, kind in CATALOGUE.kinds if isinstance(kind, Integer)]
    assert settings
    for path, kind in settings:
        document: Any = float(kind.minimum)
        for name in reversed(path):
            document = {name: document}
        assert PYTHON.is_valid(document)
        assert RUST.is_valid(document)
        assert [fault.code for fault in faults_in(document)] == ["CM102"]
        assert tomli_w.dumps(document).strip().endswith(f"{kind.minimum}.0")
