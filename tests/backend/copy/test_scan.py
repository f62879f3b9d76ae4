"""The one pass over the source: what is found, and that the quick way sees all that the close look does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemation.backend.copy.columns import copied_table
from codemation.backend.copy.scan import Row, Scan
from codemation.backend.copy.source import Chunk, opened
from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from codemation.backend.tables import metadata
from tests.backend.copy.pairs import made_up
from tests.backend.places import runtime_of
from tests.torture import searching


class Source:
    """A SQLite database whose tables hold what a test puts there."""

    def __init__(self, file: Path) -> None:
        self.file = file
        engine = provision(runtime_of("sqlite", str(file)))
        migrate.upgrade(engine)
        engine.dispose()

    def hold(self, name: str, *rows: Mapping[str, Any]) -> None:
        """Let a table have these rows and no other, as who cares for no constraint."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            connection.execute("PRAGMA ignore_check_constraints=ON")
            connection.execute("BEGIN")
            connection.execute(f"DELETE FROM {name}")  # noqa: S608
            for row in rows:
                given = {**made_up(name), **row}
                names, marks = ", ".join(given), ", ".join(["?"] * len(given))
                connection.execute(f"INSERT INTO {name} ({names}) VALUES ({marks})", [*given.values()])  # noqa: S608
            connection.execute("COMMIT")

    def scan(self, name: str) -> tuple[list[tuple[str, str, bool]], int, bytes]:
        """What is found (column, kind, whether it has a substitute), the sum, and the lines."""
        table = copied_table(metadata.tables[name])
        with opened(str(self.file), 10.0) as snapshot, closing(Scan(snapshot, table, snapshot.count(table))) as scan:
            lines = b"".join(lines for _, lines in scan.lines())
            assert scan.rows == scan.total
            return [(str(it.column), it.kind, it.replaceable) for it in scan.findings], scan.sum, lines


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return Source(tmp_path_factory.mktemp("scan") / "source.sqlite")


ODD: tuple[tuple[str, str, Any, str, bool], ...] = (
    ("metric_points", "unit", "a\0b", "nul", True),
    ("metric_points", "name", "\0", "nul", True),
    ("metric_points", "unit", b"text", "bytes-in-text", True),
    ("metric_points", "name", b"", "bytes-in-text", True),
    ("metric_points", "attributes", b"{}", "bytes-in-text", True),
    ("metric_points", "attributes", "{} \0", "not-json", False),
    ("metric_points", "attributes", '["\0"]', "nul", True),
    ("metric_points", "attributes", '["\\u0000"]', "nul", True),
    ("metric_points", "attributes", '["\\ud800"]', "surrogate", True),
    ("metric_points", "attributes", "[NaN]", "not-finite", True),
    ("metric_points", "attributes", float("inf"), "not-finite", True),
    ("metric_points", "attributes", "[1e200000]", "number-too-large", False),
    ("metric_points", "attributes", "[" * 100_000, "too-deep", False),
    ("metric_points", "attributes", "", "not-json", False),
    ("metric_points", "attributes", "{", "not-json", False),
    ("metric_points", "attributes", "1, 2", "not-json", False),
    ("metric_points", "recorded_at", "2026-02-30 00:00:00.000000", "not-a-moment", False),
    ("metric_points", "recorded_at", "2026-01-02 24:00:00.000000", "not-a-moment", False),
    ("metric_points", "recorded_at", "0000-01-02 00:00:00.000000", "not-a-moment", False),
    ("metric_points", "recorded_at", "2026-01-02 03:04:05.000000\0", "not-a-moment", False),
    ("metric_points", "recorded_at", "2026-01-02 03:04:05,000000", "not-a-moment", False),
    ("metric_points", "recorded_at", "2026-W01-2 03:04:05.000000", "not-a-moment", False),
    ("metric_points", "recorded_at", "2026-01-02 030405.000+0100", "not-a-moment", False),
    ("metric_points", "recorded_at", "٢٠٢٦-01-02 03:04:05.000000", "not-a-moment", False),
    ("metric_points", "recorded_at", b"2026-01-02 03:04:05.000000", "not-a-moment", False),
    ("metric_points", "recorded_at", 20260102, "not-a-moment", False),
    ("metric_points", "recorded_at", "", "not-a-moment", False),
    ("metric_points", "value", "much", "not-a-number", False),
    ("metric_points", "value", b"1", "not-a-number", False),
    ("metric_points", "run_id", "1st", "not-an-integer", False),
    ("metric_points", "run_id", 1.5, "not-an-integer", False),
    ("metric_points", "run_id", -9223372036854775808.0, "not-an-integer", False),
    ("metric_points", "run_id", b"1", "not-an-integer", False),
    ("runs", "subworkflow_depth", 2**31, "out-of-range", False),
    ("runs", "status", "done", "check", False),
    ("runs", "status", "completed\0", "nul", True),
    ("span_artifacts", "truncated", 2, "not-a-boolean", False),
    ("span_artifacts", "truncated", "yes", "not-a-boolean", False),
    ("span_artifacts", "byte_count", -1, "check", False),
)
"""Table, column, value, what is found, whether it has a substitute."""


