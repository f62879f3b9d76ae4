"""Fixtures: databases on both engines, and a history that a test may change."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codemation.backend.migrations import revisions
from codemation.backend.migrations.migrate import HEAD
from codemation.cli import main
from tests.backend.commands import Codemation, Project, Ran, made_project
from tests.backend.engines import OURS, make
from tests.backend.places import NEXT, Place, known, made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    yield from made(request.param, request)


@pytest.fixture
def on_sqlite(request: pytest.FixtureRequest) -> Iterator[Place]:
    yield from made("sqlite", request)


@pytest.fixture
def on_postgresql(request: pytest.FixtureRequest) -> Iterator[Place]:
    yield from made("postgresql", request)


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the history that a test may change."""
    folder = tmp_path / "migrations" / "versions"
    shutil.copytree(revisions.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(revisions, "FOLDER", str(folder))
    return folder


@pytest.fixture
def add(scripts: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Adds a revision, given what it does."""

    def written(body: str) -> None:
        script = (
            f"import sqlalchemy as sa\nrevision = {NEXT!r}\ndown_revision = {HEAD!r}\n\n\n"
            f"def upgrade(op):\n    {body}\n\n\ndef downgrade(op):\n    pass\n"
        )
        (scripts / f"{NEXT}_more.py").write_text(script)
        monkeypatch.setattr(revisions, "KNOWN", known())

    return written


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new" / "db.sqlite"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return make(tmp_path / "ours.db", *OURS)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody can reach: pytest's own are root's alone."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def project(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return made_project(request.param, request, tmp_path, monkeypatch)


@pytest.fixture
def on_a_file(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return made_project("sqlite", request, tmp_path, monkeypatch)


@pytest.fixture
def codemation(capsys: pytest.CaptureFixture[str]) -> Codemation:
    def run(*arguments: str) -> Ran:
        code = main(arguments)
        return Ran(code, *capsys.readouterr())

    return run
