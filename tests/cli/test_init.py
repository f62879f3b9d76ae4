"""`codemation init`."""

# ruff: noqa: S607  (parameters of cases; sh, bash and git are whatever the PATH has)

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from codemation.cli.scaffold import IGNORED
from codemation.schema.document import schema_text
from codemation.settings.catalogue import CATALOGUE
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from tests.cli.running import base_environment, run, write
from tests.schema.closed import validate_output

pytestmark = pytest.mark.usefixtures("project")


WRITTEN = ["codemation.toml", "codemation.schema.json", ".env.example", ".gitignore"]


@pytest.mark.parametrize("arguments", [[], ["."], ["new/app"]])
def test_init_starts_a_project_that_compiles(arguments: list[str]) -> None:
    folder = Path(*arguments)
    ran = run("init", *arguments)
    assert (ran.code, ran.err) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == sorted(WRITTEN)
    assert all(name in ran.out for name in WRITTEN)
    checked = run("check", "--strict", "--root", str(folder))
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.startswith("ok: no problems found\nchecked ")
    assert (folder / "codemation.toml").read_text().startswith("#:schema ./codemation.schema.json\n")
    assert (folder / "codemation.schema.json").read_text() == run("schema").out == schema_text(CATALOGUE)
    assert (folder / ".gitignore").read_text() == ".codemation/\n.env*\n!.env.example\n"


def test_init_states_nothing_by_itself() -> None:
    run("init")
    text = Path("codemation.toml").read_text()
    assert tomllib.loads(text) == {"app": {"database": {}, "scheduler": {}, "retention": {}}}
    assert {line[:1] for line in text.splitlines()} == {"", "#", "["}


def test_init_as_json() -> None:
    Path(".gitignore").write_text(".env*\n")
    ran = run("init", "--json")
    assert (ran.code, ran.err) == (0, "")
    data = json.loads(ran.out)
    validate_output("init", data)
    assert data["root"] == str(Path.cwd())
    assert {it["path"]: it["outcome"] for it in data["files"]} == {
        **dict.fromkeys(WRITTEN[:-1], "written"),
        ".gitignore": "added",
    }
    assert data["files"][-1]["lines"] == [".codemation/", "!.env.example"]
    assert {it["outcome"] for it in json.loads(run("init", "--json").out)["files"]} == {"kept"}


@pytest.mark.parametrize(
    ("template", "stated", "needed"),
    [
        ("sqlite", {"app.database.kind": "sqlite"}, []),
        ("postgresql", {"app.database.kind": "postgresql"}, ["DATABASE_URL"]),
        ("queue", {"app.database.kind": "postgresql", "app.scheduler.kind": "queue"}, ["DATABASE_URL", "REDIS_URL"]),
    ],
)
def test_a_template_passes_a_strict_check(template: str, stated: dict[str, str], needed: list[str]) -> None:
    ran = run("init", "--template", template)
    assert (ran.code, ran.err) == (0, "")
    example = Path(".env.example").read_text()
    assert re.findall(r"^([A-Z_]+)=", example, re.MULTILINE) == needed
    assert all(name in ran.out for name in needed)
    checked = run("check", "--strict", "--no-env", "--env-file", ".env.example")
    assert (checked.code, checked.out.splitlines()[0]) == (0, "ok: no problems found")
    settings = json.loads(run("compile", "--explain", "--json", "--no-env", "--env-file", ".env.example").out)[
        "settings"
    ]
    origins = {it["appKey"]: it["candidates"] for it in settings}
    for key, value in stated.items():
        written = next(it for it in origins[key] if it["source"] == "app")
        assert written["origin"]["key"] == key
        assert Path("codemation.toml").read_text().count(f'\nkind = "{value}"\n') == 1


def test_init_finds_out_what_an_env_file_says() -> None:
    Path(".env").write_text("POSTGRES=postgresql://u:s3cret@h/db\nREDIS_URL=redis://h:1/0\nOTHER=x\n")
    ran = run("init")
    assert (ran.code, ran.err) == (0, "")
    assert "s3cret" not in ran.out + Path("codemation.toml").read_text() + Path(".env.example").read_text()
    assert 'app.database.kind = "postgresql", because of POSTGRES, .env:1\n' in ran.out
    assert "fill in" not in ran.out
    document = tomllib.loads(Path("codemation.toml").read_text())["app"]
    assert document["database"] == {"kind": "postgresql", "urlEnv": "POSTGRES"}
    assert document["scheduler"] == {"kind": "queue"}
    assert run("check", "--strict").code == 0
    assert run("check", "--strict", "--no-env", "--env-file", ".env.example").code == 0


