"""One editor: what it has open and how it is told of it, of its own accord."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import Any, Final

from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from codemation._version import __version__
from codemation.lsp.analysis import Analysis
from codemation.lsp.findings import Finding, findings
from codemation.lsp.options import Options, read_options
from codemation.lsp.pages import Pages
from codemation.lsp.projects import Projects
from codemation.lsp.text import Link, Range, Spot
from codemation.sources.file_watch import Snapshot, snapshot

QUIET: Final = 0.01
"""Seconds after which a change is one by itself. Changes that come faster are awaited, and told together."""

TICK: Final = 1.0
"""Seconds between two looks at the files, for editors that watch none."""

SEVERITIES: Final = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "hint": lsp.DiagnosticSeverity.Hint,
}
LOOKS: Final = {"faded": lsp.DiagnosticTag.Unnecessary, "struck through": lsp.DiagnosticTag.Deprecated}


class Server(LanguageServer):
    """The server, with the projects that are open.

    `initial` are the settings that came with the first message, `uris` how the editor calls its files (absolute paths),
    `told` when (by the loop's clock) diagnostics were last published.
    """

    def __init__(self) -> None:
        super().__init__("codemation", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
        self.projects = Projects()
        self.pages = Pages()
        self.uris: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.published: set[str] = set()
        self.initial = Options()
        self.leaving = False
        self.waiting: asyncio.TimerHandle | None = None
        self.told = 0.0
        self.watcher: asyncio.Task[None] | None = None

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Say what kind of error it was, never its text: it may quote anything."""
        del source
        self.say(error)

    def say(self, error: BaseException) -> None:
        """Put an error of ours into the editor's log."""
        message = f"codemation: internal error ({type(error).__name__}); nothing was changed"
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, message))

    def uri(self, path: str) -> str:
        """A file as the editor calls it."""
        return self.uris.get(path) or str(from_fs_path(path))

    def path(self, uri: str) -> str | None:
        """The absolute path of a file; `None` for what is none, or can be none on this system."""
        try:
            path = to_fs_path(uri)
        except ValueError:
            return None
        return os.path.normpath(path) if path and os.path.isabs(path) and "\0" not in path else None

    def known(self, document: lsp.TextDocumentIdentifier) -> tuple[str, Analysis | None]:
        """The path of a document, and what is known of its project."""
        path = self.path(document.uri)
        return path or "", self.projects.analysis(path) if path else None

    # What is published

    def schedule(self) -> None:
        """Publish diagnostics: those of a change by itself at once, else when nothing more comes.

        What is there as soon as something was told has waited meanwhile, and more may wait behind it.
        """
        loop = asyncio.get_running_loop()
        by_itself = self.waiting is None and loop.time() - self.told > QUIET
        if self.waiting is not None:
            self.waiting.cancel()
        self.waiting = loop.call_later(0 if by_itself else QUIET, self.publish)

    def publish(self) -> None:
        """Tell what is wrong, and in what no longer anything is."""
        self.waiting = None
        try:
            found = self._found()
        except Exception as error:  # noqa: BLE001  (a bug of ours must not end the server)
            self.say(error)
            return
        for path in sorted({*found, *self.published}):
            diagnostics = [self._diagnostic(one) for one in found.get(path, ())]
            version = self.versions.get(path)
            self.text_document_publish_diagnostics(
                lsp.PublishDiagnosticsParams(self.uri(path), diagnostics, version=version)
            )
        self.published = {path for path, those in found.items() if those}
        if get_capability(self.client_capabilities, "workspace.inlay_hint.refresh_support", None):
            self.workspace_inlay_hint_refresh(None)
        self.told = asyncio.get_running_loop().time()

    def _found(self) -> dict[str, list[Finding]]:
        """What there is to show, by file: an open one without anything is among them."""
        projects = self.projects
        found: dict[str, list[Finding]] = {path: [] for path in projects.texts if projects.root_of(path) is not None}
        for root in projects.roots():
            for one in findings(projects.project(root)):
                found.setdefault(one.link.path, []).append(one)
        return found

    def _diagnostic(self, one: Finding) -> lsp.Diagnostic:
        page = self.pages.path(one.code) if one.code else None
        return lsp.Diagnostic(
            range_of(one.link.range),
            one.message,
            severity=SEVERITIES[one.severity],
            code=one.code,
            code_description=lsp.CodeDescription(self.uri(page)) if page else None,
            source="codemation",
            tags=[LOOKS[one.look]] if one.look else None,
            related_information=[
                lsp.DiagnosticRelatedInformation(self.location(link), message) for link, message in one.related
            ]
            or None,
        )

    def location(self, link: Link) -> lsp.Location:
        """A place in a file."""
        return lsp.Location(self.uri(link.path), range_of(link.range))

    # What changes

    def again(self) -> None:
        """Forget what was known, and publish."""
        self.projects.changed()
        self.schedule()

    async def watch(self) -> None:
        """Look at the files once a second, for editors that do not."""
        seen: Snapshot = {}
        while True:
            try:
                now = snapshot(self.projects.looked_at())
                if seen and now != seen:
                    self.again()
                seen = now
            except Exception as error:  # noqa: BLE001  (as in `publish`)
                self.say(error)
            await asyncio.sleep(TICK)

    async def ask_options(self) -> None:
        """Ask the editor for its settings, those of each folder of the workspace."""
        folders = {path: uri for uri in self.workspace.folders if (path := self.path(uri)) is not None}
        items = [lsp.ConfigurationItem(section="codemation"), *self._items(folders.values())]
        answers = await self.workspace_configuration_async(lsp.ConfigurationParams(items))
        own, *others = [*answers, *[None] * len(items)][: len(items)]
        self.projects.options = read_options(own, self.initial)
        self.projects.folders = {
            path: read_options(answer, self.projects.options) for path, answer in zip(folders, others, strict=False)
        }
        self.again()

    def _items(self, uris: Iterable[str]) -> list[lsp.ConfigurationItem]:
        return [lsp.ConfigurationItem(scope_uri=uri, section="codemation") for uri in uris]


def spot_of(position: lsp.Position) -> Spot:
    """A place as the protocol has it."""
    return Spot(position.line, position.character)


def range_of(one: Range) -> lsp.Range:
    """A stretch as the protocol has it."""
    return lsp.Range(lsp.Position(*one.start), lsp.Position(*one.end))
