"""A setting is declared once: one declaration more, and it is everywhere."""

# ruff: noqa: PLR0913, PLR0917  (parameters of cases)

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest
import tomli_w

from codemation.explain import answer
from codemation.explain.selection import select
from codemation.explain.variables import variable_rows
from codemation.pipeline import Compilation, compile_sources
from codemation.resolution.lowering import lower
from codemation.resolution.validation import stated_values
from codemation.runtime.generation import runtime_form
from codemation.schema.document import document_schema, validator
from codemation.settings import app_form
from codemation.settings.catalogue import CATALOGUE, Catalogue, dotted
from codemation.settings.setting import Declaration, Section, setting
from codemation.sources.environment import Environment
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource
from codemation.text.terminal import Terminal
from codemation.values import Integer, Item, ItemArray, OneOrMore, Text, field

ROOT = "/srv/app"
VARIABLE = "CODEMATION_SCHEDULER_POLL_SECONDS"
APP, RUNTIME = "app.scheduler.pollSeconds", "runtime.scheduler.pollSeconds"


def declaration() -> Any:
    """The one place."""
    return setting(
        Integer(1, 60, unit="seconds"),
        variables=VARIABLE,
        default=5,
        doc="How long a worker waits before it looks again.",
        examples=(10,),
    )


def grown_scheduler() -> type[Section]:
    """The real section and one declaration more."""
    body: dict[str, Any] = {
        name: value for name, value in vars(app_form.Scheduler).items() if isinstance(value, Declaration)
    }
    body |= {"__doc__": app_form.Scheduler.__doc__, "poll_seconds": declaration()}

    class Scheduler(Section, app="app.scheduler", runtime="runtime.scheduler"):
        vars().update(body)

    return Scheduler


SCHEDULER = grown_scheduler()
GROWN = Catalogue(tuple(SCHEDULER if section is app_form.Scheduler else section for section in app_form.SECTIONS))


@pytest.fixture(scope="module")
def form() -> Any:
    """`runtime/form.py` as `make generate` would write it for the grown catalogue."""
    module = ModuleType("grown_runtime_form")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.__name__, module)
        exec(compile(runtime_form(GROWN), module.__name__, "exec"), module.__dict__)  # noqa: S102  (our own source)
        yield module


def compiled(
    document: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
    catalogue: Catalogue = GROWN,
) -> Compilation:
    source = TomlSource("codemation.toml", tomli_w.dumps(document or {}))
    project = Project(ROOT, f"{ROOT}/codemation.toml")
    return compile_sources(catalogue, project, source, Environment(environment or {}), overrides or {})


def stated(value: object, form: str = "app") -> dict[str, Any]:
    return {form: {"scheduler": {"pollSeconds": value}}}


def codes(compilation: Compilation) -> list[str]:
    return [found.code for found in compilation.diagnostics]


def emitted(compilation: Compilation, form: ModuleType) -> Any:
    return lower(GROWN, compilation.model.resolution, ROOT, form)


def test_the_catalogue_has_one_setting_more_and_the_real_one_does_not_know_it() -> None:
    assert {s.runtime for s in GROWN.settings} - {s.runtime for s in CATALOGUE.settings} == {tuple(RUNTIME.split("."))}
    assert CATALOGUE.node(tuple(APP.split("."))) is None


@pytest.mark.parametrize("form", ["app", "runtime"])
def test_the_schema_has_it(form: Any) -> None:
    schema = document_schema(GROWN, form)
    found = schema["properties"][form]["properties"]["scheduler"]["properties"]["pollSeconds"]
    assert found["title"] == f"{form}.scheduler.pollSeconds"
    assert (found["type"], found["minimum"], found["maximum"], found["default"]) == ("integer", 1, 60, 5)
    assert found["examples"] == [10]
    assert found["description"].startswith("How long a worker waits before it looks again.")
    assert VARIABLE in found["description"]
    checker = validator(schema)
    assert [checker.is_valid(stated(value, form)) for value in (1, 60, 0, 61, "5", 5.0, True)] == [True] * 2 + [
        False
    ] * 5


def test_the_shape_check_knows_it_only_when_it_is_declared() -> None:
    assert codes(compiled(stated(7))) == []
    assert codes(compiled(stated(7), catalogue=CATALOGUE)) == ["CM101"]
    assert codes(compiled(stated(7, "runtime"), catalogue=CATALOGUE)) == ["CM101"]
    assert stated_values(GROWN, stated(7)) == ({("app", "scheduler", "pollSeconds"): 7}, [])
    values, at_fault = stated_values(CATALOGUE, stated(7))
    assert (values, [table.path for table in at_fault]) == ({}, [("app", "scheduler")])


