"""Overrides as people type them: names without quotes, variables in place of settings, values in quotes."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

import codemation
from codemation import Diagnostic
from codemation.cli import main


def told(folder: Path, key: str, value: object) -> Diagnostic:
    """The one fault of an override."""
    (found,) = codemation.compile(folder, env={}, overrides={key: value}).diagnostics
    return found


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a b", "runSeconds"),
        ("a.b", "runSeconds"),
        ("a b.c", "binarySeconds"),
        ("a/b", "runSeconds"),
        ("\u00fcber", "runSeconds"),
        ("a#b", "runSeconds"),
        ("a:b@c", "telemetrySpanSeconds"),
        ("Bob's", "runSeconds"),
        ("a b", "runSecond"),
    ],
)
@pytest.mark.parametrize("form", ["", "runtime."])
def test_a_name_without_its_quotes_is_typed_as_the_help_says(
    form: str, name: str, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(tmp_path, f"{form}workflows.{name}.prunePolicy.{key}", "5")
    assert found.help.startswith("put quotes around the name: --set ")
    option, typed = shlex.split(found.help.partition(": ")[2])
    assert option == "--set"
    assert main(["check", "--root", str(tmp_path), "--no-env", option, typed.replace("\u2026", "5")]) == 0
    assert "error" not in capsys.readouterr().out


def test_an_apostrophe_in_a_name_does_not_hide_the_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--root", str(tmp_path), "--set", "workflows.Bob's.prunePolicy.runSeconds=5"]) == 1
    assert "put quotes around the name" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("CODEMATION_DATABASE_KIND", "write `app.database.kind`, or `--env CODEMATION_DATABASE_KIND=\u2026`"),
        ("codemation_scheduler", "write `app.scheduler.kind`, or `--env CODEMATION_SCHEDULER=\u2026`"),
        ("DATABASE_URL", "write `app.database.url`, or `--env DATABASE_URL=\u2026`"),
        ("QUEUE_PREFIX", "write `app.scheduler.queuePrefix`, or `--env QUEUE_PREFIX=\u2026`"),
        ("CODEMATION_EVENT_BUS", "write `runtime.eventBus.kind`, or `--env CODEMATION_EVENT_BUS=\u2026`"),
        ("DATABASE_URL_FILE", "set DATABASE_URL_FILE with `--env`"),
        ("AUTH_SECRET", "set AUTH_SECRET with `--env`"),
        ("AUTH_SECRET_FILE", "set AUTH_SECRET_FILE with `--env`"),
        ("NODE_ENV", "set NODE_ENV with `--env`"),
        ("CODEMATION_SKIP_STARTUP_MIGRATIONS", "set CODEMATION_SKIP_STARTUP_MIGRATIONS with `--env`"),
        ("CODEMATION_DB_TYPE", "write `app.database.kind`, or `--env CODEMATION_DATABASE_KIND=\u2026`"),
        ("CODEMATION_PORT", "write `app.frontendPort`"),
        ("CODEMATION_PRUNE_ENABLED", "nothing switches retention off"),
        ("app.database.knd", "did you mean `kind`?"),
        ('"app.database.kind"', "take the quotes out: `app.database.kind`"),
        ("databaseUrl", "did you mean `app.database.url`?"),
    ],
)
def test_a_variable_is_no_key(key: str, said: str, tmp_path: Path) -> None:
    found = told(tmp_path, key, "x")
    assert found.code == "CM101"
    assert said in found.help


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("app.frontendPort", '"3000"'),
        ("app.frontendPort", "'3000'"),
        ("runtime.frontendPort", ' "3000" '),
        ("app.database.kind", '"sqlite"'),
        ("app.database.url", "'postgresql://h/d'"),
        ("app.database.sqliteFilePath", '"x.db"'),
        ("app.auth.allowUnauthenticatedInDevelopment", '"true"'),
        ("app.whitelabel.productName", "'Shop'"),
        ("app.retention.runSeconds", '"7d"'),
        ("app.database.urlEnv", '"APP_PG"'),
        ("codemationVersion", '"1"'),
        ("workflows.orders.prunePolicy.runSeconds", '"5"'),
    ],
)
def test_quotes_that_a_shell_left_are_taken_out(key: str, value: str, tmp_path: Path) -> None:
    found = codemation.compile(tmp_path, env={}, overrides={key: value}).diagnostics[0]
    assert found.message.endswith("is in quotes, which are a part of its value")
    assert found.help == "take the quotes out"
    bare = codemation.compile(tmp_path, env={}, overrides={key: value.strip().strip("\"'")}).diagnostics
    assert not [one for one in bare if "quotes" in one.message]


@pytest.mark.parametrize("value", ["Bob's", '"a" and "b', "it's 'quoted"])
def test_other_quotes_belong_to_the_text(value: str, tmp_path: Path) -> None:
    assert codemation.compile(tmp_path, env={}, overrides={"app.whitelabel.productName": value}).diagnostics == ()
