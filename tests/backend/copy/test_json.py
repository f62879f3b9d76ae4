"""JSON as `jsonb` tells it, held against a PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemation.backend.copy.json_values import examined, normal
from tests.postgresql_server import Server
from tests.torture import searching

NUMBERS = (
    *(
        "0",
        "-0",
        "1",
        "10",
        "1.0",
        "1.50",
        "-0.0",
        "-0.50",
        "0.00",
        "1e5",
        "1E+5",
        "1.50e1",
        "0e5",
        "0.00e1",
        "1E-7",
        "0.0e-2",
    ),
    *(
        "1e131071",
        "1e131072",
        "10e131071",
        "0.1e131072",
        "0.01e131073",
        "1e-16383",
        "1e-16384",
        "1.5e-16382",
        "1.5e-16383",
    ),
    *(
        "0e200000",
        "0e-16384",
        "0e99999999999",
        "1e99999999999",
        "-1e-99999999999",
        "1e0000000000000000005",
        "12345678901234567890",
    ),
    *(
        "9" * 400,
        "9" * 5_000,
        "9" * 131_072,
        "9" * 131_073,
        "1" + "0" * 131_071 + "e-1",
        "0." + "1" * 16_383,
        "0." + "1" * 16_384,
    ),
)
TEXTS = (
    *(
        '"\\u0000"',
        '"\\\\u0000"',
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\ude00\\ud83d"',
        '{"\\u0000": 1}',
        '"\\uDBFF"',
        '"\\ud800\\u0041"',
    ),
    *(
        "NaN",
        "-Infinity",
        "[NaN]",
        "Infinity",
        "nul",
        "",
        " ",
        "[1,]",
        "{1: 2}",
        "'a'",
        '"\t"',
        '"a',
        "01",
        "1.",
        ".5",
        "+1",
        "\ufeff1",
    ),
    *(
        '{"a": 1, "b": 2, "a": 3}',
        '{"bb": 1, "a": 1, "é": 1, "ab": 1, "": 1, "😀": 1, "\\ud83d\\ude00": 2}',
        '"\x7f\u2028\\u001f\\/"',
        "[]",
        "[ ]",
    ),
)


@pytest.fixture(scope="module")
def server(postgresql_server: Server) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgresql_server.url, autocommit=True) as connection:
        yield connection


def told(server: psycopg.Connection[Any], text: str) -> str | None:
    """What PostgreSQL makes of it; `None` where it refuses."""
    try:
        row = server.execute("SELECT %s::text::jsonb::text", (text,)).fetchone()
    except psycopg.errors.DataError:
        return None
    assert row
    return str(row[0])


def ours(text: str) -> str | None:
    try:
        return normal(text.encode()).decode()
    except ValueError:
        return None


@pytest.mark.postgresql
@pytest.mark.parametrize("text", [*NUMBERS, *TEXTS], ids=lambda text: ascii(text[:20]))
def test_it_is_told_and_refused_as_by_postgresql(server: psycopg.Connection[Any], text: str) -> None:
    expected = told(server, text)
    assert ours(text) == expected
    assert ours(f'{{"a": [{text}]}}') == told(server, f'{{"a": [{text}]}}')


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
NUMBER = st.from_regex(r"-?(0|[1-9][0-9]{0,6})(\.[0-9]{1,6})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)


@pytest.mark.postgresql
@searching(150)
@given(value=VALUES, number=NUMBER, escaped=st.booleans())
def test_any_value_is_told_as_by_postgresql(
    server: psycopg.Connection[Any],
    value: object,
    number: str,
    escaped: bool,  # noqa: FBT001
) -> None:
    text = f"[{json.dumps(value, ensure_ascii=escaped)}, {number}]"
    assert ours(text) == told(server, text)


@pytest.mark.postgresql
@searching(150)
@given(text=st.text(alphabet='{}[]":,\\u0d8ef1- \n.NaIty') | st.text())
def test_what_is_hardly_json_is_refused_as_by_postgresql(server: psycopg.Connection[Any], text: str) -> None:
    text = text.replace("\0", "")
    assert ours(text) == told(server, text)


MENDED = {
    '{"a": "x\\u0000y\\u0000"}': ({"nul"}, {"a": "x\ufffdy\ufffd"}),
    '{"a\\u0000": ["\\u0000"]}': ({"nul"}, {"a\ufffd": ["\ufffd"]}),
    '["\\ud800x", "\\udc00"]': ({"surrogate"}, ["\ufffdx", "\ufffd"]),
    '["\\ud83d\\ude00"]': (set(), ["😀"]),
    '[NaN, -Infinity, {"a": Infinity}]': ({"not-finite"}, [None, None, {"a": None}]),
    '["\\u0000", NaN, "\\ud800", 1e400]': ({"nul", "not-finite", "surrogate"}, ["\ufffd", None, "\ufffd", 10**400]),
    '["\\\\u0000"]': (set(), ["\\u0000"]),
}


@pytest.mark.postgresql
@pytest.mark.parametrize("text", MENDED)
def test_a_substitute_is_what_postgresql_takes(server: psycopg.Connection[Any], text: str) -> None:
    kinds, value = MENDED[text]
    found, mended = examined(text)
    assert found == kinds
    assert mended is not None
    assert json.loads(told(server, mended) or "") == value
    assert ours(mended) == told(server, mended)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", "not-json"), ("{", "not-json"), ("1e200000", "number-too-large"), ("[" * 100_000, "too-deep")],
)
def test_what_has_no_substitute(text: str, kind: str) -> None:
    assert examined(text) == ({kind}, None)
