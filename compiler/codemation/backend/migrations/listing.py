"""Where a database is, as plain data: what `db status` and `db history` print. This module imports no driver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from codemation.backend.migrations.history_check import Applied, RecordedHistory, Status
from codemation.backend.migrations.revisions import Revision
from codemation.runtime.form import Database
from codemation.text.redaction import mask_url, redact

State: TypeAlias = Literal["applied", "altered", "unknown", "pending"]


class Entry(NamedTuple):
    """One revision: `altered` if it was another one when it was applied, `unknown` if this program has none such."""

    revision: str
    title: str | None
    state: State
    applied: Applied | None


def entries(found: RecordedHistory, known: Sequence[Revision]) -> tuple[Entry, ...]:
    """Every revision that this program or the database's log names, in their order."""
    log = {applied.revision: applied for applied in found.log}
    rows = [_entry(revision, log.pop(revision.id, None)) for revision in known]
    rows += [Entry(name, None, "unknown", applied) for name, applied in log.items()]
    return tuple(sorted(rows, key=lambda row: row.revision))


def _entry(revision: Revision, applied: Applied | None) -> Entry:
    if applied is None:
        return Entry(revision.id, revision.title, "pending", None)
    state: State = "applied" if applied.checksum == revision.checksum else "altered"
    return Entry(revision.id, revision.title, state, applied)


def database_data(database: Database, why: str) -> dict[str, Any]:
    """The database, without its password, and who says that it is this one."""
    sqlite = database.kind == "sqlite"
    return {
        "kind": database.kind,
        "sqliteFilePath": redact(database.sqlite_file_path or "") if sqlite else None,
        "url": None if sqlite else mask_url(database.url or ""),
        "why": redact(why),
    }


def status_data(database: Database, why: str, status: Status, lags: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What `db status --format json` prints; `lags` tell what is due and still there."""
    return {
        "database": database_data(database, why),
        "revision": status.current,
        "upToDate": status.up_to_date,
        "pending": _named(status.pending),
        "overdue": list(lags),
    }


def migrated_data(database: Database, why: str, applied: Sequence[Revision], current: str | None) -> dict[str, Any]:
    """What `db migrate --format json` prints."""
    return {"database": database_data(database, why), "revision": current, "applied": _named(applied)}


def taken_back_data(database: Database, why: str, lost: Sequence[Revision], current: str | None) -> dict[str, Any]:
    """What `db downgrade --format json` prints, but for what went with the revisions."""
    return {"database": database_data(database, why), "revision": current, "takenBack": _named(lost)}


def _named(revisions: Sequence[Revision]) -> list[dict[str, str]]:
    return [{"revision": revision.id, "title": revision.title} for revision in revisions]


def history_data(database: Database, why: str, rows: Sequence[Entry]) -> dict[str, Any]:
    """What `db history --format json` prints."""
    return {"database": database_data(database, why), "revisions": [_entry_data(row) for row in rows]}


def _entry_data(entry: Entry) -> dict[str, Any]:
    applied = entry.applied
    return {
        "revision": entry.revision,
        "title": entry.title,
        "state": entry.state,
        "appliedAt": applied.applied_at.isoformat().replace("+00:00", "Z") if applied else None,
        "durationMs": applied.duration_ms if applied else None,
        "programVersion": applied.program_version if applied else None,
        "checksum": applied.checksum if applied else None,
    }
