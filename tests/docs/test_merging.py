"""An output of a page is brought up to date without what only this machine says."""

from __future__ import annotations

import pytest

from tests.docs.merging import merged
from tests.docs.shell import says

STATUS = """\
PostgreSQL db.example.com:5432/shop  DATABASE_URL (.env:1)
  at       0005 (head), applied 2026-11-27 00:28:18 UTC
  …
  pending  nothing
"""


@pytest.mark.parametrize(
    ("page", "output", "expected"),
    [
        ("one two\n", "one\n  two\n", "one two\n"),
        ("one two\n", "one three\n", "one three\n"),
        ("one two\n", "one\n", "one\n"),
        ("one\n", "one\n  two\n", "one\n  two\n"),
        ("", "one\n", "one\n"),
        ("one\n", "", ""),
        ("a …\nb 1\n", "a\n  long text b 2\n", "a …\nb 2\n"),
        ("…\nok  size  is 1\n…\n", "ok age 5\nok size is 2\nok name is 3\nok 4\n", "…\nok  size  is 2\n…\n"),
        ("took 7 ms, 1 row\n", "took 19 ms, 2 row\n", "took 7 ms, 2 row\n"),
        ("name=… one\n", "name=secret two\n", "name=… two\n"),
    ],
)
def test_only_what_changed_is_written(page: str, output: str, expected: str) -> None:
    assert merged(page, output) == expected
    assert says(expected, output)


def test_a_time_and_what_is_left_out_stay() -> None:
    output = """\
PostgreSQL db.example.com:5432/store
  DATABASE_URL (.env:1)
  at       0005 (head), applied 2027-01-02 03:04:05 UTC
  size     9 MB
  overdue  nothing
  pending  nothing
"""
    assert merged(STATUS, output) == STATUS.replace("shop", "store")
