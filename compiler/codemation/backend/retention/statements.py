"""The statements that find and delete what is due, on either engine.

PostgreSQL is asked for many workflows at a time; what others have locked is passed over. SQLite, where one statement is
cheap, is asked for each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, Table, Text, bindparam, text

from codemation.backend.retention.policies import FIRST
from codemation.backend.retention.shares import WORKFLOW, Share, extra_condition, quoted
from codemation.backend.tables import UtcDateTime

GROUP = 64
"""At most so many shares are asked for at a time."""


class Cursor:
    """How far one share has been gone through: everything up to `moment` (and there up to `key`) was looked at.

    So what could not go is not read again and again. `until` is how far the next look goes: the share's cutoff, or the
    end of a slice of it.
    """

    __slots__ = ("_ends", "key", "moment", "share")

    def __init__(self, share: Share) -> None:
        self.share = share
        self.moment: datetime = FIRST
        self.key: Any = None
        self._ends = [share.cutoff]

    @property
    def until(self) -> datetime:
        """Before this moment the next look ends."""
        return self._ends[-1]

    def slice(self, number: int) -> None:
        """Go through the share in so many slices: an index keeps what is gone a while, and each look stays short."""
        share = self.share
        self._ends = [share.cutoff - (share.cutoff - share.oldest) * part / number for part in range(number)]

    def next_slice(self) -> bool:
        """Go on with the next slice; whether there is one."""
        if len(self._ends) > 1:
            self.moment = self._ends.pop()
            return True
        return False


class Found(NamedTuple):
    """A due row: its cursor, its primary key, its moment and the value of a further column, if one was asked for."""

    cursor: Cursor
    key: Any
    moment: datetime
    value: Any


def primary_key(table: Table) -> Column[Any]:
    """The one column that is the table's key."""
    (column,) = table.primary_key.columns
    return column


def find(
    connection: Connection, cursors: Sequence[Cursor], each: int, column: str | None = None, extra: str = ""
) -> list[Found]:
    """The next due rows of every share, at most `each` of each, by their moments; `column` is told of them as well.

    `extra` is a further condition on a row `t`. All shares are of one table. The cursors stay where they are.
    """
    table = cursors[0].share.table
    key = primary_key(table).name
    wanted = f"t.{key} AS key, t.{cursors[0].share.column} AS moment, {f't.{column}' if column else 'NULL'} AS value"
    source = f"SELECT {wanted} FROM {quoted(connection, table)} AS t WHERE "  # noqa: S608
    order = f"{extra} ORDER BY t.{cursors[0].share.column}, t.{key} LIMIT :each"
    if connection.dialect.name == "sqlite":
        return [
            Found(cursor, *row)
            for cursor in cursors
            for row in connection.execute(
                text(f"{source}{_own(connection, cursor.share)} AND {_after(cursor.share, key, ':low', ':key')}{order}")
                .bindparams(*_bound(cursor), bindparam("key", _key(cursor), primary_key(table).type))
                .columns(key=primary_key(table).type, moment=UtcDateTime()),
                {"each": each},
            ).all()
        ]
    statement = text(
        f"SELECT p.number, d.* FROM {_SHARES} CROSS JOIN LATERAL ({source}{_listed(connection, cursors[0].share)}"  # noqa: S608
        f" AND {_after(cursors[0].share, key, 'p.low', f'CAST(p.key AS {_sql_type(primary_key(table))})')}{order}) AS d"
    )
    rows = connection.execute(statement, {**_arrays(cursors), "each": each}).all()
    return [Found(cursors[number - 1], found, moment, value) for number, found, moment, value in rows]