def test_init_finds_out_what_the_typescript_host_was_told() -> None:
    Path("codemation.config.ts").write_text(TYPESCRIPT)
    data = json.loads(run("init", "--json").out)
    validate_output("init", data)
    assert {it["key"]: (it["value"], it["place"]) for it in data["stated"]} == {
        "workflowDiscovery.directories": (["src/flows"], "codemation.config.ts:5"),
        "app.database.kind": ("postgresql", "codemation.config.ts:7"),
        "app.scheduler.kind": ("queue", "codemation.config.ts:8"),
        "app.scheduler.queuePrefix": ("orders", "codemation.config.ts:8"),
        "app.retention.runSeconds": (86400, "codemation.config.ts:9"),
        "app.whitelabel.productName": ('The "Orders"', "codemation.config.ts:10"),
        "app.frontendPort": (3000, "codemation.config.ts:11"),
        "app.database.urlEnv": ("APP_PG", "codemation.config.ts:7"),
        "app.scheduler.redisUrlEnv": ("APP_REDIS", "codemation.config.ts:8"),
    }
    assert {it["what"]: it["place"] for it in data["leftOut"]} == {
        "app.scheduler.f": "codemation.config.ts:8",
        "app.retention.binarySeconds": "codemation.config.ts:9",
        "app.whitelabel.logoPath": "codemation.config.ts:10",
        "codemation.config.ts": "codemation.config.ts:4",
    }
    text = Path("codemation.toml").read_text()
    assert "hunter2" not in text
    assert tomllib.loads(text)["app"]["frontendPort"] == 3000
    assert run("check", "--strict", "--no-env", "--env-file", ".env.example").code == 0


def test_a_template_beats_what_was_found() -> None:
    Path(".env").write_text("DATABASE_URL=postgresql://h/db\n")
    Path("codemation.config.ts").write_text(TYPESCRIPT)
    assert run("init", "--template", "sqlite").code == 0
    document = tomllib.loads(Path("codemation.toml").read_text())["app"]
    assert document["database"] == {"kind": "sqlite"}
    assert document["scheduler"] == {"queuePrefix": "orders"}


@pytest.mark.parametrize(
    "text",
    [
        b"{{{",
        b"}",
        b"database: { kind:",
        b"x({ database: { kind: 5, url: 'hunter2' } })",
        b"\x00{",
        b"`${",
        b"\xff\xfe{",
        b"const x = { database: { kind: choose({ kind: 'sqlite' }) } }",
    ],
)
def test_what_cannot_be_understood_says_nothing(text: bytes) -> None:
    Path("codemation.config.ts").write_bytes(text)
    Path(".env").write_bytes(b"\xff\xfe")
    ran = run("init", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["stated"] == []
    assert "hunter2" not in Path("codemation.toml").read_text()


TYPESCRIPT = """\
import { defineCodemationApp } from "@codemation/host";
// kind: "sqlite"
export default defineCodemationApp({
  ...rest, name: "x", /* frontendPort: 1 */
  workflowDiscovery: { directories: ["src/flows"] },
  runtime: {
    database: { kind: "postgresql", url: process.env.APP_PG ?? "postgresql://u:hunter2@h/d" },
    scheduler: { kind: "bullmq", queuePrefix: 'orders', redisUrl: process.env.APP_REDIS!, f: () => { return {a: 1} } },
    retention: { runSeconds: 86_400, binarySeconds: 60 * hours } },
  whitelabel: { productName: `The "Orders"`, logoPath: logo({ kind: "x" }) },
  frontendPort: 3000,
});
"""


def test_what_init_comments_out_is_valid_too() -> None:
    run("init")
    text = re.sub(r"^# (?=[\w\[][\w.\-]* = |\[)", "", Path("codemation.toml").read_text(), flags=re.MULTILINE)
    write(text)
    Path(".env").write_text("APP_DATABASE_URL=postgresql://h/db\nAPP_REDIS_URL=redis://h\n")
    assert tomllib.loads(text)["workflows"]["my-workflow"]["prunePolicy"]
    assert len(tomllib.loads(text)["app"]["retention"]) == 5
    assert json.loads(run("check", "--format", "json").out)["errors"] == 0


def test_the_env_example_is_an_env_file_that_names_every_variable() -> None:
    run("init")
    example = Path(".env.example").read_text()
    assert set(re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE)) == {
        *CATALOGUE.variables,
        *HOST_VARIABLES,
        *SWITCHES,
    }
    assert run("check", "--env-file", ".env.example", "--strict").code == 0
    Path(".env.full").write_text(re.sub(r"^# (?=[A-Z_]+=)", "", example, flags=re.MULTILINE))
    data = json.loads(run("check", "--env-file", ".env.full", "--format", "json").out)
    # Valid values, but of two stages at once: SQLite and Redis do not go together.
    assert not [found for found in data["diagnostics"] if found["code"] in {"CM005", "CM201", "CM202"}]


