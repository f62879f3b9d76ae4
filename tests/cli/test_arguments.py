"""Whatever is pasted into an argument, no secret of it is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import run

pytestmark = pytest.mark.usefixtures("project")

CANARY = "c4n4ry"
PASTED = (
    f"postgresql://u:a\n{CANARY}@h/db",
    f"redis://:x\r\n{CANARY}@h",
    f"host=x password='a\n{CANARY}'",
    f"/x///u:{CANARY}@h/db",
    f"//u:{CANARY}@h/db",
    f"u:{CANARY}@h/db",
    f"postgresql://h/host%3Dx%20password%3D{CANARY}",
    f"postgresql://h/?dbname=postgresql%3A%2F%2Fu%3A{CANARY}%40h%2Fd",
    f"postgresql://h/?dbname=host=x%20password={CANARY}",
)
COMMANDS = (
    *("check --config", "check --root", "check --env-file", "check", "check --unknown", "check --format"),
    *("check --unset", "check --set", "check --env", "compile -o", "compile --explain", "diff process", "schema -o"),
    *(
        "schema --check",
        "rule",
        "completion",
        "init --unknown",
        "frob",
        "explain",
        "db migrate --to",
        "db downgrade --yes",
    ),
    *("db sql --from", "db status --root", "doctor --config", "--root"),
)


@pytest.mark.parametrize("pasted", PASTED)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_argument_is_printed_with_its_secret(command: str, pasted: str) -> None:
    ran = run(*command.split(), pasted)
    assert CANARY not in ran.out + ran.err
    assert "internal error" not in ran.err


@pytest.mark.parametrize("pasted", PASTED)
@pytest.mark.parametrize("command", ["check", "compile", "compile --explain", "env", "doctor", "db status"])
@pytest.mark.parametrize(
    "variable", ["DATABASE_URL", "CODEMATION_DATABASE_URL", "REDIS_URL", "CODEMATION_SQLITE_FILE_PATH"]
)
def test_no_variable_is_printed_with_its_secret(
    command: str, variable: str, pasted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, pasted)
    ran = run(*command.split())
    assert CANARY not in ran.out + ran.err


@pytest.mark.parametrize(
    "arguments",
    ["check --root", "check --config", "check --env-file", "check", "compile -o", "schema -o", "db status --config"],
)
def test_a_blank_path_is_a_variable_that_is_not_set(arguments: str) -> None:
    """Taken as a path it would be the working directory."""
    ran = run(*arguments.split(), "")
    assert (ran.code, ran.out) == (2, "")
    assert "is blank: name it, or leave it out" in ran.err


@pytest.mark.parametrize("command", ["compile", "doctor", "db migrate", "env"])
@pytest.mark.parametrize(("named", "how"), [("shop", "--root shop"), ("shop/codemation.toml", "--config shop/codem")])
def test_how_a_project_is_named(command: str, named: str, how: str) -> None:
    Path("shop").mkdir()
    Path("shop/codemation.toml").touch()
    ran = run(*command.split(), named)
    assert (ran.code, ran.out) == (2, "")
    assert f"a project is named with `{how}" in " ".join(ran.err.split())


def test_values_may_have_line_breaks() -> None:
    assert run("check", "--env", "SOME_KEY=-----BEGIN\nMII\n-----END").code == 0
