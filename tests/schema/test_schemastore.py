"""What a pull request to SchemaStore needs: the entry, files that the schema accepts and files that it refuses."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

import codemation
from tests.test_examples import NAMES, ROOT

FOLDER = ROOT / "schemas/schemastore"
DIRECTIVE = "#:schema ../../schemas/json/codemation.json"
"""The first line of each of SchemaStore's own test files in TOML."""
NEGATIVE = sorted((FOLDER / "negative_test/codemation").iterdir())


def positive_tests() -> Iterator[tuple[Path, str]]:
    """The examples, with the line that names the schema there in place of the one that names it here."""
    for name in NAMES:
        text = (ROOT / "examples" / name / "codemation.toml").read_text(encoding="utf-8")
        first, _, rest = text.partition("\n")
        assert first.startswith("#:schema ")
        yield FOLDER / "test/codemation" / f"{name}.toml", f"{DIRECTIVE}\n\n{rest.lstrip()}"


POSITIVE = [path for path, _ in positive_tests()]


@pytest.fixture(scope="module")
def entry() -> dict[str, Any]:
    data = json.loads((FOLDER / "catalog-entry.json").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


@pytest.fixture(scope="module")
def validator(entry: dict[str, Any]) -> Draft7Validator:
    """The schema as it would be there."""
    schema = json.loads((ROOT / "schemas/codemation.schema.json").read_text(encoding="utf-8"))
    schema["$id"] = entry["url"]
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def test_the_entry_is_what_the_catalogue_takes(entry: dict[str, Any]) -> None:
    assert list(entry) == ["name", "description", "fileMatch", "url"]
    assert entry["url"] == "https://www.schemastore.org/codemation.json"
    assert entry["description"]
    assert "schema" not in entry["description"].lower()
    assert not entry["description"].endswith(".")
    assert entry["fileMatch"] == ["codemation.toml"]
    assert not any(fnmatchcase("pyproject.toml", pattern) for pattern in entry["fileMatch"])


def test_nothing_else_is_there() -> None:
    assert sorted((FOLDER / "test/codemation").iterdir()) == sorted(POSITIVE)
    assert {path.name for path in FOLDER.iterdir()} == {"README.md", "catalog-entry.json", "negative_test", "test"}


@pytest.mark.parametrize("path", POSITIVE, ids=lambda path: path.stem)
def test_what_is_right_is_accepted(path: Path, validator: Draft7Validator) -> None:
    assert list(validator.iter_errors(tomllib.loads(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("path", NEGATIVE, ids=lambda path: path.stem)
def test_one_mistake_is_refused_once_by_schema_and_compiler(path: Path, validator: Draft7Validator) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"{DIRECTIVE}\n\n# ")
    assert len(list(validator.iter_errors(tomllib.loads(text)))) == 1
    errors = [found for found in codemation.compile(config=path, env={}).diagnostics if found.severity == "error"]
    assert len(errors) == 1


def test_there_are_mistakes_of_every_kind() -> None:
    codes = {found.code for path in NEGATIVE for found in codemation.compile(config=path, env={}).diagnostics}
    assert {"CM101", "CM102", "CM103", "CM104", "CM105", "CM106"} <= codes
