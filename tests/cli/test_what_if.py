"""The answer to "what if" is what really setting it gives; and what an env file is worth beside the process."""

# ruff: noqa: FBT001, PLR0913, PLR0917  (parameters of cases)

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import codemation
from codemation.cli import main
from codemation.origin import EnvironmentOrigin
from codemation.settings.catalogue import CATALOGUE
from tests.cli.running import Ran, run
from tests.torture import searching

CONFIGS = [
    "",
    '[app.database]\nkind = "sqlite"\n',
    '[app.database]\nurlEnv = "APP_PG"\n[app.scheduler]\nredisUrlEnv = "APP_REDIS"\n',
    '[app.scheduler]\nkind = "queue"\n[workflows.x.prunePolicy]\nrunSeconds = 5\n[runtime.retention]\nrunSeconds = 7\n',
    '[app.database]\nkind = "mysql"\n',
]

POOL = {
    "CODEMATION_DATABASE_KIND": ["sqlite", "postgresql", "mysql", ""],
    "DATABASE_URL": ["postgresql://env:s3cret@h/db", "mysql://h", " ", "postgresql://h/db  "],
    "APP_PG": ["postgresql://named@h/db", ""],
    "CODEMATION_SQLITE_FILE_PATH": ["data/x.sqlite", ":memory:"],
    "REDIS_URL": ["redis://h:6379", "http://h", ""],
    "APP_REDIS": ["redis://named"],
    "CODEMATION_SCHEDULER": ["local", "bullmq", "inline"],
    "CODEMATION_SHEDULER": ["local"],
    "QUEUE_PREFIX": ["a", " "],
    "CODEMATION_RUN_RETENTION_DEFAULT_SECONDS": ["60", "x", "999999999"],
    "OTHER": ["1"],
}

OVERRIDES = {
    "app.database.kind": ["sqlite", "postgresql", "x"],
    "app.database.url": ["postgresql://over@h/db"],
    "app.scheduler.workerQueues": ['["a", "b"]', "[", '["a", "a"]'],
    "app.retention.runSeconds": ["5", " 6 ", "x", ""],
    'workflows."a.b".prunePolicy.runSeconds': ["7"],
    "app.databse.kind": ["sqlite"],
}

COMMANDS = [
    ["check", "--format", "json"],
    ["check", "--strict"],
    ["compile"],
    ["compile", "--show-secrets", "--format", "json"],
    ["compile", "--explain", "--format", "json"],
    ["compile", "--explain"],
    ["env", "--format", "json"],
]

