"""The one look at the source before anything is written: what PostgreSQL cannot hold, and the sum of what is there."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple

from codemation.backend.copy import cells
from codemation.backend.copy.ahead import ahead
from codemation.backend.copy.columns import CELL, NULL, ROW, CopiedColumn, CopiedTable, Normal
from codemation.backend.copy.findings import Finding, Kind
from codemation.backend.copy.source import Chunk, Snapshot

LARGEST: Final = 2**28
"""Bytes of a row's line. PostgreSQL takes 1 GB, of which escapes and digits may need four times as many."""

_MODULUS: Final = 2**64
_ESCAPED_NUL: Final = rb"\u0000"


class Scanned(NamedTuple):
    """What a table holds: how many rows, their sum, and what PostgreSQL cannot hold.

    `closely` are the first `rowid`s of the chunks that must be looked at closely again, `orphans` by column the rows
    whose reference is to be cleared.
    """

    rows: int
    sum: int
    findings: tuple[Finding, ...]
    closely: frozenset[int]
    orphans: dict[str, Sequence[int]]


class Row(NamedTuple):
    """One row, looked at closely: its cells, which of them are there, the number that tells it, and what is wrong."""

    cells: list[bytes]
    present: list[bool]
    empty: bytes
    findings: list[Finding]


def scan(snapshot: Snapshot, table: CopiedTable, on_rows: Callable[[int], None]) -> Scanned:
    """Look at every row of a table; `on_rows` is told how many have been."""
    work = _Scan(snapshot, table)
    rows = total = 0
    closely: set[int] = set()
    line = f"{table.line} || char(1) || ({table.empty})"
    with closing(ahead(snapshot.chunks(table, line, table.odd))) as chunks:
        for chunk in chunks:
            part = None if work.is_suspect(chunk) else work.sum_of_lines(chunk.lines.split(ROW))
            if part is None:
                closely.add(chunk.first)
                part = work.sum_closely(chunk)
            total = (total + part) % _MODULUS
            rows += chunk.rows
            on_rows(rows)
    return Scanned(rows, total, tuple(work.findings), frozenset(closely), work.orphans)


class _Scan:
    """The work on one table; `findings` are those so far."""

    def __init__(self, snapshot: Snapshot, table: CopiedTable) -> None:
        self._snapshot = snapshot
        self._table = table
        self._normals = table.normals
        self._has_json = any(column.sort == "json" for column in table.columns)
        self.orphans = orphans_of(snapshot, table)
        self.findings = _repeated(snapshot, table)

    def is_suspect(self, chunk: Chunk) -> bool:
        """Whether any row may not be what it looks like: quick, and rather once too often."""
        lines = chunk.lines
        return (
            chunk.odd
            or b"\0" in lines
            or (self._has_json and _ESCAPED_NUL in lines)
            or lines.count(ROW) != chunk.rows - 1
            or lines.count(CELL) != chunk.rows * len(self._table.columns)
            or not _is_utf8(lines)
            or any(_any_within(rows, chunk) for rows in self.orphans.values())
            or len(lines) > LARGEST
        )

    def sum_of_lines(self, lines: Sequence[bytes]) -> int | None:
        """The sum of rows by their lines; `None` where a cell turns out to want a closer look."""
        total = 0
        try:
            for line in lines:
                total += digest(line.split(CELL), self._normals)
        except (ValueError, RecursionError):
            return None
        return total

    def sum_closely(self, chunk: Chunk) -> int:
        """The sum of rows cell by cell; what is wrong with them is among the findings then."""
        total = 0
        for row in rows_closely(self._snapshot, self._table, chunk, self.orphans):
            self.findings += row.findings
            if all(it.replaceable for it in row.findings):
                total += digest([*row.cells, row.empty], self._normals)
        return total


def digest(row: list[bytes], normals: Sequence[tuple[int, Normal]]) -> int:
    """The number that stands for a row in the sum of its table; `row` is changed.

    Raises:
        ValueError, RecursionError: a cell is not what it looks like.

    """
    for place, normal in normals:
        if row[place] != NULL:
            row[place] = normal(row[place])
    return int.from_bytes(hashlib.sha256(CELL.join(row)).digest()[:8], "big", signed=True)