def delete(connection: Connection, cursors: Sequence[Cursor], each: int) -> list[int]:
    """Delete the next due rows of every share, at most `each` of each, and move its cursor; how many went of each."""
    table, column = cursors[0].share.table, cursors[0].share.column
    name = quoted(connection, table)
    if connection.dialect.name == "sqlite":
        return [_delete_one(connection, cursor, each) for cursor in cursors]
    statement = text(
        f"""
        WITH gone AS (
            DELETE FROM {name} WHERE ctid = ANY (ARRAY (
                SELECT d.place FROM {_SHARES} CROSS JOIN LATERAL (
                    SELECT t.ctid AS place FROM {name} AS t
                    WHERE {_listed(connection, cursors[0].share)} AND t.{column} >= p.low
                    ORDER BY t.{column} LIMIT :each FOR UPDATE OF t SKIP LOCKED
                ) AS d
            )) RETURNING {WORKFLOW if WORKFLOW in table.c else "NULL"} AS workflow, {column} AS moment
        ) SELECT workflow, count(*), max(moment) FROM gone GROUP BY workflow
        """  # noqa: S608
    )
    gone = {row[0]: row[1:] for row in connection.execute(statement, {**_arrays(cursors), "each": each})}
    counts = []
    for cursor in cursors:
        count, cursor.moment = gone.get(cursor.share.workflow, (0, cursor.moment))
        counts.append(count)
    return counts


def members(connection: Connection, keys: Sequence[Any], key: Column[Any]) -> tuple[str, Any]:
    """Keys as rows `k` with a column `value`, to be joined to a table in this order; and the parameter `keys` of that.

    A condition `IN` leaves it to the planner whether to read the whole table, which it may take for small.
    """
    if connection.dialect.name == "sqlite":
        return "json_each(:keys) AS k CROSS JOIN", json.dumps(list(keys))
    return f"unnest(CAST(:keys AS {_sql_type(key)}[])) AS k (value) JOIN", list(keys)


def delete_keys(connection: Connection, table: Table, keys: Sequence[Any]) -> int:
    """Delete the rows with these keys; how many there were."""
    place = "rowid" if connection.dialect.name == "sqlite" else "ctid"
    key, name = primary_key(table), quoted(connection, table)
    source, given = members(connection, keys, key)
    chosen = f"SELECT t.{place} FROM {source} {name} AS t ON t.{key.name} = k.value"  # noqa: S608
    return _delete_places(connection, table, chosen, keys=given)


def delete_parts(connection: Connection, part: Table, column: str, owners: Sequence[Any], most: int) -> int:
    """Delete at most `most` rows of `part` whose `column` is one of `owners`; how many there were."""
    place = "rowid" if connection.dialect.name == "sqlite" else "ctid"
    source, given = members(connection, owners, part.c[column])
    chosen = f"SELECT t.{place} FROM {source} {quoted(connection, part)} AS t ON t.{column} = k.value LIMIT :most"  # noqa: S608
    if connection.dialect.name == "sqlite" or not _is_changed_by_others(part):
        return _delete_places(connection, part, chosen, keys=given, most=most)
    # A row that is written anew meanwhile has another place, which only a later statement sees: else it would be
    # missed, and go uncounted with its owner.
    places = connection.execute(text(f"{chosen} FOR UPDATE OF t"), {"keys": given, "most": most}).scalars().all()
    return _delete_places(connection, part, "SELECT unnest(CAST(:places AS tid[]))", places=list(places))


def _is_changed_by_others(table: Table) -> bool:
    """Whether rows are written anew when what they refer to is deleted."""
    return any(key.ondelete == "SET NULL" for key in table.foreign_keys)


def _delete_places(connection: Connection, table: Table, chosen: str, **given: Any) -> int:
    """Delete the rows whose places a query chooses; how many there were."""
    sqlite = connection.dialect.name == "sqlite"
    where = f"rowid IN ({chosen})" if sqlite else f"ctid = ANY (ARRAY ({chosen}))"
    return connection.execute(text(f"DELETE FROM {quoted(connection, table)} WHERE {where}"), given).rowcount  # noqa: S608


def condition(connection: Connection, share: Share) -> tuple[str, list[Any]]:
    """The condition on a row `t` that it is due, and the values that it is bound to."""
    return _own(connection, share), _bound(Cursor(share))[1:]


