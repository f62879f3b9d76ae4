"""Everything arrives, whatever it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from codemation.backend.copy.result import Progress
from codemation.backend.copy.target import Target
from codemation.backend.tables import metadata
from tests.backend.copy.pairs import Pair, rows_of
from tests.backend.places import seed

pytestmark = pytest.mark.postgresql


def test_every_table_arrives(pair: Pair) -> None:
    seed(pair.source, 5)
    result = pair.copy()
    assert rows_of(pair.target) == rows_of(pair.source)
    assert [it.table for it in result.tables] == [it.name for it in metadata.sorted_tables]
    assert pair.numbers() == {it.table: it.rows for it in result.tables if it.rows}
    assert len(pair.numbers()) == len(metadata.tables)
    assert all(len(it.checksum) == 16 for it in result.tables)
    assert result.replaced == ()


def test_nobody_reads_a_file_that_is_closed(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends a copy, a signal for one: a thread that read on would read what is freed."""
    seed(pair.source, 5)
    kept = []

    def fill(_: Target, __: object, chunks: Iterator[tuple[int, bytes]], ___: object) -> int:
        kept.append(chunks)
        next(chunks)
        raise KeyboardInterrupt

    monkeypatch.setattr(Target, "fill", fill)
    with pytest.raises(KeyboardInterrupt):
        pair.copy()
    assert kept
    assert not [it for it in threading.enumerate() if it.name.startswith("codemation-copy")]


def test_nothing_is_something_that_can_be_copied(pair: Pair) -> None:
    assert pair.copy().rows == 0


TEXTS = (
    *("", " ", "a\tb", "a\nb", "a\r\nb", "\\", "\\N", "\\.", "\\x41", "a\\", "\\\n", "'", '"', "%s", "{}", "$1"),
    *(
        "\x01",
        "\x02",
        "\x03",
        "a\x01b\x02c\x03d",
        "\x7f",
        "\x85",
        "\u2028",
        "é",
        "日本語",
        "😀",
        "\ufffe",
        "\U0010ffff",
    ),
    *("NULL", "null", "x" * 3_000, "\x1b[31m", "\u202e"),
)


@pytest.mark.parametrize("nullable", [True, False])
def test_texts_of_any_kind(pair: Pair, nullable: bool) -> None:  # noqa: FBT001
    name = "unit" if nullable else "node_id"
    pair.insert("metric_points", *({name: text} for text in TEXTS), {name: None})
    pair.copy()
    assert [row[0] for row in pair.there(f"SELECT {name} FROM metric_points ORDER BY id")] == [*TEXTS, None]  # noqa: S608


def test_texts_that_are_like_ours_stay_in_their_columns(pair: Pair) -> None:
    for text in TEXTS:
        pair.insert("audit_events", {"actor_label": text, "action": text, "target_type": None, "ip_address": text})
    pair.copy()
    rows = pair.there("SELECT actor_label, action, target_type, ip_address FROM audit_events ORDER BY id")
    assert rows == [(text, text, None, text) for text in TEXTS]


@pytest.mark.parametrize("text", ["\x01", "\x02", "\x03"])
def test_a_text_that_is_like_ours_is_one_where_no_other_is(pair: Pair, text: str) -> None:
    pair.insert("metric_points", {"name": text, "unit": None}, {"name": "m", "unit": text})
    pair.copy()
    assert pair.there("SELECT name, unit FROM metric_points ORDER BY id") == [(text, None), ("m", text)]


FLOATS = (0.0, -0.0, 1.0, -1.5, 0.1, 1e308, -1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 1 / 3, 1e15, 1e16)
MORE_FLOATS = (123456789012345.678, 2.0**53 + 2, float("inf"), float("-inf"))


def test_floats_to_the_last_bit(pair: Pair) -> None:
    pair.insert("metric_points", *({"value": value} for value in (*FLOATS, *MORE_FLOATS)))
    pair.copy()
    there = [value for (value,) in pair.there("SELECT value FROM metric_points ORDER BY id")]
    with pair.source.connect() as connection:
        here = list(connection.exec_driver_sql("SELECT value FROM metric_points ORDER BY id").scalars())
    assert [repr(value) for value in there] == [repr(value) for value in here]
    # SQLite itself forgets the sign of zero.
    assert [repr(value) for value in here] == [repr(value + 0.0) for value in (*FLOATS, *MORE_FLOATS)]