def rows_closely(
    snapshot: Snapshot, table: CopiedTable, chunk: Chunk, orphans: dict[str, Sequence[int]]
) -> Iterator[Row]:
    """The rows of a chunk, cell by cell, as they are to be copied."""
    for stored in snapshot.closely(table, chunk.first, chunk.last):
        rowid = stored[0]
        yield _row(table, stored, {name for name, rows in orphans.items() if _holds(rows, rowid)})


def _row(table: CopiedTable, stored: Sequence[Any], orphaned: set[str]) -> Row:
    texts: list[bytes | None] = []
    faults: list[tuple[str, Kind, bool]] = []
    for column, storage, value in _cells(table, stored):
        cell = cells.read(column, storage.decode(), value)
        if column.name in orphaned:
            cell = cells.Cell(None, cell.faults | {"orphan"}, fits=column.cleared)
        texts.append(cell.text)
        faults += [(column.name, kind, cell.fits) for kind in sorted(cell.faults)]
    # A check may only be broken because of what else is wrong.
    faults = faults or [
        (name, "check", False) for (name, _), holds in zip(table.checks, stored[1:], strict=False) if not holds
    ]
    if sum(len(text or b"") for text in texts) > LARGEST:
        largest = max(zip(table.columns, texts, strict=True), key=lambda it: len(it[1] or b""))[0]
        faults.append((largest.name, "too-large", False))
    nullable = [text is None for text, column in zip(texts, table.columns, strict=True) if column.nullable]
    key = key_of(table, stored) if faults else {}
    return Row(
        [NULL if text is None else text for text in texts],
        [text is not None for text in texts],
        b"%d" % sum(empty << place for place, empty in enumerate(nullable)),
        [Finding(table.name, key, *fault) for fault in faults],
    )


def _cells(table: CopiedTable, stored: Sequence[Any]) -> Iterator[tuple[CopiedColumn, bytes, Any]]:
    """The columns, each with how its cell is stored, and what is."""
    told = stored[1 + len(table.checks) :]
    return zip(table.columns, told[::2], told[1::2], strict=True)


def key_of(table: CopiedTable, stored: Sequence[Any]) -> dict[str, int | str]:
    """The primary key of a row that is told as by `Snapshot.closely`."""
    values = {column.name: value for column, _, value in _cells(table, stored)}
    key = {name: _told(values[name]) for name in table.key}
    return {name: value for name, value in key.items() if value is not None} or {"rowid": stored[0]}


def _told(value: Any) -> int | str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return value if isinstance(value, int) or value is None else str(value)


def orphans_of(snapshot: Snapshot, table: CopiedTable) -> dict[str, Sequence[int]]:
    """By column the rows that refer to what is not there."""
    found = {column.name: snapshot.orphans(table, column) for column in table.columns if column.target}
    return {name: rows for name, rows in found.items() if rows}


def _repeated(snapshot: Snapshot, table: CopiedTable) -> list[Finding]:
    """The rows that have what another one has, where only one may."""
    found: list[Finding] = []
    for columns in table.unique:
        for rowid in snapshot.duplicates(table, columns):
            (stored,) = snapshot.closely(table, rowid, rowid)
            found.append(Finding(table.name, key_of(table, stored), columns[-1], "duplicate", replaceable=False))
    return found


def _is_utf8(whole: bytes) -> bool:
    if whole.isascii():
        return True
    try:
        whole.decode()
    except UnicodeDecodeError:
        return False
    return True


def _holds(rows: Sequence[int], rowid: int) -> bool:
    place = bisect_left(rows, rowid)
    return place < len(rows) and rows[place] == rowid


def _any_within(rows: Sequence[int], chunk: Chunk) -> bool:
    place = bisect_left(rows, chunk.first)
    return place < len(rows) and rows[place] <= chunk.last
