"""What people write for a number of seconds, and what is said of it."""

from __future__ import annotations

import pytest

from codemation.values import Duration
from codemation.values.durations import seconds_in

KIND = Duration(1, 3_153_600_000, for_ever="longest")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7d", 604_800),
        ("24h", 86_400),
        ("90 min", 5_400),
        ("30 days", 2_592_000),
        ("1h 30m", 5_400),
        ("2w", 1_209_600),
        ("1y", 31_536_000),
        ("10s", 10),
        ("P7D", 604_800),
        ("PT36H", 129_600),
        ("P1DT12H", 129_600),
        ("86,400", 86_400),
        ("86.400", 86_400),
        ("2 592 000", 2_592_000),
        *((text, None) for text in ("", "7", "d", "7 fortnights", "7d x", "P", "PT", "1,2", "never", "-7d", "1.5h")),
        *((text, None) for text in ("6M", "6 M", "6mo", "1 month", "3 Months", "P1M", "p6m")),
    ],
)
def test_seconds_in_a_text(text: str, seconds: int | None) -> None:
    assert seconds_in(text) == seconds


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("7d", "write 604800, the number of seconds"),
        ("86400", "write 86400, without quotes"),
        ("86,400", "write 86400, the number of seconds"),
        ("never", "to keep it for ever, write 3153600000, the longest"),
        (float("inf"), "to keep it for ever, write 3153600000, the longest"),
        (0, "to keep it for ever, write 3153600000, the longest"),
        (-1, "to keep it for ever, write 3153600000, the longest"),
        ("0", "to keep it for ever, write 3153600000, the longest"),
        ("-1", "to keep it for ever, write 3153600000, the longest"),
        ("200y", "give a number of seconds from 1 to 3153600000"),
        (False, "to keep it for ever, write 3153600000, the longest"),
        (1e20, "give a number of seconds from 1 to 3153600000"),
        (10**12, "give a number of seconds from 1 to 3153600000"),
        ("soon", "write a whole number of seconds, in digits"),
        (86_400.0, "write 86400, without a fraction"),
        ("6M", "for 6 minutes 360, for 6 months of 30 days, 15552000"),
        ("6mo", "write the number of seconds: for 6 months of 30 days, 15552000"),
        ("P1M", "write the number of seconds: for 1 month of 30 days, 2592000"),
    ],
)
def test_the_remedy(value: object, said: str) -> None:
    problem = KIND.problem(value)
    assert problem is not None
    assert said in problem.help


@pytest.mark.parametrize("value", [0, -1, "never", float("inf"), False])
def test_what_is_kept_for_ever_where_nothing_is_stated(value: object) -> None:
    problem = Duration(1, 60, for_ever="not stated").problem(value)
    assert problem is not None
    assert problem.help.endswith("to keep it for ever, leave it out")


def test_a_time_that_nobody_keeps_anything_for() -> None:
    problem = Duration(1, 60).problem(0)
    assert problem is not None
    assert "for ever" not in problem.help
