"""The copy itself: look and write in one pass, compare, commit; or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from threading import Event
from typing import TypeAlias

from sqlalchemy import Engine

from codemation.backend.copy.columns import CopiedTable, copied_table
from codemation.backend.copy.errors import CopyRefusedError, CopyStoppedError
from codemation.backend.copy.findings import Finding
from codemation.backend.copy.result import Copied, CopiedRows, Phase, Progress
from codemation.backend.copy.scan import Scan, key_of
from codemation.backend.copy.source import Snapshot, opened, reading
from codemation.backend.copy.target import Target, locked, look, refusing, writing
from codemation.backend.migrations.lock import OnWait, Patience
from codemation.backend.tables import metadata
from codemation.text.amounts import count
from codemation.text.redaction import redact

OnProgress: TypeAlias = Callable[[Progress], None]


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

    Rows are written as they are looked at. What PostgreSQL cannot hold is refused, all of it listed: with the first of
    it the target is let go, as it was, and the rest of the source is only looked at. `replace_invalid` copies a
    substitute instead, where there is one: U+FFFD for NUL characters, half surrogates and what is no UTF-8, also in
    JSON; null for NaN and Infinity in JSON; the text of bytes in a column of text, and the other way round; nothing for
    a reference to a row that is not there, where the foreign key says `SET NULL`.

    `wait` is how many seconds to wait for another copy or migration, and for who writes into the target; `on_wait` is
    told once that somebody is waited for. `on_progress` is told of each table's rows, in three phases; where a row is
    refused, the last is `scan` once more. `stop` is an event that ends it, with nothing kept.

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
    with snapshot_of(source, target, _listener(on_progress, stop), replace_invalid=replace_invalid) as work:
        try:
            work.scan()
            with locked(target, Patience(migrator=wait, over=stop), on_wait) as into:
                into.prepare(work.tables, wait)
                work.fill(into)
                work.verify(into)
                work.finish(into)
        except CopyStoppedError:
            raise
        except CopyRefusedError as error:
            # The target is as it was, and nobody waits for it any more.
            raise work.refusal(error) from None
    return work.result


@contextmanager
def snapshot_of(source: Engine, target: Engine, told: OnProgress, *, replace_invalid: bool) -> Iterator[Work]:
    """The work of a copy, for which both databases are fit so far; raises as `copy` does."""
    tables = [copied_table(table) for table in metadata.sorted_tables]
    with writing(target):
        look(target, tables)
    path = source.url.database or ""
    with (
        opened(path, source.dialect.busy_seconds) as snapshot,  # type: ignore[attr-defined]
        closing(Work(snapshot, tables, told, replace_invalid=replace_invalid)) as work,
    ):
        yield work


class Work:
    """The steps of a copy from one state of the source."""

    def __init__(
        self, snapshot: Snapshot, tables: Sequence[CopiedTable], told: OnProgress, *, replace_invalid: bool
    ) -> None:
        self.tables = tables
        self._snapshot = snapshot
        self._told = told
        self._replace_invalid = replace_invalid
        self._scans: list[Scan] = []
        self._seconds: dict[Phase, float] = dict.fromkeys(("scan", "copy", "verify"), 0.0)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What PostgreSQL cannot hold of what has been looked at."""
        return tuple(finding for scan in self._scans for finding in scan.findings)

    @property
    def result(self) -> Copied:
        """What was copied, once it is."""
        rows = [CopiedRows(scan.table.name, scan.rows, f"{scan.sum:016x}") for scan in self._scans]
        return Copied(tuple(rows), self.findings, dict(self._seconds))

    def close(self) -> None:
        """Read no further."""
        for scan in self._scans:
            scan.close()

    def scan(self) -> None:
        """Look for what is wrong between rows, which no row tells by itself.

        Raises:
            CopyRefusedError: there is any that is refused.

        """
        for table in self.tables:
            total = self._snapshot.count(table)
            with self._timed("scan", table, total):
                self._scans.append(Scan(self._snapshot, table, total))
        self._refuse(self.findings)

    def fill(self, target: Target) -> None:
        """Look at every row, and write it.

        Raises:
            CopyRefusedError: a row is refused, by us or by PostgreSQL.

        """
        for scan in self._scans:
            if not scan.total:
                continue
            with (
                self._timed("copy", scan.table, scan.total) as on_rows,
                refusing(scan.table, self._row_of(scan.table)),
            ):
                target.fill(scan.table, self._fit(scan), on_rows)

    def verify(self, target: Target) -> None:
        """Compare what the target holds with what the source does.

        Raises:
            CopyRefusedError: it is not the same.

        """
        for scan in self._scans:
            with self._timed("verify", scan.table, scan.rows):
                rows, total = target.sum(scan.table)
            if (rows, total) != (scan.rows, scan.sum):
                raise _different(scan, rows, total)

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

    def refusal(self, error: CopyRefusedError) -> CopyRefusedError:
        """The refusal for all that is refused of the source, of which the rest is looked at now; else `error`."""
        for scan in self._scans:
            if scan.rows == scan.total:
                continue
            with self._timed("scan", scan.table, scan.total) as on_rows:
                for _ in scan.lines():
                    on_rows(scan.rows)
        try:
            self._refuse(self.findings)
        except CopyRefusedError as refused:
            return refused
        return error

    def _fit(self, scan: Scan) -> Iterator[tuple[int, bytes]]:
        """The rows of a table as COPY takes them, until one is refused; what that takes is the scan's time."""
        seen, lines = 0, scan.lines()
        while True:
            began = time.perf_counter()
            part = next(lines, None)
            self._refuse(scan.findings[seen:])
            seen = len(scan.findings)
            looked = time.perf_counter() - began
            self._seconds["scan"] += looked
            self._seconds["copy"] -= looked
            if part is None:
                return
            yield part

    def _refuse(self, findings: Sequence[Finding]) -> None:
        if any(not (self._replace_invalid and it.replaceable) for it in findings):
            raise _unfit(self._snapshot.path, findings, replace_invalid=self._replace_invalid)

    @contextmanager
    def _timed(self, phase: Phase, table: CopiedTable, total: int) -> Iterator[Callable[[int], None]]:
        began = time.perf_counter()
        self._told(Progress(phase, table.name, 0, total))
        yield lambda rows: self._told(Progress(phase, table.name, rows, total))
        seconds = time.perf_counter() - began
        self._seconds[phase] += seconds
        self._told(Progress(phase, table.name, total, total, seconds))

    def _row_of(self, table: CopiedTable) -> Callable[[int], str]:
        def told(number: int) -> str:
            with reading(self._snapshot.path):
                rowid = self._snapshot.row(table, number)
                rows = [] if rowid is None else list(self._snapshot.closely(table, rowid, rowid))
            key = key_of(table, rows[0]) if rows else {}
            return redact(Finding(table.name, key, "", "check", replaceable=False).row)

        return told


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


def _different(scan: Scan, rows: int, total: int) -> CopyRefusedError:
    if rows != scan.rows:
        what = f"{count(rows, 'row')} arrived of {scan.rows:,}"
    else:
        what = f"its checksum is {total:016x}, and the source's {scan.sum:016x}"
    return CopyRefusedError(
        f"the copy of {scan.table.name} is not the original: {what}",
        "Nothing was kept. A trigger or a rule on that table changes rows: drop it, then copy again.",
    )
