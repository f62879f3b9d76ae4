"""What a prune did, and what it says meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

End: TypeAlias = Literal["done", "time", "stopped", "busy"]
"""Why a prune ended: nothing due is left that could go; its time was up; it was stopped; others kept rows locked."""


class Pruned(NamedTuple):
    """What a prune did.

    `rows` are the rows that went, by table, parts of runs included. `kept` are the rows, by table, that are due and
    stay because what they stand for is still stored: binaries without `on_binary`, or for which it failed, and the runs
    that have any. `end` is why it ended, `seconds` how long it took. `unfreed`: the file is SQLite's, and gives no
    space back to the file system (`codemation db compact` mends it).
    """

    rows: Mapping[str, int]
    kept: Mapping[str, int]
    end: End
    seconds: float
    unfreed: bool = False

    @property
    def total(self) -> int:
        """All rows that went."""
        return sum(self.rows.values())


class Progress(NamedTuple):
    """One step of a prune: the table that it is at, and how many rows have gone so far, of that table and in all."""

    table: str
    rows: int
    total: int
