"""Who holds a lock on a file: by Linux's `/proc/locks`; elsewhere nobody can be named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from codemation.text.redaction import redact

LOCKS: Final = "/proc/locks"


def told(*paths: str) -> str:
    """Who holds a lock on one of these files, in words that continue a sentence; nothing where nobody is known to."""
    names = sorted(set(_holders(paths)))
    return f"; held by {' and '.join(names)}" if names else ""


def _holders(paths: tuple[str, ...]) -> Iterator[str]:
    inodes = set()
    for path in paths:
        with suppress(OSError):
            inodes.add(str(os.stat(path).st_ino))
    with suppress(OSError), open(LOCKS, encoding="ascii", errors="replace") as lines:
        for line in lines:
            # `1: POSIX  ADVISORY  WRITE 4711 fe:00:1234 0 EOF`; `->` marks who waits.
            _, *parts = line.split()
            if "->" not in parts and len(parts) > 4 and parts[4].rpartition(":")[2] in inodes:  # noqa: PLR2004
                yield _process(parts[3])


def _process(pid: str) -> str:
    """A process by number and name. One of another container has no number here."""
    with suppress(OSError), open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as name:
        return f"process {pid} ({redact(name.read().strip())})"
    return f"process {pid}" if pid.isdigit() and pid != "0" else "a process that cannot be seen from here"
