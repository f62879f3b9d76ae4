"""An editor that has our server running, and keeps all that it publishes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.cli.running import base_environment
from tests.editors.lsp import Client, Position


class Editor(Client):
    """One server, any number of projects. An internal error in the server's log fails the test.

    With `resolves` it asks for the edits of a code action when that is chosen.
    """

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        options: Any = None,
        encodings: Sequence[str] = (),
        resolves: bool = True,
    ) -> None:
        self.raw: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.notices: dict[str, dict[str, Any]] = {}
        super().__init__(
            [sys.executable, "-m", "codemation", "lsp"],
            folder,
            environment={**base_environment(), **(environment or {})},
            settings=options,
            options=options,
            encodings=encodings,
            workspace={
                "inlayHint": {"refreshSupport": True},
                "didChangeWatchedFiles": {"dynamicRegistration": True},
                "didChangeConfiguration": {"dynamicRegistration": True},
            },
            document={"codeAction": {"resolveSupport": {"properties": ["edit"]}}} if resolves else {},
        )
        self._version = 1

    def set(self, **settings: Any) -> None:
        """Other settings, from now on."""
        self._settings = settings
        self.notify("workspace/didChangeConfiguration", {"settings": {"codemation": settings}})
        while self._take().get("method") != "workspace/configuration":
            pass

    def change(self, uri: str, text: str) -> None:
        """Type: the document has another text."""
        self._version += 1
        document = {"uri": uri, "version": self._version}
        self.raw.pop(uri, None)
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def typed(self, uri: str, text: str) -> list[dict[str, Any]]:
        """What is published of a document with just this text."""
        self.change(uri, text)
        while self.raw.get(uri, {}).get("version") != self._version:
            self._take()
        return list(self.raw[uri]["diagnostics"])

    def shown(self, uri: str, text: str | None = None) -> list[dict[str, Any]]:
        """What is published of a document after it was opened with `text`, or was changed."""
        if text is not None:
            self.raw.pop(uri, None)
            self.open(uri, text)
        while uri not in self.raw:
            self._take()
        return list(self.raw[uri]["diagnostics"])

    def later(self, uri: str, what: str) -> list[dict[str, Any]]:
        """What is published of a document once that mentions something."""
        while not any(what in str(one) for one in self.raw.get(uri, {}).get("diagnostics", ())):
            self._take()
        return list(self.raw[uri]["diagnostics"])

    def ask(self, method: str, uri: str, line: int, character: int, **more: Any) -> Any:
        """The answer to a question about a place."""
        place = Position(line, character).plain()
        return self.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": place, **more})

    def batch(self, questions: Sequence[tuple[str, Any]], most: int = 100) -> list[Any]:
        """The answers to many questions, asked before the first is answered, as many at a time as pipes can hold.

        An error fails the test, as that of a single question does.
        """
        answers: dict[int, Any] = {}
        for first in range(0, len(questions), most):
            waiting = set()
            for method, params in questions[first : first + most]:
                self._id += 1
                waiting.add(self._id)
                self._send({"id": self._id, "method": method, "params": params})
            while waiting:
                message = self._take()
                if "method" not in message:
                    assert "error" not in message, message
                    waiting.discard(message["id"])
                    answers[message["id"]] = message["result"]
        return [answers[number] for number in sorted(answers)]

    def _take(self) -> dict[str, Any]:
        message = super()._take()
        if message.get("method") == "textDocument/publishDiagnostics":
            self.raw[message["params"]["uri"]] = message["params"]
        if "method" in message and "id" in message:
            self.asked.append(message)
            for one in message["params"]["registrations"] if message["method"] == "client/registerCapability" else ():
                self.notices[one["method"]] = one["registerOptions"]
        assert message.get("method") not in {"window/logMessage", "window/showMessage"}, message
        return message


def project(folder: Path, toml: str, env: str | None = None) -> tuple[str, str]:
    """A project on disk; the URIs of its file and of its env file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "codemation.toml").write_text(toml, encoding="utf-8")
    if env is not None:
        (folder / ".env").write_text(env, encoding="utf-8")
    return (folder / "codemation.toml").as_uri(), (folder / ".env").as_uri()


def covered(text: str, range_: Mapping[str, Mapping[str, int]]) -> str:
    """What stands in a range of one line, whose columns are counted in UTF-16."""
    start, end = range_["start"], range_["end"]
    assert start["line"] == end["line"]
    line = text.replace("\r\n", "\n").split("\n")[start["line"]].encode("utf-16-le", "surrogatepass")
    return line[start["character"] * 2 : end["character"] * 2].decode("utf-16-le", "surrogatepass")
