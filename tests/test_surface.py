"""The rest of the app surface (spec section 8): every setting by every source, typed, with its paths and limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import codemation
from codemation.cli.commands.compile import emit
from codemation.explain.selection import select
from codemation.explain.variables import variable_rows
from codemation.settings.catalogue import CATALOGUE, dotted

SERVER = {
    "id": "search",
    "displayName": "Search",
    "description": "Searches.",
    "transport": "http",
    "url": "https://mcp.example.com/v1",
}
LIMITS = "app.engineExecutionLimits"

VALUES: dict[str, tuple[Any, Any, Any]] = {
    "codemationVersion": ("1.0", "2.0", "3.0"),
    "app.frontendPort": (3000, 4000, 5000),
    "app.log": ({"filter": "*", "level": "info"}, {"rules": []}, {"filter": ["a", "b"], "level": "silent"}),
    "app.auth.kind": ("local", "oauth", "oidc"),
    "app.auth.allowUnauthenticatedInDevelopment": (True, False, True),
    "app.auth.oauth": (
        [{"provider": "github", "clientIdEnv": "A", "clientSecretEnv": "B"}],
        [],
        [{"provider": "microsoft", "clientIdEnv": "A", "clientSecretEnv": "B", "tenantIdEnv": "C"}],
    ),
    "app.auth.oidc": (
        [{"id": "a", "issuer": "https://a.example.com", "clientIdEnv": "A", "clientSecretEnv": "B"}],
        [],
        [{"id": "b", "issuer": "http://b.example.com:8080/x", "clientIdEnv": "A", "clientSecretEnv": "B"}],
    ),
    "app.whitelabel.productName": ("One", "Two", "Three"),
    "app.whitelabel.logoPath": ("/a.svg", "/b.svg", "/c.svg"),
    f"{LIMITS}.defaultMaxNodeActivations": (1, 2, 3),
    f"{LIMITS}.hardMaxNodeActivations": (1_000_000, 2_000_000, 3_000_000),
    f"{LIMITS}.defaultMaxSubworkflowDepth": (1, 2, 3),
    f"{LIMITS}.hardMaxSubworkflowDepth": (100, 200, 300),
    "workflowDiscovery.directories": (["/a"], [], ["/b", "/c"]),
    "mcpServers": (
        [SERVER],
        [],
        [{**SERVER, "requiredScopes": ["x"], "toolDescriptionOverrides": {"a b": "x\ny"}}, {**SERVER, "id": "other"}],
    ),
}
"""For each setting a value for the app form, the runtime form, and an override."""


def nested(key: str, value: object) -> dict[str, Any]:
    """A document that states one key."""
    document: Any = value
    for name in reversed(key.split(".")):
        document = {name: document}
    return dict(document)


def runtime_key(key: str) -> str:
    return f"runtime.{key.removeprefix('app.')}"


def compiled(folder: Path, documents: list[dict[str, Any]], **options: Any) -> codemation.Compilation:
    import tomli_w  # noqa: PLC0415

    merged: dict[str, Any] = {}
    for document in documents:
        merge(merged, document)
    (folder / "codemation.toml").write_text(tomli_w.dumps(merged))
    return codemation.compile(folder, **{"env": {}, **options})


def merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def in_force(compilation: codemation.Compilation, key: str) -> tuple[Any, str]:
    """The value that is emitted, and the source that decided."""
    assert compilation.runtime is not None, compilation.diagnostics
    value: Any = compilation.runtime.to_dict(show_secrets=True)
    for name in key.split("."):
        value = value[name]
    (resolved,) = [one for one in compilation.trace if one.key == key]
    (winner,) = [candidate for candidate in resolved.candidates if candidate.status == "won"]
    return value, winner.source


def test_the_values_above_are_for_all_settings_without_a_variable() -> None:
    others = {"runtime.scheduler.workerQueues"}
    assert {runtime_key(key) for key in VALUES} == {
        dotted(one.runtime) for one in CATALOGUE.hosts if not one.variable and dotted(one.runtime) not in others
    } - {"runtime.database.url"}


@pytest.mark.parametrize("key", VALUES)
def test_each_source_outranks_the_next(key: str, tmp_path: Path) -> None:
    app, runtime, override = VALUES[key]
    lowered = runtime_key(key)
    states = [nested(lowered, runtime)]
    assert in_force(compiled(tmp_path, states), lowered) == (runtime, "runtime")
    states.append(nested(key, app))
    found = compiled(tmp_path, states)
    assert in_force(found, lowered) == (app, "app")
    assert [one.code for one in found.diagnostics] == ["CM303"]
    for name in (key, lowered):
        assert in_force(compiled(tmp_path, states, overrides={name: override}), lowered) == (override, "override")
    both = compiled(tmp_path, [], overrides={key: override, lowered: override})
    assert [one.code for one in both.diagnostics] == ["CM106"]


@pytest.mark.parametrize("key", VALUES)
def test_a_text_is_read_as_on_the_command_line(key: str, tmp_path: Path) -> None:
    for value in VALUES[key]:
        text = value if isinstance(value, str) else inline(value)
        assert in_force(compiled(tmp_path, [], overrides={key: f" {text} "}), runtime_key(key)) == (value, "override")
    blank = compiled(tmp_path, [nested(key, VALUES[key][0])], overrides={key: " "})
    assert in_force(blank, runtime_key(key)) == (VALUES[key][0], "app")


def inline(value: Any) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name)} = {inline(item)}" for name, item in value.items()) + " }"
    return f"[{', '.join(inline(item) for item in value)}]" if isinstance(value, list) else json.dumps(value)


@pytest.mark.parametrize("key", VALUES)
def test_what_is_emitted_compiles_into_itself(key: str, tmp_path: Path) -> None:
    for value in VALUES[key]:
        first = compiled(tmp_path, [nested(key, value)])
        assert first.runtime is not None
        text = emit(first.runtime, "toml", show_secrets=True)
        (tmp_path / "codemation.toml").write_text(text)
        again = codemation.load(tmp_path, env={})
        assert emit(again, "toml", show_secrets=True) == text
        assert again == first.runtime


def test_nothing_is_emitted_that_nobody_states_but_the_limits(tmp_path: Path) -> None:
    runtime = compiled(tmp_path, []).runtime
    assert runtime is not None
    emitted = runtime.to_dict()["runtime"]
    assert set(emitted) == {"database", "scheduler", "eventBus", "retention", "engineExecutionLimits"}
    # A host need not ask whether a table is there.
    assert (runtime.auth.kind, runtime.whitelabel.logo_path, runtime.workflow_discovery.directories) == (None,) * 3
    assert (runtime.log, runtime.mcp_servers, runtime.frontend_port, runtime.codemation_version) == (None,) * 4


@pytest.mark.parametrize(
    ("stated", "expected", "source"),
    [
        ({}, (100_000, 100_000), "default"),
        ({"hardMaxNodeActivations": 400}, (400, 400), "inferred"),
        ({"hardMaxNodeActivations": 100_000}, (100_000, 100_000), "default"),
        ({"hardMaxNodeActivations": 400_000}, (100_000, 400_000), "default"),
        ({"defaultMaxNodeActivations": 400}, (400, 100_000), "app"),
        ({"defaultMaxNodeActivations": 400, "hardMaxNodeActivations": 400}, (400, 400), "app"),
    ],
)
def test_a_limit_that_is_not_stated(
    stated: dict[str, int], expected: tuple[int, int], source: str, tmp_path: Path
) -> None:
    found = compiled(tmp_path, [nested(LIMITS, stated)])
    assert found.diagnostics == ()
    runtime = found.runtime
    assert runtime is not None
    limits = runtime.engine_execution_limits
    assert (limits.default_max_node_activations, limits.hard_max_node_activations) == expected
    assert (limits.default_max_subworkflow_depth, limits.hard_max_subworkflow_depth) == (32, 32)
    assert in_force(found, "runtime.engineExecutionLimits.defaultMaxNodeActivations") == (expected[0], source)


def test_a_default_that_follows_a_wrong_limit_is_not_decided(tmp_path: Path) -> None:
    found = compiled(tmp_path, [nested(f"{LIMITS}.hardMaxSubworkflowDepth", 0)])
    assert [one.code for one in found.diagnostics] == ["CM104"]
    (resolved,) = select(found.model, ["engineExecutionLimits.defaultMaxSubworkflowDepth"])
    assert resolved.status == "rejected"


def test_paths_start_at_the_project_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(tmp_path)
    states = [
        nested("app.whitelabel.logoPath", "assets/../logo.svg"),
        nested("workflowDiscovery.directories", [".", "../x/"]),
    ]
    runtime = compiled(root, states).runtime
    assert runtime is not None
    assert runtime.whitelabel.logo_path == str(root / "logo.svg")
    assert runtime.workflow_discovery.directories == (str(root), str(tmp_path / "x"))
    runtime = compiled(root, [], overrides={"workflowDiscovery.directories": ("src",)}).runtime
    assert runtime is not None
    assert runtime.workflow_discovery.directories == (str(root / "src"),)


def test_one_path_in_two_spellings_is_not_shadowed(tmp_path: Path) -> None:
    states = [
        nested("workflowDiscovery.directories", ["src/"]),
        nested("runtime.workflowDiscovery.directories", [str(tmp_path / "src")]),
    ]
    assert compiled(tmp_path, states).diagnostics == ()


def test_the_runtime_is_typed_all_the_way_down(tmp_path: Path) -> None:
    states = [
        nested("app.log", {"rules": [{"filter": ["a", "b"], "level": "warn"}]}),
        nested("app.auth.oauth", VALUES["app.auth.oauth"][2]),
        nested("mcpServers", [{**SERVER, "staticHeaders": {"X-A": "b"}, "acceptedCredentialTypes": ["oauth2"]}]),
    ]
    runtime = compiled(tmp_path, states).runtime
    assert runtime is not None
    assert runtime.log is not None
    assert runtime.log.rules is not None
    assert (runtime.log.rules[0].filter, runtime.log.level) == (("a", "b"), None)
    assert runtime.auth.oauth is not None
    assert runtime.auth.oauth[0].tenant_id_env == "C"
    assert runtime.mcp_servers is not None
    server = runtime.mcp_servers[0]
    assert (server.display_name, server.static_headers) == ("Search", {"X-A": "b"})
    assert server.accepted_credential_types == ("oauth2",)
    assert server.tool_description_overrides is None


@pytest.mark.parametrize("word", ["true", "True", "1", "yes", "ON"])
def test_a_boolean_has_many_words_on_the_command_line_and_one_in_the_file(word: str, tmp_path: Path) -> None:
    key = "app.auth.allowUnauthenticatedInDevelopment"
    runtime = compiled(tmp_path, [], overrides={key: word}).runtime
    assert runtime is not None
    assert runtime.auth.allow_unauthenticated_in_development is True
    assert [one.code for one in compiled(tmp_path, [nested(key, word)]).diagnostics] == ["CM102"]


def test_native_overrides_may_be_of_any_type(tmp_path: Path) -> None:
    for value in (object(), {5: "x"}, [{5: "x"}], [object()], b"x", {"filter": object(), "level": ("info",)}):
        for key in ("app.log", "mcpServers", "app.auth.oidc"):
            found = compiled(tmp_path, [], overrides={key: value})
            assert found.runtime is None
            assert {one.code for one in found.diagnostics} <= {"CM101", "CM102", "CM103", "CM105", "CM406"}


SQLITE = {"CODEMATION_DATABASE_KIND": "sqlite"}
PRODUCTION = {"NODE_ENV": "production", "AUTH_SECRET": "xxxxxxxxxxxxxxx1", **SQLITE}


@pytest.mark.parametrize("name", ["NODE_ENV", "CODEMATION_ENV"])
@pytest.mark.parametrize(
    ("value", "production"),
    [("production", True), (" Production ", True), ("PRODUCTION", True), ("", False), ("test", False)],
)
def test_what_counts_as_production(name: str, value: str, *, production: bool, tmp_path: Path) -> None:
    found = compiled(tmp_path, [], env={name: value})
    assert [one.code for one in found.diagnostics] == (["CM413", "CM414", "CM415"] if production else [])


@pytest.mark.parametrize("name", ["NODE_ENV", "CODEMATION_ENV"])
@pytest.mark.parametrize(
    "value", ["prod", "PRD", "live", "productio", "porduction", "productions", "prodcution", "production # x"]
)
def test_what_is_nearly_production_is_told(name: str, value: str, tmp_path: Path) -> None:
    (found,) = compiled(tmp_path, [], env={name: value}).diagnostics
    assert (found.code, found.severity, found.key) == ("CM201", "warning", name)
    assert f"write {name}=production" in found.help


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (None, "is not set"),
        (" ", "is blank"),
        ("short", "has fewer than 16 characters"),
        ("123456789012345", "has fewer than 16 characters"),
        *((word, "is a placeholder") for word in ("changeme", "ChangeMe-please-ChangeMe", "<a long random string>")),
        *((word, "is a placeholder") for word in ("your-secret-key-goes-here", "replace_with_random_text", "secret")),
        *(
            (word, "is a placeholder")
            for word in ("my-super-secret-key", "development-secret-key-1", "openssl rand -hex 32")
        ),
        *(
            (word, "is a placeholder")
            for word in ("`openssl rand -base64 32`", "********************", "[YOUR-AUTH-SECRET]")
        ),
        *(
            (word, "is a placeholder")
            for word in (
                "AUTH_SECRET=c4kJ9ZbQmU2dVn0pT1xYs7Lw",
                "generate-with-openssl-rand",
                "redacted-redacted-redacted",
            )
        ),
        ("1234567890123456", None),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", None),
        ("c4kJ9ZbQmU2dVn0pT1xYs7LwEoRg==", None),
        ("my-horse-secret-key", None),
        ("the-change-of-the-moon", None),
        ("c4kJ9ZbQmU2dVn0pT1xYs7LwEoRgHaFi", None),
    ],
)
def test_a_secret_that_is_none(secret: str | None, said: str | None, tmp_path: Path) -> None:
    states = [nested("app.auth.kind", "local")]
    environment = {"NODE_ENV": "production", **SQLITE} | ({"AUTH_SECRET": secret} if secret else {})
    found = compiled(tmp_path, states, env=environment).diagnostics
    assert [one.code for one in found] == (["CM414"] if said else [])
    assert all(f"`AUTH_SECRET` {said}, and `NODE_ENV` says production" in one.message for one in found)
    assert compiled(tmp_path, states, env=environment | {"NODE_ENV": "test"}).diagnostics == ()


def test_either_variable_says_so_whatever_the_other_says(tmp_path: Path) -> None:
    found = compiled(tmp_path, [], env={"NODE_ENV": "development", "CODEMATION_ENV": "production", **SQLITE})
    assert [one.code for one in found.diagnostics] == ["CM413", "CM414"]
    assert "`CODEMATION_ENV` says production" in found.diagnostics[0].message


def test_an_env_file_counts_and_the_process_hides_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NODE_ENV=production\nGH_ID=a\nGH_SECRET=b\nAUTH_SECRET=0123456789abcdef\n")
    with (tmp_path / ".env").open("a") as file:
        file.write("CODEMATION_DATABASE_KIND=sqlite\n")
    provider = {"provider": "github", "clientIdEnv": "GH_ID", "clientSecretEnv": "GH_SECRET"}
    states, files = [nested("app.auth.oauth", [provider])], [tmp_path / ".env"]
    assert compiled(tmp_path, states, env_files=files).diagnostics == ()
    hidden = compiled(tmp_path, states, env={"GH_SECRET": " "}, env_files=files)
    assert [one.code for one in hidden.diagnostics] == ["CM413"]
    assert compiled(tmp_path, [], env={"NODE_ENV": "test"}, env_files=files).diagnostics == ()


def test_what_may_stand_in_a_file_that_cannot_be_read_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    found = compiled(tmp_path, [], env={"NODE_ENV": "production"}, env_files=[tmp_path / "folder"])
    assert [one.code for one in found.diagnostics] == ["CM004"]


def test_known_variables_are_not_misspelt_and_near_misses_are(tmp_path: Path) -> None:
    assert compiled(tmp_path, [], env={"CODEMATION_ENV": "test"}).diagnostics == ()
    (found,) = compiled(tmp_path, [], env={"CODEMATION_ENVS": "test"}).diagnostics
    assert (found.code, found.help) == ("CM202", "did you mean `CODEMATION_ENV`?")


def test_env_lists_what_the_host_and_its_providers_read(tmp_path: Path) -> None:
    provider = {"provider": "github", "clientIdEnv": "GH_ID", "clientSecretEnv": "DATABASE_URL"}
    env = {**PRODUCTION, "GH_ID": "geheim"}
    rows = {
        row.name: row
        for row in variable_rows(compiled(tmp_path, [nested("app.auth.oauth", [provider])], env=env).model)
    }
    assert (rows["NODE_ENV"].value, rows["NODE_ENV"].place) == ("production", "process environment")
    assert (rows["CODEMATION_ENV"].status, rows["CODEMATION_ENV"].in_force) == ("unset", None)
    assert (rows["AUTH_SECRET"].value, rows["AUTH_SECRET"].status) == ("***", "set")
    assert (rows["GH_ID"].value, rows["GH_ID"].role) == ("***", "none: named by app.auth.oauth[0].clientIdEnv")
    # A setting's own variable is listed as such.
    assert rows["DATABASE_URL"].settings == ("runtime.database.url",)


def test_a_part_of_a_value_is_no_setting_of_its_own(tmp_path: Path) -> None:
    for key, whole in (("app.log.level", "app.log"), ("runtime.log.rules", "runtime.log")):
        (found,) = compiled(tmp_path, [], overrides={key: "info"}).diagnostics
        assert (found.code, found.help) == ("CM101", f"`{whole}` is one setting: override all of it")


def test_every_fault_of_a_value_is_found_in_one_run(tmp_path: Path) -> None:
    servers = [{**SERVER, "transport": "sse", "url": "x", "colour": 1}, {"id": ""}, 5]
    found = compiled(tmp_path, [nested("mcpServers", servers)])
    assert [(one.code, one.key) for one in found.diagnostics] == [
        ("CM103", "mcpServers[0].transport"),
        ("CM105", "mcpServers[0].url"),
        ("CM101", "mcpServers[0].colour"),
        ("CM406", "mcpServers[1]"),
        ("CM105", "mcpServers[1].id"),
        ("CM102", "mcpServers[2]"),
    ]
    twice = compiled(tmp_path, [nested("mcpServers", [{**SERVER, "transport": "sse"}, SERVER, 5])])
    assert [(one.code, one.key) for one in twice.diagnostics] == [
        ("CM103", "mcpServers[0].transport"),
        ("CM407", "mcpServers[1].id"),
        ("CM102", "mcpServers[2]"),
    ]
    overridden = compiled(tmp_path, [], overrides={"mcpServers": servers})
    assert {(one.code, one.key) for one in overridden.diagnostics} == {(one.code, one.key) for one in found.diagnostics}
