"""A text after edits says what `tomllib` makes of it, however little of it is read again."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemation.diagnostics import Edit
from codemation.origin import Path, Position, Span
from codemation.sources.edits import edited
from codemation.sources.rereading import reread
from codemation.sources.toml import TomlSource
from tests.torture import searching

TEXTS = (
    'a = 1\nb.c = 2\nb.d = "x"\n\n[t]\nx.y = 1 # one\nz = { u = 1, v = [2] }\n[t.x.w]\nq = 1\n[t.s]\nr = """\nm\n"""\n',
    "[a.b]\nx = 1\n[a]\ny = 2\n\n[[list]]\nk = 1\n[list.in]\nm = 2\n[[list]]\nk = 1\n[c]\n[c.d]\nn = 1\n",
    "# first\n[w.one.p]\r\nrun = '5'\r\n[w.two.p]\r\nrun = '5'\r\nbin = 1e3\r\n[w.three.p]\r\nrum = 7\r\n",
    '["ö.ö"]\nä = "ß" # é\nö = 1\n["ö.ö".ü]\nä = 0x10\n[v]\nx = """a \\\n  b"""\ny = nan\nz = 1979-05-27\n',
    "top = true\n[e]\n[f]\nx = 1\n",
)
NAMES = ("x", "y", "z", "k", "run", "w", "sub", "x.y", "d.n", '"a b"', "ü", "b", "a.b.c", "", "=", "[", "one.p")
VALUES = ("1", "1.0", "true", '"x"', "[1]", "{ x = 1 }", '"""\nx\n"""', "'5' # more", "", "x", "]", "nan")
MORE_VALUES = ("1\nx = 1", "1\n[t]", "[\n[1]]", "1 # [", "\n", "#")


def places(text: str) -> list[tuple[Span, bool]]:
    """What may be edited: names, values, and places between; whether it is a value."""
    found = []
    for _, location in TomlSource("x", text).spans.paths():
        before, end = Position(location.value.start.line, 1), location.value.end
        found += [(location.value, True), (Span(end, end), True), (Span(before, location.value.start), True)]
        # Over the end of a line, too.
        found += [(Span(end, Position(end.line + 1, 1)), True)] if end.line < text.count("\n") else []
        found += [(location.component, False)] if location.component else []
    return found


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(st.sampled_from(TEXTS))
    chosen: list[Edit] = []
    for span, is_value in draw(st.lists(st.sampled_from(places(text)), min_size=1, max_size=4)):
        if all(span.end < one.span.start or span.start > one.span.end for one in chosen):
            chosen.append(Edit(span, draw(st.sampled_from(VALUES + MORE_VALUES if is_value else NAMES))))
    return text, chosen


@searching(1000)
@given(edits())
def test_it_says_what_the_whole_text_says(of: tuple[str, list[Edit]]) -> None:
    text, chosen = of
    after, fresh = TomlSource("x", text).edited(chosen), TomlSource("x", edited(text, chosen))
    assert after.text == fresh.text
    # By notation 1, 1.0 and true are three values, NaN is itself, and keys are in the order of the text.
    assert repr(after.data) == repr(fresh.data)
    assert after.syntax == fresh.syntax
    assert list(after.spans.paths()) == list(fresh.spans.paths())


def read_again(text: str, path: Path, written: str, *, name: bool = False) -> bool:
    """Whether an edit is read by its table alone."""
    source = TomlSource("x", text)
    found = source.location(path)
    assert found is not None
    span = found.component if name else found.value
    assert span is not None
    return reread(source.data, text, source.spans, [Edit(span, written)]) is not None


@pytest.mark.parametrize(
    ("text", "path", "written", "name"),
    [
        ("a = 1\n[t]\nx = 1\n", ("t", "x"), "2", False),
        ("a = 1\n[t]\nx = 1\n", ("t", "x"), "y", True),
        ("a = 1\n[t]\nx = 1\n", ("a",), "2", False),
        ("[t.u]\ny = 1\n[t]\nx = 1\n", ("t", "x"), "2", False),
        ("[t]\nx = 1\n[t.u]\ny = 1\n", ("t", "x"), "2", False),
        ("[t]\nx = [\n1, 2]\n", ("t", "x", 0), "2", False),
    ],
)
def test_a_table_alone_is_read_again(text: str, path: Path, written: str, name: bool) -> None:  # noqa: FBT001
    assert read_again(text, path, written, name=name)


@pytest.mark.parametrize(
    ("text", "path", "written", "name"),
    [
        ("[t]\nx = 1\n", ("t", "x"), "]", False),  # no TOML
        ("[t]\nx = 1\n", ("t",), "u", True),  # a header
        ("[[t]]\nx = 1\n", ("t", 0, "x"), "2", False),  # an item of an array
        ("[t]\nx = 1\n[t.u]\ny = 1\n", ("t", "x"), "u", True),  # written twice
        ("[t]\nx.y = 1\n[t.x.z]\ny = 1\n", ("t", "x", "y"), "2", False),  # another section has a say
        ("a.b = 1\na.c = 2\n", ("a", "b"), "2", False),  # and so has another pair
    ],
)
def test_the_whole_text_is_read_where_that_may_not_be_enough(
    text: str,
    path: Path,
    written: str,
    name: bool,  # noqa: FBT001
) -> None:
    assert not read_again(text, path, written, name=name)


def test_what_is_no_toml_is_read_as_a_whole() -> None:
    source = TomlSource("x", "[t]\nx = \n[u]\ny = 1\n")
    after = source.edited([Edit(Span(Position(2, 5), Position(2, 5)), "1")])
    assert after.data == tomllib.loads("[t]\nx = 1\n[u]\ny = 1\n")
