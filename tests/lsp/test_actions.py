"""Code actions: each, done as an editor does it, gives what it says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import codemation
from codemation import pipeline
from codemation.diagnostics import Edit
from codemation.lsp import actions as module
from codemation.lsp.findings import findings
from codemation.lsp.projects import Projects
from codemation.lsp.text import Range, Spot, Text
from codemation.origin import Span
from codemation.resolution.semantic_model import SemanticModel
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


FAULTY = '# 😀\r\n[app.database]\r\nsqlite_file_path = "a"\r\nkind = "SQLite"\r\n'
REPAIRED = '# 😀\r\n[app.database]\r\nsqliteFilePath = "a"\r\nkind = "sqlite"\r\n'
EVERY = "make all repairs that take no guess"


def test_repairs_are_those_of_check_fix(editor: Editor, tmp_path: Path) -> None:
    uri, _ = project(tmp_path, FAULTY)
    editor.open(uri, FAULTY)
    (title,) = offers(editor, uri, 2, only=["quickfix"])
    assert title == "call it `sqliteFilePath`"
    assert done(offers(editor, uri, 2)[title], FAULTY) == FAULTY.replace("sqlite_file_path", "sqliteFilePath")
    every = offers(editor, uri, 0)[EVERY]
    assert "edit" not in every
    assert done(editor.request("codeAction/resolve", every), FAULTY) == REPAIRED
    for kind in ("source.fixAll.codemation", "source.fixAll", "source"):
        assert offers(editor, uri, 0, only=[kind]) == {EVERY: every}
    assert offers(editor, uri, 0, only=["refactor"]) == {}
    # What is typed meanwhile counts.
    editor.change(uri, f"\n{FAULTY}")
    assert done(editor.request("codeAction/resolve", every), f"\n{FAULTY}") == f"\n{REPAIRED}"
    assert (tmp_path / "codemation.toml").read_bytes() == FAULTY.encode()


def test_an_editor_that_asks_for_no_edits_later_has_them_where_it_names_the_kind(tmp_path: Path) -> None:
    uri, _ = project(tmp_path, FAULTY)
    editor = Editor(tmp_path, resolves=False)
    try:
        editor.open(uri, FAULTY)
        assert list(offers(editor, uri, 2)) == ["call it `sqliteFilePath`"]
        assert done(offers(editor, uri, 0, only=["source.fixAll"])[EVERY], FAULTY) == REPAIRED
        editor.change(uri, '[app.database]\nkind = "sqlite"\n')
        assert offers(editor, uri, 0, only=["source.fixAll"]) == {}
    finally:
        editor.stop()


def test_repairs_are_tried_only_when_they_are_asked_for_and_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies = (f"[workflows.w{number}.prunePolicy]\nrun_seconds = '5'\n" for number in range(200))
    projects = Projects()
    text = '[app.database]\nkind = "postgresql"\n' + "".join(policies)
    projects.open(str(tmp_path / "codemation.toml"), text)
    tried: list[Sequence[Edit]] = []
    once = pipeline.decide_edits

    def counted(model: SemanticModel, edits: Sequence[Edit]) -> SemanticModel:
        tried.append(edits)
        return once(model, edits)

    monkeypatch.setattr(pipeline, "decide_edits", counted)
    analysis = projects.project(str(tmp_path))
    whole = Range(Spot(0, 0), Spot(1000, 0))
    assert "CM401" in [one.code for one in findings(analysis)]
    offered = list(module.actions(analysis, analysis.config, whole, lambda kind: kind == module.FIX_ALL))
    assert [(one.title, one.edits) for one in offered] == [(EVERY, None)]
    assert tried == []
    offered = list(module.actions(analysis, analysis.config, whole, lambda _: True))
    assert len(offered) - 1 == module.MOST
    ((_, text),) = module.every_repair(analysis)
    assert text.count("runSeconds = 5\n") == 200
    assert 0 < len(tried) < 5


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
