"""Where the keys and values of TOML documents stand: the forms one by one, and broken text."""

from __future__ import annotations

import re
import time
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemation.origin import Position, Span
from codemation.sources import syntax_tree
from codemation.sources.spans import Location, locate
from codemation.sources.toml_errors import syntax_message, syntax_position
from tests.torture import searching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from codemation.origin import Path
    from codemation.sources.sections import Section


def offset(text: str, position: Position) -> int:
    """Return the index of `position`; counts lines on its own, by LF."""
    index = 0
    for _ in range(position.line - 1):
        index = text.index("\n", index) + 1
    return index + position.column - 1


def cut(text: str, span: Span | None) -> str:
    """Return the text that `span` covers."""
    assert span is not None
    return text[offset(text, span.start) : offset(text, span.end)]


def at(text: str, *path: str | int, data: dict[str, object] | None = None) -> tuple[str | None, str | None, str]:
    """Return what stands at `path`: key, component and value as written."""
    location = locate(text, data).find(path)
    assert location is not None, f"{path} is not found"
    key = None if location.key is None else cut(text, location.key)
    component = None if location.component is None else cut(text, location.component)
    return key, component, cut(text, location.value)


def nodes(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield everything in a parsed document."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, child in value.items():
            yield from nodes(child, (*path, key))
    elif isinstance(value, list):
        for position, child in enumerate(value):
            yield from nodes(child, (*path, position))


def components(table: object) -> list[str]:
    """Return the keys from the outside in of a document that has one each."""
    names = []
    while table and table != [{}]:
        table = table[0] if isinstance(table, list) else table
        assert isinstance(table, dict)
        ((name, table),) = table.items()
        names.append(name)
    return names


def container_at(written: str, path: Path, value: object) -> bool:
    """Tell whether `written` is the inline `value` or the header for `path`."""
    try:
        if repr(tomllib.loads(f"x = {written}")) == repr({"x": value}):
            return True
    except tomllib.TOMLDecodeError:
        pass
    try:
        return components(tomllib.loads(written)) == [step for step in path if isinstance(step, str)]
    except tomllib.TOMLDecodeError:
        return False


def last_component(key: str) -> str:
    """Parse a TOML key and return its last component."""
    return components(tomllib.loads(f"{key} = 0"))[-1]


def check(text: str, data: dict[str, object], *, checked: bool) -> int:
    """Hold every place in `text` against its parsed `data`; return how many leaves there were."""
    index = locate(text, data if checked else None)
    leaves = 0
    for path, value in nodes(data):
        location = index.find(path)
        assert location is not None, path
        assert location.exact, path
        written = cut(text, location.value)
        if not isinstance(value, dict | list):
            leaves += 1
            assert repr(tomllib.loads(f"x = {written}")) == repr({"x": value}), path
        else:
            assert container_at(written, path, value) or written == cut(text, location.component), path
        if isinstance(path[-1], int):
            assert location.key is None
            # Only an element with a header has a name there: that of its array.
            headed = isinstance(value, dict) and written.startswith("[[")
            named = location.component and last_component(cut(text, location.component))
            assert named == (path[-2] if headed else None)
        else:
            assert last_component(cut(text, location.key)) == path[-1]
            assert last_component(cut(text, location.component)) == path[-1]
    written_paths = {path for path, _ in index.paths()}
    assert written_paths == {path for path, _ in nodes(data)}
    return leaves


def everywhere(text: str) -> None:
    """Ask for all there is in `text`, and hold the spans to lie in it."""
    index = locate(text)
    for path, location in index.paths():
        assert index.nearest((*path, "not written")) == location
        for span in (location.key, location.component, location.value):
            assert span is None or 0 <= offset(text, span.start) <= offset(text, span.end) <= len(text)
    index.find(())


FORMS = [
    ("a = 1", ("a",), ("a", "a", "1")),
    ("a.b . c = 1", ("a", "b", "c"), ("a.b . c", "c", "1")),
    ("a.b . c = 1", ("a", "b"), ("b", "b", "b")),
    ('[ a . "b" ] # c\nx = 1', ("a", "b"), ('a . "b"', '"b"', '[ a . "b" ]')),
    ("[a.b]\nx.y = 1", ("a",), ("a", "a", "a")),
    ("[a.b]\nx.y = 1", ("a", "b", "x", "y"), ("x.y", "y", "1")),
    ("[a.b]\nx = 1\n[a]\ny = 2", ("a",), ("a", "a", "[a]")),
    ("[[a]]\nx = 1\n[[a]]\nx = 2", ("a", 1, "x"), ("x", "x", "2")),
    ("[[a]]\nx = 1\n[[ a ]]", ("a", 1), (None, "a", "[[ a ]]")),
    ("[[a]]\n[[ a ]]", ("a",), ("a", "a", "[[a]]")),
    ("[[a]]\n[[a]]\n[a.b]\nx = 1", ("a", 1, "b", "x"), ("x", "x", "1")),
    ("[[a]]\n[[a.b]]\n[[a]]\n[[a.b]]\n[[a.b]]\nx = 1", ("a", 1, "b", 1, "x"), ("x", "x", "1")),
    ('a = [1, # "2"\n  [3, {x.y = 4}],\n]', ("a", 1, 1, "x", "y"), ("x.y", "y", "4")),
    ('a = [1, # "2"\n  3]', ("a", 1), (None, None, "3")),
    ("a = {b = {c = 1}, d = 2}", ("a", "b"), ("b", "b", "{c = 1}")),
    ('"a.b".c = 1', ("a.b", "c"), ('"a.b".c', "c", "1")),
    (r'"\u00e9\t" = 1', ("é\t",), (r'"\u00e9\t"', r'"\u00e9\t"', "1")),
    (r"'a\t' = 1", (r"a\t",), (r"'a\t'", r"'a\t'", "1")),
    ("'' = 1", ("",), ("''", "''", "1")),
    ("3.14 = 1", ("3", "14"), ("3.14", "14", "1")),
    ('a = """x \\  \n  y"""\nb = 2', ("a",), ("a", "a", '"""x \\  \n  y"""')),
    ('a = """x \\\t\r\n  y"""\r\nb = 2', ("b",), ("b", "b", "2")),
    ('a = """x\\\\ \n  y"""\nb = 2', ("b",), ("b", "b", "2")),
    ("a = '''x\\ \ny'''\nb = 2 # \\  \nc = 3", ("c",), ("c", "c", "3")),
    ("a = 'x\u2028y'\nb = 2", ("b",), ("b", "b", "2")),
]


@pytest.mark.parametrize(("text", "path", "written"), FORMS)
def test_forms(text: str, path: Path, written: tuple[str | None, str | None, str]) -> None:
    """Each form of TOML is found where it is written, with the parsed document and without."""
    assert at(text, *path) == written
    assert at(text, *path, data=tomllib.loads(text)) == written
    assert locate(text).find((*path, "no")) is None


def test_positions() -> None:
    """Columns count characters from 1, astral ones as one; a line ends at LF or CRLF alone."""
    text = '[t]\r\n\'𝔘é\'.k = "𝔘" # é\r\n  x = 1\r\n# \u2028 \x85\r\ny = """a\r\nb"""\r\n'
    index = locate(text)
    assert index.find(("t", "𝔘é", "k")) == Location(
        Span(Position(2, 1), Position(2, 7)),
        Span(Position(2, 6), Position(2, 7)),
        Span(Position(2, 10), Position(2, 13)),
    )
    x, y = index.find(("t", "x")), index.find(("t", "y"))
    assert x is not None
    assert x.value == Span(Position(3, 7), Position(3, 8))
    assert y is not None
    assert y.value == Span(Position(5, 5), Position(6, 5))
    inline = "t = {'𝔘' = '𝔘', b = 'é'}"
    assert at(inline, "t", "b") == ("b", "b", "'é'")


def test_nearest() -> None:
    """The longest written prefix answers; a document without it has none."""
    text = "[a.b]\nx = 1\n"
    index = locate(text)
    assert index.nearest(("a", "b", "y", "z")) == index.find(("a", "b"))
    assert index.nearest(("a", "c")) == index.find(("a",))
    assert index.nearest(("b",)) is None
    assert index.nearest(()) is None
    assert locate("").nearest(("a",)) is None


ON_LINES = """\
"top.x".y = \'\'\'one
two = 2
three\'\'\' # four
[a . b]
list = [ "x",
  { z = 1, w = [""] }, 2 ]
[[c]]
[[c]]
list = 0
"""


def test_what_stands_on_a_line() -> None:
    lines, index = ON_LINES.split("\n"), locate(ON_LINES, tomllib.loads(ON_LINES))
    assert index.exact
    found = [
        [(lines[number][one.start : one.end], one.path, one.begins, one.ends) for one in index.on(number + 1)]
        for number in range(len(lines))
    ]
    top, items = ("top.x", "y"), ("a", "b", "list")
    assert found == [
        [('"top.x".y', None, True, True), ("'''one", top, True, False)],
        [("two = 2", top, False, False)],
        [("three'''", top, False, True)],
        [("a . b", None, True, True)],
        [("list", None, True, True), ('"x"', (*items, 0), True, True)],
        [
            ("z", None, True, True),
            ("1", (*items, 1, "z"), True, True),
            ("w", None, True, True),
            ('""', (*items, 1, "w", 0), True, True),
            ("2", (*items, 2), True, True),
        ],
        [("c", None, True, True)],
        [("c", None, True, True)],
        [("list", None, True, True), ("0", ("c", 1, "list"), True, True)],
        [],
    ]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a = 1", {"a": 2}),
        ("a = 1", {}),
        ("[a]", {"a": 1}),
        ("[a]", {}),
        ("a.b = 1", {"a": 1}),
        ("[a", None),
        ("a = 1", None),
    ],
)
def test_nothing_is_exact_that_the_document_does_not_say(text: str, data: dict[str, object] | None) -> None:
    assert not locate(text, data).exact


