"""The protocol: requests in, answers out. Nothing is known here of what they say."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from codemation._version import __version__
from codemation.lsp.actions import FIX_ALL, QUICK, REWRITE, Action, actions
from codemation.lsp.analysis import Analysis
from codemation.lsp.completion import completions
from codemation.lsp.findings import Finding, findings
from codemation.lsp.hints import hints
from codemation.lsp.hover import hover
from codemation.lsp.navigation import definition, references
from codemation.lsp.options import Options, read_options
from codemation.lsp.pages import Pages
from codemation.lsp.projects import Projects
from codemation.lsp.text import Link, Range, Spot
from codemation.sources.file_watch import Snapshot, snapshot

QUIET: Final = 0.01
"""Seconds without a change until diagnostics are made: what was typed meanwhile is told at once."""

COLLECT_AFTER: Final = 100_000
"""Objects made, beyond those that went away, until the collector looks: about as many as a file of 1,000 workflows."""

TICK: Final = 1.0
"""Seconds between two looks at the files, for editors that watch none."""

SEVERITIES: Final = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "hint": lsp.DiagnosticSeverity.Hint,
}
LOOKS: Final = {"faded": lsp.DiagnosticTag.Unnecessary, "struck through": lsp.DiagnosticTag.Deprecated}
ITEMS: Final = {
    "variable": lsp.CompletionItemKind.Variable,
    "key": lsp.CompletionItemKind.Property,
    "table": lsp.CompletionItemKind.Module,
    "word": lsp.CompletionItemKind.EnumMember,
}

P = ParamSpec("P")
R = TypeVar("R")


class Server(LanguageServer):
    """The server, with the projects that are open.

    `initial` are the settings that came with the first message, `uris` how the editor calls its files (absolute paths).
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
        """The absolute path of a file; `None` for what is none, and for no file of ours."""
        path = to_fs_path(uri)
        return os.path.normpath(path) if path else None

    def known(self, document: lsp.TextDocumentIdentifier) -> tuple[str, Analysis | None]:
        """The path of a document, and what is known of its project."""
        path = self.path(document.uri)
        return path or "", self.projects.analysis(path) if path else None

    # What is published

    def schedule(self) -> None:
        """Publish diagnostics once nothing more is typed."""
        if self.waiting is not None:
            self.waiting.cancel()
        self.waiting = asyncio.get_running_loop().call_later(QUIET, self.publish)

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


def guarded(
    answer: Callable[Concatenate[Server, P], R],
) -> Callable[Concatenate[Server, P], R | None]:
    """An answer that is none where ours fails, instead of an error that quotes who knows what."""

    @wraps(answer)
    def safe(server: Server, /, *arguments: P.args, **named: P.kwargs) -> R | None:
        try:
            return answer(server, *arguments, **named)
        except Exception as error:  # noqa: BLE001  (as in `publish`)
            server.say(error)
            return None

    return safe


@guarded
def did_open(server: Server, params: lsp.DidOpenTextDocumentParams) -> None:
    """A file is open."""
    document = params.text_document
    _take(server, document.uri, document.version, document.text)


@guarded
def did_change(server: Server, params: lsp.DidChangeTextDocumentParams) -> None:
    """A file has another text, whole: that is what the server asks for."""
    if params.content_changes:
        document = params.text_document
        _take(server, document.uri, document.version, params.content_changes[-1].text)


def _take(server: Server, uri: str, version: int, text: str) -> None:
    path = server.path(uri)
    if path is not None:
        server.uris[path], server.versions[path] = uri, version
        server.projects.open(path, text)
        server.schedule()


@guarded
def did_close(server: Server, params: lsp.DidCloseTextDocumentParams) -> None:
    """A file is closed: what is saved counts."""
    path = server.path(params.text_document.uri)
    if path is not None:
        server.projects.close(path)
        server.versions.pop(path, None)
        server.schedule()


@guarded
def did_save(server: Server, params: lsp.DidSaveTextDocumentParams) -> None:
    """A file is saved, by whoever: look at all of them again."""
    del params
    server.again()


@guarded
def files_changed(server: Server, params: lsp.DidChangeWatchedFilesParams) -> None:
    """A file that decides something is another one."""
    del params
    server.again()


@guarded
def folders_changed(server: Server, params: lsp.DidChangeWorkspaceFoldersParams) -> Any:
    """Folders came or went: they may have settings."""
    del params
    return _settings(server, None)


@guarded
def settings_changed(server: Server, params: lsp.DidChangeConfigurationParams) -> None:
    """The settings are others: they are in the message, or to be asked for."""
    _settings(server, params.settings)


def _settings(server: Server, settings: Any) -> None:
    if get_capability(server.client_capabilities, "workspace.configuration", None):
        _ask(server)
        return
    server.projects.options = read_options(settings, server.initial)
    server.again()


def _ask(server: Server) -> None:
    task = asyncio.get_running_loop().create_task(server.ask_options())
    task.add_done_callback(lambda done: None if done.cancelled() or not done.exception() else server.again())


@guarded
def initialize(server: Server, params: lsp.InitializeParams) -> None:
    """What was agreed on before anything else."""
    server.initial = server.projects.options = read_options(params.initialization_options)
    encoding = server.workspace.position_encoding
    server.projects.encoding = {"utf-8": "utf-8", "utf-32": "utf-32"}.get(
        str(getattr(encoding, "value", encoding)), "utf-16"
    )  # type: ignore[assignment]


