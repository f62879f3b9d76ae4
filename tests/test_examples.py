"""The examples: each compiles, without a warning, into the runtime form beside it.

`expected.toml` is what `codemation compile --show-secrets` prints with the variables of `.env.example`, or with none
where there is no such file; `expected.NAME.toml` with those of `.env.NAME`. In place of the example's folder it says
`/srv/app`. `make generate` writes these files, people read them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values
from msgspec import Struct

import codemation
from codemation.backend.errors import SqliteNotWritableError
from codemation.cli import main
from codemation.cli.commands.compile import emit
from codemation.resolution.validation import stated_values
from codemation.schema.document import validator
from codemation.settings.catalogue import CATALOGUE
from codemation.sources.toml import read_toml
from codemation.values import Item
from tests.conftest import Fresh

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "examples"
PLACEHOLDER = "/srv/app"
NAMES = [
    *("environments", "full-surface", "local-sqlite", "queue-workers"),
    *("retention", "runtime-form", "shared-postgresql", "starter", "web-api"),
]


class Case(Struct, frozen=True):
    """An example under one environment: that of an env file, or an empty one."""

    folder: Path
    env_file: Path | None
    expected: Path

    def environment(self) -> dict[str, str]:
        """The variables as a mapping, read by python-dotenv itself."""
        values = dotenv_values(self.env_file, interpolate=False) if self.env_file else {}
        return {name: value or "" for name, value in values.items()}

    def printed(self) -> str:
        """What `codemation compile` prints, with the placeholder; it must have nothing to report."""
        env_file = ["--env-file", str(self.env_file)] if self.env_file else []
        out, errors = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(errors):
            code = main(["compile", "--show-secrets", "--root", str(self.folder), "--no-env", *env_file])
        assert (code, errors.getvalue()) == (0, "")
        return out.getvalue().replace(f'"{self.folder}', f'"{PLACEHOLDER}')


def cases() -> Iterator[Case]:
    """Every example under every environment that it is meant for."""
    for folder in (FOLDER / name for name in NAMES):
        example = folder / ".env.example"
        yield Case(folder, example if example.exists() else None, folder / "expected.toml")
        for env_file in sorted(folder.glob(".env.*")):
            if env_file != example:
                name = env_file.name.removeprefix(".env.")
                yield Case(folder, env_file, folder / f"expected.{name}.toml")


def expected_texts() -> Iterator[tuple[Path, str]]:
    """Every expected file with what belongs into it."""
    for case in cases():
        yield case.expected, case.printed()


CASES = list(cases())
each_case = pytest.mark.parametrize("case", CASES, ids=[f"{it.folder.name}/{it.expected.name}" for it in CASES])


def test_the_examples_are_these() -> None:
    assert sorted(path.parent.name for path in FOLDER.glob("*/codemation.toml")) == NAMES
    assert sorted(FOLDER.glob("*/expected*")) == sorted(case.expected for case in CASES)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_names_its_schema_and_says_what_it_shows(name: str) -> None:
    file = FOLDER / name / "codemation.toml"
    schema, blank, comment, *_ = file.read_text(encoding="utf-8").splitlines()
    path = (file.parent / schema.removeprefix("#:schema ")).resolve()
    assert path == ROOT / "schemas/codemation.schema.json"
    assert (blank, comment[:2]) == ("", "# ")
    validator(json.loads(path.read_text(encoding="utf-8"))).validate(read_toml(file.name, str(file)).data)


@each_case
def test_it_compiles_into_the_expected_form(case: Case) -> None:
    assert case.printed() == case.expected.read_text(encoding="utf-8")


@each_case
def test_a_mapping_gives_the_same_as_the_env_file(case: Case) -> None:
    compilation = codemation.compile(case.folder, env=case.environment())
    assert compilation.diagnostics == ()
    assert compilation.runtime is not None
    text = emit(compilation.runtime, "toml", show_secrets=True)
    assert text.replace(f'"{case.folder}', f'"{PLACEHOLDER}') == case.expected.read_text(encoding="utf-8")


@each_case
def test_the_expected_form_compiles_into_itself(case: Case) -> None:
    compilation = codemation.compile(config=case.expected, env={})
    assert compilation.diagnostics == ()
    assert compilation.runtime is not None
    assert emit(compilation.runtime, "toml", show_secrets=True) == case.expected.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, ("sqlite", "local", "memory")),
        ({"DATABASE_URL": "postgresql://app@db/app"}, ("postgresql", "local", "memory")),
        (
            {"DATABASE_URL": "postgresql://app@db/app", "REDIS_URL": "redis://cache:6379"},
            ("postgresql", "bullmq", "redis"),
        ),
    ],
)
def test_the_environment_alone_moves_the_starter_along(env: dict[str, str], expected: tuple[str, str, str]) -> None:
    runtime = codemation.load(FOLDER / "starter", env=env)
    assert (runtime.database.kind, runtime.scheduler.kind, runtime.event_bus.kind) == expected


def test_production_wants_what_its_env_file_has() -> None:
    environment = {"NODE_ENV": "production"}
    wrong = codemation.compile(FOLDER / "full-surface", env=environment)
    assert [diagnostic.code for diagnostic in wrong.diagnostics] == ["CM413", "CM414", "CM415"]


def test_the_full_surface_uses_all_of_it() -> None:
    data = read_toml("codemation.toml", str(FOLDER / "full-surface/codemation.toml")).data
    stated, at_fault = stated_values(CATALOGUE, data)
    assert not at_fault
    others = {"database", "scheduler", "eventBus", "retention"}
    wanted = {one.app: one.type for one in CATALOGUE.hosts if one.app and one.app[1:2] not in {(it,) for it in others}}
    assert set(stated) == set(wanted)
    for path, kind in wanted.items():
        item = getattr(kind, "item", None)
        if isinstance(item, type) and issubclass(item, Item):
            tables = stated[path]["rules"] if isinstance(stated[path], dict) else stated[path]
            assert {name for table in tables for name in table} == set(item.fields)


@pytest.mark.parametrize(("name", "codes"), [("shared-postgresql", ["CM203"]), ("queue-workers", ["CM401", "CM403"])])
def test_what_must_come_from_the_environment_is_missed(name: str, codes: list[str]) -> None:
    assert [diagnostic.code for diagnostic in codemation.compile(FOLDER / name, env={}).diagnostics] == codes


def host(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the starter's host in `folder`, with nothing in the environment but `env`."""
    command = [sys.executable, "-W", "error", "host.py"]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """A copy of the starter, as it is checked in."""
    folder = tmp_path / "starter"
    shutil.copytree(FOLDER / "starter", folder, ignore=shutil.ignore_patterns(".codemation", ".env", "__pycache__"))
    return folder


