"""The copy itself: scan, write, compare, commit; or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from threading import Event
from typing import Final, TypeAlias

from sqlalchemy import Engine

from codemation.backend.copy.ahead import ahead
from codemation.backend.copy.columns import CELL, NULL, ROW, CopiedTable, copied_table
from codemation.backend.copy.errors import CopyRefusedError, CopyStoppedError
from codemation.backend.copy.findings import Finding
from codemation.backend.copy.result import Copied, CopiedRows, Phase, Progress
from codemation.backend.copy.scan import Scanned, key_of, rows_closely, scan
from codemation.backend.copy.source import Chunk, Snapshot, opened, reading
from codemation.backend.copy.target import Target, locked, look, refusing, writing
from codemation.backend.migrations.lock import OnWait, Patience
from codemation.backend.tables import metadata
from codemation.text.amounts import count
from codemation.text.redaction import redact

OnProgress: TypeAlias = Callable[[Progress], None]

_SPECIAL: Final = ((b"\\", rb"\\"), (b"\n", rb"\n"), (b"\r", rb"\r"))
"""What COPY's text format wants escaped within a line."""
_AMBIGUOUS: Final = ((CELL, rb"\x01"), (NULL, rb"\x02"))
"""What else does, within a cell."""


def copy(  # noqa: PLR0913  (all but two have a default)
    source: Engine,
    target: Engine,
    *,
    replace_invalid: bool = False,
    wait: float = 60.0,
    stop: Event | None = None,
    on_progress: OnProgress | None = None,
    on_wait: OnWait | None = None,
) -> Copied:
    """Copy all rows of a SQLite database into an empty PostgreSQL database, both at the newest revision; or nothing.

    `source` and `target` are engines of `provision`. The source is only read, in one state of it; stop its hosts first.
    The target is locked against writers, and written in one transaction, which is committed once PostgreSQL's counts
    and checksums of what it then holds are those of the source, and the source is still as it was. No time-out of the
    settings counts meanwhile. Memory does not grow with the number of rows.

    What PostgreSQL cannot hold is refused, all of it listed. `replace_invalid` copies a substitute instead, where there
    is one: U+FFFD for NUL characters, half surrogates and what is no UTF-8, also in JSON; null for NaN and Infinity in
    JSON; the text of bytes in a column of text, and the other way round; nothing for a reference to a row that is not
    there, where the foreign key says `SET NULL`.

    `wait` is how many seconds to wait for another copy or migration, and for who writes into the target; `on_wait` is
    told once that somebody is waited for. `on_progress` is told of each table's rows, in three phases. `stop` is an
    event that ends it, with nothing kept.

    Raises:
        CopyRefusedError: (CM510) the target is not empty; the source has `findings`, or changed meanwhile, or is not
            there; the copy is not the original. `CopyStoppedError`: it was told to stop.
        BackendError: a database is not at the newest revision (CM505), newer, or not ours; cannot be reached, read or
            written; is locked.
        ValueError: `source` is not SQLite's engine, or `target` not PostgreSQL's.

    """
    if (source.dialect.name, target.dialect.name) != ("sqlite", "postgresql"):
        message = "a copy goes from an engine of SQLite into one of PostgreSQL"
        raise ValueError(message)
    with snapshot_of(source, target, _listener(on_progress, stop)) as work:
        work.scan()
        work.refuse(replace_invalid=replace_invalid)
        with locked(target, Patience(migrator=wait, over=stop), on_wait) as into:
            into.prepare(work.tables, wait)
            work.fill(into)
            work.verify(into)
            work.finish(into)
    return work.result


@contextmanager
def snapshot_of(source: Engine, target: Engine, told: OnProgress) -> Iterator[Work]:
    """The work of a copy, for which both databases are fit so far; raises as `copy` does."""
    tables = [copied_table(table) for table in metadata.sorted_tables]
    with writing(target):
        look(target, tables)
    path = source.url.database or ""
    with opened(path, source.dialect.busy_seconds) as snapshot:  # type: ignore[attr-defined]
        yield Work(snapshot, tables, told)


