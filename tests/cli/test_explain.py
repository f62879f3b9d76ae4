"""`codemation explain`: one setting, or one variable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemation.rules import all_rules
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
    assert told.endswith(
        "and decides `runtime.database.url`, but CODEMATION_DATABASE_KIND (process environment) decides"
        " `runtime.database.kind`"
    )


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (
            "",
            (),
            "is not set; it would decide `runtime.retention.runSeconds` (in force: 86400, by default)",
        ),
        ("", ("--env", "{}="), "is set, but blank, which counts as not set (process environment); it would decide"),
        ("", ("--env", "{}=x"), "is set (process environment), but is no valid value for"),
        ("[app.retention]\nrunSeconds = 5\n", ("--env", "{}=7"), "and decides `runtime.retention.runSeconds`"),
        ("", ("--env", "{}=7", "--set", "app.retention.runSeconds=9"), "but an override decides `runtime.ret"),
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
    assert told.endswith(
        "but `runtime.database.sqliteFilePath` does not apply, as `runtime.database.kind` is postgresql"
    )


NAMED = "`app.database.urlEnv` (codemation.toml:2:1) names `APP_PG` in its place"


def test_one_in_whose_place_another_is_named() -> None:
    write('[app.database]\nurlEnv = "APP_PG"\n')
    options = ("--env", f"APP_PG={SECRET}", "--env", f"DATABASE_URL={SECRET}")
    assert said("DATABASE_URL", *options) == f"DATABASE_URL is set (process environment), but is not read: {NAMED}"
    assert "APP_PG is set (process environment), and decides" in said("APP_PG", *options)
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "CODEMATION_DATABASE_URL"):
        assert said(name, *options[:2], "--unset", "DATABASE_URL") == (
            f"{name} is not set, and would not be read: {NAMED}"
        )
    ran = run("explain", "DATABASE_URL")
    assert ran.code == 1  # CM203: APP_PG is not set
    assert ran.out.startswith("DATABASE_URL is not set, and would not be read: ")
    # The names that are passed over for the same reason are one line, and nobody says where they are not set.
    lines = " ".join(ran.out.split())
    assert "unset CODEMATION_DATABASE_URL, DATABASE_URL: not consulted: `app.database.urlEnv` names `APP_PG`" in lines
    assert "process environment" not in lines
    told = " ".join(run("explain", "APP_PG").out.partition("\n\n")[0].split())
    assert told == "APP_PG is not set; it would decide `runtime.database.kind` and `runtime.database.url`"


def test_a_file_that_is_not_consulted_is_not_read() -> None:
    write('[app.database]\nurlEnv = "APP_PG"\n')
    for file in ("/no/such", "./secret"):
        Path("secret").write_text(SECRET)
        ran = run("explain", "DATABASE_URL_FILE", "--env", f"DATABASE_URL_FILE={file}", "--env", f"APP_PG={SECRET}")
        block = " ".join(ran.out.partition("runtime.database.url =")[2].split())
        assert (
            f"unused DATABASE_URL_FILE (process environment, names {file}): not consulted: `app.database.urlEnv` names"
            " `APP_PG` instead; its file is not read"
        ) in block


def test_a_hidden_name_of_a_file_has_no_value() -> None:
    write("")
    Path(".env").write_text("DATABASE_URL_FILE=./old\n")
    Path("secret").write_text(SECRET)
    out = " ".join(run("explain", "DATABASE_URL", "--env", "DATABASE_URL_FILE=secret").out.split())
    assert out.count("hidden DATABASE_URL_FILE (.env:1, names ./old): hidden by the same variable in the process") == 2


@pytest.mark.parametrize("name", ["DATABASE_URL", "CODEMATION_DATABASE_URL", "REDIS_URL", "AUTH_SECRET", "APP_PG"])
def test_a_secret_and_its_companion_are_told_together(name: str) -> None:
    write('[app.database]\nurlEnv = "APP_PG"\n' if name == "APP_PG" else "[app]\n")
    Path("secret").write_text("redis://h/0" if name == "REDIS_URL" else SECRET)
    database = () if "REDIS" not in name else ("--env", f"DATABASE_URL={SECRET}")
    told = {one: said(one, "--env", f"{name}_FILE=secret", *database) for one in (name, f"{name}_FILE")}
    assert told[name] == f"{name} is not set, but {told[f'{name}_FILE']}"
    assert told[f"{name}_FILE"].startswith(f"{name}_FILE is set (process environment)")
    told = {
        one: " ".join(run("explain", one, *database).out.partition("\n\n")[0].split()) for one in (name, f"{name}_FILE")
    }
    assert told[f"{name}_FILE"] == told[name].replace(name, f"{name}_FILE", 1)
    if name != "AUTH_SECRET":
        for options in ((), ("--env", f"{name}_FILE=secret")):
            ran = run("compile", "--explain", name, *options, *database)
            assert ran.out.strip() in run("explain", name, *options, *database).out


def test_one_that_is_not_a_secret_has_no_companion() -> None:
    write("")
    assert run("explain", "CODEMATION_SCHEDULER_FILE").code == 2


FOLLOWS = "from which `runtime.scheduler.kind` and `runtime.eventBus.kind` follow"


def test_what_follows_from_a_variable() -> None:
    write("")
    redis = ("--env", "REDIS_URL=redis://h", "--env", f"DATABASE_URL={SECRET}")
    decides = "REDIS_URL is set (process environment), and decides `runtime.eventBus.redisUrl`"
    assert said("REDIS_URL", *redis) == f"{decides}, {FOLLOWS}"
    assert said("REDIS_URL") == (
        f"REDIS_URL is not set; it would decide `runtime.eventBus.redisUrl` (in force: nothing), {FOLLOWS}"
    )
    for options in ((), redis):
        ran = run("explain", "REDIS_URL", *options)
        heads = [line.partition(" = ")[0] for line in ran.out.splitlines() if line.startswith("runtime.")]
        assert heads == ["runtime.scheduler.kind", "runtime.eventBus.kind", "runtime.eventBus.redisUrl"]
    # Who states the queue decides on it, and on the events.
    stated = ("--env", "CODEMATION_SCHEDULER=bullmq")
    assert said("REDIS_URL", *redis, *stated) == decides
    assert said("CODEMATION_SCHEDULER", *redis, *stated).endswith(
        "decides `runtime.scheduler.kind`, from which `runtime.eventBus.kind` follows"
    )
    local = ("--env", "CODEMATION_SCHEDULER=local")
    assert said("REDIS_URL", *redis, *local) == f"{decides}, from which `runtime.eventBus.kind` follows"


def test_what_one_that_is_not_set_would_not_decide() -> None:
    write("")
    kind, url = "`runtime.database.kind`", "`runtime.database.url`"
    set_ = ("--env", f"DATABASE_URL={SECRET}")
    assert said("CODEMATION_DATABASE_URL", *set_).endswith(f"; it would decide {kind} and {url}")
    ours = ("--env", f"CODEMATION_DATABASE_URL={SECRET}")
    assert said("DATABASE_URL", *ours).endswith(
        f"; it would decide nothing: CODEMATION_DATABASE_URL (process environment) decides {kind} and {url}"
    )
    # The process, where it would be set, is above an env file, whatever the names.
    Path(".env").write_text(f"CODEMATION_DATABASE_URL={SECRET}\n")
    assert said("DATABASE_URL").endswith(f"; it would decide {kind} and {url}")
    Path(".env").write_text("CODEMATION_DATABASE_KIND=postgresql\n")
    told = " ".join(run("explain", "DATABASE_URL").out.partition("\n\n")[0].split())
    assert told.endswith(f"; it would decide {url}, but CODEMATION_DATABASE_KIND (.env:1) decides {kind}")


def test_a_blank_one_tells_what_it_hides() -> None:
    write("")
    Path(".env").write_text(f"QUEUE_PREFIX=x\nREDIS_URL=redis://h\nDATABASE_URL={SECRET}\n")
    for name, line in (("QUEUE_PREFIX", 1), ("REDIS_URL", 2)):
        told = said(name, "--env", f"{name}=")
        start = f"{name} is set, but blank, which counts as not set (process environment), and hides .env:{line}; it "
        assert told.startswith(start)


def test_a_line_that_cannot_be_read_may_set_it() -> None:
    write("")
    Path(".env").write_text("DATABASE_URL\n")
    assert run("explain", "DATABASE_URL").out.startswith(
        "DATABASE_URL is not set, as far as one can tell: the line that"
    )


def one_line(name: str) -> str:
    """What is said of a name, whatever is wrong beside it."""
    return " ".join(run("explain", name).out.split())


def test_the_hosts_own_and_others() -> None:
    write("")
    Path(".env").write_text("NODE_ENV=test\nCODEMATION_REDIS_URL=redis://h\nDATABSE_URL=x\n")
    turns_on = "the host reads it, and `production` in it turns on the rules of check for production"
    assert said("NODE_ENV") == f"NODE_ENV is set (.env:1); no setting takes it: {turns_on} (production is off)"
    Path(".env").write_text("CODEMATION_ENV=Production\n")
    on = f"no setting takes it: {turns_on} (production is on, by CODEMATION_ENV)"
    assert one_line("NODE_ENV").startswith(f"NODE_ENV is not set; {on}")
    wants = (
        "the host reads it, and in production check wants it, and no placeholder (production is on, by CODEMATION_ENV)"
    )
    for name in ("AUTH_SECRET", "AUTH_SECRET_FILE"):
        assert one_line(name).startswith(f"{name} is not set; no setting takes it: {wants}")
    Path(".env").write_text("NODE_ENV=test\nCODEMATION_REDIS_URL=redis://h\nDATABSE_URL=x\n")
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
    assert "there is no setting 'xyzzy'\n" in run("explain", "xyzzy").err
    assert "nothing reads a variable 'XYZZY'\n" in run("explain", "XYZZY").err
    assert run("explain", "").code == 2
    for name in ("workflows", "workflows.a", "runtime.workflows.a.prunePolicy.runSeconds"):
        ran = run("explain", name)
        assert (ran.code, "no source names such a workflow" in " ".join(ran.err.split())) == (2, True)
    for name, meant in (("DATABSE_URL", "DATABASE_URL"), ("database.knid", "database.kind"), ("xyzzy", None)):
        ran = run("explain", name)
        assert (ran.code, ran.out) == (2, "")
        assert (f"did you mean `{meant}`?" in ran.err) == (meant is not None)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("kind", "`database.kind`, `scheduler.kind`, `eventBus.kind` or `auth.kind`?"),
        ("url", "`database.url`?"),
        ("Run_Seconds", "`retention.runSeconds`?"),
        ("redis_url", "`scheduler.redisUrl` or `REDIS_URL`?"),
        ("node_env", "`NODE_ENV`?"),
        ("urlEnv", "`database.urlEnv`?"),
        ("url_env", "`database.urlEnv`?"),
        ("redisUrlEnv", "`scheduler.redisUrlEnv`?"),
        ("database.urlEnvv", "`database.urlEnv`?"),
        ("clientIdEnv", "`auth.oauth` or `auth.oidc`?"),
        ("displayName", "`mcpServers`?"),
        ("filter", "`log`?"),
        ("app_pg", "`APP_PG`?"),
    ],
)
def test_the_last_part_of_a_key_is_all_that_end_so(name: str, meant: str) -> None:
    write('[app.database]\nurlEnv = "APP_PG"\n')
    for command in (("explain",), ("compile", "--explain")):
        ran = run(*command, name)
        assert (ran.code, " ".join(ran.err.split()).partition("; did you mean ")[2]) == (2, meant)


@pytest.mark.parametrize("command", [("explain",), ("compile", "--explain")], ids=" ".join)
def test_a_rule_is_told_elsewhere(command: tuple[str, ...]) -> None:
    for rule in all_rules():
        for name in (rule.code, rule.code.lower(), rule.slug):
            ran = run(*command, name)
            assert (ran.code, ran.out) == (2, "")
            assert f"it is a rule, of which `codemation rule {rule.code}` tells" in " ".join(ran.err.split())
    assert "codemation rule" not in run(*command, "CM999").err


def test_json_is_that_of_explain() -> None:
    write("")
    found = json.loads(run("explain", "DATABASE_URL", "NODE_ENV", "--json").out)
    assert {one["key"] for one in found["settings"]} == {"runtime.database.kind", "runtime.database.url"}


def test_a_broken_file_has_an_answer_too() -> None:
    write("[app\n")
    ran = run("explain", "DATABASE_URL", "--env", f"DATABASE_URL={SECRET}")
    assert (ran.code, "s3cret" in ran.out + ran.err) == (1, False)
    assert ran.out.startswith("DATABASE_URL ")
