"""An editor with one document open at a time, and the servers behind it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.editors.documents import Document, directed, write_schemas
from tests.editors.lsp import Client, Mark, Position, markup
from tests.editors.walking import Key

BIN = Path(sys.executable).parent
MODULES = Path(sys.prefix) / "editors" / "node_modules"


def taplo_command() -> list[str]:
    return [str(BIN / "node"), str(Path(__file__).parent / "taplo_server.cjs")]


def tombi_command() -> list[str]:
    return [str(BIN / "tombi"), "lsp", "--offline", "--no-cache"]


class View:
    """An open document."""

    def __init__(self, client: Client, uri: str, text: str) -> None:
        self.client = client
        self.uri = uri
        self.text = text
        self.lines = text.split("\n")

    def diagnostics(self) -> list[Mark]:
        return self.client.diagnostics(self.uri)

    def completions(self, position: Position) -> dict[str, str]:
        """The documentation of each item that is offered, by its label."""
        return {
            item["label"]: markup(item.get("documentation")) for item in self.client.completions(self.uri, position)
        }

    def labels(self, position: Position) -> list[str]:
        """What is offered, as often as it is."""
        return [item["label"] for item in self.client.completions(self.uri, position)]

    def hover(self, position: Position) -> str:
        return self.client.hover(self.uri, position)


class Editor:
    """A server that is started again when it has died, so that one failure is one failure."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, *, publishes: int = 1) -> None:
        assert MODULES.is_dir(), f"{MODULES} is missing: run the tests by `make pytest`"
        self.name = name
        self.folder = folder
        self._command = command
        self._publishes = publishes
        self._client: Client | None = None
        self._opened = 0
        write_schemas(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._client:
            self._client.stop()

    @property
    def client(self) -> Client:
        """The running server."""
        if self._client and self._client.dead:
            self._client.stop()
            self._client = None
        if self._client is None:
            environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "NODE_PATH": str(MODULES)}
            self._client = Client(self._command, self.folder, environment=environment, publishes=self._publishes)
        return self._client

    @contextmanager
    def viewing(self, document: Document) -> Iterator[View]:
        """A document opened under a name of its own, and closed again."""
        self._opened += 1
        view = View(self.client, (self.folder / f"{self._opened}.toml").as_uri(), directed(document))
        view.client.open(view.uri, view.text)
        # Until then the server may not have read it: it answers questions while it does.
        view.diagnostics()
        try:
            yield view
        finally:
            if not view.client.dead:
                view.client.close(view.uri)


def documentation(editor: Editor, key: Key) -> list[str]:
    """What is told of a key that is offered: of a choice without a default taplo tells the words with their meaning."""
    words = [key.schema["anyOf"][0]["x-taplo"]["docs"]["main"]] if editor.name == "taplo" and key.choices else []
    return [key.schema["description"], *words]


def hovered(editor: Editor, key: Key) -> list[str]:
    """What is told of a key that is hovered over: of a choice taplo tells the words first, then the rest."""
    if editor.name == "taplo" and key.choices:
        return [one["x-taplo"]["docs"]["main"] for one in (key.schema["anyOf"][0], key.schema)]
    return [key.schema["description"]]


def said_twice(shown: str) -> list[str]:
    """The sentences and lines of some length that are shown more than once."""
    parts = [part.strip() for part in re.split(r"\n|(?<=\.) ", shown)]
    return [part for part in dict.fromkeys(parts) if len(part) > 25 and parts.count(part) > 1]
