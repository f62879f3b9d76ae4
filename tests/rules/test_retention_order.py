"""What is kept longer than what it belongs to: the look at thousands of workflows says as the pairs do."""

from __future__ import annotations

from itertools import product

from codemation.rules.retention_order import PAIRS, _in_order, _out_of_order

NAMES = sorted({name for one, other, _ in PAIRS for name in (*one, *other)})


def test_the_quick_look_agrees_with_the_pairs() -> None:
    """For every order of the settings that a pair names, some of them alike, and some undecided."""
    told = 0
    for values in product((1, 2, 3, None), repeat=len(NAMES)):
        level = dict(zip(NAMES, values, strict=True))
        if _out_of_order(level):
            told += 1
            assert not _in_order([level]), level
        elif None not in values:
            assert _in_order([level]), level
    assert told > 1000
