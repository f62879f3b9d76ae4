"""Much that is due: by where the rows stand, so that no index is gone through.

Rows that came together stand together: in the same pages of a PostgreSQL table, or with neighbouring numbers (`rowid`)
in SQLite's. Where most of them are due that takes a third of the time. A sample tells where such are, so that what is
kept is not read, however much that is. What remains goes by the index.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, text

from codemation.backend.retention.shares import WORKFLOW, Share, quoted
from codemation.backend.tables import UtcDateTime

SAMPLED: Final = 512
"""Places that are looked at: pages, or single rows."""
REGIONS: Final = 64
"""Parts of a table that are told apart."""
DENSE: Final = {"postgresql": 5.0, "sqlite": 0.3}
"""Due rows in each place, on average, from which on it is cheaper to read all rows there."""
MANY: Final = 20_000
"""Due rows from which on it is worth looking for such places."""
CUTOFFS: Final = 8
"""So many different cutoffs are looked for in one statement."""


class Region(NamedTuple):
    """Places in a table, pages or rows' numbers: from `start` until before `end`."""

    start: int
    end: int


class Found(NamedTuple):
    """The regions in which much of what is due stands, and about how many rows are due in all."""

    regions: list[Region]
    rows: float


def dense_regions(connection: Connection, shares: Sequence[Share]) -> Found:
    """Where much that is due stands together, by a sample; no regions where it is not worth it."""
    kind = connection.dialect.name
    where, bound = _condition(shares, kind)
    if not where:
        return Found([], 0)
    first, places, sample = (_sqlite_sample if kind == "sqlite" else _postgresql_sample)(
        connection, quoted(connection, shares[0].table), where, bound
    )
    by_region: dict[int, list[int]] = defaultdict(list)
    for place, due in sample:
        by_region[(place - first) * REGIONS // places].append(due)
    counts = [due for found in by_region.values() for due in found]
    rows = sum(counts) * places / max(1, len(counts))
    if rows < MANY:
        return Found([], rows)
    dense = [number for number, found in by_region.items() if sum(found) >= DENSE[kind] * len(found)]
    ends = [first + -(-number * places // REGIONS) for number in range(REGIONS + 1)]
    regions: list[Region] = []
    for number in sorted(dense):
        if regions and regions[-1].end == ends[number] and kind == "sqlite":
            # One writer at a time: there is nothing to share with other processes.
            regions[-1] = regions[-1]._replace(end=ends[number + 1])
        else:
            regions.append(Region(ends[number], ends[number + 1]))
    return Found(regions, rows)


def delete_region(connection: Connection, shares: Sequence[Share], region: Region) -> int:
    """Delete what is due in a region; how many rows that were."""
    kind = connection.dialect.name
    where, bound = _condition(shares, kind)
    name = quoted(connection, shares[0].table)
    if kind == "sqlite":
        place, bounds = "rowid >= :start AND rowid < :end", {"start": region.start, "end": region.end}
        where = where.replace("t.", "")  # SQLite before 3.39 lets a DELETE name no table anew
        statement = f"DELETE FROM {name} WHERE {place} AND ({where})"  # noqa: S608
        return connection.execute(text(statement).bindparams(*bound), bounds).rowcount
    # Else the planner may go along an index after all, and read all of it.
    connection.exec_driver_sql("SELECT set_config('enable_indexscan', 'off', true)").close()
    place = "t.ctid >= CAST(:start AS tid) AND t.ctid < CAST(:end AS tid)"
    statement = f"DELETE FROM {name} AS t WHERE {place} AND ({where})"  # noqa: S608
    tids = {"start": f"({region.start},0)", "end": f"({region.end},0)"}
    return connection.execute(text(statement).bindparams(*bound), tids).rowcount


Sample = tuple[int, int, Iterable[tuple[int, int]]]
"""The first place of a table, how many there are, and of some of them how many due rows each has."""


def _postgresql_sample(connection: Connection, name: str, where: str, bound: list[Any]) -> Sample:
    size = text("SELECT pg_relation_size(CAST(:name AS regclass)) / CAST(current_setting('block_size') AS bigint)")
    pages = int(connection.execute(size, {"name": name}).scalar_one())
    if not pages:
        return 0, 1, ()
    sample = text(
        f"SELECT (CAST(CAST(t.ctid AS text) AS point))[0] AS page, count(*) FILTER (WHERE {where}) AS due"  # noqa: S608
        f" FROM {name} AS t TABLESAMPLE SYSTEM ({min(100.0, 100.0 * SAMPLED / pages)}) GROUP BY 1"
    )
    return 0, pages, [(int(page), due) for page, due in connection.execute(sample.bindparams(*bound))]


def _sqlite_sample(connection: Connection, name: str, where: str, bound: list[Any]) -> Sample:
    # Each by itself: asked for both at once SQLite reads the whole table.
    ends = f"SELECT (SELECT min(rowid) FROM {name}), (SELECT max(rowid) FROM {name})"  # noqa: S608
    first, last = connection.execute(text(ends)).one()
    if first is None:
        return 0, 1, ()
    sample = text(
        f"""
        WITH RECURSIVE p (place, number) AS (
            SELECT :first, 0 UNION ALL
            SELECT :first + (:places * (number + 1)) / {SAMPLED}, number + 1 FROM p WHERE number < {SAMPLED - 1}
        )
        SELECT p.place, EXISTS (SELECT 1 FROM {name} AS t WHERE t.rowid = p.place AND ({where})) FROM p
        """  # noqa: S608
    )
    places = last - first + 1
    rows = connection.execute(sample.bindparams(*bound), {"first": first, "places": places}).all()
    return first, places, [(place, due) for place, due in rows]


def _condition(shares: Sequence[Share], kind: str) -> tuple[str, list[Any]]:
    """The condition on a row `t` that it is due, of any of the shares; nothing where that would be too long."""
    column = shares[0].column
    by_cutoff: dict[datetime, list[str | None]] = defaultdict(list)
    for share in shares:
        by_cutoff[share.cutoff].append(share.workflow)
    if len(by_cutoff) > CUTOFFS:
        return "", []
    among = {
        # With the sign no index is gone along.
        "sqlite": "+t.{} IN (SELECT value FROM json_each(:workflows{}))",
        "postgresql": "t.{} = ANY (CAST(:workflows{} AS text[]))",
    }
    parts, bound = [], []
    for number, (cutoff, workflows) in enumerate(by_cutoff.items()):
        bound.append(bindparam(f"cutoff{number}", cutoff, UtcDateTime()))
        part = f"{'+' if kind == 'sqlite' else ''}t.{column} < :cutoff{number}"
        if None not in workflows:
            part += f" AND {among[kind].format(WORKFLOW, number)}"
            bound.append(bindparam(f"workflows{number}", json.dumps(workflows) if kind == "sqlite" else workflows))
        parts.append(f"({part})")
    return " OR ".join(parts), bound
