"""Every valid document through the validators that continuous integration runs, and Ajv's opinion of the schemas."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from codemation.schema.outputs import OUTPUTS, output_schema
from tests.editors.documents import SCHEMAS, Document, examples_of_keys, whole_examples
from tests.editors.engines import Finding, by_ajv, by_check_jsonschema, by_jsonschema, by_jsonschema_rs
from tests.editors.mistakes import found, listed

VALID = [*whole_examples(), *examples_of_keys()]


@pytest.mark.parametrize("engine", [by_jsonschema, by_jsonschema_rs])
def test_a_library_accepts_every_example(engine: Callable[[Document], list[Finding]]) -> None:
    assert {str(document): findings for document in VALID if (findings := engine(document))} == {}


def test_check_jsonschema_accepts_every_example(tmp_path: Path) -> None:
    assert all(findings == [] for findings in by_check_jsonschema(VALID, tmp_path))


def test_ajv_accepts_every_example_and_refuses_every_mistake() -> None:
    wrong = [mistake.document for mistake in [*listed(), *found()]]
    asked = [(document.form, tomllib.loads(document.text)) for document in [*VALID, *wrong]]
    answers = by_ajv(SCHEMAS, asked)
    assert [errors for errors in answers[: len(VALID)] if errors] == []
    assert all(answers[len(VALID) :])


def test_ajv_finds_nothing_to_object_to_in_any_schema() -> None:
    """In its strict mode: an unknown keyword, or one whose type is not stated, would be an error."""
    schemas = {**SCHEMAS, **{name: output_schema(name) for name in OUTPUTS}}
    assert by_ajv(schemas, [("check", {"projects": [], "diagnostics": [], "errors": 0, "warnings": 0})]) == [[]]


def test_ajv_does_object_to_what_it_does_not_know() -> None:
    with pytest.raises(AssertionError, match="unknown keyword"):
        by_ajv({"app": {**SCHEMAS["app"], "x-unheard-of": 1}}, [])


def test_what_is_asked_is_what_is_committed() -> None:
    folder = Path(__file__).parents[2] / "schemas"
    for form, name in (("app", "codemation"), ("runtime", "codemation-runtime")):
        assert json.loads((folder / f"{name}.schema.json").read_text(encoding="utf-8")) == SCHEMAS[form]
