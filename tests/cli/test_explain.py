"""`codemation explain`: one setting, or one variable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemation.settings.catalogue import CATALOGUE
from codemation.settings.elsewhere import VARIABLES
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from tests.cli.running import SECRET, run, write

pytestmark = pytest.mark.usefixtures("project")


def said(*arguments: str) -> str:
    """What it says, up to the first blank line, in one line."""
    ran = run("explain", *arguments)
    assert ran.code == 0
    return " ".join(ran.out.partition("\n\n")[0].split())


def test_a_setting_as_explain_tells_it() -> None:
    write('[app.database]\nkind = "sqlite"\n')
    for key in ("database.kind", "app.database.kind", "runtime.database.kind", "retention"):
        assert run("explain", key) == run("compile", "--explain", key)
        assert run("explain", key, "--json") == run("compile", "--explain", key, "--json")


def test_a_variable_that_decides() -> None:
    write("")
    assert said("DATABASE_URL", "--env", f"DATABASE_URL={SECRET}") == (
        "DATABASE_URL is set (process environment), and decides `runtime.database.kind` and `runtime.database.url`"
    )


def test_a_variable_that_decides_a_part() -> None:
    write("")
    forced = ("--env", "CODEMATION_DATABASE_KIND=postgresql", "--env", f"DATABASE_URL={SECRET}")
    told = said("DATABASE_URL", *forced)
    assert told.endswith("and decides `runtime.database.url`, but not `runtime.database.kind`")


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("", (), "is not set; it would decide `runtime.retention.runSeconds`; in force: 86400, by default"),
        ("", ("--env", "{}="), "is set, but blank, which counts as not set (process environment); it would decide"),
        ("", ("--env", "{}=x"), "is set (process environment), but is no valid value for"),
        ("[app.retention]\nrunSeconds = 5\n", ("--env", "{}=7"), "and decides `runtime.retention.runSeconds`"),
        ("", ("--env", "{}=7", "--set", "app.retention.runSeconds=9"), "a higher source decides"),
    ],
)
def test_what_became_of_it(text: str, options: tuple[str, ...], told: str) -> None:
    write(text)
    name = "CODEMATION_RUN_RETENTION_DEFAULT_SECONDS"
    ran = run("explain", name, *(option.format(name) for option in options))
    assert told in " ".join(ran.out.split())
    assert ran.out.startswith(name)


def test_one_that_does_not_apply() -> None:
    write("")
    told = said(
        "CODEMATION_SQLITE_FILE_PATH", "--env", "CODEMATION_SQLITE_FILE_PATH=x", "--env", f"DATABASE_URL={SECRET}"
    )
    assert told.endswith("but `runtime.database.sqliteFilePath` does not apply")


def test_one_in_whose_place_another_is_named() -> None:
    write('[app.database]\nurlEnv = "APP_PG"\n')
    options = ("--env", f"APP_PG={SECRET}", "--env", f"DATABASE_URL={SECRET}")
    assert "the file names another variable in its place" in said("DATABASE_URL", *options)
    assert "APP_PG is set (process environment), and decides" in said("APP_PG", *options)


def test_the_hosts_own_and_others() -> None:
    write("")
    Path(".env").write_text("NODE_ENV=test\nCODEMATION_REDIS_URL=redis://h\nDATABSE_URL=x\n")
    assert said("NODE_ENV") == "NODE_ENV is set (.env:1); no setting takes it: the host reads it"
    assert said("CODEMATION_REDIS_URL") == (
        "CODEMATION_REDIS_URL is set (.env:2), but nothing here reads it: what is read is REDIS_URL"
    )
    assert said("DATABSE_URL") == "DATABSE_URL is set (.env:3), but nothing here reads it: did you mean DATABASE_URL?"


@pytest.mark.parametrize("name", [*CATALOGUE.variables, *HOST_VARIABLES, *SWITCHES, *VARIABLES])
def test_every_variable_has_an_answer(name: str) -> None:
    write("")
    assert said(name).startswith(f"{name} is not set")


def test_a_name_that_is_none() -> None:
    write("")
    for name, meant in (("DATABSE_URL", "DATABASE_URL"), ("database.knid", "database.kind"), ("xyzzy", None)):
        ran = run("explain", name)
        assert (ran.code, ran.out) == (2, "")
        assert (f"did you mean `{meant}`?" in ran.err) == (meant is not None)


def test_json_is_that_of_explain() -> None:
    write("")
    found = json.loads(run("explain", "DATABASE_URL", "NODE_ENV", "--json").out)
    assert {one["key"] for one in found["settings"]} == {"runtime.database.kind", "runtime.database.url"}


def test_a_broken_file_has_an_answer_too() -> None:
    write("[app\n")
    ran = run("explain", "DATABASE_URL", "--env", f"DATABASE_URL={SECRET}")
    assert (ran.code, "s3cret" in ran.out + ran.err) == (1, False)
    assert ran.out.startswith("DATABASE_URL ")
