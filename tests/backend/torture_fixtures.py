"""What the concurrency and crash tests share. A short form under `make test`; under `make torture` all of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeAlias

import pytest

from codemation.backend.engine import provision
from codemation.backend.migrations import revisions
from codemation.backend.migrations.migrate import HEAD
from tests.backend.places import NEXT, Place, known, runtime_of
from tests.backend.torture_nursery import History, Nursery, nursery
from tests.conftest import Fresh
from tests.torture import FACTOR

Copies: TypeAlias = Callable[[], AbstractContextManager[str]]
LONG = FACTOR > 1
PROCESSES = 32 if LONG else 8
KILLS = 200 if LONG else 6
ROWS = 200 if LONG else 20
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="module")
def migrators() -> Iterator[Nursery]:
    with nursery() as running:
        yield running


@pytest.fixture
def place(request: pytest.FixtureRequest, kind: str) -> Iterator[Place]:
    if kind == "sqlite":
        tmp_path: Path = request.getfixturevalue("tmp_path")
        where = str(tmp_path / "folder" / "db.sqlite")
    else:
        fresh: Fresh = request.getfixturevalue("postgresql")
        where = fresh.url
    engine = provision(runtime_of(kind, where))
    yield Place(kind, where, engine)
    engine.dispose()


REBUILD = """
import sqlalchemy as sa
revision = {next!r}
down_revision = {head!r}


def upgrade(op):
    with op.batch_alter_table('auth_users', recreate='auto') as it:
        it.alter_column('display_name', existing_type=sa.Text(), type_=sa.String(300))
    op.execute('UPDATE credential_instances SET updated_at = updated_at')
    op.create_table('more', sa.Column('id', sa.Integer, primary_key=True))


def downgrade(op):
    pass
"""


@pytest.fixture
def longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """The history, and a revision that touches what is there: it rebuilds (on SQLite) a table that others refer to."""
    folder = tmp_path / "migrations" / "versions"
    shutil.copytree(revisions.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / f"{NEXT}_more.py").write_text(REBUILD.format(head=HEAD, next=NEXT))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(revisions, "FOLDER", str(folder))
        return History(str(folder), known())
