"""Completion and hover wherever a cursor can stand, also in what is half typed: something comes back, nothing breaks.

`make test` tries every 61st position of each document, `make torture` all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from codemation.schema.document import Form
from codemation.settings.catalogue import CATALOGUE
from codemation.settings.setting import ANY
from codemation.values import ItemArray, TextTable, ValueType
from tests.editors.documents import FORMS, KEYS, Document, whole_examples
from tests.editors.editor import Editor, View, documentation
from tests.editors.lsp import Position, ServerDiedError
from tests.editors.walking import ITEM, headed, header, literal
from tests.torture import FACTOR

STEP = 61 if FACTOR == 1 else 1

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


CHOSEN = {key.name for form in FORMS for key in KEYS[form] if not key.is_table and isinstance(key.kind, TextTable)}
"""The keys whose value is a table under names that its author chooses."""


def under_chosen_names(view: View, position: Position) -> bool:
    """Whether taplo 0.8.0 panics there: below a header of a table, in an array's item, whose keys no schema names."""
    above = [line for line in view.lines[: position.line + 1] if line.startswith("[")]
    return bool(above) and above[-1].strip("[]").split(".")[-1] in CHOSEN


def asked(editor: Editor, view: View, position: Position) -> None:
    """What an editor asks at a position; a server that dies or answers with an error fails the test by itself."""
    if not (editor.name == "taplo" and (between_things(view, position) or under_chosen_names(view, position))):
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


def has_items(kind: ValueType) -> bool:
    return isinstance(kind, ItemArray | TextTable)


@pytest.mark.parametrize("form", FORMS)
def test_every_key_half_typed(editor: Editor, form: Form) -> None:
    # Not in the tables of an array: there both servers hang or panic, with any schema.
    single = [key for key in KEYS[form] if ITEM not in key.path and (key.is_table or not has_items(key.kind))]
    texts = [text for key in single for text in half_typed(headed(key, key.schema["examples"][0]))]
    assert len(texts) > 100
    for text in texts[::STEP]:
        with editor.viewing(Document(text, text, form)) as view:
            for number, line in enumerate(view.lines):
                asked(editor, view, Position(number, len(line)))


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_offered_while_it_is_typed(editor: Editor, form: Form) -> None:
    for key in KEYS[form]:
        if key.is_table or key.schema["title"].endswith(ANY):
            continue
        with editor.viewing(Document(str(key), f"{header(key.path[:-1])}{key.name[:2]}\n", form)) as view:
            offered = view.completions(Position(len(view.lines) - 2, 2))
            if editor.name == "taplo" and ITEM in key.path:
                # It looks below two arrays there; it does offer them where nothing is typed yet (`test_servers.py`).
                assert offered == {}
            elif key.name[:2] != key.name:
                whole = f"{key.name} = {literal(next(iter(key.choices), ''))}"
                shown = offered.get(key.name) or offered.get(whole, "")
                assert any(told in shown for told in documentation(editor, key)), (key, offered)


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
def test_taplo_panics_between_things_with_any_schema(fresh_taplo: Editor, text: str, position: Position) -> None:
    """Why it is not asked there. Should this fail, taplo has been mended: ask it everywhere then."""
    (fresh_taplo.folder / "control.schema.json").write_text(json.dumps({"type": "object", "properties": CONTROL}))
    client = fresh_taplo.client
    uri = (fresh_taplo.folder / "control.toml").as_uri()
    client.open(uri, f"#:schema ./control.schema.json\n{text}")
    client.diagnostics(uri)
    with pytest.raises(ServerDiedError, match=r"panicked at .*taplo"):
        client.completions(uri, position)


def test_taplo_panics_under_chosen_names_in_an_array_with_any_schema(fresh_taplo: Editor) -> None:
    """Why it is not asked there. Should this fail, taplo has been mended: ask it everywhere then."""
    chosen = {"type": "object", "additionalProperties": {"type": "string"}}
    item = {"type": "object", "properties": {"chosen": chosen}}
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": item}}}
    (fresh_taplo.folder / "control.schema.json").write_text(json.dumps(schema))
    client = fresh_taplo.client
    uri = (fresh_taplo.folder / "control.toml").as_uri()
    client.open(uri, '#:schema ./control.schema.json\n[[a]]\n[a.chosen]\nname = ""\n')
    client.diagnostics(uri)
    with pytest.raises(ServerDiedError, match=r"panicked at .*taplo"):
        client.completions(uri, Position(3, 8))


def test_tombi_hangs_in_an_open_table_of_an_array_with_any_schema(
    fresh_tombi: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why it is not asked there. Should this fail, tombi has been mended: ask it everywhere then."""
    table = {"type": "object", "properties": {"key": {"type": "string"}}}
    held = {"type": "object", "properties": {"a": {"type": "array", "items": table}}}
    schema = {"type": "object", "properties": {"t": held}}
    (fresh_tombi.folder / "control.schema.json").write_text(json.dumps(schema))
    client = fresh_tombi.client
    uri = (fresh_tombi.folder / "control.toml").as_uri()
    client.open(uri, "#:schema ./control.schema.json\n[t]\na = [\n    { key =\n]\n")
    client.diagnostics(uri)
    monkeypatch.setattr("tests.editors.lsp.PATIENCE", 3)
    with pytest.raises(ServerDiedError, match="nothing was said"):
        client.hover(uri, Position(2, 5))
