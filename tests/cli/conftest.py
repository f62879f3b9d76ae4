"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemation.settings.catalogue import CATALOGUE
from codemation.settings.host_variables import SWITCHES


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project is the working directory, and nothing in the environment concerns it."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in (*CATALOGUE.variables, *SWITCHES, "COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    return folder
