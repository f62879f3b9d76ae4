"""`doctor`: every part that a host needs, tried for real and without changing anything."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from codemation.backend.errors import BackendError, SqliteNotWritableError
from codemation.backend.inspection import history_in
from codemation.backend.migrations import revisions
from codemation.backend.migrations.history_check import NOTHING, RecordedHistory, checked, kind_of, refuse_pending
from codemation.backend.migrations.history_queries import read_history
from codemation.backend.postgresql import unfit
from codemation.runtime.form import Database, Runtime
from codemation.runtime.naming import named
from codemation.text.redaction import mask_url, redact

State: TypeAlias = Literal["ok", "warning", "failed", "skipped"]

LEAST_FREE: Final = 16 * 2**20
"""Bytes that a disk should have left: about what SQLite's WAL takes beside a database that is written to."""

_SERVER: Final = """
    SELECT current_setting('server_version'), current_user, current_schema(), pg_is_in_recovery(),
        current_setting('transaction_read_only') = 'on',
        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
"""
_RIGHTS: Final = """
    SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname = ANY(%s) AND NOT (
        has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
        AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
    ORDER BY 1
"""


class Check(NamedTuple):
    """What became of one part: `text` says it in a line, `failure` is why it failed."""

    name: str
    state: State
    text: str
    failure: BackendError | None = None


class _Seen(NamedTuple):
    """What a database says before its history is checked."""

    version: str
    found: RecordedHistory
    writable: Callable[[bool], str]
    """Given whether tables are to be made: in words, or it raises a `BackendError`."""


def examine(runtime: Runtime, *, skips_migrations: bool) -> Iterator[Check]:
    """Each part in turn. `skips_migrations`: a boot will not migrate (`CODEMATION_SKIP_STARTUP_MIGRATIONS`)."""
    yield from _database(runtime.database, skips_migrations=skips_migrations)
    yield _redis(runtime)


def _database(database: Database, *, skips_migrations: bool) -> Iterator[Check]:
    began = time.perf_counter()
    try:
        seen = _on_sqlite(database) if database.kind == "sqlite" else _on_postgresql(database)
    except BackendError as error:
        yield Check("database", "failed", error.message, error)
        yield from (Check(name, "skipped", "the database could not be read") for name in _AFTER)
        return
    took = f"{(time.perf_counter() - began) * 1000:.0f} ms"
    missing = database.kind == "sqlite" and not os.path.exists(database.sqlite_file_path or "")
    yield Check("database", "ok", f"{named(database)} {'is not there yet' if missing else f'answers in {took}'}")
    yield Check("version", "ok", seen.version)
    migrations = _migrations(seen.found, skips_migrations=skips_migrations)
    if migrations.failure is not None and kind_of(seen.found) in {"foreign", "refused"}:
        yield Check("writable", "skipped", "nothing is tried on a database that is refused")
    else:
        pending = seen.found == NOTHING or migrations.state != "ok"
        yield _tried("writable", lambda: seen.writable(pending and not skips_migrations))
    yield migrations


_AFTER: Final = ("version", "writable", "migrations")


def _tried(name: str, what: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", what())
    except BackendError as error:
        return Check(name, "failed", error.message, error)


def _migrations(found: RecordedHistory, *, skips_migrations: bool) -> Check:
    try:
        status = checked(found, revisions.revisions())
        if skips_migrations:
            refuse_pending(status)
    except BackendError as error:
        return Check("migrations", "failed", error.message, error)
    if status.up_to_date:
        return Check("migrations", "ok", f"at {status.current}, nothing is pending")
    waiting = ", ".join(revision.id for revision in status.pending)
    return Check("migrations", "warning", f"{waiting} pending: the next boot or `codemation db migrate` applies it")


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _on_sqlite(database: Database) -> _Seen:
    path = Path(database.sqlite_file_path or "")
    return _Seen(f"SQLite {sqlite3.sqlite_version}", history_in(database), lambda _: _sqlite_writable(path))


def _sqlite_writable(path: Path) -> str:
    from codemation.backend.sqlite import inspection as sqlite_inspection  # noqa: PLC0415

    folder = next(it for it in path.parents if it.exists())
    for it in (path, path.parent) if path.exists() else (folder,):
        if not os.access(it, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            message = f"the SQLite {'file' if it == path else 'folder'} {redact(str(it))} is read-only"
            raise SqliteNotWritableError(message, "Let the user who runs this write to it.")
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        message = f"the disk of {redact(str(folder))} has {free / 2**20:.1f} MiB left"
        raise SqliteNotWritableError(message, "Free some space, or state another `sqliteFilePath`.")
    if path.exists():
        sqlite_inspection.try_to_write(str(path))
    return f"{free / 2**30:.1f} GiB left on its disk"


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _on_postgresql(database: Database) -> _Seen:
    from codemation.backend.postgresql import connection as postgresql_connection  # noqa: PLC0415
    from codemation.backend.tables import metadata  # noqa: PLC0415  (imports SQLAlchemy)

    names = [*metadata.tables, revisions.VERSION_TABLE, revisions.LOG_TABLE]
    with postgresql_connection.opened(database) as connection:
        row = connection.execute(_SERVER).fetchone()
        assert row is not None  # noqa: S101  (it selects constants)
        lacking = [name for (name,) in connection.execute(_RIGHTS, [names]).fetchall()]
    found = postgresql_connection.inspect(database, lambda query: read_history(query, "postgresql"))
    return _Seen(f"PostgreSQL {row[0]}", found, lambda makes: _postgresql_writable(database, row[1:], lacking, makes))


def _postgresql_writable(database: Database, row: tuple[Any, ...], lacking: list[str], makes: bool) -> str:  # noqa: FBT001
    user, schema, standby, read_only, may_create = row
    if standby:
        raise unfit.standby(database)
    if read_only:
        raise unfit.read_only(database)
    if makes and not may_create:
        raise unfit.may_not_create(user, schema)
    if lacking:
        raise unfit.may_not_write(user, lacking)
    return f"as {user}, in the schema {schema}"


# --- Redis ------------------------------------------------------------------------------------------------------------


def _redis(runtime: Runtime) -> Check:
    url = runtime.event_bus.redis_url
    if url is None:
        return Check("redis", "skipped", "not needed: the scheduler is local and the event bus in memory")
    from codemation.backend.redis_server import ask  # noqa: PLC0415  (100 ms)

    try:
        answer = ask(url)
    except BackendError as error:
        return Check("redis", "failed", error.message, error)
    text = f"Redis {answer.version or 'server'} at {mask_url(url)} answers"
    # BullMQ's own advice ("Going to production"): evicted keys are lost jobs.
    if runtime.scheduler.kind == "bullmq" and answer.eviction_policy not in {None, "noeviction"}:
        return Check(
            "redis", "warning", f"{text}, but evicts keys ({answer.eviction_policy}): set noeviction for queues"
        )
    return Check("redis", "ok", text)
