"""`docs/capacity.md` tells what `make bench ARGS=capacity` measures, row by row."""

from __future__ import annotations

import re

from tests.bench.capacity import Capacity, capacity_table
from tests.bench.measure import MILLIONS
from tests.test_examples import ROOT

PAGE = ROOT / "docs/capacity.md"


def test_its_rows_are_those_of_the_table() -> None:
    one = Capacity("sqlite", 1_000_000, 1.0, 1.0, 1.0, 1.0, 1, 1, 1.0, 0.1, 1.0, 2**20, 2**20)
    measured = [re.split(r"\s{2,}", line)[0] for line in capacity_table([one]).splitlines()]
    told = [line.split("|")[1].strip() for line in PAGE.read_text().splitlines() if line.startswith("|")]
    assert told[2:] == measured[2:]


def test_what_it_says_to_run_is_a_part_of_the_benchmark() -> None:
    parts = re.findall(r"make bench ARGS=(\w+)", PAGE.read_text())
    assert parts
    assert set(parts) <= set(MILLIONS)
