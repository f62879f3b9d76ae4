"""Checks of a SQLite file itself."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from codemation.backend.doctor.check import Checks, Finding, NotToldError, failed_by, ok, warn
from codemation.backend.doctor.sqlite.opened import CHECK_SECONDS, File
from codemation.backend.errors import SqliteNotWritableError
from codemation.backend.migrations.history_check import kind_of
from codemation.backend.sqlite.driver_errors import CAUSES
from codemation.text.amounts import duration, size
from codemation.text.redaction import redact

CHECKS: Final = Checks()

LARGE_WAL: Final = 64 * 2**20
"""Bytes beyond which a log is not merely of a busy minute: SQLite empties it at 4 MB, if nobody reads."""


@CHECKS.add(
    "integrity",
    "whether the file is sound: SQLite's `quick_check` and `foreign_key_check`, for two seconds",
    """\
`PRAGMA quick_check` looks at every page's place in its tree, not at the order of indexes
(`integrity_check` does that, too). It is stopped after two seconds, and the report then says that the
rest was not looked at: run it whole when nobody writes.

    sqlite3 FILE "PRAGMA quick_check"

`foreign_key_check` finds rows that belong to one that is not there: whoever deletes by hand, with the
program `sqlite3` for one, has foreign keys off unless `PRAGMA foreign_keys=ON` was said. Nothing deletes
such rows, and a migration that makes their table anew fails.

A damaged file is restored from a backup, or what is left of it is saved with `sqlite3 FILE .recover`.
""",
)
def integrity(file: File) -> Finding:
    """What `quick_check` found."""
    contents = file.contents
    if contents.faults:
        what, advice = CAUSES[sqlite3.SQLITE_CORRUPT]
        message = f"the SQLite file {redact(str(file.path))} {what}: {contents.faults[0]}"
        return failed_by(SqliteNotWritableError(message, advice))._replace(details=contents.faults)
    if finding := _orphans(contents.orphans):
        return finding
    if contents.cut_short:
        return ok(f"sound as far as {duration(CHECK_SECONDS)} allow to look; it is larger than that")
    return ok("quick_check finds nothing wrong")


def _orphans(found: Mapping[str, int]) -> Finding | None:
    """Rows of ours that refer to nothing: somebody deleted what they belong to, with foreign keys off."""
    if not found:
        return None
    from codemation.backend.tables import metadata  # noqa: PLC0415  (imports SQLAlchemy)

    ours = {table: number for table, number in found.items() if table in metadata.tables}
    if not ours:
        return None
    told = ", ".join(f"{table} ({number})" for table, number in ours.items())
    delete = "; ".join(
        f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM pragma_foreign_key_check('{table}'))"  # noqa: S608
        for table in ours
    )
    return warn(f"rows refer to what is not there, and no prune finds them: {told}", f"Restore a backup, or: {delete};")


@CHECKS.add(
    "journal",
    "the journal mode, and who is in the way of WAL",
    """\
A host switches the file to WAL when it first opens it: readers and one writer then do not wait for each
other. The switch needs the file for itself. Where another program reads it in another mode (a backup, a
browser of databases with an open transaction), every host that opens it waits ten seconds and fails
(CM504).

End the program that is named, or let it finish its transaction.
""",
)
def journal(file: File) -> Finding:
    """In another mode than WAL the lock is tried that the switch needs."""
    contents = file.contents
    if file.uses_wal:
        return ok("WAL")
    if kind_of(contents.history) in {"foreign", "refused"}:
        return ok("not WAL; it is not ours to switch")
    if file.writers_lock is not None:
        raise NotToldError(_IN_THE_WAY)
    failure = file.lock_failure(alone=True)
    if failure is None:
        return ok("not WAL; the next host to open it switches it")
    return failed_by(failure)._replace(text=f"not WAL, and no host can switch it: {failure.message}")


_IN_THE_WAY: Final = "not WAL; whether a host can switch it cannot be tried: see writable"


@CHECKS.add(
    "wal",
    "the size of the log beside the file",
    """\
SQLite moves what the log (`FILE-wal`) holds into the file when nobody reads an old state of it any more,
and then begins it anew. A log that grows beyond what a busy minute writes tells of a reader that does
not end: a forgotten transaction, a browser of databases. Every read gets slower with it, and the disk
fills.

End that reader, then `sqlite3 FILE "PRAGMA wal_checkpoint(TRUNCATE)"`.
""",
)
def wal(file: File) -> Finding:
    """The size of the log beside the file."""
    file.contents  # noqa: B018  (without a file there is nothing to tell)
    length = 0
    with suppress(OSError):
        length = os.path.getsize(f"{file.path}-wal")
    if length > LARGE_WAL:
        return warn(
            f"the log has {size(length)}: a reader of an old state keeps it from being emptied{file.holders}",
            f'End that reader, then: sqlite3 {redact(str(file.path))} "PRAGMA wal_checkpoint(TRUNCATE)"',
        )
    return ok(size(length) if length else "empty, or not there")


@CHECKS.add(
    "auto-vacuum",
    "whether the file gives back the room of what was pruned",
    """\
Files of ours are made with `auto_vacuum=INCREMENTAL`, so that pruning can give pages back to the disk.
A file that was made by other means keeps its largest size for ever. While no host runs it can be written
anew, which needs room for two copies of what is in it:

    codemation db compact
""",
)
def auto_vacuum(file: File) -> Finding:
    """As it was made, or after a VACUUM."""
    contents = file.contents
    free = f"{size(contents.free_bytes)} of it are free" if contents.free_bytes else "nothing of it is free"
    if contents.auto_vacuum or not contents.history.names:
        return ok(f"on; {free}")
    return warn(
        f"off: the file never gets smaller, and {free}",
        "While no host runs: codemation db compact",
    )
