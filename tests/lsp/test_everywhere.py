"""No place, no half-typed file and no secret is too much: everything is asked everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.lsp.editor import Editor, project
from tests.test_examples import CASES
from tests.torture import FACTOR

SECRET = "s3cret-Passw0rd"
AT_A_PLACE = ("hover", "definition", "completion")

TOML = f"""\
#:schema ./codemation.schema.json
# 😀 é
[app.database]
kind = 'postgresql'
url = "postgresql://app:{SECRET}@db.example.com:5432/orders?sslmode=require"
"pool\\u0053ize" = 5

[app.retention]
runSeconds = 172_800
binarySeconds = 9_999_999

[workflows."a 😀.b".prunePolicy]
runSeconds = 5

[[mcpServers]]
id = "a"
displayName = "A"
transport = "http"
url = "https://mcp.example.com"
staticHeaders = {{ Authorization = "Bearer {SECRET}" }}
[[app.auth.oauth]]
provider = "github"
clientIdEnv = "GITHUB_ID"
clientSecretEnv = "GITHUB_SECRET"
"""

ENV = f"""\
# 😀
DATABASE_URL='postgresql://app:{SECRET}@db.example.com/app'
export AUTH_SECRET={SECRET}
GITHUB_SECRET="{SECRET}
two lines"
CODEMATION_DATABASE_KIND=sqlit
REDIS_URL={SECRET}
QUEUE_PREFIX
"""


def ask_all(editor: Editor, uri: str, text: str, places: Sequence[tuple[int, int]]) -> str:
    """The answers to all questions at some places; an error ends the test."""
    end = {"line": text.count("\n") + 2, "character": 0}
    whole = {"start": {"line": 0, "character": 0}, "end": end}
    questions: list[tuple[str, dict[str, Any]]] = [("textDocument/inlayHint", {"range": whole})]
    for line, character in places:
        spot = {"line": line, "character": character}
        questions += [(f"textDocument/{method}", {"position": spot}) for method in AT_A_PLACE]
        questions.append(("textDocument/references", {"position": spot, "context": {"includeDeclaration": True}}))
        stretch = {"start": spot, "end": spot}
        questions.append(("textDocument/codeAction", {"range": stretch, "context": {"diagnostics": []}}))
    answers = editor.batch([(method, {"textDocument": {"uri": uri}, **params}) for method, params in questions])
    lines = [len(line.encode("utf-16-le")) // 2 for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    for stretch in ranges([one for one in answers if one], uri):
        for place in (stretch["start"], stretch["end"]):
            assert place["line"] < len(lines), (stretch, text)
            assert place["character"] <= lines[place["line"]], (stretch, text)
    return json.dumps(answers)


def ranges(answer: Any, uri: str) -> Iterator[dict[str, Any]]:
    """Every stretch of a document in answers."""
    if isinstance(answer, list):
        for one in answer:
            yield from ranges(one, uri)
    elif isinstance(answer, dict) and answer.get("uri", uri) == uri:
        for name, one in answer.items():
            if name == "range":
                yield one
            else:
                yield from ranges(one, uri)


def every_place(text: str, step: int = 1) -> list[tuple[int, int]]:
    """Every column of every line, one beyond the end as well, and a line beyond the last."""
    places = [
        (number, column)
        for number, line in enumerate(text.split("\n"))
        for column in range(len(line.encode("utf-16-le")) // 2 + 2)
    ]
    return [*places[::step], (text.count("\n") + 9, 9)]


def test_every_position_of_every_example_is_answered(editor: Editor, tmp_path: Path) -> None:
    # At the default effort each column of each key and value is asked once in a few.
    step = 17 if FACTOR == 1 else 1
    for folder in sorted({case.folder for case in CASES}):
        text = (folder / "codemation.toml").read_text(encoding="utf-8")
        uri, _ = project(tmp_path / folder.name, text)
        editor.open(uri, text)
        ask_all(editor, uri, text, every_place(text, step))
        editor.close(uri)


def test_every_prefix_of_a_half_typed_file_is_answered_without_a_secret(editor: Editor, tmp_path: Path) -> None:
    uri, env = project(tmp_path, TOML, ENV)
    editor.set(shape=True)
    editor.open(uri, TOML)
    editor.open(env, ENV)
    said = ""
    for text, at, step in ((TOML, uri, 37), (TOML.replace("\n", "\r\n"), uri, 131), (ENV, env, 17)):
        for length in range(0, len(text) + 1, step if FACTOR == 1 else 1):
            part = text[:length]
            editor.change(at, part)
            line = part.count("\n")
            end = len(part.split("\n")[line].encode("utf-16-le")) // 2
            said += ask_all(editor, at, part, [(line, end), (line, max(end - 3, 0)), (max(line - 1, 0), 2)])
        editor.change(at, text)
        said += ask_all(editor, at, text, every_place(text, 13 if FACTOR == 1 else 1))
    said += json.dumps(editor.shown(uri)) + json.dumps(editor.raw)
    assert "DATABASE_URL" in said
    assert SECRET not in said
    assert (tmp_path / "codemation.toml").read_text(encoding="utf-8") == TOML
    assert sorted(one.name for one in tmp_path.iterdir()) == [".env", "codemation.toml"]
