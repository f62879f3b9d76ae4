"""How much goes at a time: batches sized by how long they hold what others wait for."""

from __future__ import annotations

from typing import NamedTuple


class Gait(NamedTuple):
    """A way to prune: `hold` is how many seconds one transaction is to take, `most` how many rows it may delete.

    `rest` is how many seconds to pause after a transaction, for each second that it took.
    """

    hold: float
    most: int
    rest: float


class Pace:
    """The size of one table's next batch, in rows or pages: what the last took tells how many fit into the hold."""

    GROWTH = 2.0

    def __init__(self, gait: Gait, *, first: int = 1_000, least: int = 100) -> None:
        self._gait = gait
        self._least = min(least, gait.most)
        self.size = min(first, gait.most)

    def took(self, rows: int, seconds: float) -> None:
        """Learn from a batch: few rows tell nothing of many, unless they took too long."""
        if rows * 2 < self.size and seconds < self._gait.hold:
            return
        factor = min(self.GROWTH, max(1 / self.GROWTH**2, self._gait.hold / max(seconds, 1e-6)))
        self.size = max(self._least, min(self._gait.most, round(self.size * factor)))
