"""What holds for every input: the fixed point, the trace, and one meaning of the shape."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import tomli_w
from hypothesis import assume, example, given, target
from hypothesis import strategies as st

from codemation.cli.commands.compile import emit
from codemation.explain.candidates import Resolved
from codemation.origin import FileOrigin
from codemation.pipeline import Compilation, compile_sources
from codemation.resolution.decision import Decision, Rejected
from codemation.resolution.lowering import in_force
from codemation.resolution.policies import decide_policy
from codemation.resolution.validation import stated_values
from codemation.schema.document import document_schema, validator
from codemation.settings.catalogue import CATALOGUE, Table, dotted
from codemation.settings.setting import ANY, Setting
from codemation.sources.environment import Environment
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource
from codemation.text.redaction import redact_value
from codemation.values import Item, ItemArray, OneOrMore, ValueType
from tests.resolution.decision_table import MIXED_AXES, NOTHING, POLICIES, TWO_GOOD, Case, both, nested
from tests.torture import searching

ROOT = "/srv/app"
FILE = "codemation.toml"

SOURCES = ("override", "environment", "app", "runtime", "inferred", "default")
STATUSES = {"won", "outranked", "blank", "rejected", "unused", "unset"}
SHAPE_CODES = {"CM101", "CM102", "CM103", "CM104", "CM105", "CM106", "CM406"}

WORKFLOW_IDS = [
    "one",
    "a.b",
    'say "hi"',
    "it's",
    "",
    "*",
    "**",
    "Größe",
    "日本",
    "😀",
    "a b",
    "a\nb",
    "\x7f",
    "\\",
    "[x]",
    "#",
]


def compiled(case: Case, root: str = ROOT) -> Compilation:
    return compiled_text(tomli_w.dumps(case.document), case.environment, case.overrides, root)


def compiled_text(
    text: str, environment: Mapping[str, str], overrides: Mapping[str, object], root: str = ROOT
) -> Compilation:
    """Compile without touching a disk."""
    project = Project(root, f"{root}/{FILE}")
    return compile_sources(CATALOGUE, project, TomlSource(FILE, text), Environment(environment), overrides)


# --- Configurations ---------------------------------------------------------------------------------------------------

GOOD_AXES = [axis[: 2 if any(axis is other for other in TWO_GOOD) else 1] for axis in MIXED_AXES]
GOOD_PARTS = [part for axis in GOOD_AXES for part in axis]
ALL_PARTS = [part for axis in MIXED_AXES for part in axis]

ids = st.sampled_from(WORKFLOW_IDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
policies = st.dictionaries(st.sampled_from(POLICIES), st.integers(1, 3_153_600_000), max_size=6)
prefixes = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
paths = st.sampled_from(
    [
        "x.sqlite",
        "../x.sqlite",
        "a//b/../c.db",
        "/var/lib/x.db",
        "ü/日本.sqlite",
        "a b.db",
        'q"q.db',
        "tab\t.db",
        " lead.db",
    ]
)


@st.composite
def configurations(draw: st.DrawFn, *, good: bool = False) -> Case:
    """Parts of the decision table, and what that table does not vary: odd names, texts and numbers."""
    parts = draw(st.lists(st.sampled_from(GOOD_PARTS if good else ALL_PARTS), max_size=6))
    part = both(*parts) if parts else NOTHING
    document = nested(part.file)
    for tables in (document, document.setdefault("runtime", {})):
        if isinstance(tables, dict) and draw(st.booleans()):
            workflows = tables.setdefault("workflows", {})
            if isinstance(workflows, dict):
                for name in draw(st.lists(ids, max_size=3)):
                    workflows[name] = {"prunePolicy": draw(policies)}
    overrides = dict(part.over)
    if draw(st.booleans()):
        overrides[f"workflows.{json.dumps(draw(st.sampled_from(WORKFLOW_IDS[:5])))}.prunePolicy.runSeconds"] = draw(
            st.integers(1, 100_000)
        )
    app = document.setdefault("app", {})
    if isinstance(app, dict) and draw(st.booleans()):
        for table, key, values in (("database", "sqliteFilePath", paths), ("scheduler", "queuePrefix", prefixes)):
            section = app.setdefault(table, {})
            if isinstance(section, dict) and draw(st.booleans()):
                section[key] = draw(values)
    return Case("generated", document, dict(part.env), overrides)


def leaves(runtime: Mapping[str, Any]) -> dict[str, Any]:
    """The emitted settings, by key as the trace spells them."""
    policies = {
        ("runtime", "workflows", workflow, "prunePolicy", name): seconds
        for workflow, table in runtime["runtime"].get("workflows", {}).items()
        for name, seconds in table["prunePolicy"].items()
    }
    return {dotted(path): value for path, value in (stated_values(CATALOGUE, runtime)[0] | policies).items()}


# --- The fixed point --------------------------------------------------------------------------------------------------


@searching(250)
@given(configurations(good=True))
def test_the_emitted_form_compiles_to_itself(case: Case) -> None:
    runtime = compiled(case).runtime
    assume(runtime is not None)
    assert runtime is not None
    text = emit(runtime, "toml", show_secrets=True)
    # Another root: nothing in the emitted form is relative.
    again = compiled_text(text, {}, {}, "/elsewhere")
    assert again.runtime is not None, again.diagnostics
    assert emit(again.runtime, "toml", show_secrets=True) == text
    as_json = emit(runtime, "json", show_secrets=True)
    assert json.loads(as_json) == tomllib.loads(text)
    through_json = compiled_text(tomli_w.dumps(json.loads(as_json)), {}, {}, "/elsewhere")
    assert through_json.runtime is not None
    assert emit(through_json.runtime, "toml", show_secrets=True) == text


@searching(100)
@given(configurations(good=True))
def test_the_emitted_form_is_valid_by_both_schemas(case: Case) -> None:
    runtime = compiled(case).runtime
    assume(runtime is not None)
    assert runtime is not None
    data = runtime.to_dict(show_secrets=True)
    for form in ("app", "runtime"):
        assert validator(document_schema(CATALOGUE, form)).is_valid(data)


# --- The trace --------------------------------------------------------------------------------------------------------


@searching(200)
@given(configurations(good=True))
def test_every_emitted_leaf_has_exactly_one_winner(case: Case) -> None:
    compilation = compiled(case)
    assume(compilation.runtime is not None)
    assert compilation.runtime is not None
    emitted = leaves(compilation.runtime.to_dict())
    in_trace = {resolved.key: resolved for resolved in compilation.trace if resolved.status == "won"}
    assert emitted == {key: resolved.value for key, resolved in in_trace.items()}
    for resolved in compilation.trace:
        winners = [candidate for candidate in resolved.candidates if candidate.status == "won"]
        assert [winner.value for winner in winners] == ([emitted[resolved.key]] if resolved.key in emitted else [])
    target(len(emitted))


def settings_of(compilation: Compilation) -> Iterator[tuple[str, Setting, Decision]]:
    """Every setting in the order of the forms, with its key in the trace and its decision."""
    resolution = compilation.model.resolution
    for setting in CATALOGUE.hosts:
        yield dotted(setting.runtime), setting, resolution.hosts[setting.runtime]
    for workflow, values_at_once in resolution.policies.items():
        decisions = decide_policy(CATALOGUE, compilation.model.layers.policies.of(workflow), resolution.hosts)
        for setting in CATALOGUE.policies:
            # The fast way and the one that explains come to the same.
            value = values_at_once[setting.name]
            assert decisions[setting.name].value == (None if isinstance(value, Rejected) else value)
            key = tuple(workflow if part == ANY else part for part in setting.runtime)
            yield dotted(key), setting, decisions[setting.name]


def sources_of(setting: Setting) -> set[str]:
    """The sources that may decide a setting, read off its declaration."""
    related = [setting, *(CATALOGUE.by_key[key] for key, _ in setting.implied_by)]
    return {
        "override",
        "runtime",
        *(["environment"] if any(one.variable for one in related) else []),
        *(["app"] if any(one.app for one in related) else []),
        *(["inferred"] if setting.inference or setting.inherits else []),
        *(["default"] if setting.default is not None else []),
    }


@searching(250)
@given(configurations())
def test_the_trace_lists_every_setting_and_source_and_agrees_with_the_decision(case: Case) -> None:
    compilation = compiled(case)
    expected = list(settings_of(compilation))
    assert [resolved.key for resolved in compilation.trace] == [key for key, _, _ in expected]
    for resolved, (_, setting, decision) in zip(compilation.trace, expected, strict=True):
        assert resolved.status == decision.state
        assert {candidate.source for candidate in resolved.candidates} == sources_of(setting), resolved.key
        ranks = [SOURCES.index(candidate.source) for candidate in resolved.candidates]
        assert ranks == sorted(ranks)
        assert {candidate.status for candidate in resolved.candidates} <= STATUSES
        assert all(candidate.reason for candidate in resolved.candidates)
        if resolved.status == "won":
            assert resolved.value == redacted(in_force(setting, decision, ROOT))
            assert_nothing_valid_stands_above_the_winner(resolved)
        else:
            assert resolved.value is None
            assert all(candidate.status != "won" for candidate in resolved.candidates)


def redacted(value: Any) -> Any:
    return redact_value(list(value) if isinstance(value, tuple) else value)


def assert_nothing_valid_stands_above_the_winner(resolved: Resolved) -> None:
    statuses = [candidate.status for candidate in resolved.candidates]
    assert statuses.count("won") == 1
    winner = resolved.candidates[statuses.index("won")]
    assert winner.value == resolved.value
    above = {"unset", "blank", "unused"}
    if resolved.key == "runtime.database.kind":
        above.add("rejected")  # a variable that `urlEnv` misnames says nothing of the kind; `urlEnv` itself does
    assert set(statuses[: statuses.index("won")]) <= above, resolved
    assert set(statuses[statuses.index("won") + 1 :]) <= STATUSES - {"won"}


# --- The shape --------------------------------------------------------------------------------------------------------

HOSTILE: list[Any] = [
    *(0, 1, -1, 86_400, 3_153_600_000, 3_153_600_001, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400),
    *(1.0, 86_400.0, 1.5, -0.0, 1e300, math.inf, math.nan, True, False),
    *(datetime(2024, 2, 29, 12, tzinfo=UTC), date(2024, 2, 29), time(12, 30)),
    *("", " ", "\t\n", "\u00a0", "\u2003", "\u3000", "\u200b", "\ufeff", "\u180e", "\x1c", "\x1f", "\x85", "\u2028"),
    *("sqlite", "sqlite\n", "Sqlite", " sqlite", "postgresql", "inline", "queue", "local", "bullmq", "memory", "redis"),
    *("postgresql://h/db", "postgres://u@h:5432/db", "postgresql://h/db\n", "postgresql://h/\u0085", "postgresql://"),
    *("postgresql:///db?host=/run", "postgresql://a:1,b:2/db", "postgresql://u:***@h/db", "postgresql://u:p@h:x/db"),
    *(
        "postgresql://[::1]:5432/db",
        "POSTGRESQL://h/db",
        "mysql://h/db",
        "postgresql://h/db?password=***",
        " postgresql://h",
    ),
    *(
        "redis://h",
        "redis://h\n",
        "rediss://h:6380/0",
        "unix:///run/r.sock",
        "unix://run",
        "unix:///run/r.sock\r",
        "redis://h:p",
    ),
    *("APP_PG", "APP_PG\n", "_", "9A", "A-B", "ÄB", "A\u0131", "a" * 300),
    *("x.sqlite", "x.sqlite\n", "x/", "/", ".", "..", "a/..", "a/...", "a/.x", "...", "x\0y", "a://b", "a:b", "/x.db"),
    *(":memory:", " :memory:", "x:memory:", "file:x.db", "file", " file:x", "FILE:x"),
    *(
        [],
        ["a"],
        ["a", "b"],
        ["a", "a"],
        ["a", " "],
        ["a", "A"],
        [1],
        [1, 1.0, True],
        ["a", 1],
        [["a"]],
        [{}],
        ["\u2003"],
    ),
    *(
        {},
        {"a": 1},
        {"kind": "sqlite"},
        {"prunePolicy": {"runSeconds": 5}},
        {"prunePolicy": 5},
        {"x": {"prunePolicy": {}}},
    ),
]

HOSTILE += [
    *(65_535, 65_536, 2**53 - 1, 2**53),
    *(
        "https://h",
        "http://u@h:1/x?a=b",
        "https://h\n",
        "https://h:x",
        "https://***@h",
        "https://h?token=***",
        "https://",
    ),
    *("https://[::1]/", "https://a b", "HTTPS://h", "*", "info", "local", "managed", "http", "github", "true", "***"),
    *("src/", "src", "file:src", "a\nb", "x\x7f", "\u2028", "x\n***"),
    *({"X-A": "b"}, {"X-A": ""}, {"X-A": "***"}, {"X-A": "a\nb"}, {"X-A": 5}, {"": "x"}, {"a b": "x"}),
    *(
        {"filter": "*", "level": "info"},
        {"filter": "*"},
        {"level": "info"},
        {"rules": []},
        {"rules": [], "level": "info"},
    ),
    *({"filter": [], "level": "info"}, {"filter": ["*"], "level": "warn"}, {"filter": ["*", 1], "level": "warn"}),
    *({"filter": "*", "level": "info", "rules": []}, {"filter": " ", "level": "x"}, {"rules": {}}, {"rules": [[]]}),
    *({"rules": [{"filter": "*", "level": "info"}]}, {"rules": [{"filter": "*"}]}, {"rules": "x", "filter": "*"}),
]

values = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.integers()
names = ids | st.sampled_from(["kind", "url", "urlEnv", "database", "app", "runtime", "workflows", "retention", "Kind"])


@st.composite
def documents(draw: st.DrawFn, table: Table | None = None, *, trouble: int = 12) -> dict[str, Any]:
    """A document over the real keys: most of it valid, each value wrong with a chance of one in `trouble`."""
    table = CATALOGUE.root if table is None else table
    document: dict[str, Any] = {}
    for name, child in table.children.items():
        wanted = draw(st.lists(ids, max_size=2, unique=True)) if name == ANY else [name] * draw(st.integers(0, 1))
        for key in wanted:
            if draw(st.integers(1, trouble)) == 1:
                document[key] = draw(values)
            elif isinstance(child, Table):
                document[key] = draw(documents(child, trouble=trouble))
            else:
                kind = child.setting.type if child.app_form else child.setting.type.in_runtime_form()
                document[key] = draw(nearly(kind, child.setting.examples, trouble))
    if draw(st.integers(1, 3 * trouble)) == 1:
        document[draw(names)] = draw(values)
    return document


GOOD: dict[ValueType, list[Any]] = {}
"""The hostile values and examples that are valid, by kind."""


def nearly(kind: ValueType, examples: Sequence[Any], trouble: int) -> st.SearchStrategy[Any]:
    """Values of a kind: single ones that are valid, tables in which each key is wrong with a chance of `trouble`."""
    if isinstance(kind, ItemArray):
        return st.lists(items(kind.item, trouble), max_size=2)
    if isinstance(kind, OneOrMore):
        several = st.lists(items(kind.item, trouble), max_size=2).map(lambda rules: {kind.several: rules})
        both = st.tuples(items(kind.item, trouble), several).map(
            lambda pair: pair[0] | pair[1] if isinstance(pair[0], dict) else pair[0]
        )
        return st.one_of(*[items(kind.item, trouble)] * 4, *[several] * 4, both)
    if kind not in GOOD:
        GOOD[kind] = [value for value in [*HOSTILE, *examples] if kind.problem(value) is None]
    return st.sampled_from(GOOD[kind])


@st.composite
def items(draw: st.DrawFn, item: type[Item], trouble: int) -> Any:
    """A table inside of a value."""
    table: Any = {}
    for name, one in item.fields.items():
        chance = draw(st.integers(1, 3 * trouble))
        if chance == 1:
            table[name] = draw(values)
        elif chance == 2 or (not one.required and draw(st.booleans())):
            continue
        else:
            table[name] = draw(nearly(one.type, one.examples, trouble))
    if draw(st.integers(1, 3 * trouble)) == 1:
        table[draw(names)] = draw(values)
    return draw(values) if draw(st.integers(1, 3 * trouble)) == 1 else table


def accepted_fast(document: Mapping[str, Any]) -> bool:
    """What the compiler's first, fast check says."""
    return not stated_values(CATALOGUE, document)[1]


