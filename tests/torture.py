"""Search long for inputs that break it: `python -m tests.torture [FACTOR]`, which is what `make torture` does.

It runs the property and fuzz tests at random, with FACTOR (100) times as many examples as `make test` tries, and the
concurrency and crash tests with all their processes and kills; what those measure goes into `torture-figures.md`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

VARIABLE = "CODEMATION_TORTURE"
"""How many times as many examples as usual; unset, the tests try the same few every time."""

FACTOR = max(int(os.environ.get(VARIABLE) or "1"), 1)

TESTS = (
    "test_fixing.py",
    "test_fuzz.py",
    "test_secrets.py",
    "resolution/test_decision_table.py",
    "resolution/test_properties.py",
    "text/test_redaction.py",
    "sources/test_rereading.py",
    "sources/test_spans.py",
    "values/test_urls.py",
    "reports/test_reports.py",
    "backend/migrations/test_torture_at_once.py",
    "backend/migrations/test_torture_killed.py",
    "backend/postgresql/test_pooler.py",
    "backend/copy",
    "backend/retention",
    "backend/sqlite/test_compact.py",
    "backend/test_cut_links.py",
    "backend/test_forks.py",
    "editors/test_agreement.py",
    "editors/test_positions.py",
    "lsp/test_everywhere.py",
    "lsp/test_typing.py",
)


def searching(examples: int) -> settings:
    """Settings of a property: the same examples every time under `make test`, many random ones under `make torture`."""
    return settings(
        max_examples=examples * FACTOR,
        deadline=None,
        derandomize=FACTOR == 1,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )


def main(arguments: list[str]) -> int:
    """Run the searching tests with more effort; the exit code is pytest's."""
    factor = arguments[0] if arguments else "100"
    if not factor.isdecimal() or int(factor) < 1:
        print("usage: python -m tests.torture [FACTOR]", file=sys.stderr)
        return 2
    os.environ[VARIABLE] = factor
    folder = Path(__file__).parent
    # The workers of xdist and the test modules themselves read the variable, not this process's FACTOR.
    return int(pytest.main(["--numprocesses=auto", "--dist=worksteal", *(str(folder / name) for name in TESTS)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
