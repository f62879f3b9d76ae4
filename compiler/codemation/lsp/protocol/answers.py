"""What is answered to each request, and done on each notice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from lsprotocol import types as lsp
from pygls.capabilities import get_capability

from codemation.lsp.actions import FIX_ALL, QUICK, REWRITE, Action, Edits, actions, every_repair
from codemation.lsp.completion import completions
from codemation.lsp.hints import hints
from codemation.lsp.hover import hover
from codemation.lsp.navigation import definition, references
from codemation.lsp.options import read_options
from codemation.lsp.protocol.session import Server, range_of, spot_of
from codemation.lsp.text import Range

ITEMS: Final = {
    "variable": lsp.CompletionItemKind.Variable,
    "key": lsp.CompletionItemKind.Property,
    "table": lsp.CompletionItemKind.Module,
    "word": lsp.CompletionItemKind.EnumMember,
}

P = ParamSpec("P")
R = TypeVar("R")


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
    """Ask for the settings, and to be told of others and of files that change."""
    del params
    capabilities = server.client_capabilities
    if get_capability(capabilities, "workspace.configuration", None):
        _ask(server)
    notices: list[lsp.Registration] = []
    if get_capability(capabilities, "workspace.did_change_watched_files.dynamic_registration", None):
        watchers = [lsp.FileSystemWatcher(glob) for glob in ("**/codemation.toml", "**/.env", "**/.env.*")]
        files = lsp.DidChangeWatchedFilesRegistrationOptions(watchers)
        notices.append(lsp.Registration("codemation-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, files))
    if get_capability(capabilities, "workspace.did_change_configuration.dynamic_registration", None):
        # VS Code tells of settings that change only whoever registered for it.
        settings = lsp.DidChangeConfigurationRegistrationOptions(section="codemation")
        notices.append(lsp.Registration("codemation-settings", lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, settings))
    if notices:
        server.client_register_capability(lsp.RegistrationParams(notices))
    server.watcher = asyncio.get_running_loop().create_task(server.watch())


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
    resolves = "edit" in get_capability(
        server.client_capabilities, "text_document.code_action.resolve_support.properties", ()
    )

    def wanted(kind: str) -> bool:
        # Who cannot ask for the edits of what was chosen gets them if the kind is named, and not with each menu.
        named = only is not None and any(_covers(_name(one), kind) for one in only)
        return named or (only is None and (resolves or kind != FIX_ALL))

    stretch = Range(spot_of(params.range.start), spot_of(params.range.end))
    offers = [_action(params, one) for one in actions(analysis, path, stretch, wanted)]
    if resolves:
        return offers
    whole = [one if one.edit else chosen(server, one) for one in offers]
    return [one for one in whole if one.edit and one.edit.changes and any(one.edit.changes.values())]


def chosen(server: Server, params: lsp.CodeAction) -> lsp.CodeAction:
    """What was chosen, with its edits."""
    return _with_edits(server, params) or params


@guarded
def _with_edits(server: Server, action: lsp.CodeAction) -> lsp.CodeAction:
    """An offer whose edits were not made yet."""
    uri = str(action.data)
    _, analysis = server.known(lsp.TextDocumentIdentifier(uri))
    edits = every_repair(analysis) if analysis else ()
    return lsp.CodeAction(action.title, kind=action.kind, edit=_edit(uri, edits))


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
    uri = params.text_document.uri
    return lsp.CodeAction(
        one.title,
        kind=one.kind,
        diagnostics=about or None,
        is_preferred=one.kind == QUICK or None,
        edit=None if one.edits is None else _edit(uri, one.edits),
        data=uri if one.edits is None else None,
    )


def _edit(uri: str, edits: Edits) -> lsp.WorkspaceEdit:
    return lsp.WorkspaceEdit(changes={uri: [lsp.TextEdit(range_of(stretch), text) for stretch, text in edits]})


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
    (lsp.TEXT_DOCUMENT_CODE_ACTION, offered, lsp.CodeActionOptions([QUICK, REWRITE, FIX_ALL], resolve_provider=True)),
    (lsp.CODE_ACTION_RESOLVE, chosen, None),
    (lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, files_changed, None),
    (lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, folders_changed, None),
    (lsp.WORKSPACE_DID_CHANGE_CONFIGURATION, settings_changed, None),
)
