"""A client of the Language Server Protocol 3.17 over standard input and output, as much of it as an editor needs here.

Our own, because pygls and pytest-lsp are asynchronous throughout: here one question follows another, and what matters
is to notice a server that dies, that answers with an error, or that does not answer.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, NoReturn

PATIENCE: Final = 60.0
"""Seconds until a server that says nothing counts as hung."""


class ServerDiedError(AssertionError):
    """The server is gone, or does not speak the protocol."""


class Position(NamedTuple):
    """From zero; columns in UTF-16 code units."""

    line: int
    character: int

    def __str__(self) -> str:
        return f"{self.line + 1}:{self.character + 1}"

    def plain(self) -> dict[str, int]:
        return {"line": self.line, "character": self.character}


class Mark(NamedTuple):
    """One diagnostic."""

    start: Position
    end: Position
    severity: int
    message: str


class Client:
    """A running server. `settings` is what the editor answers when it is asked for its configuration.

    `options` are told at the beginning, and in which `encodings` columns may be counted, if not in UTF-16;
    `workspace` and `document` are what else the editor can do.
    """

    def __init__(  # noqa: PLR0913  (by name)
        self,
        command: Sequence[str],
        folder: Path,
        *,
        environment: Mapping[str, str],
        settings: Any = None,
        publishes: int = 1,
        options: Any = None,
        encodings: Sequence[str] = (),
        workspace: Mapping[str, Any] | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self._settings = settings
        self._publishes = publishes
        self._id = 0
        self._gone = False
        self._log = folder / "server.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=folder, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
        self._incoming: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self._published: dict[str, list[list[Mark]]] = {}
        self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
                **({} if options is None else {"initializationOptions": options}),
                "capabilities": {
                    **({"general": {"positionEncodings": list(encodings)}} if encodings else {}),
                    "workspace": {"configuration": True, "workspaceFolders": True, **(workspace or {})},
                    "textDocument": {
                        "completion": {
                            "completionItem": {"documentationFormat": ["markdown", "plaintext"], "snippetSupport": True}
                        },
                        "hover": {"contentFormat": ["markdown", "plaintext"]},
                        "publishDiagnostics": {},
                        **(document or {}),
                    },
                },
            },
        )
        self.notify("initialized", {})

    @property
    def dead(self) -> bool:
        """Whether the server has ended, or speaks no more."""
        return self._gone or self._process.poll() is not None

    # What an editor does

    def open(self, uri: str, text: str) -> None:
        """Open a document; `diagnostics` then tells what the server thinks of it."""
        self._published.pop(uri, None)
        document = {"uri": uri, "languageId": "toml", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def close(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def diagnostics(self, uri: str) -> list[Mark]:
        """What was published last since the document was opened: a server may correct itself `publishes` times.

        It stops early where the text is no TOML: the first publication that says something is then the last.
        """
        while not self._settled(uri):
            self._take()
        return self._published[uri][-1]

    def completions(self, uri: str, position: Position) -> list[dict[str, Any]]:
        """The items offered at a position."""
        found = self.request("textDocument/completion", _at(uri, position)) or []
        return found["items"] if isinstance(found, dict) else found

    def hover(self, uri: str, position: Position) -> str:
        """The text shown at a position, or an empty one."""
        found = self.request("textDocument/hover", _at(uri, position))
        return markup(found["contents"]) if found else ""

    def stop(self) -> None:
        """End the server as an editor does."""
        try:
            if not self.dead:
                self.request("shutdown", None)
                self.notify("exit", None)
                self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream:
                    stream.close()

    # The protocol

    def request(self, method: str, params: Any) -> Any:
        """The result of a request.

        Raises:
            ServerDiedError: the server is gone, hung, or answered with an error.
        """
        self._id += 1
        self._send({"id": self._id, "method": method, "params": params})
        while True:
            message = self._take()
            if "method" not in message and message.get("id") == self._id:
                if "error" in message:
                    self._fail(f"{method} {params}: {message['error']}")
                return message.get("result")

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _settled(self, uri: str) -> bool:
        published = self._published.get(uri, [])
        return len(published) >= self._publishes or bool(published and published[-1])

    def _take(self) -> dict[str, Any]:
        """The next message, after what it asks of the client was done."""
        try:
            message = self._incoming.get(timeout=PATIENCE)
        except Empty:
            self._fail(f"nothing was said for {PATIENCE} s")
        if message is None:
            self._fail("the server is gone")
        if message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            marks = [_mark(item) for item in params["diagnostics"]]
            self._published.setdefault(params["uri"], []).append(marks)
        elif "method" in message and "id" in message:
            items = message["params"]["items"] if message["method"] == "workspace/configuration" else None
            self._send({"id": message["id"], "result": None if items is None else [self._settings] * len(items)})
        return message

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        try:
            self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            self._process.stdin.flush()
        except OSError as error:
            self._fail(str(error))

    def _read(self) -> None:
        """Put every message into the queue, and `None` at the end; runs in a thread of its own."""
        assert self._process.stdout
        stream = self._process.stdout
        while True:
            length = 0
            while (line := stream.readline().strip()) or not length:
                if not line:
                    self._incoming.put(None)
                    return
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            self._incoming.put(json.loads(stream.read(length)))

    def _fail(self, message: str) -> NoReturn:
        self._gone = True
        code = self._process.poll()
        log = self._log.read_text(encoding="utf-8", errors="replace")[-3000:]
        text = f"{message} (exit code {code})\n{log}"
        raise ServerDiedError(text)


def markup(contents: Any) -> str:
    """The text of `MarkupContent`, `MarkedString` or several of them."""
    if isinstance(contents, list):
        return "\n".join(markup(part) for part in contents)
    return str(contents["value"]) if isinstance(contents, dict) else str(contents or "")


def _at(uri: str, position: Position) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": position.plain()}


def _mark(item: dict[str, Any]) -> Mark:
    start, end = (Position(**item["range"][side]) for side in ("start", "end"))
    return Mark(start, end, item.get("severity", 1), item["message"])