def test_whole_numbers_to_their_limits(pair: Pair) -> None:
    numbers = (0, 1, 2**31, 2**53 + 1, 2**63 - 1)
    pair.insert("binaries", *({"run_id": 1, "byte_count": it, "storage_key": str(it)} for it in numbers))
    pair.insert("runs", {"id": 1, "status": "pending", "subworkflow_depth": 2**31 - 1})
    pair.insert("runs", {"id": -5, "status": "pending", "subworkflow_depth": -(2**31), "node_activations": -(2**63)})
    pair.insert("runs", {"id": 2**62, "status": "pending"})
    pair.copy()
    assert [it for (it,) in pair.there("SELECT byte_count FROM binaries ORDER BY id")] == list(numbers)
    assert pair.there("SELECT id, subworkflow_depth, node_activations FROM runs ORDER BY id") == [
        (-5, -(2**31), -(2**63)),
        (1, 2**31 - 1, 0),
        (2**62, 0, 0),
    ]


MOMENTS = {
    "2026-01-02 03:04:05.000000": "2026-01-02 03:04:05",
    "2026-01-02 03:04:05.100000": "2026-01-02 03:04:05.1",
    "2026-01-02 00:00:00.000000": "2026-01-02 00:00:00",
    "0001-01-01 00:00:00.000001": "0001-01-01 00:00:00.000001",
    "9999-12-31 23:59:59.999999": "9999-12-31 23:59:59.999999",
    "2024-02-29 12:00:00.500000": "2024-02-29 12:00:00.5",
    # What others write, and a host reads as the same.
    "2026-01-02 03:04:05": "2026-01-02 03:04:05",
    "2026-01-02T03:04:05.5Z": "2026-01-02 03:04:05.5",
    "2026-01-02T03:04:05+00:00": "2026-01-02 03:04:05",
    "2026-01-02": "2026-01-02 00:00:00",
}


def test_moments_to_their_limits(pair: Pair) -> None:
    pair.insert("metric_points", *({"recorded_at": text} for text in MOMENTS))
    pair.copy()
    told = pair.there("SELECT (recorded_at AT TIME ZONE 'UTC')::text FROM metric_points ORDER BY id")
    assert [it for (it,) in told] == list(MOMENTS.values())


def test_moments_whatever_the_time_zone_of_the_role(pair: Pair) -> None:
    pair.there("SELECT 1")
    with pair.target.connect() as connection:
        connection.exec_driver_sql("ALTER ROLE CURRENT_USER SET timezone = 'Asia/Kathmandu'")
        connection.commit()
    try:
        pair.insert("metric_points", *({"recorded_at": text} for text in MOMENTS))
        pair.copy()
        told = pair.there("SELECT (recorded_at AT TIME ZONE 'UTC')::text FROM metric_points ORDER BY id")
        assert [it for (it,) in told] == list(MOMENTS.values())
    finally:
        with pair.target.connect() as connection:
            connection.exec_driver_sql("ALTER ROLE CURRENT_USER RESET timezone")
            connection.commit()


JSONS = (
    *(
        "null",
        "true",
        "[]",
        "{}",
        '""',
        '"x"',
        " [1, 2 ] ",
        '{"b": 1, "a": 2, "aa": 3, "é": 4}',
        '{"": [{"b": {"a": []}}]}',
    ),
    *(
        '"\\u00e9\\ud83d\\ude00\\n\\t\\b\\f\\r\\"\\\\\\/\\u001f\\u007f"',
        '"\\\\u0000"',
        '{"\\\\u0000": "\\\\ud800"}',
        '"\x7f\u2028"',
    ),
    *(
        "[1.0, 1, 1.50, 1e5, 1E-7, -0.0, -0, 0e5, 123456789012345678901234567890, 0.1e1, 1e400, 1.5e-320]",
        '["\x01\x02\x03"]'[:0] or "[]",
    ),
    *(
        '{"a": 1, "a": 2}',
        '["a\\tb", "a\\u0001b"]',
        '\n{\n  "x": [\n 1 ] }\n',
        '{"a": "' + "é" * 9_000 + '"}',
        "[" * 500 + "]" * 500,
    ),
)


