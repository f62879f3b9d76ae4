"""The prompt that runs what pages say leaves nothing behind."""

from __future__ import annotations

import time
from pathlib import Path

from tests.docs.shell import shell


def test_what_stays_in_another_terminal_ends_with_the_page() -> None:
    with shell() as user:
        (user.folder / "worker.py").write_text(
            "import os, time\nprint(os.getpid())\nwhile True:\n    time.sleep(0.1)\n", encoding="utf-8"
        )
        number = user.run("python worker.py").strip()
        assert Path("/proc", number).exists()
    # Nobody waits for it but the system, when its shell is gone.
    for _ in range(1_000):
        if not _runs(number):
            return
        time.sleep(0.01)
    raise AssertionError(number)


def _runs(number: str) -> bool:
    """Whether the process is there, and not only what is left of it until somebody asks."""
    try:
        return Path("/proc", number, "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
