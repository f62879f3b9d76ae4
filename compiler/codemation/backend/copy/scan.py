"""The one pass over the source: what PostgreSQL cannot hold, the sum of what is there, and the lines for COPY."""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from codemation.backend.copy import cells
from codemation.backend.copy.ahead import ahead
from codemation.backend.copy.columns import CELL, NULL, ROW, CopiedColumn, CopiedTable, Normal
from codemation.backend.copy.findings import Finding, Kind
from codemation.backend.copy.source import Chunk, Snapshot

LARGEST: Final = 2**28
"""Bytes of a row's line. PostgreSQL takes 1 GB, of which escapes and digits may need four times as many."""

PART: Final = 2**17
"""Bytes of lines that are summed up and sent at a time, about: PostgreSQL works on what its socket still holds while
the next are summed up. Of whole chunks it would wait for each.
"""

_MODULUS: Final = 2**64
_SPECIAL: Final = ((b"\\", rb"\\"), (b"\n", rb"\n"), (b"\r", rb"\r"))
"""What COPY's text format wants escaped within a line."""
_AMBIGUOUS: Final = ((CELL, rb"\x01"), (NULL, rb"\x02"))
"""What else does, within a cell."""


class Row(NamedTuple):
    """One row, looked at closely: its cells, which of them are there, how many are not, and what is wrong."""

    cells: list[bytes]
    present: list[bool]
    empty: int
    findings: list[Finding]


