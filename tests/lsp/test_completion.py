"""Completion: what may be written in env files, and in the file where servers for TOML fall short."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from codemation.lsp.completion import completions
from codemation.lsp.options import Options
from codemation.lsp.projects import Projects
from codemation.lsp.text import Spot
from codemation.settings.catalogue import CATALOGUE
from tests.editors.lsp import Position
from tests.lsp.editor import Editor, project


def offered(editor: Editor, uri: str, text: str, line: int | None = None) -> dict[str, dict[str, Any]]:
    """What is offered at the end of a text, or of one of its lines."""
    editor.change(uri, text)
    number = text.count("\n") if line is None else line
    place = Position(number, len(text.split("\n")[number].encode("utf-16-le")) // 2)
    return {one["label"]: one for one in editor.completions(uri, place)}


def test_an_env_file_offers_the_variables_that_are_not_there_yet(editor: Editor, tmp_path: Path) -> None:
    toml = '[app.database]\nurlEnv = "OWN_URL"\n'
    uri, env = project(tmp_path, toml, "")
    editor.open(uri, toml)
    editor.open(env, "")
    found = offered(editor, env, "QUEUE_PREFIX=x\nexport CODE")
    assert {"CODEMATION_DATABASE_KIND", "AUTH_SECRET", "NODE_ENV", "OWN_URL"} <= found.keys()
    assert "QUEUE_PREFIX" not in found
    assert CATALOGUE.variables["CODEMATION_DATABASE_KIND"][0].doc in str(found["CODEMATION_DATABASE_KIND"])
    edit = found["CODEMATION_DATABASE_KIND"]["textEdit"]
    assert edit["newText"] == "CODEMATION_DATABASE_KIND="
    assert (edit["range"]["start"]["character"], edit["range"]["end"]["character"]) == (7, 11)


def test_and_the_words_that_a_variable_may_be(editor: Editor, tmp_path: Path) -> None:
    uri, env = project(tmp_path, "", "")
    editor.open(uri, "")
    editor.open(env, "")
    assert offered(editor, env, "CODEMATION_DATABASE_KIND=").keys() == {"sqlite", "postgresql"}
    assert offered(editor, env, "NODE_ENV='pro").keys() == {"production"}
    assert offered(editor, env, "CODEMATION_SKIP_STARTUP_MIGRATIONS=").keys() == {"true", "false"}
    assert offered(editor, env, "OTHER=") == {}


def test_the_file_offers_what_other_servers_miss(editor: Editor, tmp_path: Path) -> None:
    uri, _ = project(tmp_path, "")
    editor.open(uri, "")
    assert offered(editor, uri, '[workflows."a.b"]\npru').keys() == {"prunePolicy"}
    assert offered(editor, uri, '[workflows."a.b".').keys() == {"prunePolicy"}
    policy = offered(editor, uri, "[workflows.a.prunePolicy]\nbinarySeconds = 5\n")
    assert "runSeconds" in policy
    assert "binarySeconds" not in policy
    assert policy["runSeconds"]["textEdit"]["newText"] == "runSeconds = "
    servers = offered(editor, uri, '[[mcpServers]]\nid = "a"\nur')
    assert "url" in servers
    assert "id" not in servers
    assert offered(editor, uri, '[[mcpServers]]\nid = "a"\n[mcpServers.staticHeaders]\nur') == {}
    assert {"google", "github"} <= offered(editor, uri, "[[app.auth.oauth]]\nprovider = ").keys()
    assert offered(editor, uri, "[app.database]\n") == {}
    assert offered(editor, uri, '[[mcpServers]]\n[workflows."a]#b" ] # c\n').keys() == {"prunePolicy"}
    assert offered(editor, uri, "[ workflows.a . pru").keys() == {"prunePolicy"}


@pytest.mark.parametrize("line", ["[", "[a.", '[[a."', "a", "a =", "export ", "[a]", "#"])
def test_a_line_of_blanks_is_answered_at_once(line: str) -> None:
    texts = {"/a/codemation.toml": f"{line}{' ' * 20_000}\N{SECTION SIGN}\n", "/a/.env": f"{line}{' ' * 20_000}="}
    projects = Projects()
    projects.options = Options(shape=True)
    for path, text in texts.items():
        projects.open(path, text)
    started = time.process_time()
    for path, text in texts.items():
        analysis = projects.analysis(path)
        assert analysis is not None
        for spot in (Spot(0, len(text)), Spot(1, 0)):
            completions(analysis, path, spot)
    assert time.process_time() - started < 5


def test_with_shape_it_offers_everything(editor: Editor, tmp_path: Path) -> None:
    uri, _ = project(tmp_path, "")
    editor.open(uri, "")
    editor.set(shape=True)
    assert {"kind", "url", "urlEnv"} <= offered(editor, uri, "[app.database]\n").keys()
    assert offered(editor, uri, "[app.database]\nkind = ").keys() == {"sqlite", "postgresql"}
    assert offered(editor, uri, '# 😀\n[app.database]\nkind = "s')["sqlite"]["textEdit"] == {
        "newText": '"sqlite"',
        "range": {"start": {"line": 2, "character": 7}, "end": {"line": 2, "character": 9}},
    }
    assert {"database", "scheduler"} <= offered(editor, uri, "[app.").keys()
    assert {"kind"} <= offered(editor, uri, "[app]\ndatabase.").keys()
