"""Completion and hover wherever a cursor can stand, also in what is half typed: something comes back, nothing breaks.

`make test` tries every eleventh position of each document, `make torture` all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from codemation.catalogue import CATALOGUE
from codemation.schema import Form
from tests.editors.documents import FORMS, KEYS, Document, whole_examples
from tests.editors.editor import Editor, View
from tests.editors.lsp import Position, ServerDiedError
from tests.editors.walking import headed
from tests.torture import FACTOR

STEP = 11 if FACTOR == 1 else 1

WHOLE = whole_examples()

OPEN_HEADER = re.compile(r"^\[[^\]\n]*\.$", re.MULTILINE)
ENTRY = re.compile(r"""\s*[^=\s]+\s*=?\s*(?:"[^"]*"|'[^']*'|[^\s#]*|\[.*\]|\{.*\})""")


def positions(view: View) -> Iterator[Position]:
    """Every place of a cursor."""
    for number, line in enumerate(view.lines):
        for character in range(len(line) + 1):
            yield Position(number, character)


def between_things(view: View, position: Position) -> bool:
    """Whether taplo 0.8.0 panics there, if the table has a key left to offer: not in a key, a header or a value.

    A header that breaks off behind a dot makes it lose its way in all that follows.
    """
    if OPEN_HEADER.search(view.text):
        return True
    line = view.lines[position.line].strip()
    start = len(view.lines[position.line]) - len(view.lines[position.line].lstrip())
    if not line:
        return False
    if position.character <= start or line.startswith("#"):
        return True
    if not line.startswith("["):
        entry = ENTRY.match(view.lines[position.line])
        return not entry or position.character > entry.end()
    if "]" in line:
        return position.character > start + line.rindex("]")
    # A header that is not closed yet ends like one, as soon as it names a table.
    return position.character == start + len(line) and CATALOGUE.node(tuple(line.strip("[").split("."))) is not None


def asked(editor: Editor, view: View, position: Position) -> None:
    """What an editor asks at a position; a server that dies or answers with an error fails the test by itself."""
    if not (editor.name == "taplo" and between_things(view, position)):
        view.completions(position)
    view.hover(position)


@pytest.mark.parametrize("document", WHOLE, ids=str)
def test_every_position_of_every_example(editor: Editor, document: Document) -> None:
    with editor.viewing(document) as view:
        for position in list(positions(view))[::STEP]:
            asked(editor, view, position)


def half_typed(text: str) -> Iterator[str]:
    """The text with one of its lines cut off: in the key, before and behind the `=`, in the value."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        key, equals, value = line.partition("=")
        cuts = {key[: len(key) // 2], key.rstrip(), key + equals, key + equals + value[: max(len(value) // 2, 1)]}
        for cut in sorted(cuts - {line}):
            yield "\n".join([*lines[:number], cut, *lines[number + 1 :]])


@pytest.mark.parametrize("form", FORMS)
def test_every_key_half_typed(editor: Editor, form: Form) -> None:
    texts = [text for key in KEYS[form] for text in half_typed(headed(key.path, key.schema["examples"][0]))]
    assert len(texts) > 100
    for text in texts[::STEP]:
        with editor.viewing(Document(text, text, form)) as view:
            for number, line in enumerate(view.lines):
                asked(editor, view, Position(number, len(line)))


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_offered_while_it_is_typed(editor: Editor, form: Form) -> None:
    for key in KEYS[form]:
        if key.is_table:
            continue
        first, _, _ = headed(key.path, key.schema["examples"][0]).partition("\n")
        with editor.viewing(Document(str(key), f"{first}\n{key.name[:2]}\n", form)) as view:
            offered = view.completions(Position(len(view.lines) - 2, 2))
            assert key.schema["description"] in offered.get(key.name, ""), (key, offered)


CONTROL = {"a": {"type": "object", "properties": {"key": {"type": "string"}, "other": {"type": "string"}}}}


PANICS = [
    ("[a]\n# A comment.\n", Position(2, 5)),
    ('[a]\nkey = ""\n', Position(2, 0)),
    ('[a]\nkey = "" \n', Position(2, 9)),
    ('[a]\nkey = ""\n', Position(1, 3)),
    ('[a\nkey = ""\n', Position(1, 2)),
    ('[a.\nkey = ""\n', Position(1, 3)),
    ('[a.\nkey = ""\n', Position(2, 8)),
]


@pytest.mark.parametrize(("text", "position"), PANICS[:2] if FACTOR == 1 else PANICS)
def test_taplo_panics_between_things_with_any_schema(taplo: Editor, text: str, position: Position) -> None:
    """Why it is not asked there. Should this fail, taplo has been mended: ask it everywhere then."""
    (taplo.folder / "control.schema.json").write_text(json.dumps({"type": "object", "properties": CONTROL}))
    client = taplo.client
    uri = (taplo.folder / "control.toml").as_uri()
    client.open(uri, f"#:schema ./control.schema.json\n{text}")
    client.diagnostics(uri)
    with pytest.raises(ServerDiedError, match=r"panicked at .*taplo"):
        client.completions(uri, position)