def test_the_same_pair_in_two_tables_stands_in_two_places() -> None:
    index = locate(text := "[a]\nx.y = [1]\n[b]\nx.y = [1]\n", tomllib.loads(text))
    for table, line in (("a", 2), ("b", 4)):
        found = index.find((table, "x", "y"))
        assert found is not None
        assert found.key == Span(Position(line, 1), Position(line, 4))
        assert found.value == Span(Position(line, 7), Position(line, 10))
    assert index.names(("b", "x")) == (Span(Position(4, 1), Position(4, 2)),)


def test_first_stays() -> None:
    """Of what is written twice, which TOML forbids, the first is shown, with what it contains."""
    assert at("a = 1\na = 2", "a") == ("a", "a", "1")
    assert locate("a = [1]\na = [2, 3]").find(("a", 1)) is None
    assert at("[a]\nx = 1\n[ a ]\ny = 2", "a") == ("a", "a", "[a]")
    assert at("[a]\nx = 1\n[ a ]\ny = 2", "a", "y") == ("y", "y", "2")


BROKEN = [
    ("[app.data", ("app", "data"), "[app.data"),
    ("[app.data\ny = 2\n", ("app", "data", "y"), "2"),
    ("[app.\r\ny = 2\r\n", ("app",), "[app."),
    ("[[app\ny = 2\n", ("app", 0, "y"), "2"),
    ("[app] x\ny = 2\n", ("app",), "[app]"),
    ("[a]\nkind = \n[b]\ny = 2", ("a", "kind"), ""),
    ("[a]\r\nkind =\r\n[b]\r\ny = 2", ("a", "kind"), ""),
    ("[a]\nkind = \n[b]\ny = 2", ("b", "y"), "2"),
    ('[a]\nkind = "x \ny = 2', ("a", "kind"), '"x'),
    ('[a]\nkind = "x \ny = 2', ("a", "y"), "2"),
    ("[a]\nkind = tru\ny = 2", ("a", "kind"), "tru"),
    ("[a]\nkind = tru\ny = 2", ("a", "y"), "2"),
    ("[a]\nkind\ny = 2", ("a", "kind"), ""),
    ("[a]\nkind.\ny = 2", ("a", "y"), "2"),
    ('[a]\nkind."x\ny = 2', ("a", "y"), "2"),
    ("[a]\nkind = [1,\ny = 2\n[b]\nz = 3", ("a", "y"), "2"),
    ("[a]\nkind = [1,\ny = 2\n[b]\nz = 3", ("b", "z"), "3"),
    ('[a]\nkind = """x\ny = 2\n[b]\nz = 3', ("b", "z"), "3"),
    ("[a]\nkind = {x = \ny = 2", ("a", "y"), "2"),
    ('[a]\nkind = [\n  "x",\n  tr\n  "y",\n]\ny = 2', ("a", "y"), "2"),
    ("[a]\n= 1\n§§\ny = 2", ("a", "y"), "2"),
]