def test_init_never_overwrites() -> None:
    for name in WRITTEN[:3]:
        Path(name).write_text("mine")
    ran = run("init")
    assert ran.code == 0
    assert [Path(name).read_text() for name in WRITTEN[:3]] == ["mine"] * 3
    assert ran.out.count("kept") == 3


def test_a_second_run_changes_nothing() -> None:
    run("init")
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in Path.cwd().iterdir()}
    ran = run("init")
    assert (ran.code, ran.out.count("kept")) == (0, 4)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in Path.cwd().iterdir()} == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ".codemation/\n.env*\n!.env.example\n"),
        ("node_modules\n", "node_modules\n.codemation/\n.env*\n!.env.example\n"),
        ("node_modules", "node_modules\n.codemation/\n.env*\n!.env.example\n"),
        ("node_modules\r\n", "node_modules\r\n.codemation/\r\n.env*\r\n!.env.example\r\n"),
        ("a\r\nb", "a\r\nb\r\n.codemation/\r\n.env*\r\n!.env.example\r\n"),
        (".env*\n!.env.example\n", ".env*\n!.env.example\n.codemation/\n"),
        (".codemation/ \r\n.env*\r\n", ".codemation/ \r\n.env*\r\n!.env.example\r\n"),
        ("!.env.example\n", "!.env.example\n.codemation/\n.env*\n!.env.example\n"),
        (".codemation/\n.env*\n!.env.example", ".codemation/\n.env*\n!.env.example"),
        ("\u00e9\n", "\u00e9\n.codemation/\n.env*\n!.env.example\n"),
    ],
)
def test_gitignore_keeps_what_is_there(before: str, after: str) -> None:
    ignore = Path(".gitignore")
    ignore.write_bytes(before.encode())
    assert run("init").code == 0
    assert ignore.read_bytes().decode() == after
    run("init")
    assert ignore.read_bytes().decode() == after


def test_gitignore_of_other_bytes() -> None:
    Path(".gitignore").write_bytes(b"caf\xe9\n")
    assert run("init").code == 0
    assert Path(".gitignore").read_bytes().startswith(b"caf\xe9\n.codemation/\n")


@pytest.mark.parametrize("before", ["", "!.env.example\n", ".env\n!.env.example"])
def test_git_ignores_what_it_should(before: str) -> None:
    try:
        subprocess.run(["git", "init", "--quiet", "."], check=True, env=base_environment(HOME=str(Path.cwd())))
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no git")
    Path(".gitignore").write_text(before)
    run("init")
    names = [".env", ".env.local", ".env.example", ".codemation/x", "codemation.toml"]
    checked = subprocess.run(
        ["git", "check-ignore", *names],
        capture_output=True,
        text=True,
        check=False,
        env=base_environment(HOME=str(Path.cwd())),
    )
    assert checked.stdout.split() == [".env", ".env.local", ".codemation/x"]
    assert set(IGNORED) <= set(Path(".gitignore").read_text().split())


@pytest.mark.parametrize("folder", ["file", "file/below", ""])
def test_init_where_no_folder_can_be(folder: str) -> None:
    Path("file").write_text("")
    ran = run("init", folder)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("codemation init: ")
    assert {"file": "file is a file, not a folder", "": "DIR is empty"}.get(folder, "file/below: ") in ran.err


def test_init_leaves_links_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    Path("codemation.toml").symlink_to(outside)
    ran = run("init")
    assert ran.code == 2
    assert "is there, but is no file" in ran.err
    assert not outside.exists()


@pytest.mark.parametrize("name", WRITTEN)
def test_nothing_is_written_where_not_all_can_be(name: str) -> None:
    Path(name).mkdir()
    ran = run("init")
    assert (ran.code, ran.out) == (2, "")
    assert f"{name}: is there, but is no file" in ran.err
    assert [path.name for path in Path.cwd().iterdir()] == [name]


def test_init_in_a_linked_folder_with_a_blank_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "my shop"
    folder.mkdir()
    Path("link to it").symlink_to(folder)
    ran = run("init", "link to it")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\nNext: cd 'link to it', then codemation compile --explain\n")
    assert (folder / "codemation.toml").is_file()


def test_init_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    Path(".env").write_text("REDIS_URL=redis://h\n")
    Path(".gitignore").write_text("node_modules\n")
    Path("codemation.config.ts").write_text("export default {scheduler: {kind: 'bullmq'}}")
    ran = run("init", "--template", "sqlite")
    assert "added    ./.gitignore: .codemation/,\n         .env*, !.env.example\n" in ran.out
    assert "CM402" in ran.out
    assert all(len(line) <= 40 for line in ran.out.splitlines())


def test_a_folder_s_name_steers_no_terminal() -> None:
    ran = run("init", "we\x1b[31mird")
    assert ran.code == 0
    assert "\x1b" not in ran.out
