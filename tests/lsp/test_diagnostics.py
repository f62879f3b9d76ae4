"""What is published while people type, as an editor sees it: over standard input and output."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from lsprotocol import types as lsp

from codemation.lsp.findings import Finding
from codemation.lsp.protocol import session
from codemation.rules import all_rules
from tests.cli.running import run
from tests.lsp.editor import Editor, covered, project

SQLITE = '[app.database]\nkind = "sqlite"\n'
URL = "DATABASE_URL=postgresql://app:s3cret@db.example.com/app\n"


def codes(shown: list[dict[str, Any]]) -> list[str]:
    return [one["code"] for one in shown if "code" in one]


def test_unsaved_text_is_what_counts(editor: Editor, tmp_path: Path) -> None:
    uri, _ = project(tmp_path, "", URL)
    (one,) = editor.shown(uri, SQLITE)
    assert (one["code"], one["severity"], one["tags"], one["source"]) == ("CM301", 2, [1], "codemation")
    assert covered(SQLITE, one["range"]) == '"sqlite"'
    editor.change(uri, SQLITE.replace("sqlite", "postgresql"))
    assert editor.shown(uri) == []
    assert (tmp_path / "codemation.toml").read_text(encoding="utf-8") == ""


def test_what_has_to_do_with_it_is_a_link_into_the_env_file(editor: Editor, tmp_path: Path) -> None:
    uri, env = project(tmp_path, SQLITE, f"# a\n\n{URL}")
    (one,) = editor.shown(uri, SQLITE)
    (related,) = one["relatedInformation"]
    assert related["location"]["uri"] == env
    assert covered(f"# a\n\n{URL}", related["location"]["range"]) == "DATABASE_URL"


def test_an_unsaved_env_file_counts_and_a_closed_one_is_as_saved(editor: Editor, tmp_path: Path) -> None:
    uri, env = project(tmp_path, SQLITE, "")
    assert editor.shown(uri, SQLITE) == []
    editor.raw.pop(uri)
    editor.open(env, URL)
    assert codes(editor.shown(uri)) == ["CM301"]
    editor.raw.pop(uri)
    editor.close(env)
    assert editor.shown(uri) == []


def test_a_code_links_to_its_page(editor: Editor, tmp_path: Path) -> None:
    uri, _ = project(tmp_path, SQLITE, URL)
    (one,) = editor.shown(uri, SQLITE)
    page = Path(unquote(urlsplit(one["codeDescription"]["href"]).path)).read_text(encoding="utf-8")
    rule = next(rule for rule in all_rules() if rule.code == "CM301")
    assert page.startswith("# CM301 ")
    assert rule.page in page


def test_what_the_schema_says_is_told_only_where_it_is_asked_for(editor: Editor, tmp_path: Path) -> None:
    text = '[app.database]\nkinds = "sqlite"\n[app.retention]\nrunSeconds = 3600\nbinarySeconds = 31536000\n'
    uri, _ = project(tmp_path, text)
    assert codes(editor.shown(uri, text)) == ["CM404"]
    editor.raw.pop(uri)
    editor.set(shape=True)
    assert codes(editor.later(uri, "CM101")) == ["CM101", "CM404"]


def test_a_half_typed_file_is_the_other_servers_business_unless_asked(editor: Editor, tmp_path: Path) -> None:
    text = "[app.database]\nkind = "
    uri, _ = project(tmp_path, text)
    assert editor.shown(uri, text) == []
    editor.set(shape=True)
    (one,) = editor.later(uri, "CM003")
    assert one["range"]["start"]["line"] == 1


def test_what_does_not_count_is_faded_and_what_is_elsewheres_struck_through(editor: Editor, tmp_path: Path) -> None:
    toml = '[app.scheduler]\nkind = "local"\n[app.retention]\nrunSeconds = 5000\n'
    env = "CODEMATION_RUN_RETENTION_DEFAULT_SECONDS=6000\nPRISMA_DATABASE_URL=x\nCODEMATION_DB_TYPE=pgsql\n"
    uri, env_uri = project(tmp_path, toml, env)
    shown = editor.shown(uri, toml)
    assert [covered(toml, one["range"]) for one in shown if one["severity"] == 4] == ["runSeconds"]
    (faded,) = shown
    assert faded["tags"] == [1]
    assert "`CODEMATION_RUN_RETENTION_DEFAULT_SECONDS` decided (.env:1)" in faded["message"]
    struck = editor.later(env_uri, "CM205")
    assert [(covered(env, one["range"]), one["tags"]) for one in struck] == [("CODEMATION_DB_TYPE", [2])]


def test_a_key_of_another_program_is_struck_through(editor: Editor, tmp_path: Path) -> None:
    editor.set(shape=True)
    toml = '[app.database]\nhost = "db.example.com"\nkinds = 1\n'
    uri, _ = project(tmp_path, toml)
    shown = editor.shown(uri, toml)
    assert [(covered(toml, one["range"]), one.get("tags")) for one in shown] == [("host", [2]), ("kinds", None)]


def test_what_leans_on_the_process_says_so(editor: Editor, tmp_path: Path) -> None:
    toml = '[app.scheduler]\nkind = "queue"\nqueuePrefix = "mine"\n'
    uri, _ = project(tmp_path, toml)
    shown = editor.shown(uri, toml)
    prefix = next(one for one in shown if one["severity"] == 4)
    missing = next(one for one in shown if one.get("code") == "CM403")
    for one in (prefix, missing):
        assert one["message"].endswith("This editor's environment decides here; the host's may differ.")
    editor.raw.pop(uri)
    editor.set(noEnv=True)
    shown = editor.later(uri, "CM403")
    assert "CM403" in codes(shown)
    assert "environment decides" not in str(shown)


def test_columns_are_counted_in_utf_16_and_lines_end_as_the_editor_has_them(editor: Editor, tmp_path: Path) -> None:
    text = '# 😀\r\napp = { title = "😀😀", database = { kind = "sqlite" } }\r\n'
    uri, _ = project(tmp_path, "", URL)
    shown = [one for one in editor.shown(uri, text) if one.get("code") == "CM301"]
    assert [covered(text, one["range"]) for one in shown] == ['"sqlite"']


def test_half_a_character_is_what_it_is_when_it_is_saved(editor: Editor, tmp_path: Path) -> None:
    text = '"\ud800" = 1\n"\ud800\udc00" = 2\n"b\udfff" = { kind = "\ud800" }\n'
    uri, _ = project(tmp_path, "", "\n")
    editor.set(shape=True)
    found = [one for one in editor.shown(uri, text) if one["code"] == "CM101"]
    # Nothing is wider or narrower than it stands there.
    assert [covered(text.replace("\ud800\udc00", "\U00010000"), one["range"]) for one in found] == [
        *('"\ud800"', '"\U00010000"', '"b\udfff"'),
    ]


def test_columns_are_counted_as_the_editor_wishes_and_it_ends_as_the_protocol_says(tmp_path: Path) -> None:
    text = 'app = { "😀" = 1, database = { kind = "sqlite" } }'
    uri, _ = project(tmp_path / "project", "", URL)
    editor = Editor(tmp_path, encodings=["utf-8", "utf-16"])
    try:
        (one,) = [one for one in editor.shown(uri, text) if one.get("code") == "CM301"]
    finally:
        editor.stop()
    assert one["range"]["start"]["character"] == len(text[: text.index('"sqlite"')].encode())
    assert editor._process.returncode == 0


def test_env_files_are_those_of_the_settings(editor: Editor, tmp_path: Path) -> None:
    uri, _ = project(tmp_path, SQLITE, "")
    (tmp_path / ".env.production").write_text(URL, encoding="utf-8")
    assert editor.shown(uri, SQLITE) == []
    editor.set(envFiles=[".env.production"])
    (one,) = editor.later(uri, "CM301")
    assert one["relatedInformation"][0]["location"]["uri"].endswith("/.env.production")


def test_files_that_change_without_the_editor_are_seen(editor: Editor, tmp_path: Path) -> None:
    uri, env = project(tmp_path, SQLITE)
    assert editor.shown(uri, SQLITE) == []
    (tmp_path / ".env").write_text(URL, encoding="utf-8")
    editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": env, "type": 1}]})
    assert codes(editor.later(uri, "CM301")) == ["CM301"]


def test_other_files_are_nobodys_business_here(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    uri, env = (tmp_path / "pyproject.toml").as_uri(), (tmp_path / ".env").as_uri()
    own, _ = project(tmp_path / "below", SQLITE)
    editor.open(uri, "[app.database]\nkind = 1")
    editor.open(env, "DATABASE_URL=nonsense\n")
    assert editor.shown(own, SQLITE) == []
    assert not {uri, env} & editor.raw.keys()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemation.cli.commands.lsp.find_spec", {}.get)
    ran = run("lsp")
    assert (ran.code, ran.out) == (2, "")
    assert "install 'codemation[lsp]'" in " ".join(ran.err.split())


def test_a_change_by_itself_is_told_at_once_and_many_together(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(session, "QUIET", 0.3)

    def found() -> dict[str, list[Finding]]:
        told.append(1)
        return {}

    async def typing() -> None:
        server = session.Server()
        server.protocol.client_capabilities = lsp.ClientCapabilities()
        monkeypatch.setattr(server, "_found", found)
        server.schedule()
        await asyncio.sleep(0.05)
        assert len(told) == 1
        for _ in range(5):
            server.schedule()
            await asyncio.sleep(0)
        assert len(told) == 1
        await asyncio.sleep(1)
        assert len(told) == 2

    asyncio.run(typing())