@guarded
def initialized(server: Server, params: lsp.InitializedParams) -> None:
    """Ask for the settings, and let the files be watched."""
    del params
    capabilities = server.client_capabilities
    if get_capability(capabilities, "workspace.configuration", None):
        _ask(server)
    loop = asyncio.get_running_loop()
    if get_capability(capabilities, "workspace.did_change_watched_files.dynamic_registration", None):
        watchers = [lsp.FileSystemWatcher(glob) for glob in ("**/codemation.toml", "**/.env", "**/.env.*")]
        options = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
        one = lsp.Registration("codemation-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        server.client_register_capability(lsp.RegistrationParams([one]))
    server.watcher = loop.create_task(server.watch())


@guarded
def hovered(server: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    """What is told of a place."""
    path, analysis = server.known(params.text_document)
    found = analysis and hover(analysis, path, spot_of(params.position))
    if not found:
        return None
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, found.text), range_of(found.range))


@guarded
def completed(server: Server, params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
    """What may be written."""
    path, analysis = server.known(params.text_document)
    return [
        lsp.CompletionItem(
            one.label,
            kind=ITEMS[one.kind],
            documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, one.doc) if one.doc else None,
            text_edit=lsp.TextEdit(range_of(one.range), one.text),
        )
        for one in (completions(analysis, path, spot_of(params.position)) if analysis else ())
    ]


@guarded
def defined(server: Server, params: lsp.DefinitionParams) -> list[lsp.Location]:
    """Where it is decided."""
    path, analysis = server.known(params.text_document)
    found = definition(analysis, path, spot_of(params.position)) if analysis else []
    return [server.location(link) for link in found]


@guarded
def referred(server: Server, params: lsp.ReferenceParams) -> list[lsp.Location]:
    """All that has a say."""
    path, analysis = server.known(params.text_document)
    found = references(analysis, path, spot_of(params.position)) if analysis else []
    return [server.location(link) for link in found]


@guarded
def hinted(server: Server, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    """A few words behind values."""
    path, analysis = server.known(params.text_document)
    if analysis is None or path != analysis.config:
        return []
    return [
        lsp.InlayHint(lsp.Position(*one.spot), one.label, tooltip=one.tooltip, padding_left=True)
        for one in hints(analysis, params.range.start.line, params.range.end.line)
    ]


@guarded
def offered(server: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    """What to do about it."""
    path, analysis = server.known(params.text_document)
    if analysis is None:
        return []
    only = params.context.only
    every = only is None or any(_covers(_name(kind), FIX_ALL) for kind in only)
    stretch = Range(spot_of(params.range.start), spot_of(params.range.end))
    return [
        _action(params, one)
        for one in actions(analysis, path, stretch, every=every)
        if only is None or any(_covers(_name(kind), one.kind) for kind in only)
    ]


def _name(kind: object) -> str:
    return str(getattr(kind, "value", kind))


def _covers(kind: str, other: str) -> bool:
    """Whether one kind of action is another, or above it."""
    return kind in {"", other} or other.startswith(f"{kind}.")


def _action(params: lsp.CodeActionParams, one: Action) -> lsp.CodeAction:
    about = [
        shown
        for shown in params.context.diagnostics
        if one.code is not None and shown.code == one.code and one.about and shown.range == range_of(one.about)
    ]
    edits = [lsp.TextEdit(range_of(stretch), text) for stretch, text in one.edits]
    return lsp.CodeAction(
        one.title,
        kind=one.kind,
        diagnostics=about or None,
        is_preferred=one.kind == QUICK or None,
        edit=lsp.WorkspaceEdit(changes={params.text_document.uri: edits}),
    )


@guarded
def shutdown(server: Server, params: None) -> None:
    """The editor takes its leave."""
    del params
    server.leaving = True
    if server.watcher is not None:
        server.watcher.cancel()


FEATURES: Final[Sequence[tuple[str, Callable[..., Any], Any]]] = (
    (lsp.INITIALIZE, initialize, None),
    (lsp.INITIALIZED, initialized, None),
    (lsp.SHUTDOWN, shutdown, None),
    (lsp.TEXT_DOCUMENT_DID_OPEN, did_open, None),
    (lsp.TEXT_DOCUMENT_DID_CHANGE, did_change, None),
    (lsp.TEXT_DOCUMENT_DID_CLOSE, did_close, None),
    (lsp.TEXT_DOCUMENT_DID_SAVE, did_save, lsp.SaveOptions(include_text=False)),
    (lsp.TEXT_DOCUMENT_HOVER, hovered, None),
    (lsp.TEXT_DOCUMENT_COMPLETION, completed, lsp.CompletionOptions(trigger_characters=[".", "=", "["])),
    (lsp.TEXT_DOCUMENT_DEFINITION, defined, None),
    (lsp.TEXT_DOCUMENT_REFERENCES, referred, None),
    (lsp.TEXT_DOCUMENT_INLAY_HINT, hinted, None),
    (lsp.TEXT_DOCUMENT_CODE_ACTION, offered, lsp.CodeActionOptions([QUICK, REWRITE, FIX_ALL])),
    (lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, files_changed, None),
    (lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, folders_changed, None),
    (lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, settings_changed, None),
)


def serve() -> bool:
    """Speak with an editor over standard input and output, until it ends; whether it took its leave."""
    # pygls logs tracebacks, and those may quote anything.
    logger = logging.getLogger("pygls")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    # What was imported stays, and the collector need not look at it again after every few lines of a file.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)
    server = Server()
    for name, answer, options in FEATURES:
        server.feature(name, options)(answer)
    try:
        # A copy of its own: pygls closes it, and whatever else is printed must not get between the messages.
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output, redirect_stdout(sys.stderr):
            server.start_io(stdout=output)
    finally:
        server.pages.close()
    return server.leaving
