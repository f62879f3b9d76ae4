"""Which file belongs to which project, with which settings; and places as an editor counts them."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemation.lsp.options import Options, read_options
from codemation.lsp.projects import Projects
from codemation.lsp.text import Encoding, Spot, Text
from codemation.origin import Position
from tests.lsp.editor import Editor, project
from tests.torture import searching

URL = "DATABASE_URL=postgresql://app:s3cret@db.example.com/app\n"
SQLITE = '[app.database]\nkind = "sqlite"\n'


def test_several_roots_are_projects_of_their_own(editor: Editor, tmp_path: Path) -> None:
    one, _ = project(tmp_path / "one", SQLITE, URL)
    other, _ = project(tmp_path / "other", SQLITE, "")
    assert [mark["code"] for mark in editor.shown(one, SQLITE)] == ["CM301"]
    assert editor.shown(other, SQLITE) == []
    assert "postgresql" in str(editor.ask("hover", one, 1, 1))
    assert "postgresql" not in editor.ask("hover", other, 1, 1)["contents"]["value"].split("\n")[0]


def test_an_editor_that_can_is_asked_to_watch_to_tell_of_settings_and_to_show_hints_anew(
    editor: Editor, tmp_path: Path
) -> None:
    uri, _ = project(tmp_path, SQLITE)
    editor.asked.clear()
    editor.open(uri, SQLITE)
    while not any(one["method"] == "workspace/inlayHint/refresh" for one in editor.asked):
        editor._take()
    watchers = editor.notices["workspace/didChangeWatchedFiles"]["watchers"]
    assert [one["globPattern"] for one in watchers] == ["**/codemation.toml", "**/.env", "**/.env.*"]
    # VS Code tells of settings that change only whoever asked for it.
    assert editor.notices["workspace/didChangeConfiguration"] == {"section": "codemation"}


def test_an_editor_that_watches_watches_nothing_is_told_all_the_same(editor: Editor, tmp_path: Path) -> None:
    uri, _ = project(tmp_path, SQLITE)
    assert editor.shown(uri, SQLITE) == []
    # The first look of the server is at most a second ago.
    time.sleep(1.1)
    (tmp_path / ".env").write_text(URL, encoding="utf-8")
    assert [mark["code"] for mark in editor.later(uri, "CM301")] == ["CM301"]


def test_each_folder_of_the_workspace_has_its_settings(tmp_path: Path) -> None:
    projects = Projects()
    inner = str(tmp_path / "a" / "b")
    projects.folders = {str(tmp_path / "a"): Options(no_env=True), inner: Options(env_files=(".env.test",))}
    assert projects.options_of(str(tmp_path / "a" / "bc")) == Options(no_env=True)
    assert projects.options_of(str(Path(inner) / "c")) == Options(env_files=(".env.test",))
    assert projects.options_of(str(tmp_path)) == Options()
    assert projects.env_files(inner) == (str(Path(inner) / ".env.test"),)


def test_a_file_of_the_settings_belongs_to_their_project(tmp_path: Path) -> None:
    project(tmp_path, SQLITE)
    projects = Projects()
    projects.options = Options(env_files=("config/prod.vars",))
    projects.open(str(tmp_path / "codemation.toml"), SQLITE)
    assert projects.root_of(str(tmp_path / "config" / "prod.vars")) == str(tmp_path)
    assert projects.root_of(str(tmp_path / "below" / ".env.local")) == str(tmp_path)
    assert projects.root_of(str(tmp_path / "config" / "other.vars")) is None


@pytest.mark.parametrize("written", [False, True])
def test_a_server_waits_for_no_pipe_and_takes_nothing_from_one(tmp_path: Path, *, written: bool) -> None:
    uri, _ = project(tmp_path / "project", SQLITE)
    pipes = [tmp_path / "project" / name for name in ("p.env", "secret")]
    for pipe in pipes:
        os.mkfifo(pipe)
    # Whoever writes waits until somebody reads; what is written once is for the host.
    writers = [threading.Thread(target=pipe.write_text, args=(URL,)) for pipe in pipes if written]
    for writer in writers:
        writer.start()
    editor = Editor(tmp_path, environment={"DATABASE_URL_FILE": str(pipes[1])})
    try:
        editor.set(envFiles=["p.env", "/dev/stdin", "/dev/zero"])
        editor.open(uri, SQLITE)
        told = [one["message"] for one in editor.later(uri, "/dev/zero")]
        assert sum("is a pipe or a device, not a file" in one for one in told) == 4
    finally:
        editor.stop()
        for pipe, writer in zip(pipes, writers, strict=False):
            assert writer.is_alive()
            assert pipe.read_text() == URL
            writer.join()


@pytest.mark.parametrize(
    "uri",
    [
        "file:///%00/codemation.toml",
        "file:///a%00b/.env",
        "untitled:Untitled-1",
        "untitled:/a/codemation.toml",
        "vscode-notebook-cell:/a/codemation.toml#W0sZmlsZQ%3D%3D",
        "git:/a/codemation.toml?%7B%7D",
        "file:codemation.toml",
        "codemation.toml",
        pytest.param("file:///c%3A/a/codemation.toml", marks=pytest.mark.skipif(os.name == "nt", reason="is a file")),
    ],
)
def test_what_is_no_file_is_nothing_to_say(editor: Editor, uri: str) -> None:
    editor.open(uri, SQLITE)
    assert not editor.ask("hover", uri, 1, 1)
    assert not editor.ask("definition", uri, 1, 1)
    assert not editor.ask("completion", uri, 2, 0)
    editor.change(uri, "")
    editor.close(uri)
    assert not editor.ask("hover", uri, 1, 1)
    assert uri not in editor.raw


def test_a_file_that_is_not_saved_yet_is_a_project(tmp_path: Path) -> None:
    projects = Projects()
    projects.open(str(tmp_path / "codemation.toml"), SQLITE)
    assert projects.project(str(tmp_path)).model.source.data == {"app": {"database": {"kind": "sqlite"}}}


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        (None, Options()),
        ({"envFiles": [".env", ".env.local"]}, Options(env_files=(".env", ".env.local"))),
        ({"codemation": {"noEnv": True, "shape": True}}, Options(no_env=True, shape=True)),
        ({"envFiles": "x", "noEnv": 1, "shape": None}, Options()),
        ([1], Options()),
    ],
)
def test_settings_are_read_leniently(settings: object, options: Options) -> None:
    assert read_options(settings) == options


TEXTS = st.text(st.sampled_from('a=\n\r\u2028é😀\t"[]'), max_size=40)


@searching(100)
@given(TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-32"]), st.sampled_from(["file", "env file"]))
def test_places_there_and_back_are_the_same(text: str, encoding: Encoding, which: str) -> None:
    universal = which == "env file"
    whole = "\ufeff" * text.startswith("é") + text
    places = Text(whole, encoding, universal=universal)
    rows = places.text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if universal else whole.split("\n")
    for row, line in enumerate(rows, 1):
        written = line.removeprefix("\ufeff") if row == 1 else line
        for column in range(1, len(written.rstrip("\r")) + 2):
            position = Position(row, column)
            spot = places.spot(position)
            assert places.position(spot) == position
            assert places.within(spot) == spot


def test_a_place_that_there_is_not_is_the_nearest() -> None:
    text = Text("a😀b\r\nc")
    assert text.position(Spot(0, 2)) == Position(1, 2)
    assert text.position(Spot(0, 99)) == Position(1, 4)
    assert text.position(Spot(9, 9)) == Position(2, 2)
    assert text.within(Spot(9, 9)) == Spot(1, 1)
    assert text.within(Spot(0, 99)) == Spot(0, 4)