class Work:
    """The steps of a copy from one state of the source."""

    def __init__(self, snapshot: Snapshot, tables: Sequence[CopiedTable], told: OnProgress) -> None:
        self.tables = tables
        self._snapshot = snapshot
        self._told = told
        self._scanned: dict[str, Scanned] = {}
        self._seconds: dict[Phase, float] = dict.fromkeys(("scan", "copy", "verify"), 0.0)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What PostgreSQL cannot hold."""
        return tuple(finding for scanned in self._scanned.values() for finding in scanned.findings)

    @property
    def result(self) -> Copied:
        """What was copied, once it is; else what would be."""
        rows = [CopiedRows(name, it.rows, f"{it.sum:016x}") for name, it in self._scanned.items()]
        return Copied(tuple(rows), self.findings, dict(self._seconds))

    def scan(self) -> None:
        """Look at all that the source holds."""
        for table in self.tables:
            with self._timed("scan", table, self._snapshot.count(table)) as on_rows:
                self._scanned[table.name] = scan(self._snapshot, table, on_rows)

    def refuse(self, *, replace_invalid: bool) -> None:
        """Refuse what PostgreSQL cannot hold.

        Raises:
            CopyRefusedError: there is any that is not to be replaced, or cannot be.

        """
        refused = [it for it in self.findings if not (replace_invalid and it.replaceable)]
        if refused:
            raise _unfit(self._snapshot.path, self.findings, replace_invalid=replace_invalid)

    def fill(self, target: Target) -> None:
        """Write every row."""
        for table in self.tables:
            scanned = self._scanned[table.name]
            if not scanned.rows:
                continue
            with (
                self._timed("copy", table, scanned.rows) as on_rows,
                refusing(table, self._row_of(table)),
                closing(self._data(table, scanned)) as data,
            ):
                target.fill(table, data, on_rows)

    def verify(self, target: Target) -> None:
        """Compare what the target holds with what the source does.

        Raises:
            CopyRefusedError: it is not the same.

        """
        for table in self.tables:
            scanned = self._scanned[table.name]
            with self._timed("verify", table, scanned.rows):
                rows, total = target.sum(table)
            if (rows, total) != (scanned.rows, scanned.sum):
                raise _different(table, scanned, rows, total)

    def finish(self, target: Target) -> None:
        """Number new rows from where the source was, if that is still the same.

        Raises:
            CopyRefusedError: somebody wrote into it.

        """
        numbers = [(table, self._snapshot.last_number(table)) for table in self.tables if table.numbered]
        target.analyze(self.tables)
        if self._snapshot.changed():
            message = f"the SQLite file {redact(self._snapshot.path)} was written to while it was copied"
            raise CopyRefusedError(message, "Stop the host that uses it first, then copy again.")
        for table, last in numbers:
            target.number(table, last)

    @contextmanager
    def _timed(self, phase: Phase, table: CopiedTable, total: int) -> Iterator[Callable[[int], None]]:
        began = time.perf_counter()
        self._told(Progress(phase, table.name, 0, total))
        yield lambda rows: self._told(Progress(phase, table.name, rows, total))
        seconds = time.perf_counter() - began
        self._seconds[phase] += seconds
        self._told(Progress(phase, table.name, total, total, seconds))

    def _data(self, table: CopiedTable, scanned: Scanned) -> Generator[tuple[int, bytes], None, None]:
        """The rows as COPY takes them, with how many they are."""
        with closing(ahead(self._snapshot.chunks(table, table.line))) as chunks:
            for chunk in chunks:
                closely = chunk.first in scanned.closely
                yield chunk.rows, self._cell_by_cell(table, chunk, scanned) if closely else _as_they_are(chunk.lines)

    def _cell_by_cell(self, table: CopiedTable, chunk: Chunk, scanned: Scanned) -> bytes:
        rows = rows_closely(self._snapshot, table, chunk, scanned.orphans)
        return b"".join(CELL.join(map(_escaped, row.cells, row.present)) + b"\n" for row in rows)

    def _row_of(self, table: CopiedTable) -> Callable[[int], str]:
        def told(number: int) -> str:
            with reading(self._snapshot.path):
                rowid = self._snapshot.row(table, number)
                rows = [] if rowid is None else list(self._snapshot.closely(table, rowid, rowid))
            key = key_of(table, rows[0]) if rows else {}
            return redact(Finding(table.name, key, "", "check", replaceable=False).row)

        return told


def _as_they_are(lines: bytes) -> bytes:
    """Lines that were found to have no special character of ours within their cells."""
    for special, escaped in _SPECIAL:
        lines = lines.replace(special, escaped)
    return lines.replace(ROW, b"\n") + b"\n"


def _escaped(cell: bytes, present: bool) -> bytes:  # noqa: FBT001  (for `map`)
    if present:
        for special, escaped in (*_SPECIAL, *_AMBIGUOUS):
            cell = cell.replace(special, escaped)
    return cell


def _listener(on_progress: OnProgress | None, stop: Event | None) -> OnProgress:
    """Tells the caller, and ends the work where that was asked for."""

    def told(progress: Progress) -> None:
        if stop is not None and stop.is_set():
            message = "the copy was stopped: nothing of it was kept"
            raise CopyStoppedError(message, "Copy again.")
        if on_progress is not None:
            on_progress(progress)

    return told


def _unfit(path: str, findings: Sequence[Finding], *, replace_invalid: bool) -> CopyRefusedError:
    replaceable = sum(it.replaceable for it in findings)
    rest = len(findings) - replaceable
    what = count(len(findings), "cell") if not replace_invalid else count(rest, "cell")
    message = f"PostgreSQL cannot hold {what} of the SQLite file {redact(path)}"
    if replace_invalid:
        message += ", and there is no substitute for these"
    help_ = "Correct what is listed in the source (stop its hosts first), then copy again."
    if replaceable and not replace_invalid:
        all_or_some = "all of it" if not rest else f"{replaceable:,} of {len(findings):,}"
        help_ += f" `--replace-invalid` copies substitutes for {all_or_some}."
    return CopyRefusedError(message, help_, findings)


def _different(table: CopiedTable, scanned: Scanned, rows: int, total: int) -> CopyRefusedError:
    if rows != scanned.rows:
        what = f"{count(rows, 'row')} arrived of {scanned.rows:,}"
    else:
        what = f"its checksum is {total:016x}, and the source's {scanned.sum:016x}"
    return CopyRefusedError(
        f"the copy of {table.name} is not the original: {what}",
        "Nothing was kept. A trigger or a rule on that table changes rows: drop it, then copy again.",
    )
