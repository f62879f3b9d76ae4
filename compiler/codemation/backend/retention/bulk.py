"""Much that is due, on PostgreSQL: by ranges of the table's pages, for which no index is gone through.

Where most rows of a page are due that takes a third of the time. A sample of pages tells where such are, so that what
is kept is not read, however much that is. What remains goes by the index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, DateTime, bindparam, text

from codemation.backend.retention.shares import WORKFLOW, Share, quoted

SAMPLED: Final = 512
"""Pages that are looked into."""
REGIONS: Final = 64
"""Parts of a table that are told apart."""
DENSE: Final = 5.0
"""Due rows in a page, on average, from which on it is cheaper to read the page."""
MANY: Final = 20_000
"""Due rows from which on it is worth looking for such pages."""
CUTOFFS: Final = 8
"""So many different cutoffs are looked for in one statement."""


class Region(NamedTuple):
    """Pages of a table: from `start` until before `end`."""

    start: int
    end: int


class Found(NamedTuple):
    """The regions in which most of what is due stands, and about how many rows are due in all."""

    regions: list[Region]
    rows: float


def dense_regions(connection: Connection, shares: Sequence[Share]) -> Found:
    """Where much that is due stands together, by a sample."""
    where, bound = _condition(shares)
    name = quoted(connection, shares[0].table)
    if not where:
        return Found([], 0)
    size = text("SELECT pg_relation_size(CAST(:name AS regclass)) / current_setting('block_size')::bigint")
    pages = connection.execute(size, {"name": name}).scalar_one()
    if not pages:
        return Found([], 0)
    percent = min(100.0, 100.0 * SAMPLED / pages)
    sample = text(
        f"SELECT (CAST(CAST(t.ctid AS text) AS point))[0] AS page, count(*) FILTER (WHERE {where}) AS due"  # noqa: S608
        f" FROM {name} AS t TABLESAMPLE SYSTEM ({percent}) GROUP BY 1"
    )
    by_region: dict[int, list[int]] = defaultdict(list)
    for page, due in connection.execute(sample.bindparams(*bound)):
        by_region[int(page) * REGIONS // pages].append(due)
    counts = [due for region in by_region.values() for due in region]
    rows = sum(counts) * pages / max(1, len(counts))
    if rows < MANY:
        return Found([], rows)
    dense = [number for number, found in by_region.items() if sum(found) >= DENSE * len(found)]
    return Found([Region(-(-it * pages // REGIONS), -(-(it + 1) * pages // REGIONS)) for it in dense], rows)


def delete_region(connection: Connection, shares: Sequence[Share], region: Region) -> int:
    """Delete what is due in some pages; how many rows that were."""
    where, bound = _condition(shares)
    # Else the planner may go along an index after all, and read all of it.
    connection.exec_driver_sql("SELECT set_config('enable_indexscan', 'off', true)").close()
    statement = text(
        f"DELETE FROM {quoted(connection, shares[0].table)} AS t"  # noqa: S608
        f" WHERE t.ctid >= CAST(:start AS tid) AND t.ctid < CAST(:end AS tid) AND ({where})"
    )
    places = {"start": f"({region.start},0)", "end": f"({region.end},0)"}
    return connection.execute(statement.bindparams(*bound), places).rowcount


def _condition(shares: Sequence[Share]) -> tuple[str, list[Any]]:
    """The condition on a row `t` that it is due, of any of the shares; nothing where that would be too long."""
    column = shares[0].column
    by_cutoff: dict[datetime, list[str | None]] = defaultdict(list)
    for share in shares:
        by_cutoff[share.cutoff].append(share.workflow)
    if len(by_cutoff) > CUTOFFS:
        return "", []
    parts, bound = [], []
    for number, (cutoff, workflows) in enumerate(by_cutoff.items()):
        bound.append(bindparam(f"cutoff{number}", cutoff, DateTime(timezone=True)))
        part = f"t.{column} < :cutoff{number}"
        if None not in workflows:
            part += f" AND t.{WORKFLOW} = ANY (CAST(:workflows{number} AS text[]))"
            bound.append(bindparam(f"workflows{number}", workflows))
        parts.append(f"({part})")
    return " OR ".join(parts), bound