@pytest.mark.parametrize("form", ["app", "runtime"])
@pytest.mark.parametrize(
    ("value", "code"), [(0, "CM104"), (61, "CM104"), ("5", "CM102"), (5.0, "CM102"), ([], "CM102")]
)
def test_a_bad_value_is_refused_by_its_kind(form: str, value: object, code: str) -> None:
    compilation = compiled(stated(value, form))
    assert codes(compilation) == [code]
    assert compilation.diagnostics[0].key == f"{form}.scheduler.pollSeconds"
    assert compilation.diagnostics[0].span is not None


def test_a_near_miss_of_its_key_and_of_its_variable_is_suggested() -> None:
    (key,) = compiled({"app": {"scheduler": {"poll_second": 7}}}).diagnostics
    assert (key.code, "`pollSeconds`" in key.help) == ("CM101", True)
    (variable,) = compiled(environment={VARIABLE[:-1]: "7"}).diagnostics
    assert (variable.code, VARIABLE in variable.help) == ("CM202", True)


@pytest.mark.parametrize(
    ("document", "environment", "overrides", "value", "source"),
    [
        ({}, {}, {}, 5, "default"),
        (stated(9, "runtime"), {}, {}, 9, "runtime"),
        ({**stated(8), **stated(8, "runtime")}, {}, {}, 8, "app"),
        (stated(8), {VARIABLE: " 7 "}, {}, 7, "environment"),
        (stated(8), {VARIABLE: "  "}, {}, 8, "app"),
        (stated(8), {VARIABLE: "7"}, {APP: "6"}, 6, "override"),
        (stated(8), {VARIABLE: "7"}, {RUNTIME: 6}, 6, "override"),
    ],
)
def test_every_source_decides_it_in_turn(
    document: dict[str, Any], environment: dict[str, str], overrides: dict[str, Any], value: int, source: str, form: Any
) -> None:
    compilation = compiled(document, environment, overrides)
    assert codes(compilation) == []
    assert emitted(compilation, form).scheduler.poll_seconds == value
    resolved = next(resolved for resolved in compilation.trace if resolved.key == RUNTIME)
    assert (resolved.app_key, resolved.value, resolved.status) == (APP, value, "won")
    assert [candidate.source for candidate in resolved.candidates if candidate.status == "won"] == [source]


def test_overrides_are_held_to_its_kind() -> None:
    assert codes(compiled(overrides={APP: "61"})) == ["CM104"]
    assert codes(compiled(overrides={APP: "soon"})) == ["CM102"]
    assert codes(compiled(overrides={APP: "6", RUNTIME: "6"})) == ["CM106"]
    assert codes(compiled(overrides={APP: "6"}, catalogue=CATALOGUE)) == ["CM101"]


@pytest.mark.parametrize("value", ["61", "0", "soon", "1.5"])
def test_its_variable_is_held_to_its_kind(value: str) -> None:
    (found,) = compiled(environment={VARIABLE: value}).diagnostics
    assert (found.code, found.severity, found.key) == ("CM201", "error", VARIABLE)
    (outranked,) = compiled(environment={VARIABLE: value}, overrides={APP: 6}).diagnostics
    assert outranked.severity == "warning"


def test_the_explanation_tells_of_it() -> None:
    compilation = compiled(stated(8), {VARIABLE: "7"})
    for name in (RUNTIME, APP, "scheduler.pollSeconds", VARIABLE):
        assert [resolved.key for resolved in select(compilation.model, [name])] == [RUNTIME]
    (resolved,) = select(compilation.model, [RUNTIME])
    text = answer.as_text(compilation.model, (resolved,), Terminal(), ROOT)
    assert f"{RUNTIME} = 7\n  won        {VARIABLE} (process environment)\n" in text
    assert f"{APP} = 8 (codemation.toml:2:1)" in text
    (entry,) = json.loads(answer.as_json((resolved,), ()))["settings"]
    assert [candidate["source"] for candidate in entry["candidates"]] == [
        "override",
        "environment",
        "app",
        "runtime",
        "default",
    ]


