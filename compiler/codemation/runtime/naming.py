"""How a database is called for people: where it is, and no credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemation.text.patterns import lazy
from codemation.text.redaction import mask_url, percent_decoded, redact

if TYPE_CHECKING:
    from codemation.runtime.form import Database

_PARTS = lazy(r"[a-z]+://(?:[^/?#]*@)?([^/?#]*)/?([^?#]*)(?:\?(.*))?")
_HOST = lazy(r"(?:^|&)(?:host|hostaddr)=([^&]*)")
_NAME = lazy(r"(?:^|&)dbname=([^&]*)")


def named(database: Database) -> str:
    """The database of a runtime form: `SQLite /srv/app.sqlite`, `PostgreSQL db.example.com/app`."""
    return database_name(database.kind, database.url, database.sqlite_file_path)


def database_name(kind: str, url: str | None, path: str | None) -> str:
    """As `named`, of a kind, a URL (PostgreSQL) and a path (SQLite)."""
    if kind == "sqlite":
        return f"SQLite {redact(path or '')}"
    masked = mask_url(url or "")
    found = _PARTS.fullmatch(masked)
    if found is None:
        return f"PostgreSQL {masked}"
    hosts, name, query = found[1], found[2], found[3] or ""
    host, dbname = _HOST.search(query), _NAME.search(query)
    where = host[1] if host else hosts
    what = dbname[1] if dbname else name
    # Only its services and its defaults tell where the rest would be.
    return redact(f"PostgreSQL {percent_decoded(where)}/{percent_decoded(what)}" if where else f"PostgreSQL {masked}")
