"""From keys to the places that decide, and what is shown behind values."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.lsp.editor import Editor, covered, project

TOML = """\
# 😀
[app.database]
kind = "sqlite"
[app.scheduler]
kind = "inline"
[app.retention]
runSeconds = 172800
binarySeconds = 3
[workflows."a.b".prunePolicy]
runSeconds = 5400
"""
ENV = "# one\nDATABASE_URL=postgresql://app:s3cret@db.example.com/app\nCODEMATION_RUN_RETENTION_DEFAULT_SECONDS=7200\n"


def places(found: list[dict[str, Any]], texts: dict[str, str]) -> list[tuple[str, str]]:
    """The files and what stands there."""
    return [(unquote(one["uri"]).rsplit("/", 1)[1], covered(texts[one["uri"]], one["range"])) for one in found]


def test_definition_leads_to_the_place_that_decides(editor: Editor, tmp_path: Path) -> None:
    uri, env = project(tmp_path, TOML, ENV)
    texts = {uri: TOML, env: ENV}
    editor.open(uri, TOML)

    def leads(line: int, character: int, at: str = uri) -> list[tuple[str, str]]:
        return places(editor.ask("definition", at, line, character), texts)

    assert leads(2, 1) == [(".env", "DATABASE_URL")]
    assert leads(2, 10) == [(".env", "DATABASE_URL")]
    assert leads(4, 1) == [("codemation.toml", "kind")]
    assert leads(9, 3) == [("codemation.toml", "runSeconds")]
    assert leads(0, 0) == []
    assert leads(1, 40, env) == [(".env", "DATABASE_URL")]


def test_what_is_inferred_leads_to_what_it_follows_from(editor: Editor, tmp_path: Path) -> None:
    toml, env_text = '[app.scheduler]\nkind = "queue"\n', "CODEMATION_EVENT_BUS=\n"
    uri, env = project(tmp_path, toml, env_text)
    editor.open(uri, toml)
    found = editor.ask("definition", env, 0, 3)
    assert places(found, {uri: toml, env: env_text}) == [("codemation.toml", "kind")]


def test_references_are_all_that_have_a_say(editor: Editor, tmp_path: Path) -> None:
    uri, env = project(tmp_path, TOML, ENV)
    texts = {uri: TOML, env: ENV}
    editor.open(uri, TOML)
    context = {"includeDeclaration": True}
    from_key = places(editor.ask("references", uri, 2, 1, context=context), texts)
    assert sorted(from_key) == [(".env", "DATABASE_URL"), ("codemation.toml", "kind")]
    from_variable = places(editor.ask("references", env, 2, 3, context=context), texts)
    assert sorted(from_variable) == [
        (".env", "CODEMATION_RUN_RETENTION_DEFAULT_SECONDS"),
        ("codemation.toml", "runSeconds"),
    ]


def test_hints_tell_what_is_in_force_instead_and_what_seconds_are(editor: Editor, tmp_path: Path) -> None:
    uri, _ = project(tmp_path, TOML, ENV)
    editor.open(uri, TOML)

    def hints(first: int, last: int) -> dict[int, list[str]]:
        range_ = {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}
        found: dict[int, list[str]] = {}
        for one in editor.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": range_}):
            found.setdefault(one["position"]["line"], []).append(one["label"])
            assert one["position"]["character"] == len(TOML.split("\n")[one["position"]["line"]])
        return found

    assert hints(0, 20) == {
        2: ['in force: "postgresql" (.env:2)'],
        6: ["2 d", "in force: 7200 = 2 h (.env:3)"],
        9: ["90 min"],
    }
    assert hints(9, 9) == {9: ["90 min"]}
    editor.change(uri, TOML + "half = ")
    assert hints(0, 20) == {}


def test_a_hint_that_leans_on_the_process_says_so(editor: Editor, tmp_path: Path) -> None:
    toml = '[app.scheduler]\nqueuePrefix = "mine"\n'
    uri, _ = project(tmp_path, toml)
    editor.open(uri, toml)
    range_ = {"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}}
    (one,) = editor.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": range_})
    assert one["label"] == 'in force: "from-the-process" (this editor\'s environment)'