SCHEMA = validator(document_schema(CATALOGUE))


def assert_compiler_and_schema_agree(document: Mapping[str, Any]) -> None:
    by_schema = SCHEMA.is_valid(document)
    assert accepted_fast(document) == by_schema, document
    compilation = compiled_text(tomli_w.dumps(document), {}, {})
    faults = [found for found in compilation.diagnostics if found.code in SHAPE_CODES]
    assert bool(faults) != by_schema, (document, faults)
    lines = compilation.model.source.text.split("\n")
    for fault in faults:
        assert fault.severity == "error"
        assert isinstance(fault.origin, FileOrigin)
        assert fault.file == FILE
        assert fault.span is not None, fault
        assert 1 <= fault.span.start.line <= fault.span.end.line <= len(lines)
        assert fault.span.start < fault.span.end
    assert len({(fault.code, fault.key) for fault in faults}) == len(faults), faults


@searching(500)
@given(documents())
def test_the_fast_check_and_the_schema_accept_the_same_documents(document: dict[str, Any]) -> None:
    assert_compiler_and_schema_agree(document)


@searching(150)
@given(documents(trouble=2))
def test_they_agree_on_documents_with_many_faults(document: dict[str, Any]) -> None:
    assert_compiler_and_schema_agree(document)


LEAVES = [path for path in CATALOGUE.paths() if CATALOGUE.leaf(path)]


