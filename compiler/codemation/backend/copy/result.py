"""What a copy did, and what it says meanwhile."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from codemation.backend.copy.findings import Finding

Phase: TypeAlias = Literal["scan", "copy", "verify"]
"""Looking at the source: first at what is wrong between rows, and at the rest of the rows once one is refused; looking
at each row and writing it, in one pass; comparing the two databases.
"""


class CopiedRows(NamedTuple):
    """One table: its rows and their checksum (16 hexadecimal digits), which both databases gave."""

    table: str
    rows: int
    checksum: str


class Copied(NamedTuple):
    """What a copy did.

    `tables` are all of them, in the order in which they were copied. `replaced` are the cells for which a substitute
    was copied (`replace_invalid`). `seconds` is how long each phase took; of the one pass, what looking took is the
    scan's.
    """

    tables: tuple[CopiedRows, ...]
    replaced: tuple[Finding, ...]
    seconds: dict[Phase, float]

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(table.rows for table in self.tables)


class Progress(NamedTuple):
    """How far a phase is with a table: so many rows of `total` are done; `seconds` once all are."""

    phase: Phase
    table: str
    rows: int
    total: int
    seconds: float | None = None
