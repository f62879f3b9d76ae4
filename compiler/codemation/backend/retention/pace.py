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
    """The size of one table's next batch, in rows: what the last ones took tells how many fit into the hold."""

    LEAST = 100
    FIRST = 1_000
    GROWTH = 2.0

    def __init__(self, gait: Gait) -> None:
        self._gait = gait
        self._least = min(self.LEAST, gait.most)
        self.size = min(self.FIRST, gait.most)

    def took(self, rows: int, seconds: float) -> None:
        """Learn from a batch: few rows tell nothing of many, unless they took too long."""
        if rows * 2 < self.size and seconds < self._gait.hold:
            return
        factor = min(self.GROWTH, max(1 / self.GROWTH**2, self._gait.hold / max(seconds, 1e-6)))
        self.size = max(self._least, min(self._gait.most, round(self.size * factor)))

    def halve(self) -> None:
        """Learn from a batch that came to nothing."""
        self.size = max(self._least, self.size // 2)
