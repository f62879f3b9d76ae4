"""Amounts as people read them."""

from __future__ import annotations

import pytest

from codemation.text.amounts import first_of


@pytest.mark.parametrize(
    ("parts", "most", "between", "said"),
    [
        ([], 2, ", ", ""),
        (["a"], 2, ", ", "a"),
        (["a", "b"], 2, ", ", "a, b"),
        (["a", "b", "c"], 2, ", ", "a, b, and 1 more"),
        (["a"] * 2001, 1, "; ", "a; and 2,000 more"),
    ],
)
def test_the_first_of_several(parts: list[str], most: int, between: str, said: str) -> None:
    assert first_of(parts, most, between) == said
