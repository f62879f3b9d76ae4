"""One mistake, one message: in five engines, at the key or its value, with the remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codemation.origin import Position as PlaceInText
from codemation.origin import Span
from codemation.schema.document import EXAMPLE_NAME
from codemation.settings.catalogue import dotted
from codemation.sources.toml import TomlSource, nested_paths
from tests.editors.documents import SCHEMAS, Document, directed, faults_in
from tests.editors.editor import Editor
from tests.editors.engines import Finding, by_check_jsonschema, by_jsonschema, by_jsonschema_rs
from tests.editors.lsp import Mark
from tests.editors.mistakes import WRONG_TYPES, Mistake, found, listed
from tests.editors.walking import keys

LISTED = listed()
ALL = [*LISTED, *found()]

CODES = {"unknown": {"CM101"}, "type": {"CM102"}, "range": {"CM104"}, "said": {"CM103", "CM105", "CM106"}}
CODES |= {"missing": {"CM406"}, "empty": {"CM406"}}


def test_there_are_enough_and_none_twice() -> None:
    assert len(LISTED) >= 40
    assert len(ALL) > 200
    assert len({mistake.name for mistake in ALL}) == len(ALL)
    assert {mistake.kind for mistake in ALL} == CODES.keys()
    assert all(mistake.says or mistake.kind != "said" for mistake in ALL)


def schema_at(mistake: Mistake) -> dict[str, Any]:
    """What the schema says of the key at fault."""
    key_of = {str(key): key.schema for key in keys(SCHEMAS[mistake.form])}
    path = list(mistake.path)
    if "workflows" in path:
        path[path.index("workflows") + 1] = EXAMPLE_NAME
    return key_of[dotted(tuple(path))]


def assert_it_says_enough(mistake: Mistake, message: str) -> None:
    """The schema's words, or from the engine's own the least that helps."""
    if mistake.kind == "said":
        for words in mistake.says:
            # Engines print it as a JSON or a Python string.
            assert words in message.replace('\\"', '"'), message
    elif mistake.kind == "unknown":
        assert str(mistake.path[-1]) in message
    elif mistake.kind == "missing":
        assert f"{mistake.says[0]!r} is a required property" in message.replace('"', "'") or (
            f'"{mistake.says[0]}" is required' in message
        )
    elif mistake.kind == "empty":
        assert any(words in message for words in ("non-empty", "less than 1 property", "at least 1 keys"))
    elif mistake.kind == "range":
        schema = schema_at(mistake)
        assert str(schema["minimum"]) in message or str(schema["maximum"]) in message
    else:
        assert " of type " in message or any(words in message for words in WRONG_TYPES)


# --- The validators ---------------------------------------------------------------------------------------------------


def assert_one_finding(mistake: Mistake, findings: list[Finding]) -> None:
    assert len(findings) == 1, findings
    (finding,) = findings
    assert_it_says_enough(mistake, finding.message)
    place = mistake.path[:-1] if mistake.kind == "unknown" else mistake.path
    # Each spells a path in its own way; an item of an array stands below the array.
    assert (str(place[-1]) if place else "") in finding.path


LIBRARIES = (by_jsonschema, by_jsonschema_rs)


@pytest.mark.parametrize("mistake", ALL, ids=str)
def test_each_library_and_the_compiler_find_one(mistake: Mistake) -> None:
    for library in LIBRARIES:
        assert_one_finding(mistake, library(mistake.document))
    if mistake.form == "runtime" and mistake.path[0] != "runtime":
        return  # the compiler takes both forms in one document
    (fault,) = faults_in(tomllib.loads(mistake.toml))
    assert fault.code in CODES[mistake.kind]
    # Of a table under names that authors choose, the compiler knows which.
    assert fault.path[: len(mistake.path)] == mistake.path


def test_check_jsonschema_finds_one(tmp_path: Path) -> None:
    answers = by_check_jsonschema([mistake.document for mistake in ALL], tmp_path)
    for mistake, findings in zip(ALL, answers, strict=True):
        assert_one_finding(mistake, findings)


# --- The editors' servers ---------------------------------------------------------------------------------------------


def spans(text: str, mistake: Mistake) -> Iterator[Span]:
    """Where the key at fault stands, its value and what is in it; for an unknown key also its table, for taplo."""
    source = TomlSource("codemation.toml", text)
    places = [path for path, _ in nested_paths(source.data) if path[: len(mistake.path)] == mistake.path]
    if mistake.kind == "unknown":
        places.append(mistake.path[:-1])
    for path in places:
        if location := source.location(path):
            yield from (span for span in (location.key, location.value) if span)


def touches(mark: Mark, span: Span) -> bool:
    """Whether they overlap; an editor counts from zero."""
    start = PlaceInText(mark.start.line + 1, mark.start.character + 1)
    end = PlaceInText(mark.end.line + 1, mark.end.character + 1)
    return start < span.end and span.start < end


@pytest.mark.parametrize("mistake", ALL, ids=str)
def test_a_server_marks_one(editor: Editor, mistake: Mistake) -> None:
    with editor.viewing(mistake.document) as view:
        marks = view.diagnostics()
    if editor.name == "taplo" and mistake.kind in {"unknown", "missing"}:
        # It marks every place where the table is written, in the same words.
        assert len({mark.message for mark in marks}) == 1
        marks = marks[:1] if len(mistake.path) > 1 else marks[1:2]
    assert len(marks) == 1, marks
    (mark,) = marks
    assert mark.severity == 1
    assert_it_says_enough(mistake, mark.message)
    where = list(spans(directed(mistake.document), mistake))
    assert where
    assert any(touches(mark, span) for span in where), (mark, where)


def test_tombi_tells_a_date_in_place_of_a_filter_several_times(tombi: Editor) -> None:
    """The one value that a string or an array does not take in one message. Should this fail, tombi has been mended."""
    with tombi.viewing(Document("a date", 'app.log = { filter = 2024-02-29, level = "info" }\n')) as view:
        assert len(view.diagnostics()) > 1