@pytest.mark.parametrize("odd", ODD, ids=lambda it: ascii(it[1:3])[:40])
def test_one_odd_cell_among_many_rows_is_found(source: Source, odd: tuple[str, str, Any, str, bool]) -> None:
    table, column, value, kind, replaceable = odd
    good: list[Mapping[str, Any]] = [{}] * 20
    source.hold(table, *good, {column: value}, *good)
    found = [(kind, replaceable) for _, kind, replaceable in source.scan(table)[0]]
    assert found == [(kind, replaceable)]


@pytest.mark.parametrize("raw", [b"\xff", b"a\xed\xa0\x80", b"\xc3"])
def test_texts_that_are_none_are_found(source: Source, raw: bytes) -> None:
    source.hold("metric_points", {"unit": "x"}, {"unit": raw})
    with closing(sqlite3.connect(source.file, isolation_level=None)) as connection:
        connection.execute("UPDATE metric_points SET unit = CAST(unit AS TEXT)")
    ((column, kind, replaceable),) = source.scan("metric_points")[0]
    assert (column, replaceable) == ("unit", True)
    assert kind == ("surrogate" if b"\xed" in raw else "not-utf8")


def test_rows_whose_lines_are_too_large_for_a_chunk(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of their texts is not: there SQLite's `printf` makes nothing of the line. They are read one by one."""
    large = "x" * (9 * 2**20)
    source.hold("metric_points", *[{}] * 60, *[{"unit": large, "node_id": large}] * 3, {"unit": "last"})
    read: list[Chunk] = []
    suspect = Scan._is_suspect

    def noted(scan: Scan, chunk: Chunk) -> bool:
        read.append(chunk)
        return suspect(scan, chunk)

    monkeypatch.setattr(Scan, "_is_suspect", noted)
    found, _, told = source.scan("metric_points")
    assert found == []
    assert told.count(b"\n") == 64
    assert told.count(large.encode()) == 6
    assert b"\x01last\x01" in told
    assert [chunk.rows for chunk in read if len(chunk.lines) > 2**24] == [1, 1, 1]


def test_what_turns_up_late_in_a_chunk(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows before it were told the quick way, each row is told once."""
    rows: list[Mapping[str, Any]] = [
        {"unit": f"{n}", "attributes": "[NaN]" if n == 8_000 else "[]"} for n in range(9_000)
    ]
    source.hold("metric_points", *rows)
    closely: list[Row] = []
    line_of = Scan._line

    def noted(scan: Scan, row: Row) -> bytes:
        closely.append(row)
        return line_of(scan, row)

    monkeypatch.setattr(Scan, "_line", noted)
    found, total, lines = source.scan("metric_points")
    assert found == [("attributes", "not-finite", True)]
    assert 1_000 <= len(closely) < 3_000
    monkeypatch.setattr(Scan, "_is_suspect", lambda _scan, _chunk: True)
    assert source.scan("metric_points") == (found, total, lines)
    assert lines.count(b"\n") == 9_000


SPECIAL = st.text(alphabet="\x00\x01\x02\x03\\\n\r.N'%sé😀")
TEXT = SPECIAL | st.text(max_size=5) | st.binary(max_size=4) | st.none()
JSON = (
    TEXT
    | st.sampled_from(["{}", '{"b": 1, "a": [1.0, 1e5, -0]}', '"\\u0000"', '"\\\\u0000"', "[1, 2 ]", "NaN", "null"])
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
)
MOMENT = (
    st.datetimes().map(lambda it: f"{it:%Y-%m-%d %H:%M:%S.%f}")
    | st.from_regex(
        r"20[0-9]{2}-[01][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,7})?Z?", fullmatch=True
    )
    | TEXT.filter(lambda it: it is not None)
)
NUMBER = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=3)
ROW = st.fixed_dictionaries(
    {"name": TEXT.filter(lambda it: it is not None), "unit": TEXT, "attributes": JSON, "recorded_at": MOMENT},
    optional={"value": NUMBER, "run_id": NUMBER},
)


@searching(150)
@given(row=ROW, others=st.lists(st.sampled_from([{}, {"unit": ""}, {"attributes": "[]"}])))
def test_the_quick_way_tells_what_the_close_look_does(
    source: Source, row: Mapping[str, Any], others: list[Mapping[str, Any]]
) -> None:
    source.hold("metric_points", *others, row, *others)
    quick = source.scan("metric_points")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scan, "_is_suspect", lambda _scan, _chunk: True)
        assert quick == source.scan("metric_points")


def test_most_rows_are_not_looked_at_closely(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """What hosts write is told the quick way."""

    def closely(_scan: Scan, _chunk: Chunk) -> Iterator[Any]:
        raise AssertionError

    texts = ["", "a\tb\r\n\\", "é😀\u2028", "\x01"[:0], "NULL", "%s"]
    source.hold("metric_points", *({"unit": it, "name": it, "node_id": None, "attributes": '{"a": 1}'} for it in texts))
    monkeypatch.setattr(Scan, "_rows_closely", closely)
    assert source.scan("metric_points")[0] == []
