"""The two servers, each started once for a worker and again if it died."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.editors.editor import Editor, taplo_command, tombi_command


@pytest.fixture(scope="session")
def taplo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """VS Code with Even Better TOML."""
    with Editor("taplo", taplo_command(), tmp_path_factory.mktemp("taplo"), publishes=3) as editor:
        yield editor


@pytest.fixture(scope="session")
def tombi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """Any editor with Tombi, in its strict mode."""
    folder = tmp_path_factory.mktemp("tombi")
    (folder / "tombi.toml").write_text("[schema]\nstrict = true\n", encoding="utf-8")
    with Editor("tombi", tombi_command(), folder) as editor:
        yield editor


@pytest.fixture(params=["taplo", "tombi"])
def editor(request: pytest.FixtureRequest) -> Editor:
    """Each of them in turn."""
    found: Editor = request.getfixturevalue(request.param)
    return found
