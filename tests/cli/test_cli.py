"""The command line: what each command prints where, its exit codes, and never a traceback for what a user does."""

# ruff: noqa: FBT001, S607  (parameters of cases; sh, bash and git are whatever the PATH has)

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import codemation
from codemation.backend.errors import BackendError
from codemation.backend.migrations import errors
from codemation.cli import main
from codemation.cli.commands.schema import FORMS as SCHEMA_FORMS
from codemation.cli.parser import commands_in
from codemation.cli.scaffold import IGNORED
from codemation.rules import all_rules
from codemation.schema.document import schema_text
from codemation.schema.outputs import OUTPUTS, output_schema_text
from codemation.settings.catalogue import CATALOGUE, dotted
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES

COMMANDS = ["init", "check", "compile", "env", "doctor", "db", "diff", "schema", "rule", "completion"]

SECRET = "postgresql://app:s3cret@db.example.com/app"
ESCAPE = "\x1b["

WRONG = '[app.database]\nkind = "mysql"\n'
WARNED = "[app.retention]\nrunSeconds = 31536000\n"


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project is the working directory, and nothing in the environment concerns it."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in (*CATALOGUE.variables, *SWITCHES, "COLUMNS", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    return folder


def run(*arguments: str) -> Ran:
    """The command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else -1
    return Ran(code, out.getvalue(), err.getvalue())


def base_environment(**variables: str) -> dict[str, str]:
    path = os.pathsep.join([str(Path(codemation.__file__).parent.parent), *filter(None, sys.path)])
    return {"PATH": os.environ["PATH"], "PYTHONPATH": path, **variables}


def spawn(
    *arguments: str | bytes, environment: Mapping[Any, Any] | None = None, cwd: Path | bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "codemation", *arguments],
        capture_output=True,
        check=False,
        env={**base_environment(), **(environment or {})},
        cwd=cwd,
    )


def write(text: str, folder: Path | None = None) -> Path:
    file = (folder or Path.cwd()) / "codemation.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- codemation itself ------------------------------------------------------------------------------------------------


def test_help_lists_every_command() -> None:
    ran = run("--help")
    assert (ran.code, ran.err) == (0, "")
    assert re.findall(r"^    (\w+)\s+\w", ran.out, re.MULTILINE)[: len(COMMANDS)] == COMMANDS
    assert "None" not in ran.out
    assert run("-h") == ran


@pytest.mark.parametrize("command", [*COMMANDS, *(f"db {name}" for name in commands_in("codemation.cli.commands.db"))])
def test_every_command_has_help_with_examples(command: str) -> None:
    ran = run(*command.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: codemation {command}")
    assert f"examples:\n  {'eval' if command == 'completion' else f'codemation {command}'}" in ran.out
    assert "==SUPPRESS==" not in ran.out


def test_version_is_the_packages() -> None:
    assert run("--version") == Ran(0, f"codemation {codemation.__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["--nothing"],
        ["check", "--nothing"],
        ["compile", "surplus"],
        ["check", "--format", "toml"],
        ["compile", "--format", "yaml"],
        ["compile", "--format", "text"],
        ["compile", "--explain", "--format", "toml"],
        ["compile", "--explain", "--show-secrets"],
        ["compile", "--explain", "no.such.setting"],
        ["compile", "--root"],
        ["diff", "one"],
        ["schema", "--form", "both"],
        ["schema", "-o", "x", "--check", "x"],
        ["rule", "CM999"],
        ["completion", "powershell"],
        ["completion"],
    ],
)
def test_usage_errors(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("codemation")
    assert not list(Path.cwd().iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing", SECRET],
        [SECRET],
        ["compile", SECRET],
        ["compile", "--explain", SECRET],
        ["compile", "--format", SECRET],
        ["compile", "-o", f"{SECRET}/x"],
        ["check", "--env", SECRET],
        ["check", "--set", SECRET],
        ["rule", SECRET],
        ["schema", "--check", SECRET],
        ["completion", SECRET],
    ],
)
def test_arguments_are_not_repeated_with_their_secrets(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert "s3cret" not in ran.out + ran.err


def test_the_module_and_the_script_are_the_same_program() -> None:
    script = Path(sys.executable).parent / "codemation"
    module = spawn("compile")
    assert module.returncode == 0
    if script.exists():
        ran = subprocess.run([script, "compile"], capture_output=True, check=False, env=base_environment())
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, module.stdout, b"")


def test_the_console_script_prepares_its_streams() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"codemation": "codemation.cli:console"}


@pytest.mark.parametrize("debug", [True, False])
def test_a_bug_of_ours_shows_no_traceback_unless_asked(monkeypatch: pytest.MonkeyPatch, debug: bool) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr("codemation.cli.commands.check.compile_from", broken)
    if debug:
        with pytest.raises(ZeroDivisionError):
            run("check", "--debug")
        return
    ran = run("check")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == "codemation: internal error (ZeroDivisionError); run again with --debug for the traceback\n"


# --- check ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [("", [], 0), (WARNED, [], 0), (WARNED, ["--strict"], 1), (WRONG, [], 1), (WRONG, ["--strict"], 1), ("[", [], 1)],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_check_prints_to_standard_output(text: str, options: list[str], code: int, form: str) -> None:
    write(text)
    ran = run("check", "--format", form, *options)
    assert (ran.code, ran.err) == (code, "")
    assert bool(ran.out) == (bool(text) or form != "github")
    if form in {"json", "sarif"}:
        json.loads(ran.out)


def test_check_text_by_default() -> None:
    assert run("check").out == "ok: no problems found\n"
    write(WRONG)
    out = run("check").out
    assert out.startswith('error[CM103]: `app.database.kind` is "mysql"')
    assert "--> codemation.toml:2:8" in out
    assert out.endswith("\n1 error\n")


def test_strict_makes_warnings_errors() -> None:
    write(WARNED)
    loose = json.loads(run("check", "--format", "json").out)
    strict = json.loads(run("check", "--format", "json", "--strict").out)
    assert (loose["errors"], strict["warnings"]) == (0, 0)
    assert loose["warnings"] == strict["errors"] > 0
    assert {found["severity"] for found in strict["diagnostics"]} == {"error"}


POSITION = {"line": int, "column": int}
SPAN = {"start": POSITION, "end": POSITION}
NULL = type(None)
ORIGINS: dict[str, dict[str, Any]] = {
    "override": {"kind": str},
    "environment": {"kind": str, "variable": (str, NULL), "file": (str, NULL), "line": (int, NULL)},
    "file": {"kind": str, "file": str, "key": (str, NULL), "keySpan": (SPAN, NULL), "valueSpan": (SPAN, NULL)},
    "inferred": {"kind": str, "rule": str, "from": list},
    "default": {"kind": str},
}
DIAGNOSTIC: dict[str, Any] = {
    "code": str,
    "slug": str,
    "severity": str,
    "message": str,
    "help": str,
    "key": (str, NULL),
    "file": (str, NULL),
    "span": (SPAN, NULL),
    "origin": (ORIGINS, NULL),
    "related": [{"message": str, "origin": ORIGINS}],
}
SETTING: dict[str, Any] = {
    "key": str,
    "appKey": (str, NULL),
    "value": object,
    "status": str,
    "candidates": [{"source": str, "origin": ORIGINS, "value": object, "status": str, "reason": str}],
}


def assert_shape(data: Any, shape: Any) -> None:
    """`data` has exactly the keys of `shape`, in its order, and values of its types."""
    if isinstance(shape, tuple):
        if data is not None:
            one = [option for option in shape if option is not NULL]
            assert_shape(data, one[0])
        else:
            assert NULL in shape
    elif shape is ORIGINS:
        assert_shape(data, ORIGINS[data["kind"]])
    elif isinstance(shape, dict):
        assert list(data) == list(shape)
        for key, inner in shape.items():
            assert_shape(data[key], inner)
    elif isinstance(shape, list):
        assert isinstance(data, list)
        for item in data:
            assert_shape(item, shape[0])
    else:
        assert isinstance(data, shape)
        assert shape is object or type(data) is shape


def eventful() -> list[str]:
    """A project in which a diagnostic of every kind of origin is found; the options that complete it."""
    write(
        '[app.database]\nkind = "mysql"\nunknown = 1\n[app.retention]\nrunSeconds = 700000\ntelemetrySpanSeconds = 5\n'
        '[runtime.retention]\nrunSeconds = 6\n[workflows."a.b".prunePolicy]\nrunSeconds = 5\n'
    )
    Path(".env").write_text("CODEMATION_SCHEDULER=inline\nbroken\n")
    return ["--env", "CODEMATION_EVENT_BUS=x", "--set", "app.databse.kind=x", "--env", "REDIS_URL=redis://h"]


def test_check_json_is_the_specifications() -> None:
    options = eventful()
    data = json.loads(run("check", "--format", "json", *options).out)
    assert_shape(data, {"diagnostics": [DIAGNOSTIC], "errors": int, "warnings": int})
    assert {found["origin"]["kind"] for found in data["diagnostics"] if found["origin"]} >= {
        "override",
        "environment",
        "file",
    }
    assert any(found["related"] for found in data["diagnostics"])
    assert {found["severity"] for found in data["diagnostics"]} == {"error", "warning"}
    kind = next(found for found in data["diagnostics"] if found["code"] == "CM103")
    assert (kind["key"], kind["file"]) == ("app.database.kind", "codemation.toml")
    assert kind["span"] == {"start": {"line": 2, "column": 8}, "end": {"line": 2, "column": 15}}
    from_process = next(found for found in data["diagnostics"] if found["key"] == "CODEMATION_EVENT_BUS")
    assert from_process["origin"] == {
        "kind": "environment",
        "variable": "CODEMATION_EVENT_BUS",
        "file": None,
        "line": None,
    }
    assert (from_process["file"], from_process["span"]) == (None, None)


def test_check_json_of_nothing() -> None:
    assert json.loads(run("check", "--format", "json").out) == {"diagnostics": [], "errors": 0, "warnings": 0}


# --- compile ----------------------------------------------------------------------------------------------------------


def test_without_any_configuration_it_compiles() -> None:
    ran = run("compile")
    assert (ran.code, ran.err) == (0, "")
    emitted = tomllib.loads(ran.out)["runtime"]
    wanted: dict[str, dict[str, Any]] = {
        "database": {"kind": "sqlite", "sqliteFilePath": str(Path.cwd() / ".codemation/codemation.sqlite")},
        "scheduler": {"kind": "local", "workerQueues": []},
        "eventBus": {"kind": "memory"},
        "retention": {
            "runSeconds": 86400,
            "binarySeconds": 86400,
            "telemetryArtifactSeconds": 259200,
            "telemetrySpanSeconds": 604800,
            "telemetryMetricSeconds": 2592000,
        },
        "engineExecutionLimits": {
            "defaultMaxNodeActivations": 100_000,
            "hardMaxNodeActivations": 100_000,
            "defaultMaxSubworkflowDepth": 32,
            "hardMaxSubworkflowDepth": 32,
        },
    }
    for table, values in wanted.items():
        assert emitted[table] | values == emitted[table]


def test_the_runtime_form_is_on_standard_output_and_diagnostics_are_not() -> None:
    write(WARNED)
    ran = run("compile")
    assert ran.code == 0
    assert tomllib.loads(ran.out)["runtime"]["retention"]["runSeconds"] == 31_536_000
    assert "warning[CM404]" in ran.err
    assert "CM404" not in ran.out


@pytest.mark.parametrize(
    ("text", "options"), [(WRONG, []), (WARNED, ["--strict"]), ("[", []), ("", ["--config", "none"])]
)
@pytest.mark.parametrize("form", ["toml", "json"])
def test_with_an_error_there_is_no_runtime_form(text: str, options: list[str], form: str) -> None:
    write(text)
    ran = run("compile", "--format", form, *options)
    assert (ran.code, ran.out) == (1, "")
    assert "error[CM" in ran.err


def test_json_is_the_same_data_as_toml() -> None:
    write('[workflows."a.b".prunePolicy]\nrunSeconds = 5\n')
    as_json = json.loads(run("compile", "--format", "json").out)
    assert as_json == tomllib.loads(run("compile", "--format", "toml").out)
    assert list(as_json) == ["runtime"]


@pytest.mark.parametrize("form", ["toml", "json"])
def test_secrets_are_masked_unless_asked_for(form: str) -> None:
    options = ["--format", form, "--env", f"DATABASE_URL={SECRET}"]
    assert "s3cret" not in run("compile", *options).out
    assert SECRET in run("compile", "--show-secrets", *options).out


def test_explain_json_is_the_specifications() -> None:
    options = eventful()
    ran = run("compile", "--explain", "--format", "json", *options)
    assert (ran.code, ran.err) == (1, "")
    data = json.loads(ran.out)
    assert_shape(data, {"settings": [SETTING], "diagnostics": [DIAGNOSTIC]})
    keys = [setting["key"] for setting in data["settings"]]
    hosts = [dotted(setting.runtime) for setting in CATALOGUE.hosts]
    names = [setting.name for setting in CATALOGUE.policies]
    assert keys == [*hosts, *(f'runtime.workflows."a.b".prunePolicy.{name}' for name in names)]
    kinds = {c["origin"]["kind"] for setting in data["settings"] for c in setting["candidates"]}
    assert kinds == {"override", "environment", "file", "inferred", "default"}
    by_key = {setting["key"]: setting for setting in data["settings"]}
    assert by_key["runtime.database.kind"]["status"] == "rejected"
    assert by_key["runtime.database.kind"]["value"] is None
    run_seconds = by_key["runtime.retention.runSeconds"]
    assert (run_seconds["appKey"], run_seconds["value"], run_seconds["status"]) == (
        "app.retention.runSeconds",
        700_000,
        "won",
    )
    assert [(c["source"], c["status"], c["value"]) for c in run_seconds["candidates"]] == [
        ("override", "unset", None),
        ("environment", "unset", None),
        ("app", "won", 700_000),
        ("runtime", "outranked", 6),
        ("default", "outranked", 86_400),
    ]
    assert run_seconds["candidates"][2]["origin"] == {
        "kind": "file",
        "file": "codemation.toml",
        "key": "app.retention.runSeconds",
        "keySpan": {"start": {"line": 5, "column": 1}, "end": {"line": 5, "column": 11}},
        "valueSpan": {"start": {"line": 5, "column": 14}, "end": {"line": 5, "column": 20}},
    }
    assert by_key["runtime.eventBus.kind"]["appKey"] is None


@pytest.mark.parametrize("text", ["", WRONG, "[", "a = 1", "app = 5", "\0"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_explain_answers_for_any_input(text: str, form: str) -> None:
    write(text)
    ran = run("compile", "--explain", "--format", form)
    assert ran.code == int(text != "")
    assert ran.out.count("runtime.database.kind") >= 1
    assert bool(ran.err) == (bool(text) and form == "text")


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["database.kind"], ["runtime.database.kind"]),
        (["app.database.kind"], ["runtime.database.kind"]),
        (["runtime.database"], ["runtime.database.kind", "runtime.database.url", "runtime.database.sqliteFilePath"]),
        (["REDIS_URL"], None),
        (["app.database.urlEnv"], None),
        (["retention.runSeconds", "database.kind"], ["runtime.database.kind", "runtime.retention.runSeconds"]),
    ],
)
def test_explain_some(keys: list[str], found: list[str] | None) -> None:
    ran = run("compile", "--format", "json", "--explain", *keys)
    explained = [setting["key"] for setting in json.loads(ran.out)["settings"]]
    assert explained == found if found else 0 < len(explained) < len(CATALOGUE.hosts)


def test_explain_suggests_a_setting() -> None:
    ran = run("compile", "--explain", "database.knid")
    assert (ran.code, ran.out) == (2, "")
    assert "database.kind" in ran.err


def test_explain_reads_as_an_answer() -> None:
    write('[app.database]\nkind = "sqlite"\n')
    ran = run("compile", "--explain", "database.kind", "--env", f"DATABASE_URL={SECRET}")
    lines = ran.out.split("\n\n")[1].splitlines()
    assert lines[0] == 'runtime.database.kind = "postgresql"'
    assert lines[1].startswith("  won        DATABASE_URL")
    assert any(line.startswith('  outranked  app.database.kind = "sqlite" (codemation.toml:2:1)') for line in lines)
    assert "warning[CM301]" in ran.err


# --- -o ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def umask() -> Iterator[None]:
    old = os.umask(0o022)
    yield
    os.umask(old)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("arguments", [["compile"], ["compile", "--explain"], ["schema"]])
def test_output_goes_into_a_file(arguments: list[str]) -> None:
    ran = run(*arguments, "-o", "out")
    assert ran == Ran(0, "", "")
    assert Path("out").read_text() == run(*arguments).out
    assert mode(Path("out")) == 0o644
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["out"]


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("before", [None, 0o644, 0o640, 0o600])
@pytest.mark.parametrize("secrets", [True, False])
def test_a_file_with_secrets_is_its_owners_alone(before: int | None, secrets: bool) -> None:
    out = Path("out")
    if before is not None:
        out.write_text("old")
        out.chmod(before)
    options = ["--show-secrets"] * secrets
    assert run("compile", "-o", "out", *options, "--env", f"DATABASE_URL={SECRET}").code == 0
    assert mode(out) == (0o600 if secrets else before or 0o644)
    assert ("s3cret" in out.read_text()) == secrets


def test_no_one_sees_half_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Path("out")
    out.write_text("old")
    inode = out.stat().st_ino
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    ran = run("compile", "-o", "out")
    assert (ran.code, ran.out) == (2, "")
    assert "No space left on device" in ran.err
    assert (out.read_text(), out.stat().st_ino) == ("old", inode)
    assert [path.name for path in Path.cwd().iterdir()] == ["out"]


def test_with_an_error_the_file_is_as_it_was() -> None:
    write(WRONG)
    out = Path("out")
    out.write_text("old")
    assert run("compile", "-o", "out").code == 1
    assert out.read_text() == "old"


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_one(there: bool, tmp_path: Path) -> None:
    target = tmp_path / "target"
    if there:
        target.write_text("old")
    Path("link").symlink_to(target)
    assert run("compile", "--show-secrets", "-o", "link").code == 0
    assert Path("link").is_symlink()
    assert tomllib.loads(target.read_text())
    assert mode(target) == 0o600


@pytest.mark.parametrize("target", ["missing/out", ".", "file/out"])
def test_what_cannot_be_written_is_a_usage_error(target: str) -> None:
    Path("file").write_text("")
    ran = run("compile", "-o", target)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"codemation: {target} cannot be written: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written() -> None:
    folder = Path("closed")
    folder.mkdir(mode=0o500)
    assert run("compile", "-o", "closed/out").code == 2


@pytest.mark.parametrize("target", ["/dev/stdout", "/dev/fd/1", "-"])
@pytest.mark.parametrize("to_file", [True, False])
def test_standard_output_by_name(target: str, to_file: bool) -> None:
    expected = spawn("compile").stdout
    command = [sys.executable, "-m", "codemation", "compile", "-o", target]
    if to_file:
        with Path("out").open("wb") as file:
            subprocess.run(command, stdout=file, check=True, env=base_environment())
            inode = os.fstat(file.fileno()).st_ino
        assert Path("out").stat().st_ino == inode
        found = Path("out").read_bytes()
    else:
        found = subprocess.run(command, capture_output=True, check=True, env=base_environment()).stdout
    assert found == expected


def test_the_null_device_stays_one() -> None:
    assert run("compile", "--show-secrets", "-o", "/dev/null") == Ran(0, "", "")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


# --- init -------------------------------------------------------------------------------------------------------------

WRITTEN = ["codemation.toml", "codemation.schema.json", ".env.example", ".gitignore"]


@pytest.mark.parametrize("arguments", [[], ["."], ["new/app"]])
def test_init_starts_a_project_that_compiles(arguments: list[str]) -> None:
    folder = Path(*arguments)
    ran = run("init", *arguments)
    assert (ran.code, ran.err) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == sorted(WRITTEN)
    assert all(name in ran.out for name in WRITTEN)
    assert run("check", "--strict", "--root", str(folder)) == Ran(0, "ok: no problems found\n", "")
    assert (folder / "codemation.toml").read_text().startswith("#:schema ./codemation.schema.json\n")
    assert (folder / "codemation.schema.json").read_text() == run("schema").out == schema_text(CATALOGUE)
    assert (folder / ".gitignore").read_text() == ".codemation/\n.env*\n!.env.example\n"


def test_what_init_comments_out_is_valid_too() -> None:
    run("init")
    text = re.sub(r"^# (?=[\w\[][\w.\-]* = |\[)", "", Path("codemation.toml").read_text(), flags=re.MULTILINE)
    write(text)
    Path(".env").write_text("APP_DATABASE_URL=postgresql://h/db\nAPP_REDIS_URL=redis://h\n")
    assert tomllib.loads(text)["workflows"]["my-workflow"]["prunePolicy"]
    assert len(tomllib.loads(text)["app"]["retention"]) == 4
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


def test_init_leaves_links_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    Path("codemation.toml").symlink_to(outside)
    ran = run("init")
    assert ran.code == 2
    assert "is there, but is no file" in ran.err
    assert not outside.exists()


# --- env, diff, schema, rule, completion ------------------------------------------------------------------------------


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


def test_diff_tells_what_differs() -> None:
    Path(".env.a").write_text("CODEMATION_SCHEDULER=local\nQUEUE_PREFIX=x\n")
    Path(".env.b").write_text(f"DATABASE_URL={SECRET}\nQUEUE_PREFIX=x\n")
    ran = run("diff", ".env.a", ".env.b")
    assert (ran.code, ran.err) == (0, "")
    assert "s3cret" not in ran.out
    keys = [line for line in ran.out.splitlines() if not line.startswith(" ")]
    assert keys == [
        "runtime.database.kind",
        "runtime.database.url",
        "runtime.database.sqliteFilePath",
        "runtime.scheduler.kind",
    ]
    data = json.loads(run("diff", ".env.a", ".env.b", "--format", "json").out)["differences"]
    side = {"value": object, "status": str, "source": (str, NULL), "from": (str, NULL)}
    assert_shape(data, [{"key": str, "a": side, "b": side}])
    assert [row["key"] for row in data] == keys
    assert data[0] == {
        "key": "runtime.database.kind",
        "a": {"value": "sqlite", "status": "won", "source": "default", "from": "default"},
        "b": {"value": "postgresql", "status": "won", "source": "environment", "from": "DATABASE_URL"},
    }
    # The same value from another source differs too.
    assert (data[3]["a"]["value"], data[3]["b"]["value"]) == ("local", "local")


def test_diff_of_secrets_alone() -> None:
    Path(".env.a").write_text("DATABASE_URL=postgresql://u:one@h/db\n")
    Path(".env.b").write_text("DATABASE_URL=postgresql://u:two@h/db\n")
    out = run("diff", ".env.a", ".env.b").out
    assert out.count("(the masked parts differ)") == 2
    assert not {"one", "two"} & set(re.findall(r"\w+", out))


def test_diff_with_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUE_PREFIX", "process")
    Path(".env").write_text("CODEMATION_EVENT_BUS=memory\n")
    data = json.loads(run("diff", "process", ".env", "--format", "json").out)["differences"]
    assert [row["key"] for row in data] == ["runtime.scheduler.queuePrefix", "runtime.eventBus.queuePrefix"]
    assert run("diff", "process", "process").out == "no setting differs between process and process\n"


def test_diff_of_what_is_wrong() -> None:
    Path(".env.a").write_text("")
    ran = run("diff", ".env.a", ".env.missing")
    assert ran.code == 1
    assert "CM004" in ran.err


def test_the_forms_of_schema_are_all_there_are() -> None:
    assert set(SCHEMA_FORMS) == {"app", "runtime", *(f"{name}-output" for name in OUTPUTS)}


@pytest.mark.parametrize("form", SCHEMA_FORMS)
def test_schema_prints_and_checks(form: Any) -> None:
    ran = run("schema", "--form", form)
    output = form.removesuffix("-output")
    assert ran == Ran(0, output_schema_text(output) if output in OUTPUTS else schema_text(CATALOGUE, form), "")
    schema = json.loads(ran.out)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert not schema["$id"].startswith("http")
    assert run("schema", "--form", form, "-o", "s.json") == Ran(0, "", "")
    assert run("schema", "--form", form, "--check", "s.json") == Ran(0, "", "")
    Path("s.json").write_text(ran.out + " ")
    stale = run("schema", "--form", form, "--check", "s.json")
    assert (stale.code, stale.out) == (1, "")
    assert f"codemation schema --form {form} -o s.json" in stale.err
    assert run("schema", "--check", "missing.json").code == 2
    other = "runtime" if form == "app" else "app"
    Path("s.json").write_text(ran.out)
    assert run("schema", "--form", other, "--check", "s.json").code == 1


def test_the_catalogue_of_rules() -> None:
    ran = run("rule")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[:3] for line in ran.out.splitlines()] == [[r.code, r.slug, r.severity] for r in all_rules()]


SPECIFIED = {
    "CM001": "config-not-found",
    "CM002": "config-unreadable",
    "CM003": "toml-syntax",
    "CM004": "env-file-unreadable",
    "CM005": "env-file-syntax",
    "CM101": "unknown-key",
    "CM102": "wrong-type",
    "CM103": "invalid-choice",
    "CM104": "out-of-range",
    "CM105": "bad-format",
    "CM106": "conflicting-keys",
    "CM201": "invalid-environment-value",
    "CM202": "misspelt-variable",
    "CM203": "referenced-variable-unset",
    "CM301": "kind-switched-by-environment",
    "CM302": "unused-setting",
    "CM303": "shadowed-by-app-form",
    "CM401": "postgresql-needs-url",
    "CM402": "queue-needs-postgresql",
    "CM403": "queue-needs-redis",
    "CM404": "retention-order",
    "CM405": "secret-in-file",
    "CM501": "database-unreachable",
    "CM502": "database-authentication-failed",
    "CM503": "sqlite-not-writable",
    "CM504": "database-locked",
    "CM505": "migrations-pending",
    "CM506": "database-newer-than-code",
    "CM507": "migration-history-altered",
    "CM508": "migration-failed",
    "CM509": "redis-unreachable",
    "CM510": "copy-refused",
    "CM511": "foreign-database",
}


def test_every_error_of_the_backend_has_its_rule() -> None:
    pages = {rule.code: (rule.slug, rule.severity) for rule in all_rules()}
    for error in BackendError.__subclasses__():
        assert pages[error.code] == (error.slug, "error")
    assert {error.code for error in vars(errors).values() if hasattr(error, "code")} <= set(pages)


@pytest.mark.parametrize(("code", "slug"), SPECIFIED.items())
def test_every_rule_has_a_page_by_code_and_by_slug(code: str, slug: str) -> None:
    ran = run("rule", code)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{code} {slug} (")
    assert len(ran.out.splitlines()) > 8
    assert "\n\nExample" in ran.out
    assert run("rule", slug) == run("rule", code.lower()) == ran


@pytest.mark.parametrize(("given", "suggested"), [("CM499", "CM4"), ("retention-ordre", "retention-order"), ("", "")])
def test_an_unknown_rule(given: str, suggested: str) -> None:
    ran = run("rule", given)
    assert (ran.code, ran.out) == (2, "")
    assert suggested in ran.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_completion_scripts_name_every_command(shell: str) -> None:
    ran = run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert all(
        command in ran.out
        for command in [*COMMANDS, "explain", "show-secrets"][: None if shell != "tcsh" else len(COMMANDS)]
    )


def test_the_bash_script_completes() -> None:
    Path("completion.bash").write_text(run("completion", "bash").out)
    script = (
        "source completion.bash; COMP_WORDS=(codemation comp); COMP_CWORD=1; COMP_LINE='codemation comp';"
        ' f=$(complete -p codemation | sed "s/.*-F \\([^ ]*\\).*/\\1/");'
        ' $f codemation comp codemation; echo "${COMPREPLY[@]}"'
    )
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=base_environment())
    assert set(ran.stdout.split()) == {"compile", "completion"}


# --- Where the project is ---------------------------------------------------------------------------------------------


def root_of(*options: str) -> Path:
    """The folder where the default SQLite file would lie."""
    data = json.loads(run("compile", "--format", "json", *options).out)
    return Path(data["runtime"]["database"]["sqliteFilePath"]).parent.parent


def test_discovery_goes_upward(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("", project)
    nested = project / "a" / "b"
    nested.mkdir(parents=True)
    monkeypatch.chdir(nested)
    assert root_of() == project
    write("", project / "a")
    assert root_of() == project / "a"
    assert root_of("--root", ".") == nested
    assert root_of("--root", "../..") == project
    assert "codemation.toml" not in run("compile", "--root", ".").err


def test_without_a_file_the_root_is_the_working_directory(project: Path) -> None:
    assert root_of() == project


@pytest.mark.parametrize("command", ["check", "compile", "env"])
def test_a_named_file_must_exist(command: str) -> None:
    ran = run(command, "--config", "missing.toml")
    assert ran.code == 1
    assert "CM001" in ran.out + ran.err
    assert "missing.toml" in ran.out + ran.err


def test_a_named_root_must_be_a_folder() -> None:
    Path("file").write_text("")
    for root in ("missing", "file"):
        assert "CM001" in run("check", "--root", root).out
    assert run("check", "--root", ".").code == 0


def test_the_folder_of_a_named_file_is_the_root(project: Path) -> None:
    folder = project / "deploy"
    write('[app.database]\nsqliteFilePath = "data/x.db"\n', folder).rename(folder / "other.toml")
    (folder / ".env").write_text("QUEUE_PREFIX=theirs\n")
    (project / ".env").write_text("QUEUE_PREFIX=ours\n")
    runtime = json.loads(run("compile", "--format", "json", "--config", "deploy/other.toml").out)["runtime"]
    assert runtime["database"]["sqliteFilePath"] == str(folder / "data/x.db")
    assert runtime["scheduler"]["queuePrefix"] == "theirs"


def test_root_and_file_may_be_apart(project: Path) -> None:
    folder = project / "deploy"
    write('[app.database]\nsqliteFilePath = "data/x.db"\n', folder)
    (project / ".env").write_text("QUEUE_PREFIX=ours\n")
    options = ["--root", ".", "--config", "deploy/codemation.toml"]
    runtime = json.loads(run("compile", "--format", "json", *options).out)["runtime"]
    assert runtime["database"]["sqliteFilePath"] == str(project / "data/x.db")
    assert runtime["scheduler"]["queuePrefix"] == "ours"


@pytest.mark.parametrize(
    "options",
    [
        ["--set", "app.database.sqliteFilePath=x/y.db"],
        ["--set", "runtime.database.sqliteFilePath=./x/y.db"],
        ["--env", "CODEMATION_SQLITE_FILE_PATH=x/../x/y.db"],
        ["--env-file", "env"],
    ],
)
def test_relative_paths_start_at_the_root(project: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]) -> None:
    write("", project)
    nested = project / "deep" / "er"
    nested.mkdir(parents=True)
    (nested / "env").write_text("CODEMATION_SQLITE_FILE_PATH=x/y.db\n")
    monkeypatch.chdir(nested)
    assert json.loads(run("compile", "--format", "json", *options).out)["runtime"]["database"]["sqliteFilePath"] == str(
        project / "x/y.db"
    )


def test_places_are_named_from_where_one_stands(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(WRONG, project / "app")
    assert "--> app/codemation.toml:2:8" in run("check", "--root", "app").out
    monkeypatch.chdir(project / "app")
    assert "--> codemation.toml:2:8" in run("check").out


def test_a_working_directory_that_is_gone(project: Path) -> None:
    gone = project / "gone"
    gone.mkdir()
    script = 'rmdir "$PWD"; exec "$0" -m codemation compile'
    ran = subprocess.run(
        ["sh", "-c", script, sys.executable],
        capture_output=True,
        text=True,
        check=False,
        cwd=gone,
        env=base_environment(),
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.splitlines()[-1].startswith("codemation: the working directory is gone")


# --- Pipes and terminals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    ["compile --explain", "--help", "compile --help", "completion bash", "rule", "schema", "check --format sarif"],
)
def test_a_reader_that_goes_away_is_no_error(arguments: str) -> None:
    script = f'"$0" -m codemation {arguments} | head -n 1'
    for reader in (script, script.replace("head -n 1", "true")):
        ran = subprocess.run(
            ["sh", "-c", reader, sys.executable],
            capture_output=True,
            text=True,
            check=False,
            env=base_environment(),
        )
        assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">/dev/full", "</dev/null", "<&-"])
@pytest.mark.parametrize("arguments", ["compile", "check --format json", "compile --explain", "completion bash"])
def test_odd_streams(redirection: str, arguments: str) -> None:
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    ran = subprocess.run(
        ["sh", "-c", f'"$0" -m codemation {arguments} {redirection}', sys.executable],
        capture_output=True,
        text=True,
        check=False,
        env=base_environment(),
    )
    assert "Traceback" not in ran.stderr
    assert "Exception" not in ran.stderr
    assert ran.returncode == (3 if "full" in redirection else 0)
    assert bool(ran.stderr) == ("full" in redirection)


def on_terminal(arguments: list[str], *, columns: int = 100, environment: Mapping[str, str] | None = None) -> str:
    """What a command shows on a terminal of its own."""
    pty = pytest.importorskip("pty")
    fcntl = pytest.importorskip("fcntl")
    termios = pytest.importorskip("termios")
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, columns.to_bytes(4, sys.byteorder)[:2].rjust(4, b"\0") + b"\0" * 4)
    variables = base_environment(**{"TERM": "xterm", **(environment or {})})
    with subprocess.Popen(
        [sys.executable, "-m", "codemation", *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=variables,
    ) as process:
        os.close(follower)
        shown = b""
        with suppress(OSError):  # what reading says at the end
            while part := os.read(leader, 65536):
                shown += part
        process.wait()
    os.close(leader)
    return shown.decode().replace("\r\n", "\n")


COLOURFUL = [["check"], ["compile", "--explain"], ["env"], ["rule"], ["diff", "process", ".env"]]


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("arguments", COLOURFUL, ids=" ".join)
def test_colour_on_a_terminal_and_nowhere_else(arguments: list[str]) -> None:
    write(WRONG)
    Path(".env").write_text("REDIS_URL=redis://h\n")
    shown = on_terminal(arguments)
    assert ESCAPE in shown
    assert ESCAPE not in on_terminal(arguments, environment={"NO_COLOR": "1"})
    assert ESCAPE in on_terminal(arguments, environment={"NO_COLOR": ""})
    assert ESCAPE not in on_terminal(arguments, environment={"TERM": "dumb"})
    piped = spawn(*arguments, environment={"TERM": "xterm", "COLUMNS": "100"})
    assert ESCAPE.encode() not in piped.stdout + piped.stderr
    # On a terminal a blank line stands between the two streams.
    assert plain(shown).split() == (piped.stdout + piped.stderr).decode().split()


@pytest.mark.parametrize(
    "arguments", [["compile"], ["compile", "--format", "json"], ["check", "--format", "json"], ["schema"]]
)
def test_what_machines_read_is_never_coloured(arguments: list[str]) -> None:
    assert ESCAPE not in on_terminal(arguments)


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("arguments", [["check"], ["compile", "--explain"], ["rule", "CM402"]], ids=" ".join)
def test_lines_are_as_wide_as_the_terminal(arguments: list[str], columns: int) -> None:
    write(WRONG + WARNED)
    ran = spawn(*arguments, environment={"COLUMNS": str(columns)})
    lines = (ran.stdout + ran.stderr).decode().splitlines()
    # One word may be longer than a line: a key, a path, an indented example.
    wide = [line for line in lines if len(line) > columns and not line.startswith("    ")]
    assert not [line for line in wide if len(max(line.split(), key=len)) < columns - 30], wide
    longest = max(len(line) for line in lines if line not in wide)
    assert longest > min(columns, 100) * 0.6


def test_a_real_terminals_width_counts() -> None:
    write(WRONG)
    narrow, wide = (on_terminal(["check"], columns=columns) for columns in (40, 120))
    assert len(narrow.splitlines()) > len(wide.splitlines())
    assert on_terminal(["check"], columns=120, environment={"COLUMNS": "40"}) == narrow


# --- Names that are no UTF-8, and other locales -----------------------------------------------------------------------

BYTES = b"caf\xe9"


@pytest.mark.parametrize(
    "arguments",
    [
        [BYTES],
        [b"check", BYTES],
        [b"check", b"--root", BYTES],
        [b"check", b"--config", BYTES],
        [b"check", b"--config", BYTES, b"--format", b"json"],
        [b"check", b"--config", BYTES, b"--format", b"sarif"],
        [b"check", b"--config", BYTES, b"--format", b"github"],
        [b"check", b"--env-file", BYTES],
        [b"check", b"--set", b"app.database.kind=" + BYTES],
        [b"check", b"--set", BYTES + b"=1"],
        [b"check", b"--env", b"CODEMATION_DATABASE_KIND=" + BYTES],
        [b"check", b"--env", BYTES + b"=1"],
        [b"compile", b"--explain", BYTES],
        [b"compile", b"--explain", b"--set", b"app.scheduler.queuePrefix=" + BYTES],
        [b"compile", b"--explain", b"--format", b"json", b"--env", b"QUEUE_PREFIX=" + BYTES],
        [b"env", b"--format", b"json", b"--env", b"QUEUE_PREFIX=" + BYTES],
        [b"diff", BYTES, b"process"],
        [b"rule", BYTES],
        [b"schema", b"--check", BYTES],
        [b"init", BYTES],
        [b"compile", b"-o", BYTES],
    ],
    ids=lambda arguments: b" ".join(arguments).decode(errors="replace"),
)
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_arguments_of_other_bytes(arguments: list[bytes], locale: str) -> None:
    ran = spawn(*arguments, environment={"LC_ALL": locale})
    assert ran.returncode in {0, 1, 2}, ran.stderr
    assert b"Traceback" not in ran.stderr
    (ran.stdout + ran.stderr).decode()
    if b"json" in arguments or b"sarif" in arguments:
        json.loads(ran.stdout)


@pytest.mark.parametrize(
    "name", [b"QUEUE_PREFIX", b"DATABASE_URL", b"CODEMATION_SQLITE_FILE_PATH", b"CODEMATION_SHEDUL\xff"]
)
@pytest.mark.parametrize(
    "arguments", [["compile"], ["compile", "--explain", "--format", "json"], ["check"], ["env"]], ids=" ".join
)
def test_an_environment_of_other_bytes(name: bytes, arguments: list[str]) -> None:
    ran = spawn(*arguments, environment={name: BYTES})
    assert ran.returncode == (0 if name.endswith(b"\xff") else 1), ran.stderr
    assert b"Traceback" not in ran.stderr
    if "json" in arguments:
        json.loads(ran.stdout)


@pytest.mark.parametrize(
    "arguments", [["check"], ["compile", "--explain"], ["check", "--format", "sarif"], ["init", "x"]], ids=" ".join
)
def test_a_folder_of_other_bytes(arguments: list[str]) -> None:
    folder = os.fsencode(Path.cwd()) + b"/" + BYTES
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("the file system takes only UTF-8")
    with open(folder + b"/codemation.toml", "w") as file:
        file.write(WRONG)
    ran = spawn(*arguments, cwd=folder)
    assert ran.returncode == (0 if arguments[0] == "init" else 1), ran.stderr
    assert b"Traceback" not in ran.stderr
    (ran.stdout + ran.stderr).decode()


def test_compiling_in_a_folder_of_other_bytes_says_what_is_wrong() -> None:
    """Its default database would have a path that no TOML and no JSON can hold."""
    folder = os.fsencode(Path.cwd()) + b"/" + BYTES
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("the file system takes only UTF-8")
    for form in ("toml", "json"):
        ran = spawn("compile", "--format", form, cwd=folder)
        assert (ran.returncode, ran.stdout) == (2, b"")
        assert b"not UTF-8" in ran.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C"},
        {"LANG": "C"},
        {"LC_ALL": "POSIX"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_any_locale(environment: dict[str, str]) -> None:
    write('[workflows."größe 日本".prunePolicy]\nrunSeconds = 5\n')
    ran = spawn("compile", environment=environment)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "größe 日本" in tomllib.loads(ran.stdout.decode())["runtime"]["workflows"]
    for arguments in (["compile", "--explain", "--format", "json"], ["check", "--format", "json"]):
        json.loads(spawn(*arguments, environment=environment).stdout)
    write('[app.database]\nkind = "größe"\n')
    ran = spawn("check", environment=environment)
    assert (ran.returncode, ran.stderr) == (1, b"")


# --- Backend ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS[1:])
def test_nothing_that_the_compiler_does_touches_the_disk(command: str) -> None:
    """No folder, no database, no cache. Only `init` writes: that is its work."""
    Path(".env").write_text("")
    given = {"diff": ["diff", "process", ".env"], "completion": ["completion", "bash"], "db": ["db", "status"]}
    run(*given.get(command, [command]))
    assert [path.name for path in Path.cwd().iterdir()] == [".env"]
