"""`codemation env`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemation.settings.catalogue import CATALOGUE
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from tests.cli.running import SECRET, run, write
from tests.cli.shapes import NULL, assert_shape

pytestmark = pytest.mark.usefixtures("project")


def test_env_lists_every_variable() -> None:
    Path(".env").write_text("\nCODEMATION_SCHEDULER=local\n")
    ran = run("env", "--format", "json", "--env", "QUEUE_PREFIX=x", "--env", "REDIS_URL= ")
    assert (ran.code, ran.err) == (0, "")
    rows = {row["name"]: row for row in json.loads(ran.out)["variables"]}
    assert list(rows) == [*CATALOGUE.variables, *HOST_VARIABLES, *SWITCHES]
    shape = {
        "name": str,
        "settings": [str],
        "default": object,
        "follows": [str],
        "value": object,
        "setIn": (str, NULL),
        "variable": {"value": object, "status": str, "setIn": (str, NULL), "hides": [str]},
        "description": str,
    }
    assert_shape(list(rows.values()), [shape])
    assert (rows["QUEUE_PREFIX"]["value"], rows["QUEUE_PREFIX"]["setIn"]) == ("x", "QUEUE_PREFIX (process environment)")
    assert rows["QUEUE_PREFIX"]["settings"] == ["runtime.scheduler.queuePrefix", "runtime.eventBus.queuePrefix"]
    assert rows["CODEMATION_SCHEDULER"]["variable"] == {
        "value": "local",
        "status": "set",
        "setIn": ".env:2",
        "hides": [],
    }
    assert rows["REDIS_URL"]["variable"] == {
        "value": None,
        "status": "blank",
        "setIn": "process environment",
        "hides": [],
    }
    assert rows["DATABASE_URL"]["variable"] == {"value": None, "status": "unset", "setIn": None, "hides": []}
    kind = rows["CODEMATION_DATABASE_KIND"]
    assert (kind["value"], kind["setIn"]) == ("sqlite", "default")
    assert rows["CODEMATION_BINARY_RETENTION_DEFAULT_SECONDS"]["follows"] == ["runtime.retention.runSeconds"]


def test_env_tells_what_is_in_force_whoever_decided() -> None:
    write('[app.database]\nkind = "sqlite"\nsqliteFilePath = "/data/app.sqlite"\n')
    ran = run("env", "--format", "json", "--env", "CODEMATION_SQLITE_FILE_PATH=/env/x.sqlite")
    rows = {row["name"]: row for row in json.loads(ran.out)["variables"]}
    kind, path = rows["CODEMATION_DATABASE_KIND"], rows["CODEMATION_SQLITE_FILE_PATH"]
    assert (kind["value"], kind["setIn"]) == ("sqlite", "app.database.kind (codemation.toml:2:1)")
    assert (path["value"], path["variable"]["status"]) == ("/env/x.sqlite", "set")


def test_env_is_a_table_of_what_is_set_what_is_not_and_what_is_ignored() -> None:
    write('app.scheduler.queuePrefix = "stated"\n[app.retention]\nrunSeconds = 172800\n')
    Path(".env").write_text("QUEUE_PREFIX=file\nREDIS_URL=\nDATABSE_URL=x\nCODEMATION_OLD=1\nPORT=1\n")
    ran = run("env", "--env", "QUEUE_PREFIX=x", "--env", "CODEMATION_SQLITE_FILE_PATH=a.sqlite")
    assert "CM202" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    blocks = {block.splitlines()[0]: block.splitlines()[1:] for block in ran.out.split("\n\n")}
    assert list(blocks) == ["SET", "NOT SET", "NOT SET, and nothing in force", "IGNORED"]
    assert " ".join(" ".join(blocks["SET"]).split()) == (
        "CODEMATION_SQLITE_FILE_PATH a.sqlite process QUEUE_PREFIX x process hides .env:1, codemation.toml:1"
        " REDIS_URL .env:2 blank: counts as not set"
    )
    assert "  CODEMATION_RUN_RETENTION_DEFAULT_SECONDS" in "\n".join(blocks["NOT SET"])
    assert "172800 (2 d)  codemation.toml:3" in "\n".join(blocks["NOT SET"])
    assert "CODEMATION_DATABASE_POOL_SIZE" in " ".join(blocks["NOT SET, and nothing in force"])
    assert [" ".join(line.split()) for line in blocks["IGNORED"]] == [
        "DATABSE_URL .env:3 did you mean DATABASE_URL?",
        "CODEMATION_OLD .env:4 nothing reads it",
    ]
    data = json.loads(run("env", "--json", "--env", "QUEUE_PREFIX=x").out)
    hides = {row["name"]: row["variable"]["hides"] for row in data["variables"]}
    assert hides["QUEUE_PREFIX"] == [".env:1", "codemation.toml:1"]
    assert data["ignored"][0] == {"name": "DATABSE_URL", "setIn": ".env:3", "advice": "did you mean DATABASE_URL?"}


def test_env_of_an_empty_environment_says_so() -> None:
    assert run("env", "--no-env").out.startswith("no variable that codemation reads is set\n\nNOT SET\n")


def test_what_is_set_in_vain_says_why() -> None:
    write('[app.database]\nkind = "sqlite"\nurlEnv = "APP_PG"\n')
    Path(".env").write_text("APP_PG=postgresql://h/a\nDATABASE_URL=postgresql://h/b\nCODEMATION_EVENT_BUS=x\n")
    out = " ".join(run("env").out.split())
    assert "DATABASE_URL postgresql://h/b .env:2 not read: another is named in its place" in out
    assert "CODEMATION_EVENT_BUS x .env:3 not valid" in out
    out = " ".join(run("env", "--env", "QUEUE_PREFIX=x", "--set", "app.scheduler.queuePrefix=y").out.split())
    assert "QUEUE_PREFIX x process outranked by override" in out


def test_env_in_full() -> None:
    ran = run("env", "--long", "--env", f"DATABASE_URL={SECRET}", "--env", "CODEMATION_EVENT_BUS=x")
    assert ran.code == 1
    assert "\nDATABASE_URL\n  Where the PostgreSQL database is." in ran.out
    assert "  setting   runtime.database.url\n  default   none\n" in ran.out
    assert '  in force  "postgresql://app:***@' in ran.out
    assert '"x" (process environment): not valid' in ran.out
    assert "error[CM201]" in ran.err
    assert "s3cret" not in ran.out + ran.err


def test_env_lists_the_variable_that_the_file_names() -> None:
    write('[app.database]\nurlEnv = "APP_PG"\n')
    ran = run("env", "--format", "json", "--env", "APP_PG=postgresql://h/a", "--env", "DATABASE_URL=postgresql://h/b")
    rows = {row["name"]: row for row in json.loads(ran.out)["variables"]}
    statuses = (rows["APP_PG"]["variable"]["status"], rows["DATABASE_URL"]["variable"]["status"])
    assert statuses == ("set", "ignored")


def test_env_tells_who_outranks_though_that_is_wrong_and_what_a_blank_one_hides() -> None:
    write("")
    Path(".env").write_text("REDIS_URL=redis://h\nQUEUE_PREFIX=x\n")
    out = " ".join(run("env", "--env", "REDIS_URL_FILE=/no/such", "--env", "QUEUE_PREFIX=").out.split())
    assert "REDIS_URL redis://h .env:1 outranked by REDIS_URL_FILE (process environment) " in out
    assert "QUEUE_PREFIX process blank: counts as not set; hides .env:2 " in out


def test_env_long_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    write('[app.database]\nkind = "sqlite"\nsqliteFilePath = "a b c/d e f/g h i/j k l/m n o.sqlite"\n')
    lines = run("env", "--long", "--env", "QUEUE_PREFIX=a b c d e f g h i j k l m n o p q r s t u v w").out.splitlines()
    assert [line for line in lines if len(line) > 40 and " " in line[12:]] == []
    place = lines.index("  set by    app.database.kind")
    assert lines[place + 1] == "            (codemation.toml:2:1)"
