"""Strings and brackets of TOML, held against the parser: in whole documents, and cut off at every place."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest

from codemation.text.toml_lexemes import closed_below, lexemes, open_brackets, open_string

DOCUMENTS = sorted((Path(__file__).parents[2] / "examples").glob("*/codemation.toml"))

ODD = "\n".join(
    [
        r'a = "x\\" # it' + "'s \"",
        r"b = 'y\'",
        r'c = """a "" b \""" \\"""',
        'd = """"quoted""""',
        "e = ''''it''s''''",
        "f = [\"[\", '{', \"}\", [1, {g = ']'}]]",
        "\"h]\" = { 'i}' = \"\" , j = '' }",
        'k = """',
        "l = ']",
        '"""',
    ]
)


@pytest.mark.parametrize("text", [*(path.read_text() for path in DOCUMENTS), ODD])
def test_a_document_leaves_nothing_open(text: str) -> None:
    tomllib.loads(text)
    assert open_string(text) is None
    assert open_brackets(text, len(text)) == ()


@pytest.mark.parametrize("text", [ODD, DOCUMENTS[0].read_text()])
def test_cut_off_at_any_place_what_is_open_is_what_the_parser_misses(text: str) -> None:
    for end in range(len(text)):
        part = text[:end]
        try:
            tomllib.loads(part)
        except tomllib.TOMLDecodeError as error:
            string = str(error).startswith(("Expected \"'", "Unterminated string", "Unescaped"))
        else:
            string = False
        assert (open_string(part) is not None) == string, part


def test_brackets_in_strings_and_comments_are_none() -> None:
    assert [one.sign for one in lexemes("a = [ # [\n'[', \"]\", {")] == ["[", "'", '"', "{"]
    assert [(one.sign, one.start) for one in open_brackets("a = [[1], {b = ']'", 18)] == [("[", 4), ("{", 10)]


@pytest.mark.parametrize(
    ("text", "closer"),
    [("]", "]"), ("[1], {}\n# ]\n']' }", "}"), ("[", ""), ("[]{}", ""), ("[1]]", "]"), ('"""\n]\n"""', "")],
)
def test_what_closes_is_the_first_bracket_without_its_own(text: str, closer: str) -> None:
    assert closed_below(text, 0) == closer


@pytest.mark.parametrize("unit", ['"', "'", '"""', "'''", '\\"', '"\\', "[", "a = [", '""" ""', "#", "]"])
def test_time_grows_with_the_text(unit: str) -> None:
    """A pattern that goes back on its way would take minutes."""
    started = time.process_time()
    for before in ("", '"""', "'''", 'a = "'):
        text = before + unit * 200_000
        open_string(text)
        open_brackets(text, len(text))
        closed_below(text, 0)
    assert time.process_time() - started < 20
