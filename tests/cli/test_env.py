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
        "variable": {"value": object, "status": str, "setIn": (str, NULL)},
        "description": str,
    }
    assert_shape(list(rows.values()), [shape])
    assert (rows["QUEUE_PREFIX"]["value"], rows["QUEUE_PREFIX"]["setIn"]) == ("x", "QUEUE_PREFIX (process environment)")
    assert rows["QUEUE_PREFIX"]["settings"] == ["runtime.scheduler.queuePrefix", "runtime.eventBus.queuePrefix"]
    assert rows["CODEMATION_SCHEDULER"]["variable"] == {"value": "local", "status": "set", "setIn": ".env:2"}
    assert rows["REDIS_URL"]["variable"] == {"value": None, "status": "blank", "setIn": "process environment"}
    assert rows["DATABASE_URL"]["variable"] == {"value": None, "status": "unset", "setIn": None}
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


def test_env_as_text() -> None:
    ran = run("env", "--env", f"DATABASE_URL={SECRET}", "--env", "CODEMATION_EVENT_BUS=x")
    assert ran.code == 1
    assert "DATABASE_URL\n  setting   runtime.database.url\n  default   none\n" in ran.out
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