@pytest.mark.parametrize(("text", "path", "value"), BROKEN)
def test_half_typed(text: str, path: Path, value: str) -> None:
    """What `tomllib` rejects is still located: the fault as far as it goes, and all around it."""
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert at(text, *path)[2] == value
    location = locate(text).find(path)
    assert location is not None
    assert not location.exact


@given(st.text())
def test_any_text(text: str) -> None:
    """No text makes the module raise."""
    everywhere(text)


TOKENS = ["a", "b", ".", " = ", "\n", "\r\n", "\r", "[", "]", "[[", "]]", "{", "}", ",", '"', "'", '"""', "'''", "\\",
          "\\ \n", "1", "true", "#", " ", "é", "𝔘", "\x00", "\ud800", "a = 1\n", "[t]\n", "2020-01-01"]  # fmt: skip


@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join))
def test_any_tokens(text: str) -> None:
    """Nor does any heap of tokens; and where `tomllib` reads it, no answer is wrong, at worst the whole text."""
    everywhere(text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, position = syntax_message(error), syntax_position(error, text)
    else:
        never_wrong(text, data)
        return
    assert message != "Invalid TOML"
    assert 0 <= offset(text, position) <= len(text)


def never_wrong(text: str, data: dict[str, object]) -> int:
    """Check that every leaf of `data` has an answer and no exact one is wrong; return how many are exact."""
    index, exact = locate(text, data), 0
    for path, value in nodes(data):
        location = index.find(path)
        assert location is not None
        written = cut(text, location.value)
        if not location.exact:
            assert written == text
            assert location.key is None
        elif not isinstance(value, dict | list):
            assert repr(tomllib.loads(f"x = {written}")) == repr({"x": value})
            exact += 1
    return exact


def test_stumbling_grammar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where tree-sitter errs on a valid text, nothing in it is given as exact, however plausible."""
    text = 'x = 1\n[a]\nt = """\\  \nx = 1\n"""\nx = 1\n'
    data = tomllib.loads(text)
    assert never_wrong(text, data) == 3
    monkeypatch.setattr(syntax_tree, "_SPACED_CONTINUATION", re.compile("(?!)()()()"))
    assert locate(text, data).find(("x",)) == Location(None, None, Span(Position(1, 1), Position(7, 1)), exact=False)
    assert never_wrong(text, data) == 0
    assert at(text, "x") == ("x", "x", "1")


def test_document_decides() -> None:
    """With a document at hand, what is not in it is not found, and what reads otherwise is not exact."""
    index = locate("a = 1\nb = 2\n", {"a": 1.0, "c": 3})
    a = index.find(("a",))
    assert a == Location(None, None, Span(Position(1, 1), Position(3, 1)), exact=False)
    assert index.find(("c",)) == a
    assert index.find(("b",)) is None
    assert index.find(()) is None
    assert index.find(("a", 0)) is None


@pytest.mark.parametrize("unit", ["[", "{a=", "a.", "é='é', ", "a = '𝔘'\n", '"""', "[a]\n[[a]]\n", "x = [1,\n"])
def test_large(unit: str) -> None:
    """A long or deep text costs time in proportion; quadratic conversion would take minutes."""
    started = time.monotonic()
    index = locate(unit * 20_000)
    index.find(("a",))
    one_line = locate("a = [" + "'𝔘', " * 20_000 + "]")
    assert one_line.find(("a", 19_999)) is not None
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("begin", ["a", "a.", "[a", "[a.", "a ="])
def test_many_blanks(begin: str) -> None:
    """A half-typed line is completed in proportion to its length; a quadratic pattern would take minutes."""
    text = begin + " " * 400_000 + "§\nb = 1\n"
    started = time.process_time()
    assert locate(text).find(("a", "b") if begin[0] == "[" else ("b",)) is not None
    assert time.process_time() - started < 10


ERRORS = [
    ("'é' = §", (1, 7), "Invalid value"),
    ("\r\n'𝔘' = §", (2, 7), "Invalid value"),
    ("a = ", (1, 5), "Invalid value"),
    ('a = """s3cret\n', (1, 5), "Unterminated string"),
    ('a = """s3cret\\"""\n', (1, 5), "Unterminated string"),
    ('a = """s3cret""\n', (1, 5), "Unterminated string"),
    ("é = 1\r\n".replace("é", "'é'") + "a = '''s3cret''\r\n\r\n", (2, 5), "Expected \"'''\""),
    ("a = '''x'''\nb = '''s3cret\nc = 1\n", (2, 5), "Expected \"'''\""),
    ("a = 's3cret", (1, 12), 'Expected "\'"'),
    ("a = 's3cret\n# it\nb = 1\n", (1, 12), 'Expected "\'"'),
    ("a = 's3cret\r\n\r\nb = 1\r\n", (1, 12), 'Expected "\'"'),
    ("# it's\na = \"it's\"\n[b.'s3cret]\nc = 1\n", (3, 12), 'Expected "\'"'),
    ("a = [\n  'x',\n  's3cret\n]\n", (3, 10), 'Expected "\'"'),
    ('a = "s3cret', (1, 12), "Unterminated string"),
    ("a = 's3cret\x00'", (1, 12), "Found invalid character '\\x00'"),
    ('a = "s3cret\n"', (1, 12), "Illegal character '\\n'"),
    ("['s3cret']\n['s3cret']", (2, 10), "Cannot declare a table twice"),
    ("s3cret = {}\n[[s3cret]]", (2, 9), "Cannot mutate immutable namespace"),
    ("[s3cret.x]\n[s3cret]\nx.y = 1", (3, 8), "Cannot redefine namespace"),
    ("a = {'s3cret' = 1, 's3cret' = 2}", (1, 32), "Duplicate inline table key"),
    ("a = 1\na = 2", (2, 6), "Cannot overwrite a value"),
]


@pytest.mark.parametrize(("text", "place", "message"), ERRORS)
def test_syntax_errors(text: str, place: tuple[int, int], message: str) -> None:
    """A syntax error is placed in our columns and says nothing of the document but a character."""
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert syntax_position(caught.value, text) == Position(*place)
    assert syntax_message(caught.value) == message


def test_unknown_syntax_error() -> None:
    """A message that no known release has is not repeated; attributes outrank the text of the message."""
    error = tomllib.TOMLDecodeError("Bad value 's3cret' (at line 3, column 5)")
    assert syntax_message(error) == "Invalid TOML"
    assert syntax_position(error, "") == Position(3, 5)
    error.lineno, error.colno = 4, 6  # type: ignore[attr-defined]  # as Python 3.14 has them
    assert syntax_position(error, "") == Position(4, 6)


PLAIN = """\
top = 1

[a.b]  # 😀
key = 1
"other" = 2
list = [1, { x = 1 }]
text = \"\"\"
key = 1
\"\"\"
[[a.c]]
key = 'x'
dotted.key = true\r
[[a.c]]
key = "😀"
"""
WRITTEN = (
    *("[", "]", "[[", "]]", "[a.b]\n", "[[a.c]]\n", "[x\n", "\n", "\r\n", " ", "#", "=", ".", ",", "{", "}"),
    *('"', "'", '"""', "'''", "\\ \n", "1", "key", "key = 1\n", "\u00e9", "\U0001f600", "\ud800"),
)
EDITS = st.tuples(st.integers(0, len(PLAIN)), st.sampled_from([0, 0, 0, 1, 3, 20]), st.sampled_from(WRITTEN))


@searching(150)
@given(st.lists(EDITS, min_size=1, max_size=12))
def test_what_is_known_of_the_text_before_changes_no_answer(edits: list[tuple[int, int, str]]) -> None:
    text, index = PLAIN, locate(PLAIN, tomllib.loads(PLAIN))
    for start, removed, written in edits:
        text = text[:start] + written + text[start + removed :]
        try:
            data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, UnicodeEncodeError):
            data = None
        index, fresh = locate(text, data, index), locate(text, data)
        assert list(index.paths()) == list(fresh.paths())
        assert index.exact == fresh.exact
        for line in range(1, text.count("\n") + 2) if fresh.exact else ():
            assert index.on(line) == fresh.on(line)
        for path, _ in fresh.paths():
            assert index.names(path) == fresh.names(path)
        for place in (Position(row, column) for row in range(1, text.count("\n") + 2) for column in (1, 3, 7, 9)):
            assert index.at(place) == fresh.at(place)


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("top = 1", "top = 1", 0),
        ("top = 1", "top = 12", 1),
        ("top = 1", "\n\nmore = 2\ntop = 1", 1),
        ("'x'\n", "'x'\nhalf\n", 1),
        ("[[a.c]]\n", "[z]\n[[a.c]]\n", 1),
        ("[[a.c]]\n", "[z\n[[a.c]]\n", 1),
        ('key = 1\n"other"', 'key = 1\nkey = 1\n"other"', 1),
    ],
)
def test_only_what_is_another_one_is_read_again(
    old: str, new: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    section = syntax_tree._Reader.section

    def counted(self: syntax_tree._Reader, node: Node) -> Section | None:
        read.append(node)
        return section(self, node)

    before, text = locate(PLAIN, tomllib.loads(PLAIN)), PLAIN.replace(old, new, 1)
    assert old == new or text != PLAIN
    monkeypatch.setattr(syntax_tree._Reader, "section", counted)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        data = None
    index = locate(text, data, before)
    assert len([node for node in read if node.type != "comment"]) == count
    assert list(index.paths()) == list(locate(text, data).paths())
