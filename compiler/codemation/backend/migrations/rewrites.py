"""What taking back a revision changes in rows that stay. Imports no driver.

A script is never edited once it was released, and says this only as SQL: so it is said here, and a test holds the two
to each other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from codemation.backend.migrations.history_queries import Query


class Rewrite(NamedTuple):
    """Rows of `table` for which `where` (SQL) is true become others, as `says` in words that follow their number."""

    revision: str
    table: str
    where: str
    says: str


REWRITES: Final = (
    Rewrite("0004", "runs", "status = 'halted'", "of runs: halted becomes failed"),
    Rewrite("0004", "test_suite_runs", "status = 'halted'", "of test_suite_runs: halted becomes failed"),
)


def rewritten(query: Query, lost: Collection[str], dropped: Collection[str]) -> dict[str, int]:
    """How many rows each change concerns, where it does any, when the revisions `lost` are taken back."""
    found = {
        it.says: int(query(f"SELECT count(*) FROM {it.table} WHERE {it.where}")[0][0])  # noqa: S608  (constants)
        for it in REWRITES
        if it.revision in lost and it.table not in dropped
    }
    return {says: rows for says, rows in found.items() if rows}