def count(connection: Connection, share: Share, extra: str = "") -> int:
    """How many rows of a share are due; `extra` is a further condition on a row `t`."""
    where, bound = condition(connection, share)
    statement = f"SELECT count(*) FROM {quoted(connection, share.table)} AS t WHERE {where}{extra}"  # noqa: S608
    number: int = connection.execute(text(statement).bindparams(*bound)).scalar_one()
    return number


def _delete_one(connection: Connection, cursor: Cursor, each: int) -> int:
    share = cursor.share
    extra = extra_condition(connection, share.table, "t")
    statement = (
        f"DELETE FROM {quoted(connection, share.table)} WHERE rowid IN"  # noqa: S608
        f" (SELECT t.rowid FROM {quoted(connection, share.table)} AS t WHERE {_own(connection, share)}"
        f" AND t.{share.column} >= :low ORDER BY t.{share.column} LIMIT :each)"
    )
    bound = text(statement + (f" RETURNING {share.column} AS moment" if extra else "")).bindparams(*_bound(cursor))
    if not extra:  # What is gone is not read again.
        return connection.execute(bound, {"each": each}).rowcount
    moments = connection.execute(bound.columns(moment=UtcDateTime()), {"each": each}).scalars().all()
    cursor.moment = max(moments, default=cursor.moment)
    return len(moments)


_SHARES = """unnest(
    CAST(:workflows AS text[]), CAST(:statuses AS text[]), CAST(:cutoffs AS timestamptz[]),
    CAST(:lows AS timestamptz[]), CAST(:keys AS text[])
) WITH ORDINALITY AS p (workflow, status, cutoff, low, key, number)"""
"""Shares of one table as rows."""


def _arrays(cursors: Sequence[Cursor]) -> dict[str, list[Any]]:
    shares = [cursor.share for cursor in cursors]
    return {
        "workflows": [share.workflow for share in shares],
        "statuses": [share.status for share in shares],
        "cutoffs": [cursor.until for cursor in cursors],
        "lows": [cursor.moment for cursor in cursors],
        "keys": [str(_key(cursor)) for cursor in cursors],
    }


def _own(connection: Connection, share: Share) -> str:
    """The condition on a row `t` that it is due, of one share."""
    return " AND ".join(_conditions(share, ":workflow", ":status", ":cutoff")) + extra_condition(
        connection, share.table, "t"
    )


def _listed(connection: Connection, share: Share) -> str:
    """The condition on a row `t` that it is due, of the share `p` of a list."""
    return " AND ".join(_conditions(share, "p.workflow", "p.status", "p.cutoff")) + extra_condition(
        connection, share.table, "t"
    )


def _conditions(share: Share, workflow: str, status: str, cutoff: str) -> Iterator[str]:
    if share.workflow is not None:
        yield f"t.{WORKFLOW} = {workflow}"
    if share.status is not None:
        yield f"t.status = {status}"
    yield f"t.{share.column} < {cutoff}"


def _after(share: Share, key: str, low: str, low_key: str) -> str:
    return f"t.{share.column} >= {low} AND (t.{share.column} > {low} OR t.{key} > {low_key})"


def _bound(cursor: Cursor) -> list[Any]:
    share = cursor.share
    return [
        bindparam("low", cursor.moment, UtcDateTime()),
        bindparam("cutoff", cursor.until, UtcDateTime()),
        *([bindparam("workflow", share.workflow, Text())] if share.workflow is not None else []),
        *([bindparam("status", share.status, Text())] if share.status is not None else []),
    ]


def _key(cursor: Cursor) -> Any:
    """The key to go on after; before the first row one that is less than any."""
    if cursor.key is not None:
        return cursor.key
    return -1 if isinstance(primary_key(cursor.share.table).type, BigInteger) else ""


def _sql_type(column: Column[Any]) -> str:
    return "bigint" if isinstance(column.type, BigInteger) else "text"
