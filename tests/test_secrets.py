"""No secret leaves by any way but the two that are meant to: canaries wherever a secret can stand, and all outputs."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import tomllib
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote
from zlib import crc32

import pytest
from msgspec import Struct

import codemation
from codemation.cli import console, main
from codemation.diagnostics import summary
from codemation.pipeline import Compilation
from codemation.reports.data import diagnostic_data
from tests.torture import FACTOR

CANARY = "c4n4ry7Kq"
PLAIN = "postgresql://app@db.example.com/orders"

# What stands behind the colon of a URL, as people write it.
PASSWORDS = {
    "plain": CANARY,
    "encoded": quote(f"@:/?#{CANARY}", safe=""),
    "at": f"p@{CANARY}",
    "at behind": f"{CANARY}@p",
    "colon": f"p:{CANARY}",
    "slash": f"p/{CANARY}",
    "number and slash": f"1/{CANARY}",
    "question mark": f"p?{CANARY}",
    "hash": f"p#{CANARY}",
    "single quote": f"p'{CANARY}",
    "double quote": f'p"{CANARY}',
    "blank": f"p {CANARY}",
    "backslash": f"p\\{CANARY}",
    "percent": f"100%{CANARY}",
    "long": "x" * 70 + CANARY,
    "long behind a slash": "1/" + CANARY + "x" * 70,
}

URLS = {
    **{
        f"postgresql, {name}": f"postgresql://app:{word}@db.example.com:5432/orders" for name, word in PASSWORDS.items()
    },
    **{f"redis, {name}": f"redis://:{word}@cache.example.com:6379/0" for name, word in PASSWORDS.items()},
    "rediss": f"rediss://app:{CANARY}@cache.example.com",
    "socket": f"unix://:{CANARY}@/run/redis.sock",
    "parameter": f"postgresql://db.example.com/orders?user=app&password={CANARY}",
    "parameter, at": f"postgresql://db.example.com/orders?password=p@{CANARY}&sslmode=require",
    "parameter, sslpassword": f"postgresql://app@db.example.com/orders?sslpassword={CANARY}",
    "parameter, encoded name": f"postgresql://db.example.com/orders?p%61ssword={CANARY}",
    "parameter, redis": f"redis://cache.example.com/0?password={CANARY}",
    "several hosts": f"postgresql://app:{CANARY}@a.example.com:5432,b.example.com/orders",
    "scheme": f"mysql://app:{CANARY}@db.example.com/orders",
    "driver": f"postgresql+psycopg://app:{CANARY}@db.example.com/orders",
    "upper case": f"POSTGRESQL://app:{CANARY}@db.example.com/orders",
    "port": f"postgresql://app:{CANARY}@db.example.com:port/orders",
    "no host": f"postgresql://app:{CANARY}",
    "no host, a path": f"postgresql://app:{CANARY}/orders",
    "masked and more": f"postgresql://app:***@db.example.com/orders?password={CANARY}",
    "masked before": f"postgresql://app:***{CANARY}@db.example.com/orders",
    "no scheme": f"app:{CANARY}@db.example.com/orders",
    "one slash": f"postgresql:/app:{CANARY}@db.example.com/orders",
    "no slash": f"postgresql:app:{CANARY}@db.example.com/orders",
    "no colon": f"postgresql//app:{CANARY}@db.example.com/orders",
    "jdbc": f"jdbc:postgresql://db.example.com/orders?user=app&password={CANARY}",
    "line break": f"postgresql://app:p\n{CANARY}@db.example.com/orders",
    "conninfo": f"host=db.example.com user=app password={CANARY}",
    "token": f"https://{CANARY}@db.example.com/orders",
}

FEW = ("postgresql, plain", "postgresql, at", "postgresql, number and slash", "redis, plain", "one slash", "no scheme")


class Given(Struct, frozen=True):
    """One project with a canary in it."""

    toml: str = ""
    dotenv: str = ""
    environment: Mapping[str, str] = {}
    overrides: tuple[str, ...] = ()


def toml(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False)


def in_settings(url: str) -> Iterator[tuple[str, Given]]:
    """A URL where a URL belongs, or the name of a variable: all kinds of it."""
    value = toml(url)
    for table, key in (
        ("app.database", "url"),
        ("app.database", "urlEnv"),
        ("app.scheduler", "redisUrl"),
        ("app.scheduler", "redisUrlEnv"),
        ("runtime.database", "url"),
        ("runtime.eventBus", "redisUrl"),
    ):
        yield f"{table}.{key}", Given(f"[{table}]\n{key} = {value} # {url!r}\n")
        if table.startswith("app"):
            yield f"--set {table}.{key}", Given(overrides=(f"{table}.{key}={url}",))
    for name in ("DATABASE_URL", "REDIS_URL"):
        yield name, Given(environment={name: url})
        yield f".env {name}", Given(dotenv=f"{name}='{url}'\n")
    yield "a variable named in the file", Given('[app.database]\nurlEnv = "APP_PG"\n', environment={"APP_PG": url})
    yield "not consulted", Given('[app.database]\nurlEnv = "APP_PG"\n', environment={"DATABASE_URL": url})
    yield "hidden in .env", Given(dotenv=f"DATABASE_URL={url}\n", environment={"DATABASE_URL": PLAIN})
    yield "outranked", Given(f"[app.database]\nurl = {value}\n[runtime.database]\nurl = {toml(PLAIN)}\n")
    yield "unused", Given(f'[app.database]\nkind = "sqlite"\nurl = {value}\n')
    yield "both forms", Given(f'[app.database]\nurl = {value}\n[runtime.database]\nurl = {value[:-1]}2"\n')
    yield "conflicting", Given(f'[app.database]\nurl = {value}\nurlEnv = "APP_PG"\n')
    yield "conflicting overrides", Given(overrides=(f"app.database.url={url}", f"runtime.database.url={url}"))


def elsewhere(url: str) -> Iterator[tuple[str, Given]]:
    """A URL where none belongs, and where it cannot be read."""
    value = toml(url)
    for name, text in {
        "unknown key": f"[app.database]\nuri = {value}\n",
        "misspelt key": f"[app.database]\nUrl = {value}\n",
        "near a harmless key": f"[app.database]\nsqlite_file_path = {value}\n",
        "misplaced key": f"[app]\nurl = {value}\n",
        "at the top": f"url = {value}\n",
        "unknown table": f"[database]\nurl = {value}\n",
        "a key": f"[app.database]\n{value} = true\n",
        "a key at the top": f"{value} = true\n",
        "a table": f"[app.database.{value}]\nkind = 1\n",
        "a workflow": f"[workflows.{value}.prunePolicy]\nrunSeconds = 5\nbinarySeconds = 6\n",
        "a wrong workflow": f"[workflows.{value}.prunePolicy]\nrunSeconds = 0\nrunSecs = 1\n",
        "a shadowed workflow": f"[workflows.{value}.prunePolicy]\nrunSeconds = 5\n"
        f"[runtime.workflows.{value}.prunePolicy]\nrunSeconds = 6\n",
        "a choice": f"[app.database]\nkind = {value}\n",
        "another choice": f"[app.scheduler]\nkind = {value}\n",
        "a path": f"[app.database]\nsqliteFilePath = {value}\n",
        "a text": f"[app.scheduler]\nqueuePrefix = {value}\n[runtime.scheduler]\nqueuePrefix = 'x'\n",
        "an item": f"[app.scheduler]\nworkerQueues = [{value}, {value}, 5]\n",
        "a number": f"[app.retention]\nrunSeconds = {value}\n",
        "an array for a URL": f"[app.database]\nurl = [{value}]\n",
        "a table for a URL": f"[app.database]\nurl = {{ here = {value} }}\n",
        "an array for a name": f"[app.database]\nurlEnv = [{value}]\n",
        "an array of tables": f"[[app.database]]\nurl = {value}\n[[app.database]]\nurl = {value}\n",
        "a value for a table": f"app = {value}\n",
        "a value for an inner table": f"[app]\ndatabase = {value}\n",
        "multi-line": f'[app.database]\nurl = """\n{value[1:-1]}\n"""\nkind = "x"\n',
        "syntax: no quotes": f"[app.database]\nurl = {url}\n",
        "syntax: open": f'[app.database]\nurl = "{url}\nkind = "sqlite"\n',
        "syntax: raw": f'[app.database]\nurl = "{url}" x\n',
        "syntax: single": f"[app.database]\nurl = '{url}' '{url}'\n",
        "syntax: no equals": f"[app.database]\nurl {value}\n",
        "syntax: colon": f"[app.database]\nurl: {value}\n",
        "syntax: only it": f"{url}\n",
        "syntax: a header": f"[app.database.{url}]\n",
        "syntax: beside": f'[app.database]\nurl = {value}\nkind = sqlite\n# {url}\nx = {{ url = {value} "" }}\n',
        "syntax: twice": f"[app.database]\nurl = {value}\nurl = {value}\n",
        "syntax: comment": f"[app.database] # {url}\nkind = # {url}\n",
    }.items():
        yield name, Given(text)
    for name in (
        "CODEMATION_DATABASE_KIND",
        "CODEMATION_SQLITE_FILE_PATH",
        "CODEMATION_SCHEDULER",
        "CODEMATION_RUN_RETENTION_DEFAULT_SECONDS",
        "CODEMATION_DATABSE_KIND",
        "CODEMATION_DATABASE_URL",
        "QUEUE_PREFIX",
        "UNRELATED",
    ):
        yield name, Given(environment={name: url})
        yield f".env {name}", Given(dotenv=f"{name}={toml(url)}\n")
    for name, line in {
        "no equals": f"DATABASE_URL {url}",
        "open quote": f"DATABASE_URL='{url.replace(chr(39), '')}",
        "more behind": f'DATABASE_URL="x" {url}',
        "only it": url,
        "export": f"export {url}",
        "a key's line": f"{CANARY}",
        "a comment": f"# {url}\n= {url}",
    }.items():
        yield f".env, {name}", Given(dotenv=f"# {url}\n{line}\n")
    for key in (
        "app.database.kind",
        "app.database.sqliteFilePath",
        "app.retention.runSeconds",
        "app.scheduler.queuePrefix",
    ):
        yield f"--set {key}", Given(overrides=(f"{key}={url}",))
    yield "--set array", Given(overrides=(f"app.scheduler.workerQueues=[{value}, {value}]",))
    yield "--set bare array", Given(overrides=(f"app.scheduler.workerQueues={url}",))
    yield "--set key", Given(overrides=(f"{value}=1",))
    yield "--set unknown key", Given(overrides=(f"app.database.{value}=1", f"app.nothing={url}"))
    yield "--set workflow", Given(overrides=(f"workflows.{value}.prunePolicy.runSeconds=0",))
    yield "--set good workflow", Given(overrides=(f"workflows.{value}.prunePolicy.runSeconds=5",))


NOT_URLS = {
    "name of a variable": Given(f'[app.database]\nurlEnv = "hunter-{CANARY}"\n'),
    "name of a Redis variable": Given(overrides=(f"app.scheduler.redisUrlEnv={CANARY}!",)),
    "password key": Given(f'[app.database]\npassword = "{CANARY}"\n'),
    "password table": Given(f'[app.database.password]\nvalue = "{CANARY}"\n'),
    "token": Given(f'[app]\napiToken = "{CANARY}"\n'),
    "no URL at all": Given(f'[app.database]\nurl = "{CANARY}"\n'),
    "no URL at all, variable": Given(environment={"DATABASE_URL": CANARY, "REDIS_URL": CANARY}),
    "no URL at all, hidden": Given(dotenv=f"REDIS_URL={CANARY}\n", environment={"REDIS_URL": "redis://h"}),
    "no URL at all, override": Given(overrides=(f"app.database.url={CANARY}", f"app.scheduler.redisUrl={CANARY}")),
    "unrelated variables": Given(dotenv=f"API_KEY={CANARY}\n", environment={"AUTH_SECRET": CANARY}),
    "a private key": Given(dotenv=f"KEY=-----BEGIN\n{CANARY}\n{CANARY} {CANARY}\n{CANARY}==\n-----END-----\n"),
}

COMMANDS = (
    ("check",),
    ("check", "--strict"),
    *(("check", "--format", how) for how in ("json", "sarif", "github")),
    ("check", "--diff"),
    ("compile",),
    ("compile", "--format", "json"),
    ("compile", "--explain"),
    ("compile", "--explain", "--all"),
    ("explain", "DATABASE_URL", "REDIS_URL", "AUTH_SECRET", "mcpServers"),
    ("compile", "--explain", "--format", "json"),
    ("compile", "--explain", "--format", "html"),
    ("env",),
    ("env", "--long"),
    ("env", "--format", "json"),
)
DIFFERENCES = (
    ("diff", "process", ".env"),
    ("diff", ".env", "process", "--format", "json"),
    ("diff", ".env", "process", ".env", "--format", "html"),
)
EVERYTHING = (*COMMANDS, *DIFFERENCES)


def run(folder: Path, *arguments: str, environment: Mapping[str, str]) -> str:
    """All that a command prints, on both streams."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True)
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(out),
    ):
        try:
            code = main(arguments)
        except SystemExit as exit_:  # --version, --help
            code = int(exit_.code or 0)
    assert code in {0, 1, 2, 4}, arguments
    out.seek(0)
    return out.read()


