"""Code actions: each, done as an editor does it, gives what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import codemation
from codemation.diagnostics import Edit
from codemation.lsp.text import Spot, Text
from codemation.origin import Span
from codemation.sources.edits import edited
from tests.lsp.editor import Editor, project

URL = "DATABASE_URL=postgresql://app:s3cret@db.example.com/app\n"


def offers(editor: Editor, uri: str, line: int, character: int = 0, **context: Any) -> dict[str, dict[str, Any]]:
    """What is offered at a place, by title."""
    place = {"line": line, "character": character}
    asked = {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}}
    found = editor.request("textDocument/codeAction", {**asked, "context": {"diagnostics": [], **context}})
    return {one["title"]: one for one in found}


def done(action: dict[str, Any], text: str) -> str:
    """A text after an action."""
    ((_, edits),) = action["edit"]["changes"].items()
    places = Text(text)
    return edited(
        text,
        [
            Edit(Span(*(places.position(Spot(**edit["range"][side])) for side in ("start", "end"))), edit["newText"])
            for edit in edits
        ],
    )


def test_repairs_are_those_of_check_fix(editor: Editor, tmp_path: Path) -> None:
    toml = '# 😀\r\n[app.database]\r\nsqlite_file_path = "a"\r\nkind = "SQLite"\r\n'
    uri, _ = project(tmp_path, toml)
    editor.open(uri, toml)
    (title,) = offers(editor, uri, 2, only=["quickfix"])
    assert title == "call it `sqliteFilePath`"
    assert done(offers(editor, uri, 2)[title], toml) == toml.replace("sqlite_file_path", "sqliteFilePath")
    (every,) = offers(editor, uri, 0, only=["source.fixAll"]).values()
    assert done(every, toml) == '# 😀\r\n[app.database]\r\nsqliteFilePath = "a"\r\nkind = "sqlite"\r\n'
    assert (tmp_path / "codemation.toml").read_bytes() == toml.encode()


def test_a_repair_names_the_diagnostic_that_it_is_for(editor: Editor, tmp_path: Path) -> None:
    editor.set(shape=True)
    toml = '[app.database]\nkind = "SQLite"\n'
    uri, _ = project(tmp_path, toml)
    shown = editor.shown(uri, toml)
    (action,) = offers(editor, uri, 1, diagnostics=shown, only=["quickfix"]).values()
    assert [one["code"] for one in action["diagnostics"]] == ["CM103"]
    assert action["isPreferred"]


def test_what_is_in_force_can_be_stated_in_place_of_what_is_not(editor: Editor, tmp_path: Path) -> None:
    toml = '[app.database]\nkind = "sqlite"\n[app.retention]\nrunSeconds = 4000\n'
    uri, _ = project(tmp_path, toml, f"{URL}CODEMATION_RUN_RETENTION_DEFAULT_SECONDS=7200\n")
    editor.open(uri, toml)
    action = offers(editor, uri, 1, 2)['state in the file what is in force: "postgresql"']
    assert done(action, toml) == toml.replace("sqlite", "postgresql")
    action = offers(editor, uri, 3, 2)["state in the file what is in force: 7200"]
    assert done(action, toml) == toml.replace("4000", "7200")


def test_what_is_not_written_can_be_stated_below_its_header(editor: Editor, tmp_path: Path) -> None:
    toml = "[app.database]\n\n[app.scheduler]\n"
    uri, _ = project(tmp_path, toml, f"{URL}CODEMATION_SCHEDULER=bullmq\nREDIS_URL=redis://h/0\n")
    editor.open(uri, toml)
    offered = offers(editor, uri, 0, 3)
    action = offered['state in the file what is in force: kind = "postgresql"']
    assert done(action, toml) == '[app.database]\nkind = "postgresql"\n\n[app.scheduler]\n'
    assert not any("url" in title.casefold() for title in offered)
    # In the words of the form that it is written in.
    action = offers(editor, uri, 2, 3)['state in the file what is in force: kind = "queue"']
    (tmp_path / "codemation.toml").write_text(done(action, toml), encoding="utf-8")
    assert codemation.compile(tmp_path, env={}).model.source.data["app"]["scheduler"] == {"kind": "queue"}


def test_a_secret_in_the_file_can_give_way_to_its_variables_name(editor: Editor, tmp_path: Path) -> None:
    toml = '[app]\ndatabase.url = "postgresql://app:s3cret@db.example.com/app"\n'
    uri, _ = project(tmp_path, toml)
    editor.open(uri, toml)
    offered = offers(editor, uri, 1, 12)
    action = offered['name the variable: urlEnv = "DATABASE_URL" (and set it)']
    assert done(action, toml) == '[app]\ndatabase.urlEnv = "DATABASE_URL"\n'
    assert "s3cret" not in str(offered)
