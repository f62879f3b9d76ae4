"""Hover: what is in force and who decided, held to `compile --explain --format json`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from codemation.explain.answer import spelled
from codemation.settings.catalogue import CATALOGUE, dotted
from codemation.sources.spans import locate
from tests.cli.running import run
from tests.editors.lsp import Position, markup
from tests.lsp.editor import Editor, covered, project
from tests.test_examples import CASES, Case

SECRET = "s3cret-Passw0rd"


class Copied(Struct, frozen=True):
    """An example, and what `compile --explain` says of it."""

    uri: str
    text: str
    env_files: list[str]
    settings: Mapping[str, Any]


def copied(case: Case, folder: Path) -> Copied:
    """An example where nothing of ours lies around it, in its environment."""
    target = folder / f"{case.folder.name}-{case.expected.name}"
    shutil.copytree(case.folder, target, ignore=shutil.ignore_patterns("*.py"))
    env_files = [case.env_file.name] if case.env_file else []
    options = [part for name in env_files for part in ("--env-file", str(target / name))]
    ran = run("compile", "--root", str(target), "--no-env", *options, "--explain", "--format", "json")
    assert ran.code == 0, ran.err
    keys: dict[str, Any] = {}
    for one in json.loads(ran.out)["settings"]:
        keys = {one["appKey"]: one} | keys | {one["key"]: one}
    file = target / "codemation.toml"
    return Copied(file.as_uri(), file.read_text(encoding="utf-8"), env_files, keys)


def written(text: str) -> Iterator[tuple[str, str | None, tuple[int, int]]]:
    """Every key of a setting in a file: the key, the one that it names a variable for, and the place of its name."""
    for path, found in locate(text).paths():
        leaf = CATALOGUE.leaf(path)
        if leaf is None or found.component is None:
            continue
        about = next(
            (one for one in CATALOGUE.hosts if one.reference == leaf.setting.app and not leaf.setting.runtime), None
        )
        key = dotted(about.app if about else path)
        yield key, dotted(path), (found.component.start.line - 1, found.component.start.column - 1)


def place(origin: Mapping[str, Any]) -> str:
    """How people call where a candidate is written."""
    if origin["kind"] == "environment":
        return f"`{origin['variable']}` is set ({origin['file']}:{origin['line']}"
    return "as written here" if origin["kind"] == "file" else ""


def test_it_tells_what_explain_tells_at_every_key_of_every_example(editor: Editor, tmp_path: Path) -> None:
    checked = 0
    for case in CASES:
        example = copied(case, tmp_path)
        editor.set(noEnv=True, envFiles=example.env_files)
        editor.open(example.uri, example.text)
        for key, own, (line, column) in written(example.text):
            told = markup(editor.ask("hover", example.uri, line, column)["contents"])
            one = example.settings[key]
            first = told.split("\n")[0]
            won = [candidate for candidate in one["candidates"] if candidate["status"] == "won"]
            if won:
                assert first.startswith(f"in force: `{spelled(one['value'])}`"), (case, key, told)
                if own == key or won[0]["origin"]["kind"] == "environment":
                    assert place(won[0]["origin"]) in first, (case, key, told)
            else:
                assert first.startswith("in force: nothing ("), (case, key, told)
            lost = [other for other in one["candidates"] if other["status"] not in {"won", "unset"}]
            for other in lost:
                assert other["reason"] in told, (case, key, other, told)
                assert f"- {other['status']}: " in told, (case, key, other, told)
            checked += 1
        editor.close(example.uri)
    assert checked > 70


def test_it_says_who_decided_and_who_lost(editor: Editor, tmp_path: Path) -> None:
    toml = '[app.database]\nkind = "sqlite"\n[app.retention]\nrunSeconds = 172800\n'
    uri, _ = project(tmp_path, toml, f"# one\nA=1\nDATABASE_URL=postgresql://app:{SECRET}@db.example.com/app\n")
    editor.open(uri, toml)
    found = editor.ask("hover", uri, 1, 2)
    first, *rest = found["contents"]["value"].split("\n\n")
    assert first == 'in force: `"postgresql"`, because `DATABASE_URL` is set (.env:3)'
    assert '- outranked: `app.database.kind` = `"sqlite"` (codemation.toml:2:1): `DATABASE_URL` decided' in rest[0]
    assert "also not in this editor's environment (the host's may differ): `CODEMATION_DATABASE_KIND`" in rest[1]
    assert covered(toml, found["range"]) == "kind"
    assert "`172800` (2 d), as written here" in editor.hover(uri, Position(3, 0))


def test_it_tells_of_variables_too(editor: Editor, tmp_path: Path) -> None:
    env = f"\ufeffDATABASE_URL='postgresql://app:{SECRET}@db.example.com/app'\nQUEUE_PREFIX=mine\nOTHER=1\n"
    uri, env_uri = project(tmp_path, "", env)
    editor.open(uri, "")
    editor.open(env_uri, env)
    url = editor.ask("hover", env_uri, 0, 20)
    assert "DATABASE_URL is set (.env:1), and decides `runtime.database.kind` and `runtime.database.url`" in str(url)
    assert covered(env, url["range"]) == "DATABASE_URL"
    prefix = editor.hover(env_uri, Position(1, 0))
    assert prefix.startswith("hidden by the same variable in process environment")
    assert "This editor's environment decides here; the host's may differ." in prefix
    assert editor.hover(env_uri, Position(2, 0)) == "OTHER is set (.env:3), but nothing here reads it"
    assert SECRET not in str(editor.raw) + str(url) + prefix


def test_a_file_that_is_not_read_is_told_so(editor: Editor, tmp_path: Path) -> None:
    uri, _ = project(tmp_path, "")
    other = (tmp_path / ".env.staging").as_uri()
    editor.open(uri, "")
    editor.open(other, f"DATABASE_URL={SECRET}\n")
    told = editor.hover(other, Position(0, 0))
    assert "may decide `runtime.database.kind`" in told or "may decide `runtime.database.url`" in told
    assert "is not read here" in told


def test_while_a_file_is_half_typed_nothing_is_claimed(editor: Editor, tmp_path: Path) -> None:
    toml = '[app.database]\nkind = "sqlite"\nurl = \n'
    uri, _ = project(tmp_path, "")
    editor.open(uri, toml)
    assert editor.hover(uri, Position(1, 1)).startswith(
        "not decided: codemation.toml is no valid TOML at the moment (line 3)"
    )
