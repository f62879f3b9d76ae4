"""Each test in an empty project, with an empty environment."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty project, which anybody may read, and an empty environment."""
    for name in list(os.environ):
        if name.startswith(("CODEMATION_", "PG")) or name in {"DATABASE_URL", "REDIS_URL", "QUEUE_PREFIX"}:
            monkeypatch.delenv(name)
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (Path(name) / "codemation.toml").write_text("")
        monkeypatch.chdir(name)
        yield
        monkeypatch.undo()
