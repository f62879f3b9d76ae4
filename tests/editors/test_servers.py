"""What editors show of the schema: no diagnostics on what is valid, and documentation for every key and choice."""

from __future__ import annotations

import json

import pytest

from codemation.schema.document import Form
from codemation.settings.catalogue import dotted
from codemation.settings.setting import ANY
from codemation.sources.toml import TomlSource
from tests.editors.documents import FORMS, KEYS, Document, examples_of_keys, whole_examples
from tests.editors.editor import Editor, documentation, hovered, said_twice
from tests.editors.lsp import Position
from tests.editors.walking import ITEM, Key, Path, headed, header, literal

WHOLE = whole_examples()


@pytest.mark.parametrize("document", WHOLE, ids=str)
def test_no_example_has_a_diagnostic(editor: Editor, document: Document) -> None:
    with editor.viewing(document) as view:
        assert view.diagnostics() == []


def test_no_example_of_a_key_has_a_diagnostic(editor: Editor) -> None:
    documents = examples_of_keys()
    assert len(documents) > 100
    for document in documents:
        with editor.viewing(document) as view:
            assert view.diagnostics() == [], document


def position_of(text: str, path: Path) -> Position:
    """The last letter of a key, as an editor counts: no example has letters outside of the basic plane."""
    found = TomlSource("codemation.toml", text).location(tuple(0 if part == ITEM else part for part in path))
    assert found, (text, path)
    assert found.key
    return Position(found.key.end.line - 1, found.key.end.column - 2)


@pytest.mark.parametrize("form", FORMS)
def test_every_key_tells_what_it_is_when_it_is_hovered_over(editor: Editor, form: Form) -> None:
    for key in KEYS[form]:
        document = Document(str(key), headed(key, key.schema["examples"][0]), form)
        with editor.viewing(document) as view:
            shown = view.hover(position_of(view.text, key.path))
            if editor.name == "taplo" and ITEM in key.path:
                # It looks below two arrays there, and that with any schema; it has the words when it completes.
                assert shown == "", key
            else:
                assert all(part in shown for part in hovered(editor, key)), (key, shown)
                assert said_twice(shown) == [], (key, shown)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_offered_twice(editor: Editor, form: Form) -> None:
    for path, children in tables(form).items():
        with editor.viewing(Document(dotted(path), header(path) + "\n", form)) as view:
            names = [label.partition(" ")[0] for label in view.labels(Position(len(view.lines) - 2, 0))]
            assert [names.count(child.name) for child in children] == [1] * len(children), (path, names)
    for key in KEYS[form]:
        if key.schema.get("type") == "object":
            continue
        text = f"{header(key.path[:-1])}{key.name} = \n"
        with editor.viewing(Document(str(key), text, form)) as view:
            labels = view.labels(Position(len(view.lines) - 2, len(view.lines[-2])))
            assert len(labels) == len(set(labels)), (key, labels)
            if key.schema.get("type") == "boolean":
                assert {"true", "false"} <= set(labels), (key, labels)
            if key.choices and editor.name == "taplo":
                assert set(labels) == {literal(choice) for choice in key.choices}, (key, labels)


def test_taplo_tells_nothing_of_a_key_in_an_array_with_any_schema(taplo: Editor) -> None:
    """Why it is not asked there. Should this fail, taplo has been mended: ask it everywhere then."""
    table = {"type": "object", "properties": {"key": {"type": "string", "description": "Here."}}}
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": table}, "b": table}}
    (taplo.folder / "control.schema.json").write_text(json.dumps(schema))
    client = taplo.client
    uri = (taplo.folder / "items.toml").as_uri()
    client.open(uri, '#:schema ./control.schema.json\n[[a]]\nkey = ""\n[b]\nkey = ""\n')
    client.diagnostics(uri)
    assert [client.hover(uri, Position(line, 2)) for line in (2, 4)] == ["", "Here."]


def tables(form: Form) -> dict[Path, list[Key]]:
    """Every table whose keys have names of their own, with them."""
    found: dict[Path, list[Key]] = {}
    for key in KEYS[form]:
        if not key.schema["title"].endswith(ANY):
            found.setdefault(key.path[:-1], []).append(key)
    return found


@pytest.mark.parametrize("form", FORMS)
def test_every_key_is_offered_with_its_documentation(editor: Editor, form: Form) -> None:
    for path, children in tables(form).items():
        text = header(path) + "\n"
        with editor.viewing(Document(dotted(path), text, form)) as view:
            offered = view.completions(Position(len(view.lines) - 2, 0))
            for child in children:
                # Tombi offers a key of which there is one choice together with it.
                whole = f"{child.name} = {literal(next(iter(child.choices), ''))}"
                shown = offered.get(child.name) or offered.get(whole, "")
                assert said_twice(shown) == [], (child, shown)
                assert any(told in shown for told in documentation(editor, child)), (child, offered)


@pytest.mark.parametrize("form", FORMS)
def test_every_choice_is_offered_with_its_documentation(editor: Editor, form: Form) -> None:
    choices = [key for key in KEYS[form] if key.choices]
    assert choices
    for key in choices:
        text = f"{header(key.path[:-1])}{key.name} = \n"
        with editor.viewing(Document(str(key), text, form)) as view:
            offered = view.completions(Position(len(view.lines) - 2, len(view.lines[-2])))
            for choice, meaning in key.choices.items():
                shown = offered.get(literal(choice), "")
                assert meaning in shown, (key, offered)
                assert said_twice(shown) == [], (key, shown)


@pytest.mark.parametrize("form", FORMS)
def test_every_default_is_offered(editor: Editor, form: Form) -> None:
    for key in KEYS[form]:
        if "default" not in key.schema:
            continue
        text = f"{header(key.path[:-1])}{key.name} = \n"
        with editor.viewing(Document(str(key), text, form)) as view:
            offered = view.completions(Position(len(view.lines) - 2, len(view.lines[-2])))
            assert literal(key.schema["default"]) in offered, (key, offered)
