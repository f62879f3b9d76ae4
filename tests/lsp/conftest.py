"""One server for all tests that do not need another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lsp.editor import Editor


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    editor = Editor(tmp_path_factory.mktemp("lsp"), environment={"QUEUE_PREFIX": "from-the-process"})
    yield editor
    editor.stop()


@pytest.fixture
def editor(server: Editor) -> Iterator[Editor]:
    """The server without anything open, with its settings as they are by default."""
    server.set()
    yield server
    for uri in list(server.raw):
        server.close(uri)
    server.raw.clear()