def test_the_variables_list_it() -> None:
    (row,) = [row for row in variable_rows(compiled(environment={VARIABLE: "7"}).model) if row.name == VARIABLE]
    assert (row.settings, row.default, row.value, row.status) == ((RUNTIME,), 5, 7, "set")
    assert not [row for row in variable_rows(compiled(catalogue=CATALOGUE).model) if row.name == VARIABLE]


def test_the_runtime_form_has_it_typed_and_in_its_place(form: Any) -> None:
    assert form.Scheduler.__annotations__["poll_seconds"] == "int"
    runtime = emitted(compiled(stated(8)), form)
    data = runtime.to_dict()
    assert data["runtime"]["scheduler"].items() >= {"kind": "local", "pollSeconds": 8}.items()
    assert "poll_seconds=8" in repr(runtime)
    again = compiled(data)
    assert codes(again) == []
    assert emitted(again, form) == runtime


def test_every_declaration_has_what_the_documentation_needs() -> None:
    for one in CATALOGUE.settings:
        name = dotted(one.runtime)
        assert one.doc.endswith("."), name
        assert one.examples, name
        kinds = [one.type] if one.app else []
        for kind in [*kinds, *([] if one.app else [one.type.in_runtime_form()])]:
            assert all(kind.problem(value) is None for value in one.examples), name
        if one.default is not None:
            default = list(one.default) if isinstance(one.default, tuple) else one.default
            assert one.type.in_runtime_form().problem(default) is None, name


def test_every_key_of_a_table_in_a_value_has_what_the_documentation_needs() -> None:
    for path, kind in CATALOGUE.kinds:
        for name, one in kind.item.fields.items() if isinstance(kind, ItemArray | OneOrMore) else ():
            assert one.doc.endswith("."), (path, name)
            assert one.examples, (path, name)
            assert all(one.type.problem(value) is None for value in one.examples), (path, name)


class Webhook(Item, unique="name"):
    """Where events go."""

    name = field(Text(), doc="What it is called.", examples=("billing",))
    retry_limit = field(Integer(0, 9), required=False, doc="How often it is tried again.", examples=(3,))


class Webhooks(Section):
    """Events for others."""

    webhooks = setting(
        ItemArray(Webhook),
        app="app.webhooks",
        runtime="runtime.webhooks",
        doc="Where events go.",
        examples=([{"name": "billing"}],),
    )


HOOKED = Catalogue((*app_form.SECTIONS, Webhooks))


def test_a_table_in_a_value_is_declared_once_too() -> None:
    good: dict[str, Any] = {"app": {"webhooks": [{"name": "billing", "retryLimit": 3}]}}
    compilation = compiled(good, catalogue=HOOKED)
    assert codes(compilation) == []
    (resolved,) = select(compilation.model, ["webhooks"])
    assert resolved.value == [{"name": "billing", "retryLimit": 3}]
    schema = document_schema(HOOKED)
    items = schema["properties"]["app"]["properties"]["webhooks"]["items"]
    assert (items["title"], items["additionalProperties"]) == ("app.webhooks[]", False)
    assert items["dependencies"]["retryLimit"]["then"] == {"properties": {"name": True}, "required": ["name"]}
    assert items["properties"]["retryLimit"]["title"] == "app.webhooks[].retryLimit"
    source = runtime_form(HOOKED)
    assert "class Webhook(Masked" in source
    assert "    retry_limit: int | None = None\n" in source
    assert "    webhooks: tuple[Webhook, ...] | None = None\n" in source
    for item, code, key in (
        ({"nme": "x"}, "CM101", "app.webhooks[0].nme"),
        ({"name": 5}, "CM102", "app.webhooks[0].name"),
        ({"name": "x", "retryLimit": 10}, "CM104", "app.webhooks[0].retryLimit"),
        ({"retryLimit": 1}, "CM406", "app.webhooks[0]"),
    ):
        document = {"app": {"webhooks": [item]}}
        (found,) = compiled(document, catalogue=HOOKED).diagnostics
        assert (found.code, found.key) == (code, key)
        assert not validator(schema).is_valid(document)
        assert codes(compiled(overrides={"app.webhooks": [item]}, catalogue=HOOKED)) == [code]
    twice = {"app": {"webhooks": [{"name": "x"}, {"name": "x"}]}}
    assert codes(compiled(twice, catalogue=HOOKED)) == ["CM407"]
    assert codes(compiled(good)) == ["CM101"]