class Scan:
    """The one pass over a table: every row is looked at, summed up, and told as COPY takes it.

    `total` are all its rows; `rows` those that have been looked at, `findings` what PostgreSQL cannot hold of them, and
    `sum` theirs. What is wrong between rows is among the findings from the start: references to rows that are not
    there, and what another row has, too.
    """

    def __init__(self, snapshot: Snapshot, table: CopiedTable, total: int) -> None:
        self.table = table
        self.total = total
        self.rows = 0
        self._orphans = _orphans(snapshot, table)
        self.findings = [*_lost(snapshot, table, self._orphans), *_repeated(snapshot, table)]
        self._snapshot = snapshot
        self._sum = 0
        self._chunks = ahead(snapshot.chunks(table))
        self._told = self._lines(self._chunks)

    @property
    def sum(self) -> int:
        """The sum of the rows, of 64 bits."""
        return self._sum % _MODULUS

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The rows that have not been looked at yet, some at a time: how many, and their lines for COPY.

        Who stops in between may go on later. Lines of rows that have findings without a substitute must not be used.
        """
        for rows, lines in self._told:
            self.rows += rows
            yield rows, lines

    def close(self) -> None:
        """Read no further."""
        self._chunks.close()

    def _lines(self, chunks: Iterator[Chunk]) -> Iterator[tuple[int, bytes]]:
        for chunk in chunks:
            done = 0
            if not self._is_suspect(chunk):
                for lines in _parts(chunk):
                    try:
                        self._sum += _sum_of(lines, self.table.normals)
                    except (ValueError, RecursionError):
                        break  # a cell is not what it looks like
                    joined = ROW.join(lines)
                    self._sum += joined.count(NULL)
                    done += len(lines)
                    yield len(lines), _as_they_are(joined)
            if done < chunk.rows:
                yield chunk.rows - done, b"".join(map(self._line, islice(self._rows_closely(chunk), done, None)))

    def _is_suspect(self, chunk: Chunk) -> bool:
        """Whether any row may not be what it looks like: quick, and rather once too often."""
        lines = chunk.lines
        return (
            chunk.odd
            or lines.count(ROW) != chunk.rows - 1
            or lines.count(CELL) != chunk.rows * (len(self.table.columns) - 1)
            or lines.count(NULL) != chunk.empty
            or not _is_utf8(lines)
            or any(_any_within(rows, chunk) for rows in self._orphans.values())
            or len(lines) > LARGEST
        )

    def _rows_closely(self, chunk: Chunk) -> Iterator[Row]:
        for stored in self._snapshot.closely(self.table, chunk.first, chunk.last):
            rowid = stored[0]
            yield _row(self.table, stored, {name for name, rows in self._orphans.items() if _holds(rows, rowid)})

    def _line(self, row: Row) -> bytes:
        """The line of a row cell by cell; what is wrong with it is among the findings then."""
        self.findings += row.findings
        if all(it.replaceable for it in row.findings):
            self._sum += _sum_of([CELL.join(row.cells)], self.table.normals) + row.empty
        return CELL.join(map(_escaped, row.cells, row.present)) + b"\n"


def _row(table: CopiedTable, stored: Sequence[Any], orphaned: set[str]) -> Row:
    texts: list[bytes | None] = []
    faults: list[tuple[str, Kind, bool]] = []
    for column, storage, value in _cells(table, stored):
        cell = cells.read(column, storage.decode(), value)
        if column.name in orphaned:
            cell = cells.Cell(None, cell.faults)
        texts.append(cell.text)
        faults += [(column.name, kind, cell.fits) for kind in sorted(cell.faults)]
    # A check may only be broken because of what else is wrong.
    faults = faults or [
        (name, "check", False) for (name, _), holds in zip(table.checks, stored[1:], strict=False) if not holds
    ]
    if sum(len(text or b"") for text in texts) > LARGEST:
        largest = max(zip(table.columns, texts, strict=True), key=lambda it: len(it[1] or b""))[0]
        faults.append((largest.name, "too-large", False))
    key = key_of(table, stored) if faults else {}
    return Row(
        [NULL if text is None else text for text in texts],
        [text is not None for text in texts],
        texts.count(None),
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


def _orphans(snapshot: Snapshot, table: CopiedTable) -> dict[str, Sequence[int]]:
    """By column the rows that refer to what is not there."""
    found = {column.name: snapshot.orphans(table, column) for column in table.columns if column.target}
    return {name: rows for name, rows in found.items() if rows}


def _lost(snapshot: Snapshot, table: CopiedTable, orphans: dict[str, Sequence[int]]) -> Iterator[Finding]:
    """The references to rows that are not there."""
    for column in table.columns:
        for rowid in orphans.get(column.name, ()):
            yield Finding(table.name, _key_at(snapshot, table, rowid), column.name, "orphan", column.cleared)


def _repeated(snapshot: Snapshot, table: CopiedTable) -> Iterator[Finding]:
    """The rows that have what another one has, where only one may."""
    for columns in table.unique:
        for rowid in snapshot.duplicates(table, columns):
            yield Finding(table.name, _key_at(snapshot, table, rowid), columns[-1], "duplicate", replaceable=False)


def _key_at(snapshot: Snapshot, table: CopiedTable, rowid: int) -> dict[str, int | str]:
    (stored,) = snapshot.closely(table, rowid, rowid)
    return key_of(table, stored)


def _sum_of(lines: Iterable[bytes], normals: Sequence[Normal]) -> int:
    """The sum of rows by their lines, without which of their cells are empty.

    Raises:
        ValueError, RecursionError: a cell is not what it looks like.

    """
    if normals:
        # By column: a third of the steps that it takes by row.
        heads, *columns = zip(*[line.rsplit(CELL, len(normals)) for line in lines], strict=True)
        told = [
            [cell if cell == NULL else normal(cell) for cell in column]
            for normal, column in zip(normals, columns, strict=True)
        ]
        lines = map(CELL.join, zip(heads, *told, strict=True))
    digests = b"".join([hashlib.sha256(line).digest()[:8] for line in lines])
    return sum(struct.unpack(f">{len(digests) // 8}q", digests))


def _parts(chunk: Chunk) -> Iterator[list[bytes]]:
    """The lines of a chunk, some at a time."""
    lines = chunk.lines.split(ROW)
    rows = max(1, chunk.rows * PART // (len(chunk.lines) + 1))
    for begin in range(0, len(lines), rows):
        yield lines[begin : begin + rows]


def _as_they_are(lines: bytes) -> bytes:
    """Lines that were found to have no special character of ours within their cells, for COPY."""
    for special, escaped in _SPECIAL:
        lines = lines.replace(special, escaped)
    return lines.replace(ROW, b"\n") + b"\n"


def _escaped(cell: bytes, present: bool) -> bytes:  # noqa: FBT001  (for `map`)
    if present:
        for special, escaped in (*_SPECIAL, *_AMBIGUOUS):
            cell = cell.replace(special, escaped)
    return cell


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
