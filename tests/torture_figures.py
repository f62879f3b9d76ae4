"""Where a torture run's figures go: `torture-figures.md`, one row for each thing measured, dated."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime
from pathlib import Path

from tests.torture import FACTOR

FILE = Path(__file__).parent / "torture-figures.md"
_HEAD = (
    "# Figures of torture runs\n\n"
    "Written by `make torture` (`python -m tests.torture`); each row is of the latest run that got that far.\n\n"
    "| what | date | figures |\n|---|---|---|\n"
)


def record(what: str, figures: str) -> None:
    """Replace the row of `what`; without effect under `make test`. Several workers may do so at once."""
    if FACTOR == 1:
        return
    with FILE.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = [line for line in file.read().splitlines() if line.startswith("| ")][1:]
        rows = {line.split(" | ")[0].removeprefix("| "): line for line in lines}
        rows[what] = f"| {what} | {datetime.now(UTC).date()} | {figures} |"
        file.truncate(0)
        file.write(_HEAD + "".join(f"{rows[it]}\n" for it in sorted(rows)))
