"""The two servers, each started once for a worker and again if it died; and fresh ones of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.editor import Editor, taplo_command, tombi_command


def taplo_in(folder: Path) -> Editor:
    """VS Code with Even Better TOML."""
    return Editor("taplo", taplo_command(), folder, publishes=3)


def tombi_in(folder: Path) -> Editor:
    """Any editor with Tombi, in its strict mode."""
    (folder / "tombi.toml").write_text("[schema]\nstrict = true\n", encoding="utf-8")
    return Editor("tombi", tombi_command(), folder)


@pytest.fixture(scope="session")
def taplo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with taplo_in(tmp_path_factory.mktemp("taplo")) as editor:
        yield editor


@pytest.fixture(scope="session")
def tombi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with tombi_in(tmp_path_factory.mktemp("tombi")) as editor:
        yield editor


@pytest.fixture
def fresh_taplo(tmp_path: Path) -> Iterator[Editor]:
    """One that has opened nothing yet: what it does with another schema depends on what it saw before."""
    with taplo_in(tmp_path) as editor:
        yield editor


@pytest.fixture
def fresh_tombi(tmp_path: Path) -> Iterator[Editor]:
    with tombi_in(tmp_path) as editor:
        yield editor


@pytest.fixture(params=["taplo", "tombi"])
def editor(request: pytest.FixtureRequest) -> Editor:
    """Each of them in turn."""
    found: Editor = request.getfixturevalue(request.param)
    return found
