"""Whatever the bytes: a verdict, an explanation and every report, and never an exception.

`make test` tries the same inputs every time; `make torture` searches at random, long.
"""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import example, given
from hypothesis import strategies as st

import codemation
from codemation.cli import main
from codemation.cli.new_project import NOTHING
from codemation.cli.scaffold import SCHEMA_NAME
from codemation.cli.templates import config_text, env_example
from codemation.settings.catalogue import CATALOGUE, dotted
from tests.torture import FACTOR, searching

FORMATS = ("text", "json", "sarif", "github")

RICH = """\
#:schema ./codemation.schema.json
[app.database]
kind = "sqlite"
url = "postgresql://app:s3cret@db.example.com:5432/app?sslmode=require"
sqliteFilePath = 'data/ä.sqlite'

[app.scheduler]
kind = "queue" # Größe
redisUrlEnv = "APP_REDIS"
workerQueues = [
  "default", # one
  "日本",
]

[app.retention]
runSeconds = 0x15180
telemetrySpanSeconds = 604_800

[workflows."a.b".prunePolicy]
runSeconds = 5
[workflows]
inline = { prunePolicy = { binarySeconds = 60 } }

[app.log]
rules = [{ filter = ["a.*", "*"], level = "info" }, { filter = "b", level = "silent" }]

[app.auth]
kind = "managed"
oauth = [{ provider = "github", clientIdEnv = "A", clientSecretEnv = "B", tenantIdEnv = "C" }]

[[mcpServers]]
id = "one"
displayName = "One"
description = "First"
transport = "http"
url = "https://u:s3cret@mcp.example.com/v1?token=s3cret"
[mcpServers.staticHeaders]
X-Key = "s3cret"

[[mcpServers]]
id = "one"
toolDescriptionOverrides.a = "b"

[runtime]
eventBus.kind = "redis"
eventBus.queuePrefix = \"\"\"
multi\\
    line\"\"\"
"""

RICH_ENV = """\
# comment
export DATABASE_URL="postgresql://env:s3cret@db.example.com/app"
REDIS_URL='redis://:s3cret@cache'
QUEUE_PREFIX="two
lines"
CODEMATION_SCHEDULER=bullmq # queue

BROKEN
CODEMATION_RUN_RETENTION_DEFAULT_SECONDS=3600
"""

EXAMPLES = Path(__file__).parent.parent / "examples"


def corpus(pattern: str, *own: str) -> list[bytes]:
    return [*(text.encode() for text in own), *(path.read_bytes() for path in sorted(EXAMPLES.glob(pattern)))]


CONFIG = config_text(NOTHING, SCHEMA_NAME)
FILES = corpus("**/codemation.toml", RICH, CONFIG, CONFIG.replace("# ", ""))
ENV_FILES = corpus("**/.env*", RICH_ENV, env_example(), env_example().replace("# ", ""))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def run(*arguments: str) -> tuple[int, str]:
    """The command in this process; `--debug` lets an internal error through as the exception that it is."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([*arguments, "--debug"])
    return code, out.getvalue()


def survives(project: Path, config: bytes = b"", env: bytes | None = None) -> codemation.Compilation:
    """Everything that codemation does with a project, done to this one."""
    (project / "codemation.toml").write_bytes(config)
    files = []
    if env is not None:
        (project / "fuzz.env").write_bytes(env)
        files = [str(project / "fuzz.env")]
    compilation = codemation.compile(project, env={}, env_files=files)
    errors = sum(found.severity == "error" for found in compilation.diagnostics)
    assert (compilation.runtime is None) == bool(errors)
    where = ["--root", str(project), "--no-env", *(option for file in files for option in ("--env-file", file))]
    for form in ("text", "json"):
        code, out = run("compile", "--explain", "--format", form, *where)
        assert code == bool(errors)
        assert out.endswith("\n")
        if form == "json":
            explained = json.loads(out)
            assert len(explained["settings"]) >= len(CATALOGUE.hosts)
            assert len(explained["diagnostics"]) == len(compilation.diagnostics)
    for form in FORMATS:
        code, out = run("check", "--format", form, *where)
        assert code == bool(errors)
        assert out or (form == "github" and not compilation.diagnostics)
        if form in {"json", "sarif"}:
            json.loads(out)
        out.encode("utf-8", "backslashreplace")
    assert run("env", *where)[0] == bool(errors)
    repairable = any(found.fixes for found in compilation.diagnostics)
    code, out = run("check", "--diff", *where)
    assert (code, bool(out)) == (bool(errors), repairable)
    # What was repaired is, and what is left cannot be.
    assert not repairable or not any(found.fixes for found in compilation.after_repairs.diagnostics)
    return compilation


# --- Bytes ------------------------------------------------------------------------------------------------------------


@searching(40)
@given(config=st.binary(max_size=300), env=st.none() | st.binary(max_size=200))
@example(config=b"", env=b"")
@example(config=b"\xef\xbb\xbf", env=b"\xef\xbb\xbf")
@example(config=b"\xff\xfe[\x00a\x00]\x00", env=b"\xff")
def test_random_bytes(project: Path, config: bytes, env: bytes | None) -> None:
    survives(project, config, env)


toml_like = st.lists(
    st.sampled_from(
        [
            *(
                "[",
                "]",
                "[[",
                "]]",
                "{",
                "}",
                "=",
                ".",
                ",",
                '"',
                "'",
                '"""',
                "'''",
                "#",
                "\n",
                "\r\n",
                "\r",
                "\t",
                " ",
                "\\",
            ),
            *(
                "app",
                "runtime",
                "workflows",
                "database",
                "scheduler",
                "retention",
                "kind",
                "url",
                "urlEnv",
                "prunePolicy",
                "mcpServers",
                "log",
                "rules",
                "oauth",
                "staticHeaders",
            ),
            *(
                "[app.database]\n",
                "[workflows.x.prunePolicy]\n",
                "[runtime.eventBus]\n",
                'kind = "sqlite"\n',
                "[[app]]\n",
                "[[mcpServers]]\n",
                "[mcpServers.staticHeaders]\n",
                "[[app.log.rules]]\n",
            ),
            *(
                "1",
                "1.0",
                "0x",
                "-",
                "nan",
                "true",
                "1979-05-27",
                "07:32:00",
                "é",
                "日",
                "\x00",
                "\x7f",
                "\u2028",
                "\ud7ff",
            ),
            *("postgresql://u:s3cret@h/d", "redis://:s3cret@h", "\\u0041", "\\U0001F600", "\\ud800"),
        ]
    ),
    max_size=30,
).map("".join)


