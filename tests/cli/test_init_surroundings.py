"""`codemation init` beside an env file and a `codemation.config.ts`: what it states of them, and what it leaves out."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from codemation.cli.other_host import NAMED_THERE
from codemation.settings.catalogue import CATALOGUE
from tests.cli.running import run, write
from tests.schema.closed import validate_output

pytestmark = pytest.mark.usefixtures("project")

CANARY = "c4n4ry7Kq"

PROGRAMS = {
    "none": "",
    "says nothing": "export default build()",
    "sqlite": "export default f({database: {kind: 'sqlite', filePath: 'data/app.sqlite'}})",
    "postgresql": "export default {app: {database: {kind: 'postgresql', url: process.env.APP_PG}}}",
    "a path beside a URL": "export default {database: {sqliteFilePath: 'x.sqlite', url: process.env.DATABASE_URL}}",
    "a queue": "export default {runtime: {scheduler: {kind: 'bullmq', workerQueues: ['a', 'b:c']}}}",
    "a queue with all": "export default f({execution: {mode: 'queue', redisUrlEnv: 'R'}, database: {urlEnv: 'P'}})",
    "no queue": "export default f({execution: {mode: 'inline', redisUrl: process.env.REDIS_URL}})",
    "runs": "export default {retention: {runSeconds: 604800}}",
    "limits": "export default {engineExecutionLimits: {defaultMaxNodeActivations: 9, hardMaxNodeActivations: 5}}",
    "sign-in": "export default {auth: {kind: 'managed', allowUnauthenticatedInDevelopment: true}}",
    "names": "export default {database: {urlEnv: 'my-var'}, scheduler: {redisUrl: process.env['A.B']}}",
    "too much": "export default {frontendPort: 70000, database: {poolSize: 5000}, retention: {auditSeconds: 0}}",
}

ENV_FILES = {
    "none": "",
    "another's": "PORT=3000\n",
    "PostgreSQL": "DATABASE_URL=postgresql://u:pw@h/db\n",
    "PostgreSQL under another name": "APP_PG=postgres://h/db\n",
    "a parameter": "APP_PG=postgres://h/db?foo=1\n",
    "a file": "CODEMATION_DATABASE_URL_FILE=/nowhere/url\n",
    "blank": "DATABASE_URL=\n",
    "two": "ONE=postgresql://h/a\nTWO=postgresql://h/b\n",
    "no names": "my-var=postgresql://h/db\nFOO.BAR=redis://h\n",
    "Redis": "REDIS_URL=redis://h\n",
    "a socket": "DATABASE_URL=postgresql://h/db\nREDIS_URL=unix:///run/redis.sock\n",
    "of the other host": "CODEMATION_AUTH_SECRET=x\nCODEMATION_DATABASE_KIND=mysql\n",
    "broken": 'DATABASE_URL="postgresql://h/db\n',
    "production": "NODE_ENV=production\n",
}


def begin(program: str = "", env_file: str = "") -> None:
    for name, text in (("codemation.config.ts", program), (".env", env_file)):
        Path(name).unlink(missing_ok=True)
        if text:
            Path(name).write_text(text)
    Path("codemation.toml").unlink(missing_ok=True)
    Path(".env.example").unlink(missing_ok=True)


def stated() -> dict[str, Any]:
    data = json.loads(run("init", "--json").out)
    validate_output("init", data)
    return {it["key"]: it["value"] for it in data["stated"]}


def left_out() -> dict[str, str | None]:
    begun = json.loads(run("init", "--json").out)
    return {it["what"]: it["code"] for it in begun["leftOut"]}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_strict_check_finds_nothing_that_init_did_not_say(program: str) -> None:
    codes = set[str]()
    for name, env_file in ENV_FILES.items():
        for template in ([], ["--template", "sqlite"], ["--template", "queue"]):
            begin(PROGRAMS[program], env_file)
            ran = run("init", *template)
            assert (ran.code, ran.err) == (0, ""), name
            found = json.loads(run("check", "--strict", "--json").out)["diagnostics"]
            assert not [it for it in found if it["code"] not in ran.out], (name, template, ran.out)
            assert all(len(line) <= 80 for line in ran.out.splitlines())
            codes |= {it["code"] for it in found}
    assert codes >= {"CM005", "CM201", "CM204", "CM205", "CM301", "CM402"}


def test_what_is_at_fault_is_left_out_and_said() -> None:
    begin(PROGRAMS["a queue"].replace("'b:c'", "'b'"))
    ran = run("init")
    said = " ".join(ran.out.split())
    assert 'left out: app.scheduler.kind: "queue" (codemation.config.ts:1) is CM402: ' in said
    assert "REDIS_URL" not in said
    document = tomllib.loads(Path("codemation.toml").read_text())
    assert document["app"]["scheduler"] == {"workerQueues": ["a", "b"]}
    assert run("check", "--strict").code == 0


@pytest.mark.parametrize(
    ("program", "left", "kept"),
    [
        ("limits", {"app.engineExecutionLimits.defaultMaxNodeActivations": "CM408"}, {"hardMaxNodeActivations": 5}),
        ("sign-in", {"app.auth.kind": "CM412"}, {"allowUnauthenticatedInDevelopment": True}),
    ],
)
def test_only_what_is_at_fault_is_left_out(program: str, left: dict[str, str], kept: dict[str, Any]) -> None:
    begin(PROGRAMS[program])
    assert {key.rpartition(".")[2]: value for key, value in stated().items()} == kept
    begin(PROGRAMS[program])
    assert left_out() == left


def test_retention_is_never_left_out() -> None:
    """What is kept for a shorter time than was meant is gone."""
    begin(PROGRAMS["runs"])
    ran = run("init")
    assert "warning[CM404]: " in ran.out
    assert "codemation rule CM404" in ran.out
    assert tomllib.loads(Path("codemation.toml").read_text())["app"]["retention"] == {"runSeconds": 604800}


def test_what_a_template_states_is_said_and_written() -> None:
    begin(env_file=ENV_FILES["PostgreSQL"])
    data = json.loads(run("init", "--template", "sqlite", "--json").out)
    validate_output("init", data)
    assert [it["code"] for it in data["diagnostics"]] == ["CM301"]
    assert (data["leftOut"], data["stated"][0]["value"]) == ([], "sqlite")


@pytest.mark.parametrize(
    ("program", "env_file", "key"),
    [
        (PROGRAMS["sqlite"], ENV_FILES["PostgreSQL"], "app.database.kind"),
        ("export default {app: {frontendPort: 1}, runtime: {frontendPort: 2}}", "", "app.frontendPort"),
        ("export default {database: {url: process.env.A, urlEnv: 'B'}}", "", "app.database.urlEnv"),
        ("", ENV_FILES["two"], "app.database.urlEnv"),
    ],
)
def test_where_two_disagree_neither_is_taken(program: str, env_file: str, key: str) -> None:
    begin(program, env_file)
    ran = run("init", "--json")
    data = json.loads(ran.out)
    assert [(it["what"], it["code"]) for it in data["leftOut"]] == [(key, None)]
    assert key not in {it["key"] for it in data["stated"]}


def test_two_files_that_disagree() -> None:
    begin("export default {frontendPort: 1, codemationVersion: 'x'}")
    Path("codemation.config.mjs").write_text("export default {frontendPort: 2, codemationVersion: 'x'}")
    assert stated() == {"codemationVersion": "x"}


def test_a_program_names_its_variable_whatever_others_there_are() -> None:
    begin(PROGRAMS["postgresql"], "DATABASE_URL=postgresql://h/another\nAPP_PG=postgresql://h/db\n")
    assert stated() == {"app.database.kind": "postgresql", "app.database.urlEnv": "APP_PG"}


@pytest.mark.parametrize("folder", ["", "app: {", "runtime: {"])
def test_tables_stand_where_the_other_host_has_them(folder: str) -> None:
    begin(f"export default {{ {folder} frontendPort: 3000 {'}' if folder else ''} }}")
    assert stated() == {"app.frontendPort": 3000}


@pytest.mark.parametrize("folder", ["plugin", "sandbox: { app", "app: { app", "app: { runtime"])
def test_tables_that_are_another_s_say_nothing(folder: str) -> None:
    begin(f"export default {{ {folder}: {{ retention: {{ runSeconds: 60 }} }} {'}' * folder.count('{')} }}")
    assert stated() == {}


def test_a_spread_at_the_end_may_say_otherwise() -> None:
    begin("export default f({ app: { frontendPort: 3000 }, retention: { runSeconds: 60 }, ...rest })")
    assert left_out() == dict.fromkeys(("codemation.config.ts", "app.frontendPort", "app.retention.runSeconds"))
    assert run("check", "--strict").code == 0


HOST = {
    "runDataRetentionSeconds": "runSeconds",
    "binaryRetentionSeconds": "binarySeconds",
    "telemetrySpanRetentionSeconds": "telemetrySpanSeconds",
    "telemetryArtifactRetentionSeconds": "telemetryArtifactSeconds",
    "telemetryMetricRetentionSeconds": "telemetryMetricSeconds",
}


@pytest.mark.parametrize("name", HOST)
def test_retention_is_taken_under_the_names_of_the_other_host(name: str) -> None:
    begin(f"export default {{ app: {{ retention: {{ {name}: 604800 }} }} }}")
    assert stated() == {f"app.retention.{HOST[name]}": 604800}
    begin(f"export default {{ workflows: {{ 'a.b': {{ prunePolicy: {{ {name}: 604800 }} }} }} }}")
    assert stated() == {f'workflows."a.b".prunePolicy.{HOST[name]}': 604800}
    assert tomllib.loads(Path("codemation.toml").read_text())["workflows"]["a.b"]["prunePolicy"] == {HOST[name]: 604800}


def test_a_workflow_s_retention_is_never_left_out_either() -> None:
    begin("export default { workflows: { a: { prunePolicy: { runSeconds: 604800 } } } }")
    ran = run("init")
    assert "warning[CM404]: " in ran.out
    assert "left out" not in ran.out
    assert tomllib.loads(Path("codemation.toml").read_text())["workflows"] == {
        "a": {"prunePolicy": {"runSeconds": 604800}}
    }


def test_every_key_of_retention_is_taken_or_left_out() -> None:
    begin(
        "const DAY = 86400;\n"
        "export default { app: { retention: {\n"
        "  runSeconds: 2 * DAY,\n"
        "  failedRunSeconds: days(3),\n"
        "  auditDays: 7,\n"
        "  binarySeconds,\n"
        "  telemetrySpanSeconds: 0,\n"
        "  foo: 1,\n"
        "} } };\n"
    )
    ran = run("init")
    said = " ".join(ran.out.split())
    assert "app.retention.runSeconds = 172800, because of codemation.config.ts:3" in said
    for told in (
        "app.retention.failedRunSeconds (codemation.config.ts:4): a function gives it",
        "app.retention.auditDays (codemation.config.ts:5): write `app.retention.auditSeconds = 604800`, in seconds",
        "app.retention.binarySeconds (codemation.config.ts:6): `binarySeconds` is no constant of this file",
        "app.retention.telemetrySpanSeconds (codemation.config.ts:7): it is 0, which is not between 1 and",
        "app.retention.foo (codemation.config.ts:8): known here: `runSeconds`,",
    ):
        assert f"left out: {told}" in said
    assert tomllib.loads(Path("codemation.toml").read_text())["app"]["retention"] == {"runSeconds": 172800}


@pytest.mark.parametrize(
    ("program", "what", "why"),
    [
        (
            "retention: { runSeconds: days(7) }",
            "app.retention.runSeconds",
            "until it is stated, 86400 holds",
        ),
        ("retention", "app.retention", "until `app.retention.runSeconds` is stated, 86400 holds"),
        ("retention: {...x}", "app.retention", "until `app.retention.runSeconds` is stated, 86400 holds"),
        ("retention: {...x, runSeconds: 5}", "app.retention", "puts in there is not known"),
        ("retention: 5", "app.retention", "it is no table; until `app.retention.runSeconds`"),
        ("app: x ? {} : {}", "app", "it depends on what holds when the program runs"),
        ("workflows: { a: policy }", "workflows.a", "`policy` is no constant"),
        ("workflows: { a: { retention: { runSeconds: 5 } } }", "workflows.a.retention", "`workflows.a.prunePolicy`"),
        ("database: x ? {url: process.env.A} : {}", "app.database", 'unless a URL is set, "sqlite" holds'),
        ("database: {kind: x ? 'postgresql' : 'sqlite'}", "app.database.kind", 'unless a URL is set, "sqlite" holds'),
        ("database: {url: f()}", "app.database.url", "a function gives it; put it into DATABASE_URL"),
        ("database: {url: 'file:./x.db'}", "app.database.url", "SQLite's; state `app.database.sqliteFilePath`"),
        ("database: {url: process.env['A.B']}", "app.database.url", "no key can give; put it into DATABASE_URL"),
        ("database: {sqliteFilePath: join('x')}", "app.database.sqliteFilePath", 'codemation.sqlite" holds'),
        ("database: {sqliteFilePath: 'C:\\\\x.db'}", "app.database.sqliteFilePath", "it has a drive of Windows"),
        ("database: {ssl: true}", "app.database.ssl", "it is a parameter of the URL"),
        ("database: {poolSize: process.env.N}", "app.database.poolSize", "set CODEMATION_DATABASE_POOL_SIZE, or"),
        ("database: {poolSize: Number(process.env.N)}", "app.database.poolSize", "it is made of the variable N"),
        ("frontendPort: process.env.PORT ?? 5", "app.frontendPort", "the variable PORT, which is not read here; state"),
        ("port: process.env.PORT", "port", "it is made of a variable: did you mean `app.frontendPort`?"),
        ("scheduler: {queuePrefix: process.env.QUEUE_PREFIX}", "app.scheduler.queuePrefix", "which is read here, too"),
        ("scheduler: {queuePrefix: `a${b}`}", "app.scheduler.queuePrefix", "a text that is put together when"),
        ("scheduler: {redisUrl: 'redis://h'}", "app.scheduler.redisUrl", "put it into REDIS_URL"),
        ("auth: {oauth: [{provider: 'google'}]}", "app.auth.oauth[0]", "clientIdEnv"),
        ("auth: {oauth: [{...x}]}", "app.auth.oauth", "a spread or a computed key"),
        ("auth: {oauth}", "app.auth.oauth", "`oauth` is no constant of this file"),
        ("log: [{filter: '*', level: 'info'}]", "app.log", "it must be a table, but is an array"),
        ("mcpServers: [{id: 'x'}]", "mcpServers", "it may hold a password; state it without one"),
        ("runtime: {eventBus: {kind: f()}}", "runtime.eventBus.kind", "a function gives it"),
    ],
)
def test_what_is_seen_but_not_taken_is_said(program: str, what: str, why: str) -> None:
    begin(f"export default {{\n{program} }}")
    data = json.loads(run("init", "--json").out)
    validate_output("init", data)
    (told, *_) = [it for it in data["leftOut"] if it["what"] == what]
    assert told["place"] == "codemation.config.ts:2"
    assert why in told["reason"]
    begin(f"export default {{\n{program} }}")
    ran = run("init")
    assert f"left out: {what} (codemation.config.ts:2): {told['reason']}".replace("…", "...") in " ".join(
        ran.out.split()
    )
    assert all(len(line) <= 80 for line in ran.out.splitlines())


@pytest.mark.parametrize(
    "url", [f"'postgresql://u:{CANARY}@h/d'", f"`postgres://u:{CANARY}@${{host}}/d`", f"URL_OF_{CANARY}"]
)
def test_a_url_in_the_program_says_which_database_but_is_not_taken(url: str) -> None:
    begin(f"const URL_OF_{CANARY} = 'postgresql://u:{CANARY}@h/d'; export default {{ database: {{ url: {url} }} }}")
    ran = run("init")
    assert CANARY not in ran.out + Path("codemation.toml").read_text() + Path(".env.example").read_text()
    assert 'app.database.kind = "postgresql", because of codemation.config.ts:1' in ran.out
    assert "left out: app.database.url (codemation.config.ts:1): " in ran.out
    assert "put it into DATABASE_URL" in " ".join(ran.out.split())
    assert "fill in DATABASE_URL" in ran.out
    assert tomllib.loads(Path("codemation.toml").read_text())["app"]["database"] == {"kind": "postgresql"}


def test_a_variable_that_nothing_asks_for_is_said() -> None:
    begin("export default { database: { kind: x ? 'postgresql' : 'sqlite', url: process.env.APP_PG } }")
    assert left_out() == {"app.database.kind": None, "app.database.urlEnv": None}
    assert stated() == {}


def test_arrays_of_tables_are_taken_as_they_are() -> None:
    begin(
        "const rules = [{ filter: ['a.*', 'b'], level: 'warn' }, { filter: '*', level: 'info' }];\n"
        "export default {\n"
        "  auth: { kind: 'oauth', oauth: [{ provider: 'github', clientIdEnv: 'ID', clientSecretEnv: 'SECRET' }] },\n"
        "  log: { rules },\n"
        "};\n"
    )
    assert run("init").code == 0
    document = tomllib.loads(Path("codemation.toml").read_text())["app"]
    assert document["auth"]["oauth"] == [{"provider": "github", "clientIdEnv": "ID", "clientSecretEnv": "SECRET"}]
    assert document["log"]["rules"] == [{"filter": ["a.*", "b"], "level": "warn"}, {"filter": "*", "level": "info"}]
    assert run("check", "--env", "ID=x", "--env", "SECRET=x").code == 0


@pytest.mark.parametrize(
    ("program", "key", "value"),
    [
        ("databaseUrl: process.env.APP_PG", "app.database.urlEnv", "APP_PG"),
        ("database: {type: 'postgres'}", "app.database.kind", "postgresql"),
        ("db: {kind: 'sqlite', sqliteFilePath: 'x.db'}", "app.database.sqliteFilePath", "x.db"),
        ("app: {port: 8080}", "app.frontendPort", 8080),
        ("whitelabel: {product_name: 'x'}", "app.whitelabel.productName", "x"),
    ],
)
def test_a_name_that_is_certain_to_be_another_is_taken_as_that(program: str, key: str, value: Any) -> None:
    begin(f"export default {{ {program} }}")
    assert stated()[key] == value


@pytest.mark.parametrize(
    "program",
    [
        "export default {frontendPort: 3000, x: `a${b}`}",
        "export default f({frontendPort: 3000} satisfies Config)",
        "const config = {frontendPort: 3000}; export { config as default }",
        "export default {frontendPort: 3000, x: /}/, y: 4 / 2}",
    ],
)
def test_one_construct_does_not_hide_the_rest(program: str) -> None:
    begin(program)
    assert stated() == {"app.frontendPort": 3000}
    assert left_out() == {}


def test_where_a_program_is_not_understood_the_line_is_said() -> None:
    begin("export default {\n  frontendPort: 3000,\n  x: y! / 2 }")
    assert "left out: codemation.config.ts:3: how that line" in run("init").out


def test_a_variable_of_the_process_may_speak_against_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://h/db")
    begin(PROGRAMS["sqlite"])
    assert left_out() == {"app.database.kind": "CM301"}
    assert run("check", "--strict").code == 0


def test_a_program_that_is_more_than_a_configuration_is_not_read() -> None:
    begin("export default {frontendPort: 3000}" + " " * 2**20)
    assert "codemation.config.ts: it is larger than 1 MiB" in run("init").out


def test_a_file_that_cannot_be_read_is_said() -> None:
    Path("codemation.config.ts").write_bytes(b"\xff\xfee\x00")
    assert left_out() == {"codemation.config.ts": None}


def test_what_an_application_is_defined_with() -> None:
    begin(
        'import { config as loadDotenv } from "dotenv";\n'
        'loadDotenv({ path: path.resolve(import.meta.dirname, ".env") });\n'
        "export const codemationHost = defineCodemationApp({\n"
        '  name: "My automation",\n'
        '  auth: { kind: "local", oauth: [{ provider: "google", clientIdEnv: "ID" }] },\n'
        '  database: { kind: "postgresql", url: process.env.DATABASE_URL! },\n'
        '  execution: { mode: "queue", queuePrefix: "orders", workerQueues: ["default"], redisUrlEnv: "APP_REDIS" },\n'
        "});\n\nexport default codemationHost;\n"
    )
    assert stated() == {
        "app.auth.kind": "local",
        "app.database.kind": "postgresql",
        "app.scheduler.kind": "queue",
        "app.scheduler.queuePrefix": "orders",
        "app.scheduler.workerQueues": ["default"],
        "app.scheduler.redisUrlEnv": "APP_REDIS",
    }


@pytest.mark.parametrize(
    "value",
    [
        f"redis://:{CANARY}@h",
        f"https://{CANARY}@h",
        f"token={CANARY}",
        f"pw={CANARY}",
        f"PIN: {CANARY}",
        f"x password = {CANARY}",
        f"app:{CANARY}@db.example.com",
        f"postgresql://h/db?password={CANARY}",
        f"{CANARY} " * 1000,
    ],
)
@pytest.mark.parametrize(
    "key",
    ["queuePrefix", "productName", "codemationVersion", "logoPath", "urlEnv", "workerQueues", "directories", "url"],
)
def test_no_value_that_may_be_a_secret_is_taken(key: str, value: str) -> None:
    tables = {
        "queuePrefix": "scheduler",
        "workerQueues": "scheduler",
        "productName": "whitelabel",
        "logoPath": "whitelabel",
        "urlEnv": "database",
        "url": "database",
        "directories": "workflowDiscovery",
    }
    quoted = f"['{value}']" if key in {"workerQueues", "directories"} else f"'{value}'"
    entry = f"{key}: {quoted}"
    begin(f"export default {{ {f'{tables[key]}: {{ {entry} }}' if key in tables else entry} }}")
    ran = run("init")
    begin(Path("codemation.config.ts").read_text())
    machine = run("init", "--json")
    written = "".join(path.read_text() for path in Path.cwd().iterdir() if path.name != "codemation.config.ts")
    assert CANARY not in ran.out + ran.err + machine.out + written


def test_a_variable_may_have_any_name_but_one_that_no_key_can_name() -> None:
    for name in ("my-var", "FOO.BAR", "2ND"):
        begin(f"export default {{database: {{url: process.env['{name}']}}}}", f"{name}=postgresql://h/db\n")
        assert stated() == {}
    begin(env_file="_pg2=postgresql://h/db\n")
    assert stated() == {"app.database.kind": "postgresql", "app.database.urlEnv": "_pg2"}


@pytest.mark.parametrize(
    ("env_file", "key", "value"),
    [
        ("DATABASE_URL=postgresql://h/db\r\n", "app.database.kind", "postgresql"),
        ("\ufeffCODEMATION_DATABASE_URL='postgres://h/db'\n", "app.database.kind", "postgresql"),
        ("DATABASE_URL_FILE=/run/secrets/url\n", "app.database.kind", "postgresql"),
        ("export PG=postgresql://h/db\n", "app.database.urlEnv", "PG"),
        ("DATABASE_URL=postgresql://h/db\nREDIS_URL=unix:///run/redis.sock\n", "app.scheduler.kind", "queue"),
        ("DATABASE_URL=postgresql://h/db\nCACHE=rediss://h\n", "app.scheduler.redisUrlEnv", "CACHE"),
    ],
)
def test_how_an_env_file_may_spell_it(env_file: str, key: str, value: str) -> None:
    begin(env_file=env_file)
    assert stated()[key] == value


@pytest.mark.parametrize("value", ["file:./dev.db", "sqlite:///dev.db"])
def test_a_url_of_sqlite_means_no_postgresql(value: str) -> None:
    begin(env_file=f"DATABASE_URL={value}\n")
    assert "app.database.kind" not in stated()


@pytest.mark.parametrize("env_file", ["", "DOCKER_HOST=unix:///var/run/docker.sock\nDATABASE_URL=postgresql://h/db\n"])
def test_what_is_no_redis(env_file: str) -> None:
    begin(env_file=env_file)
    assert "app.scheduler.kind" not in stated()


def test_the_first_lines_tell_where_the_data_are() -> None:
    begin(PROGRAMS["sqlite"])
    run("init")
    assert '\n# in an embedded SQLite database, "data/app.sqlite".\n' in Path("codemation.toml").read_text()
    begin(PROGRAMS["postgresql"])
    run("init")
    assert "\n# in a shared PostgreSQL database.\n" in Path("codemation.toml").read_text()


def next_step() -> str:
    return " ".join(run("init").out.partition("Next: ")[2].split())


def test_the_next_step_is_one_that_loses_nothing() -> None:
    compiling = "codemation compile --explain"
    begin(PROGRAMS["postgresql"])
    assert next_step() == f"copy .env.example to .env, fill in APP_PG (CM203 until then), then {compiling}"
    begin(PROGRAMS["postgresql"], "OTHER=x\n")
    assert next_step() == f"add APP_PG to .env (CM203 until then), then {compiling}"
    begin(PROGRAMS["postgresql"])
    Path(".env.example").write_text("mine")
    assert next_step() == f"set APP_PG in .env (CM203 until then), then {compiling}"
    begin(PROGRAMS["postgresql"], ENV_FILES["PostgreSQL under another name"])
    assert next_step() == compiling


def test_a_variable_of_the_process_is_there_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://h/db")
    assert "fill in" not in run("init", "--template", "postgresql").out
    assert run("check", "--strict").code == 0


def test_a_file_that_is_there_is_told_nothing() -> None:
    begin(PROGRAMS["postgresql"], ENV_FILES["Redis"])
    write("")
    ran = run("init", "--template", "queue")
    assert ran.code == 0
    assert "--template changed nothing: codemation.toml was there" in ran.out
    assert not re.search(r"because of|CM\d|fill in", ran.out)
    Path(".env.example").unlink()
    assert json.loads(run("init", "--json").out)["stated"] == []


def test_every_key_that_is_called_otherwise_there_is_one_here() -> None:
    assert all(CATALOGUE.leaf(path) for path in NAMED_THERE.values())
