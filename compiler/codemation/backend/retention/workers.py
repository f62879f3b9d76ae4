"""What prunes one table, a small transaction at a time."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, text

from codemation.backend.retention.blobs import Blobs
from codemation.backend.retention.bulk import Region, delete_region, dense_regions
from codemation.backend.retention.pace import Gait, Pace
from codemation.backend.retention.shares import Share, quoted
from codemation.backend.retention.statements import (
    GROUP,
    Cursor,
    Found,
    count,
    delete,
    delete_keys,
    delete_parts,
    find,
    members,
    primary_key,
)
from codemation.backend.retention.transactions import BusyError, Transactions
from codemation.backend.tables import ByStatus, Expires, PartOf, Policy, Stored, lifetime, metadata


class Worker(ABC):
    """Prunes the due shares of one table. `step` is one transaction or few, after which others have their turn.

    `rows` are those that went, by table; `kept` those that stay because of what is stored. `gave_up`: some shares were
    left, because others were in the way.
    """

    def __init__(self, table: Table, shares: Iterable[Share], gait: Gait, transactions: Transactions) -> None:
        self.table = table
        self.rows: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.gave_up = False
        self._pace = Pace(gait)
        self._transactions = transactions
        cursors = [Cursor(share) for share in shares]
        # Several processes begin in different places.
        random.shuffle(cursors)
        self._cursors = deque(cursors)

    @property
    def more(self) -> bool:
        """Whether anything may be left."""
        return bool(self._cursors)

    @abstractmethod
    def step(self) -> None:
        """Delete some of what is due."""

    def give_up(self) -> None:
        """Leave the shares that are next in turn: something is in the way, again and again."""
        self.gave_up = True
        for _ in self._group():
            self._cursors.popleft()

    def _group(self) -> list[Cursor]:
        """The shares that are next in turn."""
        return [self._cursors[number] for number in range(min(GROUP, len(self._cursors)))]

    def _turn(self, group: Sequence[Cursor], counts: Sequence[int], each: int) -> None:
        """Put the shares that had as many rows as were asked for behind the others; the others are done."""
        for cursor, count_ in zip(group, counts, strict=True):
            self._cursors.popleft()
            if count_ >= each or cursor.next_slice():
                self._cursors.append(cursor)

    def _write(self, work: Callable[[Connection], Counter[str]]) -> Counter[str]:
        """Delete in one transaction; the pace learns from it."""
        gone = self._transactions.write(work)
        self._pace.took(gone.total(), self._transactions.took)
        self.rows.update(gone)
        return gone


class Deleting(Worker):
    """For rows that stand for nothing else. Much that is due goes by where it stands first, the rest by the index."""

    def __init__(self, table: Table, shares: Iterable[Share], gait: Gait, transactions: Transactions) -> None:
        super().__init__(table, shares, gait, transactions)
        self._shares = [cursor.share for cursor in self._cursors]
        self._regions: list[Region] | None = None
        # In pages, or in rows.
        self._places = Pace(gait, first=64, least=8)

    def step(self) -> None:
        """Delete some of what is due."""
        if self._regions is None and self.rows[self.table.name] >= WORTHWHILE:
            self._regions = self._transactions.read(self._dense)
        if self._regions:
            self._step_by_place(self._regions)
        else:
            self._step_by_index()

    def _dense(self, connection: Connection) -> list[Region]:
        if not isinstance(lifetime(self.table), Policy | Expires):
            return []
        found = dense_regions(connection, self._shares)
        if found.regions and connection.dialect.name == "postgresql":
            # As many as one statement may meet of those that are gone by then.
            at_once = found.rows * min(1.0, GROUP / len(self._cursors))
            for cursor in self._cursors:
                cursor.slice(max(1, round(at_once / AT_ONCE)))
        random.shuffle(found.regions)
        return found.regions

    def _step_by_place(self, regions: list[Region]) -> None:
        region = regions.pop()
        now = region._replace(end=min(region.end, region.start + self._places.size))
        if now.end < region.end:
            regions.append(region._replace(start=now.end))
        try:
            gone = self._transactions.write(lambda connection: delete_region(connection, self._shares, now))
        except BusyError:
            return  # What nobody has locked goes by the index.
        self._places.took(now.end - now.start, self._transactions.took)
        self.rows[self.table.name] += gone

    def _step_by_index(self) -> None:
        group, counts = self._group(), list[int]()
        each = max(1, self._pace.size // len(group))

        def work(connection: Connection) -> Counter[str]:
            counts[:] = delete(connection, group, each)
            return Counter({self.table.name: sum(counts)})

        self._write(work)
        self._turn(group, counts, each)


class Storing(Worker):
    """For rows that stand for something stored, which goes first."""

    def __init__(
        self, table: Table, shares: Iterable[Share], gait: Gait, transactions: Transactions, blobs: Blobs | None
    ) -> None:
        super().__init__(table, shares, gait, transactions)
        self._blobs = blobs

    def step(self) -> None:
        """Delete what some rows stand for, and then those rows."""
        group, how = self._group(), lifetime(self.table)
        assert isinstance(how, Stored)  # noqa: S101
        if self._blobs is None or self._blobs.hopeless:
            share = self._cursors.popleft().share
            self.kept[self.table.name] += self._transactions.read(lambda connection: count(connection, share))
            return
        each = max(1, min(self._pace.size, STORED) // len(group))
        found = self._transactions.read(lambda connection: find(connection, group, each, how.key))
        gone = self._blobs.gone(self.table.name, [row.value for row in found])
        keys = [row.key for row in found if row.value in gone]
        if keys:
            self._write(lambda connection: Counter({self.table.name: delete_keys(connection, self.table, keys)}))
        self._turn(group, _passed(group, found), each)


class Owning(Worker):
    """For rows with parts, which go with them, and with what stands for stored things, which must go before."""

    def __init__(
        self, table: Table, shares: Iterable[Share], gait: Gait, transactions: Transactions, blobs: Blobs | None
    ) -> None:
        super().__init__(table, shares, gait, transactions)
        self._blobs = blobs
        self._parts = [(part, column) for part, column in _referring(table) if lifetime(part) == PartOf(table.name)]
        self._stored = [
            (other, column, how)
            for other, column in _referring(table)
            if isinstance(how := lifetime(other), Stored) and how.owner == table.name
        ]
        self._rows_per_owner = 8.0

    def step(self) -> None:
        """Delete some of what is due: what is stored, the parts, and then the rows themselves."""
        group = self._group()
        each = max(1, round(self._pace.size / self._rows_per_owner / len(group)))
        blobs = self._blobs if self._blobs is not None and not self._blobs.hopeless else None
        found = self._transactions.read(
            lambda connection: find(connection, group, each, extra="" if blobs else self._stores(connection, none=True))
        )
        keys = [row.key for row in found]
        if blobs is not None:
            keys = self._without_blobs(blobs, keys)
        if keys:
            self._take(keys)
        if self._transactions.ended:
            return  # What is left of these is found again.
        counts = _passed(group, found)
        if blobs is None and self._stored:
            self._count([cursor.share for cursor, had in zip(group, counts, strict=True) if had < each])
        self._turn(group, counts, each)

    def _without_blobs(self, blobs: Blobs, owners: list[Any]) -> list[Any]:
        """Delete what the owners have stored; those that have nothing any more."""
        remaining = set(owners)
        for table, column, how in self._stored:
            for rows in self._stored_of(table, column, how.key, owners):
                gone = blobs.gone(table.name, [row.value for row in rows])
                keys = [row.key for row in rows if row.value in gone]
                remaining -= {row.owner for row in rows if row.value not in gone}
                if keys:
                    self._write(partial(_deleted, table=table, keys=keys))
        self.kept[self.table.name] += len(owners) - len(remaining)
        return [owner for owner in owners if owner in remaining]

    def _stored_of(self, table: Table, column: str, key: str, owners: list[Any]) -> Iterator[Sequence[Any]]:
        """The rows of `table` that belong to the owners, some at a time."""
        after: Any = None
        while owners:
            rows = self._transactions.read(
                partial(_stored_rows, table=table, columns=(column, key), owners=owners, after=after)
            )
            yield rows
            if len(rows) < STORED or self._transactions.ended:
                return
            after = rows[-1].key

    def _take(self, keys: list[Any]) -> None:
        """Delete rows with their parts; a row with more parts than fit into one transaction goes in several."""
        while True:
            most = self._pace.size

            def work(connection: Connection, most: int = most) -> Counter[str]:
                gone: Counter[str] = Counter()
                owners = self._lock(connection, keys)
                for part, column in self._parts if owners else ():
                    if gone.total() < most:
                        gone[part.name] += delete_parts(connection, part, column, owners, most - gone.total())
                if owners and gone.total() < most:
                    gone[self.table.name] = delete_keys(connection, self.table, owners)
                return gone

            gone = self._write(work)
            if gone.total() < most or gone[self.table.name] or self._transactions.ended:
                break
        if gone[self.table.name]:
            self._rows_per_owner += (gone.total() / gone[self.table.name] - self._rows_per_owner) / 4

    def _lock(self, connection: Connection, keys: list[Any]) -> list[Any]:
        """Those of the rows that are over still, have nothing stored, and that nobody else has locked."""
        how, key = lifetime(self.table), primary_key(self.table)
        assert isinstance(how, ByStatus)  # noqa: S101
        source, given = members(connection, keys, key)
        statement = text(
            f"SELECT t.{key.name} FROM {source} {quoted(connection, self.table)} AS t ON t.{key.name} = k.value"  # noqa: S608
            f" WHERE t.status IN :statuses{self._stores(connection, none=True)} ORDER BY t.{key.name}"
            f"{' FOR UPDATE OF t SKIP LOCKED' if connection.dialect.name == 'postgresql' else ''}"
        ).bindparams(bindparam("statuses", list(how.settings), expanding=True))
        return list(connection.execute(statement, {"keys": given}).scalars())

    def _stores(self, connection: Connection, *, none: bool) -> str:
        """The condition, as ` AND …`, that a row `t` has nothing stored (`none`), or anything."""
        key = primary_key(self.table).name
        any_ = " OR ".join(
            f"EXISTS (SELECT 1 FROM {quoted(connection, table)} AS s WHERE s.{column} = t.{key})"  # noqa: S608
            for table, column, _ in self._stored
        )
        return f" AND {'NOT ' if none else ''}({any_})" if any_ else ""

    def _count(self, shares: Sequence[Share]) -> None:
        """Nobody deletes what is stored: say how many rows stay for that."""
        for share in shares:
            self.kept[self.table.name] += self._transactions.read(partial(self._storing, share=share))

    def _storing(self, connection: Connection, share: Share) -> int:
        return count(connection, share, self._stores(connection, none=False))


AT_ONCE: Final = 30_000
"""So many rows that are gone by pages are met by one look along the index."""
WORTHWHILE: Final = 5_000
"""So many rows went along the index before it is worth looking where more of them stand together."""
STORED: Final = 500
"""At most so many storage keys are handed to the host at a time."""


def worker(
    table: Table, shares: Iterable[Share], gait: Gait, transactions: Transactions, blobs: Blobs | None
) -> Worker:
    """What prunes a table by its lifetime."""
    how = lifetime(table)
    if isinstance(how, Stored):
        return Storing(table, shares, gait, transactions, blobs)
    if isinstance(how, ByStatus):
        return Owning(table, shares, gait, transactions, blobs)
    return Deleting(table, shares, gait, transactions)


def _referring(table: Table) -> Iterator[tuple[Table, str]]:
    """The tables that refer to one, each with its column."""
    for other in metadata.sorted_tables:
        for key in other.foreign_keys:
            if key.column.table is table:
                yield other, key.parent.name


def _passed(group: Sequence[Cursor], found: Sequence[Found]) -> list[int]:
    """Move each cursor behind what was found of its share; how many rows that were."""
    counts: Counter[Cursor] = Counter(row.cursor for row in found)
    for row in found:
        row.cursor.moment, row.cursor.key = row.moment, row.key
    return [counts[cursor] for cursor in group]


def _deleted(connection: Connection, table: Table, keys: list[Any]) -> Counter[str]:
    return Counter({table.name: delete_keys(connection, table, keys)})


def _stored_rows(
    connection: Connection, table: Table, columns: tuple[str, str], owners: list[Any], after: Any
) -> Sequence[Any]:
    """The key, the owner and the storage key of some rows that belong to the owners, behind the key `after`."""
    (column, value), key = columns, primary_key(table).name
    source, given = members(connection, owners, table.c[column])
    statement = text(
        f"SELECT t.{key} AS key, t.{column} AS owner, t.{value} AS value"  # noqa: S608
        f" FROM {source} {quoted(connection, table)} AS t ON t.{column} = k.value"
        f"{'' if after is None else f' WHERE t.{key} > :after'} ORDER BY t.{key} LIMIT {STORED}"
    )
    return connection.execute(statement, {"keys": given, **({} if after is None else {"after": after})}).all()