def outputs(given: Given, folder: Path, commands: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Everything that anybody can get to see of a project, but by asking for secrets."""
    (folder / "codemation.toml").write_text(given.toml, encoding="utf-8")
    (folder / ".env").write_text(given.dotenv, encoding="utf-8")
    overrides = [part for text in given.overrides for part in ("--set", text)]
    for command in commands:
        asked = overrides if command not in DIFFERENCES else []
        yield " ".join(command), run(folder, *command, *asked, "--root", ".", environment=given.environment)
    yield from of_the_library(given, folder)


def share(given: Given) -> Sequence[tuple[str, ...]]:
    """The commands that are tried: every fifth, others for another input; `make torture` tries all of them."""
    if FACTOR > 1:
        return EVERYTHING
    return EVERYTHING[crc32(repr((given.toml, given.dotenv, given.environment, given.overrides)).encode()) % 5 :: 5]


def of_the_library(given: Given, folder: Path) -> Iterator[tuple[str, str]]:
    """What a host, its log and its crash reports show."""
    options: dict[str, Any] = {
        "env": given.environment,
        "env_files": [folder / ".env"],
        "overrides": dict(split(text) for text in given.overrides),
    }
    compilation = codemation.compile(folder, **options)
    yield from of_a_compilation(compilation)
    try:
        codemation.load(folder, **options)
    except codemation.ConfigError as error:
        yield "str(error)", str(error)
        yield "repr(error)", repr(error)
        yield "error.args", repr(error.args)
        yield "format_exc", traceback.format_exc()


def of_a_compilation(compilation: Compilation) -> Iterator[tuple[str, str]]:
    model = compilation.model
    for name, thing in {
        "compilation": compilation,
        "diagnostics": compilation.diagnostics,
        "trace": compilation.trace,
        "runtime": compilation.runtime,
        "facts": model,
        "source": model.source,
        "environment": model.environment,
        "env files": model.environment.files,
        "variables": [model.environment.variable(name) for name in model.environment.names()],
        "overrides": model.overrides,
        "offers": model.offers,
        "layers": model.layers,
        "resolution": model.resolution,
    }.items():
        yield f"repr({name})", repr(thing)
        yield f"str({name})", str(thing)
        yield f"format({name})", f"{thing}"
        for part in thing if isinstance(thing, list | tuple) else [thing]:
            if hasattr(part, "__rich_repr__"):
                yield f"rich({name})", repr(list(part.__rich_repr__()))
    yield "summaries", "\n".join(map(summary, compilation.diagnostics))
    yield "data", repr([diagnostic_data(diagnostic) for diagnostic in compilation.diagnostics])
    if compilation.runtime is not None:
        yield "rich database", repr(list(compilation.runtime.database.__rich_repr__()))
        yield "to_dict", repr(compilation.runtime.to_dict())


def split(text: str) -> tuple[str, str]:
    """`KEY=VALUE`; a quoted key may hold an `=`."""
    end = text.rindex('"') if text.endswith('"=1') else -1
    at = text.index("=", end + 1)
    return text[:at], text[at + 1 :]


def leaks(given: Given, folder: Path, commands: Sequence[tuple[str, ...]] = EVERYTHING) -> list[str]:
    told = outputs(given, folder, commands)
    return [f"{name}: {line}" for name, text in told for line in text.split("\n") if CANARY in line]


def assert_none(given: Given, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    found = leaks(given, folder, share(given))
    assert not found, f"{given}\n" + "\n".join(found)
    assert CANARY not in caplog.text


EVERY = (
    "app.database.url",
    "runtime.eventBus.redisUrl",
    "app.database.urlEnv",
    "DATABASE_URL",
    ".env REDIS_URL",
    "unused",
)
"""Where all URLs are tried; the other places have to do with a few."""

SETTINGS = [
    pytest.param(given, id=f"{name} | {place}")
    for name, url in URLS.items()
    for place, given in in_settings(url)
    if place in EVERY or name in FEW
]
ELSEWHERE = [pytest.param(given, id=f"{name} | {place}") for name in FEW for place, given in elsewhere(URLS[name])]


@pytest.mark.parametrize("given", SETTINGS)
def test_no_url_of_a_setting_shows(given: Given, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert_none(given, tmp_path, caplog)


@pytest.mark.parametrize("given", ELSEWHERE)
def test_no_url_elsewhere_shows(given: Given, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert_none(given, tmp_path, caplog)


@pytest.mark.parametrize("given", NOT_URLS.values(), ids=list(NOT_URLS))
def test_no_other_secret_shows(given: Given, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert_none(given, tmp_path, caplog)


# The command line: what was typed in the wrong place, and names of files and folders.

TYPED = {
    name: URLS[name]
    for name in (*FEW, "parameter", "parameter, at", "jdbc", "conninfo", "no host", "postgresql, blank", "rediss")
}
FORMATS = ("text", "json", "sarif", "github")


def misused(url: str) -> Iterator[tuple[str, ...]]:
    """Command lines with a URL where something else belongs."""
    yield from ((url,), ("check", url), ("check", f"--{url}"), ("--version", url), (f"--{url}", "check"))
    for option in ("--env", "--unset", "--set", "--env-file", "--config", "--root", "--format", "--explain", "-o"):
        yield "check", option, url
        yield "check", f"{option}={url}"
        yield "env", option, url
        yield "compile", option, url
        yield "compile", option, url, "--explain"
        yield "compile", option, url, "--debug"
    for how in FORMATS:
        yield "check", "--config", url, "--format", how
        yield "check", "--root", url, "--format", how
        yield "check", "--env-file", url, "--format", how
        yield "check", "--env", f"={url}", "--format", how
    yield from (("compile", "--explain", f"app.{url}", url), ("compile", "--explain", url, "--format", "json"))
    yield from (("compile", "-o", f"{url}/no/such"), ("compile", "-o", "."), ("compile", "--explain", "-o", f"{url}/x"))
    yield from (("rule", url), ("rule", f"CM{url}"), ("completion", url), ("rule", "CM101", url))
    yield from (("schema", "--form", url), ("schema", "-o", f"{url}/x"), ("schema", "--check", url), ("schema", url))
    yield from (
        ("diff", url, url),
        ("diff", "process", url, "--format", "json"),
        ("diff", url),
        ("diff", "a", "b", url),
    )
    yield from (("init", url), ("init", url), ("init", "codemation.toml"), ("init", f"codemation.toml/{url}"))


@pytest.mark.parametrize("url", TYPED.values(), ids=list(TYPED))
def test_no_typed_url_shows(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "codemation.toml").write_text("")
    found = {
        f"{arguments}: {line}"
        for arguments in misused(url)
        for line in run(tmp_path, *arguments, environment={}).split("\n")
        if CANARY in line
    }
    assert not found, "\n".join(found)
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    "name",
    [f"postgresql:/app:{CANARY}@h", f"redis:/:{CANARY}@h/x", f"app:{CANARY}@h", f"a/postgresql:app:p@{CANARY}@h"],
)
@pytest.mark.parametrize("config", ['[app.database]\nkind = "x"\n', "a = \n", "", b"\xff"])
def test_no_name_of_a_folder_shows(name: str, config: str | bytes, tmp_path: Path) -> None:
    """A URL that was taken for a path once may be a folder by now."""
    folder = tmp_path / name
    folder.mkdir(parents=True)
    (folder / "codemation.toml").write_bytes(config if isinstance(config, bytes) else config.encode())
    (folder / ".env").write_text("CODEMATION_DATABASE_KIND=x\n=\n")
    for command in (*COMMANDS, ("diff", f"{name}/.env", f"{name}/none"), ("init", name), ("schema", "--check", name)):
        named = () if command[0] in {"init", "schema"} else ("--root", name)
        text = run(tmp_path, *command, *named, environment={"CODEMATION_DATABASE_KIND": "y"})
        assert CANARY not in text, f"{command}\n{text}"
        if command[0] in {"check", "compile", "env"}:
            for place in (("--config", f"{name}/codemation.toml"), ("--root", name, "--env-file", f"{name}/.env")):
                text = run(tmp_path, *command, *place, environment={})
                assert CANARY not in text, f"{command} {place}\n{text}"
            text = run(folder, *command, environment={})
            assert CANARY not in text, f"{command}\n{text}"
    for label, text in of_a_compilation(codemation.compile(folder, env={}, env_files=[folder / ".env"])):
        assert CANARY not in text, f"{label}\n{text}"


@pytest.mark.parametrize("options", [(), ("--debug",)])
def test_no_internal_error_shows_a_secret(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        inner = f"cannot use {URLS['postgresql, at']}"
        raise ValueError(inner)

    monkeypatch.setattr("codemation.cli.commands.check.compile_from", fail)
    monkeypatch.setattr("sys.argv", ["codemation", "check", *options])
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with chdir(tmp_path), redirect_stdout(out), redirect_stderr(out), pytest.raises(SystemExit, match="3"):
        console()
    out.seek(0)
    text = out.read()
    assert CANARY not in text
    assert ("Traceback" in text) == bool(options)
    assert ("cannot use postgresql://app:***@db.example.com:5432/orders" in text) == bool(options)


# As real processes, and what is meant to show.


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--format", "json"),
        ("compile", "--explain"),
        ("compile", "--format", "json"),
        ("compile", "--set", f"app.database.url=mysql://u:{CANARY}@h", "--debug"),
        ("compile", "--env", f"postgresql://u:{CANARY}@h"),
    ],
    ids=" ".join,
)
def test_no_process_shows_a_secret(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "codemation.toml").write_text(f'[app.scheduler]\nredisUrl = "rediss://:{CANARY}@cache.example.com"\n')
    (tmp_path / ".env").write_text(f"DATABASE_URL={URLS['postgresql, at']}\n")
    command = (sys.executable, "-m", "codemation", *arguments)
    environment = {**os.environ, "REDIS_URL": f"redis://:{CANARY}@h"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False, text=True)
    assert done.returncode in {0, 1, 2}
    assert done.stdout + done.stderr
    assert CANARY not in done.stdout + done.stderr


VALID = {
    "postgresql, plain": "postgresql://app:***@db.example.com:5432/orders",
    "postgresql, encoded": "postgresql://app:***@db.example.com:5432/orders",
    "postgresql, colon": "postgresql://app:***@db.example.com:5432/orders",
    "parameter": "postgresql://db.example.com/orders?user=app&password=***",
    "several hosts": "postgresql://app:***@a.example.com:5432,b.example.com/orders",
}


@pytest.mark.parametrize(("name", "masked"), VALID.items())
def test_who_asks_for_secrets_gets_them(name: str, masked: str, tmp_path: Path) -> None:
    url, redis = URLS[name], f"rediss://:{CANARY}@cache.example.com:6379/0"
    (tmp_path / "codemation.toml").write_text("")
    environment = {"DATABASE_URL": url, "REDIS_URL": redis}
    shown: dict[str, Any] = {}
    hidden: dict[str, Any] = {}
    for how, read in (("toml", tomllib.loads), ("json", json.loads)):
        command = ("compile", "--format", how)
        shown = read(run(tmp_path, *command, "--show-secrets", environment=environment))["runtime"]
        assert (shown["database"]["url"], shown["eventBus"]["redisUrl"]) == (url, redis)
        hidden = read(run(tmp_path, *command, environment=environment))["runtime"]
        assert hidden["database"]["url"] == masked
        assert hidden["eventBus"]["redisUrl"] == "rediss://:***@cache.example.com:6379/0"
    runtime = codemation.load(tmp_path, env=environment)
    assert (runtime.database.url, runtime.event_bus.redis_url) == (url, redis)
    assert runtime.to_dict(show_secrets=True) == {"runtime": shown}
    assert runtime.to_dict() == {"runtime": hidden}
    assert masked in repr(runtime)
    assert masked in str(runtime)
    assert masked in run(tmp_path, "compile", "--explain", environment=environment)


@pytest.mark.parametrize("name", ["postgresql, plain", "parameter"])
def test_masked_output_is_no_input(name: str, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": URLS[name], "REDIS_URL": f"redis://:{CANARY}@h"}
    (tmp_path / "codemation.toml").write_text("")
    masked, shown = (run(tmp_path, "compile", *more, environment=environment) for more in ((), ("--show-secrets",)))
    (tmp_path / "codemation.toml").write_text(masked)
    compilation = codemation.compile(tmp_path, env={})
    assert [diagnostic.code for diagnostic in compilation.diagnostics] == ["CM105", "CM105"]
    (tmp_path / "codemation.toml").write_text(shown)
    assert codemation.load(tmp_path, env={}).database.url == environment["DATABASE_URL"]


def test_a_file_with_secrets_is_its_owners_alone(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": URLS["postgresql, plain"]}
    assert not run(tmp_path, "compile", "--show-secrets", "-o", "runtime.toml", environment=environment)
    assert CANARY in (tmp_path / "runtime.toml").read_text()
    assert (tmp_path / "runtime.toml").stat().st_mode & 0o777 == 0o600


def test_the_search_finds_what_shows(tmp_path: Path) -> None:
    """The tests above prove nothing if they do not look: a canary that may show is found by every way."""
    repairable = '[app]\nfrontendPort = "3000"\n'
    given = Given(f'[app.scheduler]\nqueuePrefix = "{CANARY}"\nkind = "{CANARY}"\n{repairable}')
    assert {leak.partition(":")[0] for leak in leaks(given, tmp_path)} >= {
        *(" ".join(command) for command in COMMANDS if command[0] == "check" or "--explain" in command),
        "compile",
        "repr(diagnostics)",
        "repr(trace)",
        "str(error)",
        "format_exc",
        "data",
    }