@searching(40)
@given(toml_like)
def test_random_tokens(project: Path, text: str) -> None:
    survives(project, text.encode())


scalars = (
    st.none().map(lambda _: 0)
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.datetimes()
    | st.dates()
    | st.times()
)
trees = st.recursive(
    scalars,
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.sampled_from([part for path in CATALOGUE.paths() for part in path])
            | st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@searching(40)
@given(st.dictionaries(st.sampled_from(["app", "runtime", "workflows", "other"]), trees, max_size=4))
def test_random_documents(project: Path, document: dict[str, Any]) -> None:
    survives(project, tomli_w.dumps(document).encode())


# --- Mutations --------------------------------------------------------------------------------------------------------


@st.composite
def mutated(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    data = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(1, 4))):
        data = draw(st.sampled_from(MUTATIONS))(draw, data)
    return data


def flip(draw: st.DrawFn, data: bytes) -> bytes:
    at = draw(st.integers(0, max(len(data) - 1, 0)))
    return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]


def truncate(draw: st.DrawFn, data: bytes) -> bytes:
    return data[: draw(st.integers(0, len(data)))]


def swap_lines(draw: st.DrawFn, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def duplicate_line(draw: st.DrawFn, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        line = draw(st.sampled_from(lines))
        lines.insert(draw(st.integers(0, len(lines))), line)
    return b"".join(lines)


def drop(draw: st.DrawFn, data: bytes) -> bytes:
    at = draw(st.integers(0, len(data)))
    return data[:at] + data[at + draw(st.integers(1, 8)) :]


def carriage_returns(draw: st.DrawFn, data: bytes) -> bytes:
    return data.replace(b"\n", draw(st.sampled_from([b"\r\n", b"\r", b"\n\r"])))


MUTATIONS = [flip, flip, truncate, swap_lines, duplicate_line, duplicate_line, drop, carriage_returns]


@searching(120)
@given(mutated(FILES))
def test_mutated_files(project: Path, config: bytes) -> None:
    survives(project, config)


@searching(60)
@given(mutated(ENV_FILES))
def test_mutated_env_files(project: Path, env: bytes) -> None:
    survives(project, b'app.database.urlEnv = "DATABASE_URL"\n', env)


@searching(40)
@given(
    st.lists(
        st.sampled_from([*"\"'#=\\$ {}\n\r\t\x00\x85", "export ", "A", "DATABASE_URL", "redis://h", "é"]), max_size=25
    )
)
def test_random_env_tokens(project: Path, tokens: list[str]) -> None:
    survives(project, b"", "".join(tokens).encode())


@searching(40)
@given(st.text(max_size=20), st.text(max_size=20) | trees)
@example("x = " + "1" * 5000, "1")
@example("app.scheduler.workerQueues", "[" + "1" * 5000 + "]")
@example("app.scheduler.workerQueues", "[" * 5000)
@example("app.scheduler.workerQueues", "[" * 300 + "]" * 300)
@example("app.database.kind", "\udcff")
@example(".".join("a" * 3000), "1")
@example('"a\nb"', 1)
def test_random_overrides(project: Path, key: str, value: object) -> None:
    (project / "codemation.toml").write_text("")
    compilation = codemation.compile(project, env={}, overrides={key: value})
    assert len(compilation.trace) >= len(CATALOGUE.hosts)
    assert (compilation.runtime is None) == any(found.severity == "error" for found in compilation.diagnostics)


@searching(25)
@given(st.lists(st.sampled_from([dotted(path) for path in CATALOGUE.paths()]), min_size=1, max_size=3), st.data())
def test_random_values_of_real_overrides(project: Path, keys: list[str], data: st.DataObject) -> None:
    (project / "codemation.toml").write_text("")
    overrides = {key: data.draw(trees) for key in keys}
    compilation = codemation.compile(project, env={}, overrides=overrides)
    assert len(compilation.trace) >= len(CATALOGUE.hosts)


# --- Extremes ---------------------------------------------------------------------------------------------------------


DEPTHS = (50, 99, 100, 101, 300, 2000) if FACTOR == 1 else (50, 99, 100, 101, 150, 300, 480, 1000, 2000)
"""100 levels are what is allowed; tomllib and the recursion of Python end behind that."""


def extremes() -> Iterator[tuple[str, str]]:
    for depth in DEPTHS:
        yield f"arrays {depth}", f"app.scheduler.workerQueues = {'[' * depth}{']' * depth}"
        yield f"inline tables {depth}", f"app.database.kind = {'{a=' * depth}1{'}' * depth}"
        yield f"open arrays {depth}", f"app.database.kind = {'[' * depth}"
        for start in (
            "",
            "app.",
            "app.database.",
            "app.database.kind.",
            "workflows.",
            "workflows.x.prunePolicy.",
            "runtime.",
        ):
            yield f"dotted {start}{depth}", f"{start}{'.'.join('a' * depth)} = 1"
        yield f"header {depth}", f"[{'.'.join('a' * depth)}]\nx = 1"
        yield f"array of tables {depth}", f"[[workflows.{'.'.join('a' * depth)}]]\nx = 1"
        yield f"both {depth}", f"app = {'{a.a.a.a = ' * min(depth, 80)}1{'}' * min(depth, 80)}"
    for digits in ("1" * 4300, "1" * 4301, "1" * 10_000, "0x" + "f" * 10_000, "0b" + "1" * 40_000, "0o" + "7" * 10_000):
        for key in ("app.retention.runSeconds", "app.database.kind", "workflows.x.prunePolicy.runSeconds", "unknown"):
            yield f"{key} {digits[:3]}{len(digits)}", f"{key} = {digits}"
        yield f"array {digits[:3]}{len(digits)}", f"app.scheduler.workerQueues = [{digits}]"
    yield "lone carriage returns", 'app.database.kind = "sqlite"\rkind = 1\r'
    yield "NUL", 'app.database.kind = "sq\0lite"'
    yield "NUL alone", "\0"
    yield "escaped NUL", r'app.database.sqliteFilePath = "a\u0000b"'
    yield "huge line", f'app.database.kind = "{"x" * 100_000}"'
    yield "huge comment", f"# {'é' * 50_000}\nx = 1"
    yield "huge key", f"{'k' * 50_000} = 1"
    yield "huge url", f'app.database.url = "postgresql://u:{"p@" * 20_000}h/db"'
    yield "many unknown keys", "".join(f"key{number} = 1\n" for number in range(300))
    yield "many faults", "".join(f"workflows.w{number}.prunePolicy.runSeconds = 0\n" for number in range(300))
    yield "blank lines", "\n" * 20_000 + "x"
    yield "bidi and escapes", 'app.database.kind = "\u202e\u2066\\u001b[31m\\u009b"\n"\\u001b[2J" = 1'


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in extremes()])
def test_extremes(project: Path, text: str) -> None:
    survives(project, text.encode())


@pytest.mark.parametrize(
    "line", ["A=" + "x" * 100_000, "A='" + "x\n" * 500, "=" * 50_000, "A\0=1", "\0", "\r", "A=1\rB=2\r", "'" * 3001]
)
def test_extreme_env_files(project: Path, line: str) -> None:
    survives(project, b"", line.encode())


@pytest.mark.parametrize("depth", [99, 100])
def test_nesting_within_the_bound_is_reported_as_what_it_is(project: Path, depth: int) -> None:
    """A document that is valid TOML is refused for its meaning wherever that is possible."""
    text = f"{'.'.join('a' * depth)} = 1"
    assert tomllib.loads(text)
    assert [found.code for found in survives(project, text.encode()).diagnostics] == ["CM101"]
