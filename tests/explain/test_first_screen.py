"""`compile --explain` answers on one screen."""

from __future__ import annotations

from pathlib import Path

import pytest

import codemation
from codemation.cli import main
from codemation.explain.first_screen import MORE, WORKFLOWS, first_screen
from codemation.text.terminal import Terminal, display_width
from tests.test_examples import FOLDER, NAMES

EVERY = """\
[app.database]
kind = "sqlite"
poolSize = 5

[app.scheduler]
kind = "inline"

[app.retention]
runSeconds = 172800

[runtime.retention]
runSeconds = 86400

[workflows.billing.prunePolicy]
runSeconds = 90000
failedRunSeconds = 90000
"""
URL = "postgresql://app:hunter2@db.example.com:5432/app"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def screen(root: Path, text: str | None, env: dict[str, str] | None = None, *, width: int = 80) -> list[str]:
    if text is not None:
        (root / "codemation.toml").write_text(text)
    compilation = codemation.compile(root, env=env or {}, env_files=[".env"] if (root / ".env").exists() else None)
    return first_screen(compilation.model, compilation.diagnostics, Terminal(width)).splitlines()


def test_no_configuration_at_all(root: Path) -> None:
    first, empty, *lines = screen(root, None)
    assert (first.split()[:2], empty) == (["no", "codemation.toml"], "")
    assert lines[:6] == [
        "Database  SQLite  .codemation/codemation.sqlite",
        "          by default: no source states a kind or a URL",
        "Queue     none, work runs in the host",
        "          no source gives a Redis URL",
        "Events    in memory",
        "          follows the queue",
    ]
    assert lines[-1] == MORE


def test_what_a_variable_beats(root: Path) -> None:
    (root / ".env").write_text("CODEMATION_RUN_RETENTION_DEFAULT_SECONDS=3600\nREDIS_URL=redis://:pw@cache/0\n")
    lines = screen(root, EVERY, {"DATABASE_URL": URL})
    assert lines[0].startswith("codemation.toml, .env (2 variables), process (1)")
    assert lines[2:12] == [
        "Database  PostgreSQL  postgresql://app:***@db.example.com:5432/app",
        "          because  DATABASE_URL     process environment",
        '          beats    kind = "sqlite"  codemation.toml:2    CM301',
        "Queue     none, work runs in the host",
        '          because  kind = "inline"  codemation.toml:6',
        "          unused   REDIS_URL        .env:2             CM302",
        "Events    in memory",
        "          follows the scheduler: `app.scheduler.kind` is inline",
        "",
        "You set   poolSize  5    codemation.toml:3",
    ]
    said = "runSeconds 3600 1 h CODEMATION_RUN_RETENTION_DEFAULT_SECONDS .env:1, beats codemation.toml:9"
    assert said in " ".join(" ".join(lines).split())
    assert "Follows   retention.failedRunSeconds  3600  1 h  runSeconds" in lines
    assert "Workflows billing  codemation.toml:15  run, failedRun 25 h" in lines
    assert len(lines) <= 26


def test_a_queue(root: Path) -> None:
    lines = screen(root, None, {"DATABASE_URL": URL, "REDIS_URL": "redis://:pw@cache.example.com/0"})
    assert lines[4:8] == [
        "Queue     BullMQ  redis://:***@cache.example.com/0",
        "          a Redis URL means queue workers (`REDIS_URL`)",
        "          with  REDIS_URL  process environment",
        "Events    through Redis",
    ]


def test_paths_are_told_from_the_project(root: Path) -> None:
    lines = screen(root, '[workflowDiscovery]\ndirectories = ["flows", "/elsewhere"]\n')
    assert any('directories  ["flows", "/elsewhere"]  codemation.toml:2' in line for line in lines)


def test_what_is_forced(root: Path) -> None:
    lines = screen(root, None, {"DATABASE_URL": URL, "CODEMATION_DATABASE_KIND": "sqlite"})
    assert lines[2:5] == [
        "Database  SQLite  .codemation/codemation.sqlite",
        "          because  CODEMATION_DATABASE_KIND  process environment",
        "          beats    DATABASE_URL              process environment",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[app.database]\nkind = 5\n", "wrong kind"),
        ("[app\n", "what codemation.toml says could not be read"),
        ('[app.retention]\nrunSeconds = "x"\n', 'Wrong retention.runSeconds "x" codemation.toml:2 CM102'),
    ],
)
def test_what_is_wrong(root: Path, text: str, said: str) -> None:
    lines = screen(root, text, {"DATABASE_URL": ""})
    assert any(said in " ".join(line.split()) for line in lines), lines
    assert "Traceback" not in "\n".join(lines)


def test_a_file_that_cannot_be_read_is_told_once(root: Path) -> None:
    lines = screen(root, "[app\n", {"CODEMATION_DATABASE_KIND": "sqlite"})
    assert sum("could not be read" in line for line in lines) == 1
    assert any("because  CODEMATION_DATABASE_KIND" in line for line in lines)
    assert not any(line.startswith("Wrong") for line in lines)


def test_many_workflows_stay_on_a_screen(root: Path) -> None:
    policy = '[workflows."{}".prunePolicy]\nrunSeconds = {}\n'
    lines = screen(root, "".join(policy.format(f"w{number:03}", number + 1) for number in range(200)))
    assert any(f"and {200 - WORKFLOWS} more workflows with a policy of their own" in line for line in lines)
    assert len(lines) <= 28


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_example_fits(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    root = FOLDER / name
    monkeypatch.chdir(root)
    lines = screen(root, None, width=width)
    most = 32 if name == "full-surface" else 24
    assert len(lines) <= (most if width >= 80 else 45)
    # A word is never broken: a path or a key may be longer.
    assert [line for line in lines if display_width(line) > width and len(line.split()) > 2] == []


def test_secrets_are_masked(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "codemation.toml").write_text(f'[app.database]\nurl = "{URL}"\n')
    main(["compile", "--explain"])
    told = capsys.readouterr()
    assert "hunter2" not in told.out + told.err
    assert "postgresql://app:***@db.example.com:5432/app" in told.out


def test_what_is_not_set_is_listed_once(root: Path) -> None:
    model = codemation.compile(root, env={}).model
    told = first_screen(model, (), Terminal(width=120)).partition("\nNot set ")[2].partition("\n")[0]
    names = told.rpartition(" (")[0].strip().split(", ")
    assert len(set(names)) == len(names)
    wide = first_screen(model, (), Terminal(width=1000))
    assert wide.partition("\nNot set ")[2].partition("\n")[0].count("queuePrefix") == 1