Answer = tuple[int, str, str]


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The process environment is exactly this."""
    saved = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


def answer(arguments: Sequence[str], variables: Mapping[str, str]) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    with environment(variables), redirect_stdout(out), redirect_stderr(err):
        code = main([*arguments, "--debug"])
    return code, out.getvalue(), err.getvalue()


def write_env(file: Path, variables: Mapping[str, str], *, blanked: Sequence[str] = ()) -> None:
    """One variable on each line; a variable taken out leaves its line, so that the others keep their numbers."""
    lines = ["#" if name in blanked else f'{name}="{value}"' for name, value in variables.items()]
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


variables = st.lists(
    st.sampled_from([(name, value) for name, pool in POOL.items() for value in pool]),
    max_size=5,
    unique_by=lambda p: p[0],
).map(dict)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("what-if")


@searching(150)
@given(
    config=st.sampled_from(CONFIGS),
    process=variables,
    in_file=variables,
    changes=variables,
    unset=st.lists(st.sampled_from(list(POOL)), max_size=3, unique=True),
    empty=st.booleans(),
    no_file=st.booleans(),
    command=st.sampled_from(COMMANDS),
)
def test_the_answer_is_what_really_setting_it_gives(
    project: Path,
    config: str,
    process: dict[str, str],
    in_file: dict[str, str],
    changes: dict[str, str],
    unset: list[str],
    empty: bool,
    no_file: bool,
    command: list[str],
) -> None:
    (project / "codemation.toml").write_text(config)
    file = project / ".env"
    where = [*command, "--root", str(project)]
    options = [option for name, value in changes.items() for option in ("--env", f"{name}={value}")]
    options += [option for name in unset for option in ("--unset", name)]
    options += ["--no-env"] * empty + ["--no-env-file"] * no_file
    write_env(file, in_file)
    asked = answer([*where, *options], process)

    really = {name: value for name, value in process.items() if name not in unset and not empty} | changes
    if empty or no_file:
        file.unlink()
    else:
        write_env(file, in_file, blanked=unset)
    assert asked == answer(where, really)


@searching(60)
@given(config=st.sampled_from(CONFIGS), process=variables, in_file=variables, command=st.sampled_from(COMMANDS))
def test_a_named_env_file_counts_as_the_projects_own_would(
    project: Path, config: str, process: dict[str, str], in_file: dict[str, str], command: list[str]
) -> None:
    (project / "codemation.toml").write_text(config)
    where = [*command, "--root", str(project)]
    write_env(project / ".env", {"CODEMATION_DATABASE_KIND": "not read", "REDIS_URL": "not read"})
    # A name as long as `.env`, and before `codemation.toml` too: text is wrapped and sorted the same.
    write_env(project / ".xyz", in_file)
    code, out, err = answer([*where, "--env-file", str(project / ".xyz")], process)
    if "CM206" in out + err:
        return  # That the process hides it is said of a file that was named alone.
    write_env(project / ".env", in_file)
    assert (code, out.replace(".xyz", ".env"), err.replace(".xyz", ".env")) == answer(where, process)


@searching(60)
@given(
    config=st.sampled_from(CONFIGS),
    process=variables,
    stated=st.lists(
        st.sampled_from([(key, value) for key, pool in OVERRIDES.items() for value in pool]),
        max_size=3,
        unique_by=lambda p: p[0],
    ).map(dict),
)
def test_set_is_the_librarys_override(
    project: Path, config: str, process: dict[str, str], stated: dict[str, str]
) -> None:
    (project / "codemation.toml").write_text(config)
    (project / ".env").unlink(missing_ok=True)
    options = [option for key, value in stated.items() for option in ("--set", f"{key}={value}")]
    where = ["--root", str(project), *options]
    compilation = codemation.compile(project, env=process, overrides=stated)
    code, out, _ = answer(["compile", "--format", "json", "--show-secrets", *where], process)
    assert (json.loads(out) if code == 0 else None) == (
        compilation.runtime.to_dict(show_secrets=True) if compilation.runtime else None
    )
    explained = json.loads(answer(["compile", "--explain", "--format", "json", *where], process)[1])
    assert [(found["code"], found["message"]) for found in explained["diagnostics"]] == [
        (found.code, found.message) for found in compilation.diagnostics
    ]
    assert [(one["key"], one["value"], one["status"]) for one in explained["settings"]] == [
        (one.key, one.value, one.status) for one in compilation.trace
    ]


@pytest.mark.parametrize(
    ("options", "process", "removed"),
    [
        (["--env", "DATABASE_URL=postgresql://h/a=b"], {"DATABASE_URL": "postgresql://h/a=b"}, False),
        (["--env", "DATABASE_URL="], {"DATABASE_URL": ""}, False),
        (["--env", "QUEUE_PREFIX=a", "--env", "QUEUE_PREFIX=b"], {"QUEUE_PREFIX": "b"}, False),
        (["--env", "QUEUE_PREFIX=b", "--unset", "QUEUE_PREFIX"], {"QUEUE_PREFIX": "b"}, False),
        (["--no-env", "--env", "QUEUE_PREFIX=b"], {"QUEUE_PREFIX": "b"}, True),
        (["--no-env-file"], {"CODEMATION_SCHEDULER": "local"}, True),
    ],
)
@pytest.mark.parametrize("command", [["compile", "--explain", "--format", "json"], ["check"]])
def test_in_processes_of_their_own(
    tmp_path: Path,
    options: list[str],
    process: dict[str, str],
    removed: bool,
    command: list[str],
) -> None:
    (tmp_path / "codemation.toml").write_text('[app.database]\nkind = "sqlite"\n')
    (tmp_path / ".env").write_text("CODEMATION_RUN_RETENTION_DEFAULT_SECONDS=70\nDATABASE_URL=postgresql://file/db\n")
    base = {"CODEMATION_SCHEDULER": "local"}

    def run(arguments: list[str], variables: Mapping[str, str]) -> tuple[int, bytes, bytes]:
        ran = subprocess.run(
            [sys.executable, "-m", "codemation", *command, *arguments],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **variables},
        )
        return ran.returncode, ran.stdout, ran.stderr

    asked = run(options, base)
    if removed:
        (tmp_path / ".env").unlink()
    really = process if removed else base | process
    assert asked == run([], really)
    assert asked[0] in {0, 1}
    assert b"Traceback" not in asked[2]


def test_asking_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QUEUE_PREFIX=file\n")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with environment({"A": "1"}):
        main(
            [
                "check",
                "--root",
                str(tmp_path),
                "--env",
                "QUEUE_PREFIX=x",
                "--unset",
                "A",
                "--set",
                "app.database.kind=sqlite",
            ]
        )
        assert dict(os.environ) == {"A": "1"}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "options",
    [
        ["--env", "NAME"],
        ["--env", "=x"],
        ["--set", "app.database.kind"],
        ["--set", "=x"],
        ["--env-file", "x", "--no-env-file"],
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: list[str]) -> None:
    assert answer(["check", "--root", str(tmp_path), *options], {})[0] == 2


def test_a_value_that_lost_its_name_is_not_repeated(tmp_path: Path) -> None:
    code, out, err = answer(["check", "--root", str(tmp_path), "--env", "s3cret-canary"], {})
    assert code == 2
    assert "canary" not in out + err


# --- .env -------------------------------------------------------------------------------------------------------------


def value_and_origin(compilation: codemation.Compilation, name: str) -> tuple[str, EnvironmentOrigin] | None:
    variable = compilation.model.environment.variable(name)
    return (variable.value, variable.origin) if variable else None


def prefix(compilation: codemation.Compilation) -> Any:
    """The queue prefix: a text that takes anything."""
    assert compilation.runtime is not None, compilation.diagnostics
    return compilation.runtime.scheduler.queue_prefix


@pytest.mark.parametrize(
    ("process", "in_file", "value"),
    [
        ({}, "QUEUE_PREFIX=file", "file"),
        ({"QUEUE_PREFIX": "process"}, "QUEUE_PREFIX=file", "process"),
        ({"QUEUE_PREFIX": ""}, "QUEUE_PREFIX=file", None),
        ({"QUEUE_PREFIX": " \t"}, "QUEUE_PREFIX=file", None),
        ({"QUEUE_PREFIX": "process"}, "QUEUE_PREFIX=", "process"),
        ({}, "QUEUE_PREFIX=one\nQUEUE_PREFIX=two", "two"),
        ({}, "QUEUE_PREFIX=one\nQUEUE_PREFIX=", None),
    ],
)
def test_the_process_hides_the_file(tmp_path: Path, process: dict[str, str], in_file: str, value: str | None) -> None:
    (tmp_path / ".env").write_text(in_file)
    with environment(process):
        assert prefix(codemation.compile(tmp_path)) == value


def test_what_is_hidden_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\nQUEUE_PREFIX=file")
    with environment({"QUEUE_PREFIX": " "}):
        compilation = codemation.compile(tmp_path)
    resolved = next(one for one in compilation.trace if one.key == "runtime.scheduler.queuePrefix")
    in_environment = [one for one in resolved.candidates if one.source == "environment"]
    assert [(one.status, one.value, one.origin) for one in in_environment] == [
        ("blank", "", EnvironmentOrigin("QUEUE_PREFIX")),
        ("hidden", "file", EnvironmentOrigin("QUEUE_PREFIX", ".env", 2)),
    ]


def test_later_files_hide_earlier_ones_and_the_process_all(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("A=1\nQUEUE_PREFIX=a\nREDIS_URL=redis://a")
    (tmp_path / "b.env").write_text("QUEUE_PREFIX=b\nREDIS_URL=redis://b")
    (tmp_path / ".env").write_text("CODEMATION_EVENT_BUS=memory")
    files = [tmp_path / "a.env", tmp_path / "b.env"]
    compilation = codemation.compile(tmp_path, env={"REDIS_URL": "redis://process"}, env_files=files)
    assert value_and_origin(compilation, "A") == ("1", EnvironmentOrigin("A", "a.env", 1))
    assert value_and_origin(compilation, "QUEUE_PREFIX") == ("b", EnvironmentOrigin("QUEUE_PREFIX", "b.env", 1))
    assert value_and_origin(compilation, "REDIS_URL") == ("redis://process", EnvironmentOrigin("REDIS_URL"))
    assert value_and_origin(compilation, "CODEMATION_EVENT_BUS") is None
    reversed_ = codemation.compile(tmp_path, env={}, env_files=files[::-1])
    assert value_and_origin(reversed_, "QUEUE_PREFIX") == ("a", EnvironmentOrigin("QUEUE_PREFIX", "a.env", 2))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("plain", "plain"),
        ("  spaced  ", "spaced"),
        ("a # comment", "a"),
        ("a#b", "a#b"),
        ('"a # b"', "a # b"),
        ("'a # b'", "a # b"),
        ('"  a  "', "a"),
        ('"a\\"b"', 'a"b'),
        (r'"a\nb"', "a\nb"),
        (r"'a\nb'", r"a\nb"),
        ('"two\nlines"', "two\nlines"),
        ("${HOME}", "${HOME}"),
        ('"${HOME}"', "${HOME}"),
        ("$HOME", "$HOME"),
        ("${A:-b}", "${A:-b}"),
        ("`id`", "`id`"),
        ("$(id)", "$(id)"),
        ("größe日本", "größe日本"),
        ("a=b=c", "a=b=c"),
        (r"C:\new", r"C:\new"),
    ],
)
@pytest.mark.parametrize("start", ["QUEUE_PREFIX=", "export QUEUE_PREFIX=", "QUEUE_PREFIX = ", "  QUEUE_PREFIX="])
def test_values_are_literal(tmp_path: Path, start: str, written: str, value: str) -> None:
    (tmp_path / ".env").write_text(f"A=1\n{start}{written}\nB=2\n", encoding="utf-8")
    with environment({"HOME": "/root", "A": "a"}):
        compilation = codemation.compile(tmp_path)
    assert compilation.model.environment.text("QUEUE_PREFIX") == value
    refused = "$" in value or "\n" in value
    assert [one.code for one in compilation.diagnostics] == ["CM201"] * refused
    assert refused or prefix(compilation) == value
    assert value_and_origin(compilation, "B") == ("2", EnvironmentOrigin("B", ".env", 3 + written.count("\n")))


FILE = """\
# a comment