def test_they_agree_on_every_hostile_value_of_every_setting() -> None:
    """Not generated: all pairs."""
    for path in LEAVES:
        for value in HOSTILE:
            document: Any = value
            for name in reversed(path):
                document = {"w" if name == ANY else name: document}
            assert accepted_fast(document) == SCHEMA.is_valid(document), (path, value)


def test_most_pairs_of_names_that_exclude_each_other_do() -> None:
    for one, other in CATALOGUE.exclusive:
        document: dict[str, Any] = {}
        for path in (one, other):
            leaf = CATALOGUE.leaf(path)
            assert leaf is not None
            table = document.setdefault(path[0], {}).setdefault(path[1], {})
            table[path[2]] = leaf.setting.examples[0]
            before = accepted_fast(document), SCHEMA.is_valid(document)
            assert before == ((path == one),) * 2
        assert_compiler_and_schema_agree(document)


TABLES = [(path, kind) for path, kind in CATALOGUE.kinds if isinstance(kind, ItemArray | OneOrMore)]


def test_they_agree_on_every_hostile_value_of_every_key_of_a_table_in_a_value() -> None:
    """Each key of each kind of item, valid but for that key; also without it, and with one more."""
    for path, kind in TABLES:
        good = {name: one.examples[0] for name, one in kind.item.fields.items()}
        wrong = [good | {name: value} for name in good for value in HOSTILE]
        wrong += [{name: value for name, value in good.items() if name != left} for left in good]
        wrong += [good | {name: 1} for name in ("Id", "rules", "levels", "")]
        for item in [good, *wrong]:
            document: Any = [item] if isinstance(kind, ItemArray) else {kind.several: [item]}
            for name in reversed(path):
                document = {name: document}
            assert accepted_fast(document) == SCHEMA.is_valid(document), document
            if isinstance(kind, OneOrMore):
                alone = {path[0]: {path[1]: item}}
                assert accepted_fast(alone) == SCHEMA.is_valid(alone), alone


@searching(150)
@given(ids, st.sampled_from(HOSTILE))
@example("*", 0)
@example("", "x")
def test_a_workflow_of_any_name_is_held_to_the_same(name: str, value: object) -> None:
    assert_compiler_and_schema_agree({"workflows": {name: {"prunePolicy": {"runSeconds": value}}}})
    assert_compiler_and_schema_agree({"runtime": {"workflows": {name: value}}})


anything = values | st.booleans() | st.floats() | st.lists(values, max_size=3)


@given(anything | st.dictionaries(st.sampled_from(["kind", "id", "url"]), anything, max_size=2))
def test_what_a_kind_accepts_is_what_has_no_problem(value: Any) -> None:
    for path, kind in CATALOGUE.kinds:
        assert kind.accepts(value) == (kind.problem(value) is None) == (not list(kind.problems(value))), path
