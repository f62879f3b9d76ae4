"""What every key of the schema has, held by walking it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import tomli_w

import codemation
from codemation.schema.document import Form, schema_text, title
from codemation.schema.outputs import OUTPUTS, output_schema
from codemation.settings.catalogue import CATALOGUE, Leaf, Table
from codemation.settings.setting import ANY
from codemation.values import Choice, ItemArray, OneOrMore
from tests.editors.documents import FORMS, KEYS, ROOT, SCHEMAS, whole_examples
from tests.editors.walking import Key, Path

EVERY = [pytest.param(form, key, id=f"{key}, {form} schema") for form in FORMS for key in KEYS[form]]


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema, itself too; what stands in examples, defaults and documentation is none."""
    yield schema
    for name, value in schema.items():
        if name in {"properties", "dependencies"}:
            for child in value.values():
                if not isinstance(child, bool):
                    yield from subschemas(child)
        elif name in {"additionalProperties", "items", "contains", "not", "if", "then", "else"} and value is not False:
            yield from subschemas(value)
        elif name == "anyOf":
            for child in value:
                if not isinstance(child, bool):
                    yield from subschemas(child)


WHOLE: dict[str, dict[str, Any]] = {**SCHEMAS, **{f"{name} output": output_schema(name) for name in OUTPUTS}}