A=1
B="two

lines"

export C='x'
  # another


D="${A}"
E=
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path, end: str, mark: str, last: bool) -> None:
    text = mark + (FILE if last else FILE.removesuffix("\n")).replace("\n", end)
    (tmp_path / ".env").write_bytes(text.encode())
    with environment({}):
        compilation = codemation.compile(tmp_path)
    assert [found.code for found in compilation.diagnostics] == []
    found = {name: value_and_origin(compilation, name) for name in "ABCDE"}
    lines = {"A": 3, "B": 4, "C": 8, "D": 12, "E": 13}
    values = {"A": "1", "B": "two\n\nlines", "C": "x", "D": "${A}", "E": ""}
    assert found == {name: (values[name], EnvironmentOrigin(name, ".env", lines[name])) for name in "ABCDE"}


@pytest.mark.parametrize(
    ("text", "line"),
    [("A=1\n\nnot an assignment\nB=2\n", 3), ('A="x\ny"\r\n\r\nB\r\n', 4), ("\ufeffB\n", 1), ("A='x\nB=1", 1)],
)
def test_a_line_that_is_no_assignment_is_told_with_its_number(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / ".env").write_bytes(text.encode())
    with environment({}):
        (found,) = codemation.compile(tmp_path).diagnostics
    assert (found.code, found.file) == ("CM005", ".env")
    assert found.span is not None
    assert found.span.start.line == line