def test_the_host_creates_its_database_and_opens_it_again(starter: Path) -> None:
    for boots in ("1", "2"):
        done = host(starter)
        assert (done.returncode, done.stderr) == (0, "")
        lines = [line.split(None, 1) for line in done.stdout.replace("journal mode", "journal").splitlines()]
        model = {name: value for name, value in lines if name != "version"}
        assert model == {
            "database": "sqlite",
            "file": str(Path(".codemation/codemation.sqlite")),
            "boots": boots,
            "mode": "0600",
            "journal": "wal",
        }
    assert (starter / ".codemation/codemation.sqlite").is_file()


def test_the_host_reports_a_wrong_configuration(starter: Path) -> None:
    done = host(starter, REDIS_URL="redis://cache.example.com:6379")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error[CM402]: DATABASE_URL is required when REDIS_URL is set" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (starter / ".codemation").exists()


def test_the_host_reports_a_failing_database(starter: Path) -> None:
    (starter / ".codemation/codemation.sqlite").mkdir(parents=True)
    done = host(starter)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"error[{SqliteNotWritableError.code}]: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.postgresql
def test_the_host_reaches_a_server(starter: Path, postgresql: Fresh) -> None:
    done = host(starter, DATABASE_URL=postgresql.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("database      postgresql\nversion       ")


def test_the_host_of_retention_keeps_what_it_promises(tmp_path: Path) -> None:
    folder = tmp_path / "retention"
    shutil.copytree(FOLDER / "retention", folder, ignore=shutil.ignore_patterns(".codemation", "__pycache__"))
    for before, after in (((30, 30, 30), (14, 20, 11)), ((44, 50, 41), (28, 40, 22))):
        done = host(folder)
        assert (done.returncode, done.stderr) == (0, "")
        rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:5]}
        assert rows["runs"] == [str(before[0]), str(after[0])]
        assert rows["spans"] == [str(before[1]), str(after[1])]
        assert rows["binaries"] == rows["blobs"] == [str(before[2]), str(after[2])]
        assert done.stdout.splitlines()[5].endswith("; done")
        assert done.stdout.splitlines()[6] == "overdue nothing"