@pytest.mark.parametrize("name", WHOLE)
def test_nothing_that_servers_stumble_over(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(WHOLE[name])
    for schema in subschemas(WHOLE[name]):
        assert schema.keys().isdisjoint({"$ref", "allOf", "oneOf", "$defs", "definitions"})
        assert "x-taplo" not in schema or "hidden" not in schema["x-taplo"]


def tables(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """What is asked of each table in it."""
    # What only a condition asks ("not") is no table of its own. Where any type may stand, a condition refuses tables.
    asked = [each for each in subschemas(schema) if "not" not in each]
    found = [each for each in asked if "object" in each.get("type", ())]
    assert found
    return found


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_are_open_for_what_a_later_version_adds(name: str) -> None:
    for schema in tables(output_schema(name)):
        assert ("additionalProperties" in schema) != ("properties" in schema)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_object_is_closed(name: str) -> None:
    for schema in tables(SCHEMAS[name]):
        names_are_free = isinstance(schema["additionalProperties"], dict)
        assert names_are_free != ("properties" in schema)
        assert names_are_free or schema["additionalProperties"] is False


@pytest.mark.parametrize("name", WHOLE)
def test_its_name_needs_no_network(name: str) -> None:
    assert WHOLE[name]["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert WHOLE[name]["$id"].startswith("urn:codemation:")
    assert len({schema["$id"] for schema in WHOLE.values()}) == len(WHOLE)


@pytest.mark.parametrize("form", FORMS)
def test_it_knows_every_key_that_is_declared(form: Form) -> None:
    declared = {path for path in CATALOGUE.paths() if form == "app" or path[0] == "runtime"}
    leaves = {title(path) for path in declared}
    assert {key.schema["title"] for key in KEYS[form] if key.leaf} == leaves


@pytest.mark.parametrize("form", FORMS)
def test_it_knows_every_key_inside_of_a_value(form: Form) -> None:
    declared = {
        f"{title(path)}{'[]' * isinstance(kind, ItemArray)}.{name}"
        for path, kind in CATALOGUE.kinds
        if isinstance(kind, ItemArray | OneOrMore) and (form == "app" or path[0] == "runtime")
        for name in (*kind.item.fields, *([kind.several] if isinstance(kind, OneOrMore) else []))
    }
    inside = {key.schema["title"] for key in KEYS[form] if not key.is_table and not key.leaf}
    rules = {f"{name}.rules[].{key}" for name in ("app.log", "runtime.log") for key in ("filter", "level")}
    assert declared
    assert {one for one in inside if not one.endswith(ANY)} - rules == declared
    assert {one for one in inside if one.startswith("mcpServers") and one.endswith(ANY)} == (
        {"mcpServers[].staticHeaders.*", "mcpServers[].toolDescriptionOverrides.*"} if form == "app" else set()
    )


@pytest.mark.parametrize(("form", "key"), EVERY)
def test_every_key_has_a_title_a_description_and_examples(form: Form, key: Key) -> None:
    del form
    node = CATALOGUE.node(key.path)
    if node:
        assert title(declared_path(key.path)) == key.schema["title"]
        assert key.schema["description"].startswith(node.doc if isinstance(node, Table) else node.setting.doc)
    assert list(key.schema)[:2] == ["title", "description"]
    # The example is what stands in TOML, in every editor that shows Markdown.
    text, _, example = key.schema["description"].partition("\n\n")
    assert text.endswith(".")
    assert example or not key.leaf
    if example:
        written = tomllib.loads(example.removeprefix("```toml\n").removesuffix("\n```"))
        assert written[key.name] in key.schema["examples"]
    assert key.schema["examples"]
    for example in key.schema["examples"]:
        jsonschema.Draft7Validator(key.schema).validate(example)


def declared_path(path: Path) -> Path:
    """The path of a declaration, with `*` for names that authors choose."""
    declared: list[str] = []
    for name in path:
        node = CATALOGUE.node(tuple(declared))
        assert isinstance(node, Table)
        declared.append(name if name in node.children else ANY)
    return tuple(declared)


SETTINGS = [
    pytest.param(key, CATALOGUE.node(key.path), id=f"{key}, {form} schema")
    for form in FORMS
    for key in KEYS[form]
    if key.leaf
]
VALUES = [pytest.param(key, id=f"{key}, {form} schema") for form in FORMS for key in KEYS[form] if not key.is_table]


@pytest.mark.parametrize(("key", "leaf"), SETTINGS)
def test_every_setting_tells_its_variable_and_whether_it_has_a_default(key: Key, leaf: Leaf) -> None:
    description = key.schema["description"]
    assert (leaf.setting.variable or "") in description
    assert ("overrides it." in description) == bool(leaf.setting.variable)
    empty = leaf.setting.default == ()
    assert ("default" in key.schema or empty) != ("No default." in description)
    if "default" in key.schema:
        jsonschema.Draft7Validator(key.schema).validate(key.schema["default"])
        assert leaf.kind.problem(key.schema["default"]) is None


@pytest.mark.parametrize("key", VALUES)
def test_every_choice_is_documented(key: Key) -> None:
    kind = key.kind
    assert bool(key.choices) == isinstance(kind, Choice)
    if isinstance(kind, Choice):
        assert key.choices == kind.words
        assert list(key.choices) == key.schema["examples"]
        for choice, meaning in key.choices.items():
            assert f"`{choice}`: {meaning}" in key.schema["description"]


def emitted(document: str, tmp_path: Any) -> dict[str, Any]:
    (tmp_path / "codemation.toml").write_text(document, encoding="utf-8")
    return codemation.load(tmp_path, env={}).to_dict()


def test_a_default_is_what_holds_where_nothing_is_stated(tmp_path: Any) -> None:
    """What a host gets of an empty file, and a workflow of an empty policy."""
    runtime = emitted("[workflows.my-workflow.prunePolicy]\n", tmp_path)
    seen = 0
    for key in KEYS["app"]:
        if key.path[0] != "runtime" or "default" not in key.schema:
            continue
        value: Any = runtime
        for name in key.path:
            value = value[name]
        expected = key.schema["default"]
        assert value == (str(tmp_path / expected) if key.name == "sqliteFilePath" else expected), key
        seen += 1
    assert seen >= 14


def test_stating_every_default_changes_nothing(tmp_path: Any) -> None:
    stated: dict[str, Any] = {}
    for key in KEYS["app"]:
        if key.path[0] != "runtime" and "default" in key.schema:
            table = stated
            for name in key.path[:-1]:
                table = table.setdefault(name, {})
            table[key.name] = key.schema["default"]
    assert emitted(tomli_w.dumps(stated), tmp_path) == emitted("[workflows.my-workflow.prunePolicy]\n", tmp_path)


def test_keys_stand_in_the_order_in_which_people_read_them() -> None:
    """That of what `compile` emits; and the form to write stands before the lower one."""
    top = ["app", "workflows", "codemationVersion", "workflowDiscovery", "mcpServers", "runtime"]
    assert list(SCHEMAS["app"]["properties"]) == top
    order = [key.schema["title"] for key in KEYS["app"]]
    for document in whole_examples():
        if "expected" not in document.name:
            continue  # authors write as they like
        written = dict.fromkeys(title(declared_path(path)) for path in written_keys(tomllib.loads(document.text)))
        assert list(written) == sorted(written, key=order.index), document


def written_keys(table: dict[str, Any], prefix: Path = ()) -> Iterator[Path]:
    for name, value in table.items():
        yield (*prefix, name)
        if isinstance(CATALOGUE.node((*prefix, name)), Table):
            yield from written_keys(value, (*prefix, name))


@pytest.mark.parametrize("form", FORMS)
def test_it_is_the_same_bytes_every_time(form: Form) -> None:
    text = schema_text(CATALOGUE, form)
    assert json.loads(text) == SCHEMAS[form]
    for seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-m", "codemation", "schema", "--form", form],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        assert ran.stdout == text.encode()