@pytest.mark.parametrize(
    ("keywords", "read"),
    [
        ({}, True),
        ({"env": None}, True),
        ({"env": {}}, False),
        ({"env": {"A": "1"}}, False),
        ({"env_files": ()}, False),
        ({"env_files": []}, False),
        ({"env": {}, "env_files": [".env"]}, True),
        ({"env": None, "env_files": [".env"]}, True),
    ],
)
@pytest.mark.parametrize("function", ["compile", "load"])
def test_which_files_the_library_reads(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keywords: dict[str, Any],
    read: bool,
    function: str,
) -> None:
    (tmp_path / ".env").write_text("QUEUE_PREFIX=file\n")
    monkeypatch.chdir(tmp_path)
    with environment({}):
        result = getattr(codemation, function)(tmp_path, **keywords)
    runtime = result if function == "load" else result.runtime
    assert runtime.scheduler.queue_prefix == ("file" if read else None)


@pytest.mark.parametrize("env", [{}, None])
def test_the_process_counts_only_where_nothing_else_is_given(tmp_path: Path, env: dict[str, str] | None) -> None:
    with environment({"QUEUE_PREFIX": "process"}):
        assert prefix(codemation.compile(tmp_path, env=env)) == (None if env == {} else "process")


def test_nothing_is_exported_and_nothing_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QUEUE_PREFIX=file\nexport OTHER=1\nHOME=/elsewhere\n")
    with environment({"HOME": "/root"}):
        for arguments in (["compile"], ["check"], ["compile", "--explain"], ["env"]):
            answer([*arguments, "--root", str(tmp_path)], {"HOME": "/root"})
        codemation.load(tmp_path)
        assert dict(os.environ) == {"HOME": "/root"}