def exactly(text: str | None) -> Any:
    """JSON as a value whose numbers are exact."""
    return None if text is None else json.loads(text, parse_float=Decimal, parse_int=Decimal)


def test_json_of_all_kinds(pair: Pair) -> None:
    pair.insert("metric_points", *({"attributes": text} for text in JSONS), {"attributes": None})
    pair.copy()
    there = [text for (text,) in pair.there("SELECT attributes::text FROM metric_points ORDER BY id")]
    assert (there[0], there[-1]) == ("null", None)
    assert [exactly(text) for text in there] == [exactly(text) for text in (*JSONS, None)]


NUMBERS = ["0", "7", "-3", "1.5", "0.1", "1e300", "123456789012345678", "-0.25", "9223372036854775807", "1e-300"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_json_that_sqlite_stores_as_a_number(pair: Pair, number: str) -> None:
    pair.insert("metric_points", {"attributes": number})
    pair.copy()
    assert [exactly(text) for (text,) in pair.there("SELECT attributes::text FROM metric_points")] == [exactly(number)]


def test_bytes_of_every_value(pair: Pair) -> None:
    pair.insert("credential_instances", {"id": 1}, {"id": 2})
    pair.insert("credential_secrets", {"instance_id": 1, "ciphertext": bytes(range(256))})
    pair.insert("credential_secrets", {"instance_id": 2, "ciphertext": b""})
    pair.copy()
    assert pair.there("SELECT ciphertext FROM credential_secrets ORDER BY 1") == [(b"",), (bytes(range(256)),)]


def test_rows_that_refer_to_later_ones_of_their_table(pair: Pair) -> None:
    pair.insert("runs", *({"id": it, "status": "pending", "parent_run_id": None} for it in range(1, 60)))
    pair.execute("UPDATE runs SET parent_run_id = 60 - id WHERE id % 2")
    pair.copy()
    assert rows_of(pair.target) == rows_of(pair.source)


def test_new_rows_get_numbers_that_no_row_ever_had(pair: Pair) -> None:
    pair.insert("runs", {"id": 41, "status": "pending"}, {"id": 50, "status": "pending"})
    pair.execute("DELETE FROM runs WHERE id = 50")
    pair.copy()
    with pair.target.begin() as connection:
        insert = "INSERT INTO runs (workflow_id, status, created_at) VALUES ('w', 'pending', now()) RETURNING id"
        assert connection.exec_driver_sql(insert).scalar_one() == 51
        assert connection.exec_driver_sql("SELECT nextval(pg_get_serial_sequence('spans', 'id'))").scalar_one() == 1


def test_progress_is_told_of_each_table_in_three_phases(pair: Pair) -> None:
    seed(pair.source, 3)
    told: list[Progress] = []
    pair.copy(on_progress=told.append)
    done = [(it.phase, it.table) for it in told if it.seconds is not None]
    names = [it.name for it in metadata.sorted_tables]
    assert done == [(phase, name) for phase in ("scan", "copy", "verify") for name in names]
    assert {(it.rows, it.total) for it in told if it.seconds is not None} == {(3, 3)}


def test_a_single_row_may_be_large(pair: Pair) -> None:
    large: list[dict[str, Any]] = [{"unit": "x" * (20 * 2**20)}, {"unit": "y"}, {"unit": "\\" * (18 * 2**20)}]
    pair.insert("metric_points", *({"unit": "z"} for _ in range(300)), *large)
    pair.copy()
    assert pair.there("SELECT length(unit) FROM metric_points ORDER BY 1 DESC LIMIT 3") == [
        (20 * 2**20,),
        (18 * 2**20,),
        (1,),
    ]