def test_a_mapping_that_is_handed_in_is_left_alone(tmp_path: Path) -> None:
    given_ = {"DATABASE_URL": " postgresql://h/db "}
    codemation.compile(tmp_path, env=given_, overrides={"app.database.kind": "sqlite"})
    assert given_ == {"DATABASE_URL": " postgresql://h/db "}


@pytest.mark.parametrize(("name", "code"), [("missing.env", "CM004"), (".", "CM004")])
def test_a_named_file_must_be_one(tmp_path: Path, name: str, code: str) -> None:
    compilation = codemation.compile(tmp_path, env={}, env_files=[tmp_path / name])
    assert [found.code for found in compilation.diagnostics] == [code]


def test_the_projects_own_file_may_be_missing_but_not_unreadable(tmp_path: Path) -> None:
    with environment({}):
        assert codemation.compile(tmp_path).diagnostics == ()
        (tmp_path / ".env").write_bytes(b"A=\xff")
        assert [found.code for found in codemation.compile(tmp_path).diagnostics] == ["CM004"]


def test_the_pool_names_every_kind_of_variable() -> None:
    """The combinations above reach what they are meant to."""
    assert {"CODEMATION_DATABASE_KIND", "DATABASE_URL", "REDIS_URL"} <= CATALOGUE.variables.keys() & POOL.keys()


NO_NAMES = [
    "",
    " ",
    "=",
    "=x",
    "postgresql://u:s3cret@h/d",
    "$DATABASE_URL",
    "${DATABASE_URL}",
    "two words",
    "'QUOTED'",
]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("text", [*NO_NAMES, "DATABASE_URL=", "DATABASE_URL=s3cret", "A=B=C", "DATABASE_URL:s3cret"])
@pytest.mark.parametrize("command", [["check"], ["compile"], ["env"], ["diff", "process", "process"]], ids=" ".join)
def test_unset_takes_a_name(command: list[str], text: str) -> None:
    ran = run(*command, "--unset", text)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "codemation: --unset takes a NAME alone, without a value: --unset DATABASE_URL\n"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("name", NO_NAMES)
def test_env_takes_a_name_and_a_value(name: str) -> None:
    """A URL whose parameters have a `=` is not the name of a variable."""
    for text in (name, f"{name}=x"):
        assert run("check", "--env", text) == Ran(2, "", "codemation: --env takes NAME=VALUE\n")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    "name", ["DATABASE_URL", " DATABASE_URL ", "ProgramFiles(x86)", "codemation-database-url", "ÄÖÜ"]
)
def test_any_name_can_be_unset(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://h")
    assert run("check", "--unset", name).code == (0 if name.strip() == "DATABASE_URL" else 1)
