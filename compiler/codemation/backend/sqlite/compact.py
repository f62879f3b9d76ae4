"""Making a SQLite file as small as what it holds, for `codemation db compact`.

A file with `auto_vacuum=INCREMENTAL` gives its free pages back a few at a time, beside whoever else uses it. One
without is written anew by VACUUM, which sets that for good. Measured with SQLite 3.40, over files of which 100, 50 and
10 % were live: VACUUM writes one copy of what is live to a temporary file, and journals as much beside the file.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from sqlalchemy import Connection, Engine

from codemation.backend.engine import typed_errors
from codemation.backend.errors import BackendError, DatabaseLockedError, SqliteNotWritableError
from codemation.backend.inspection import history_through
from codemation.backend.migrations.history_check import checked, refuse_pending
from codemation.backend.migrations.revisions import revisions
from codemation.backend.sqlite import holders, space
from codemation.backend.sqlite.driver_errors import backend_error, result_code, unknown_error
from codemation.runtime.form import Runtime
from codemation.text.redaction import redact

How: TypeAlias = Literal["pages", "anew"]
"""By giving pages back, or by writing the whole file anew."""

_PAGES: Final = 1024
"""So many pages at a time are given back: 4 MiB, some 20 ms."""
_ALONE_SECONDS: Final = 2.0
_TICK: Final = 20_000
"""SQLite's instructions after which it is asked whether to go on: some milliseconds."""
_MARGIN: Final = 2**20


class Space(NamedTuple):
    """What a file takes: `size` is its bytes on the disk, `used` how many of them hold something."""

    size: int
    used: int

    @property
    def free(self) -> int:
        """The bytes that hold nothing, or wait for a reader of an old state to go."""
        return max(0, self.size - self.used)


class Compacted(NamedTuple):
    """What `compact` did: how, what the file took before and takes now, and whether it came to its end."""

    how: How
    before: Space
    after: Space
    done: bool


def compact(
    engine: Engine,
    runtime: Runtime,
    environment: Mapping[str, str],
    *,
    stop: Event | None = None,
    on_progress: Callable[[How, int, int], None] | None = None,
) -> Compacted:
    """Give the free pages of SQLite's file back to the file system.

    A file that cannot give pages back is written anew, once, and can from then on. That wants the file for itself (an
    engine that has connections open is in the way, too) and room for two copies of what is live: one where SQLite makes
    temporary files by `environment` (that of this process), one beside the file. Killed at any point, it is whole.

    `stop` ends it: between pages, or with the file as it was. `on_progress` is told how, and how many bytes of how many
    have been given back.

    Raises:
        BackendError: the database is not there (CM505), newer (CM506), altered (CM507) or not ours (CM511); it is in
            use (CM504); there is too little room, or it cannot be written (CM503).
        ValueError: the engine is not for SQLite.

    """
    if engine.dialect.name != "sqlite":
        message = "only SQLite's file is made smaller: PostgreSQL's autovacuum does that by itself"
        raise ValueError(message)
    stop, tell = stop or Event(), on_progress or (lambda *_: None)
    with typed_errors(runtime):
        status = checked(history_through(engine), revisions())
        if status.current is None:
            refuse_pending(status)
        with engine.connect() as connection:
            before = _space(connection)
            able = space.value(connection, "PRAGMA auto_vacuum") in {space.FULL, space.INCREMENTAL}
            gives_back = able and not _longer_than_it_says(connection)
            if gives_back:
                done = _give_back(connection, stop, tell)
            else:
                _refuse_too_little_room(connection, before.used, environment)
                tell("anew", 0, before.size)
                done = _write_anew(connection, stop)
            return Compacted("pages" if gives_back else "anew", before, _space(connection), done)


def temporary_folder(environment: Mapping[str, str]) -> str:
    """Where SQLite makes its temporary files (sqlite.org's `tempfiles.html`, section 5)."""
    if os.name != "posix":
        return tempfile.gettempdir()
    named = [environment.get(name, "") for name in ("SQLITE_TMPDIR", "TMPDIR")]
    fit = (it for it in (*named, "/var/tmp", "/usr/tmp", "/tmp") if it and os.path.isdir(it))  # noqa: S108
    return next((it for it in fit if os.access(it, os.W_OK | os.X_OK)), ".")


def _space(connection: Connection) -> Space:
    return Space(os.path.getsize(_path(connection)), space.used_bytes(connection))


def _path(connection: Connection) -> str:
    path = connection.engine.url.database
    assert path is not None  # noqa: S101  (every engine of ours has one)
    return path


def _give_back(connection: Connection, stop: Event, tell: Callable[[How, int, int], None]) -> bool:
    """Give back what is free now, in small steps; whether that was all."""
    if space.value(connection, "PRAGMA auto_vacuum") == space.FULL:
        # Only a number in the file's head changes.
        space.script(connection, "PRAGMA auto_vacuum=INCREMENTAL")
    total = free = space.free_pages(connection)
    page = space.value(connection, "PRAGMA page_size")
    given = 0
    # Who prunes meanwhile frees more: that is for another time.
    while given < total and free and not stop.is_set():
        started = time.perf_counter()
        space.give_back(connection, min(_PAGES, total - given))
        space.checkpoint(connection)
        given += _PAGES
        free = space.free_pages(connection)
        tell("pages", min(given, total) * page, total * page)
        stop.wait(time.perf_counter() - started)  # the others' turn
    with suppress(DatabaseLockedError):
        space.with_patience(connection, 100, "PRAGMA wal_checkpoint(TRUNCATE)")
    return given >= total or not free


def _longer_than_it_says(connection: Connection) -> bool:
    """Whether the file has bytes behind its last page, which are no free pages that could be given back.

    SQLite cuts a file after it has deleted its journal (`pager_end_transaction` in its `pager.c`): a VACUUM that is
    killed between the two is done but for that.
    """
    pages = space.value(connection, "PRAGMA page_count")
    return os.path.getsize(_path(connection)) > pages * space.value(connection, "PRAGMA page_size")


def _refuse_too_little_room(connection: Connection, used: int, environment: Mapping[str, str]) -> None:
    """Refuse to write a file anew where there is no room for it.

    Raises:
        SqliteNotWritableError: there is too little.

    """
    folder, temporary = os.path.dirname(os.path.realpath(_path(connection))), temporary_folder(environment)
    copy = used + used // 50 + _MARGIN  # pages of a new kind come with it: 1 in 820, or 0.1 %
    same = os.stat(folder).st_dev == os.stat(temporary).st_dev
    for place, count in ({folder: 2 * copy} if same else {folder: copy, temporary: copy}).items():
        free = shutil.disk_usage(place).free
        if free < count:
            need = f"needs {_mib(count)} MiB in {redact(place)}, which has {free // 2**20:,} MiB free"
            advice = "Free some, or name another folder for temporary files (`SQLITE_TMPDIR`)."
            message = f"writing {redact(_path(connection))} anew {need}"
            raise SqliteNotWritableError(message, advice)


def _mib(count: int) -> str:
    return f"{-(-count // 2**20):,}"


def _write_anew(connection: Connection, stop: Event) -> bool:
    """Write the file anew, as one that can give pages back; whether that was done, and not stopped."""
    with _alone(connection, stop) as alone, _asking(connection, stop):
        if not alone:
            return False
        try:
            space.script(connection, "PRAGMA auto_vacuum=INCREMENTAL")
            _driver(connection).execute("VACUUM").close()
        except sqlite3.Error as error:
            if result_code(error) == sqlite3.SQLITE_INTERRUPT:
                if not stop.is_set():
                    raise KeyboardInterrupt from None
                return False
            path = _path(connection)
            failure: BackendError = backend_error(error, path) or unknown_error(error, path)
        else:
            return True
    raise failure


@contextmanager
def _asking(connection: Connection, stop: Event) -> Iterator[None]:
    """Let SQLite ask whether to go on. While Python answers, Ctrl-C reaches it."""
    driver = _driver(connection)
    driver.set_progress_handler(lambda: int(stop.is_set()), _TICK)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


@contextmanager
def _alone(connection: Connection, stop: Event) -> Iterator[bool]:
    """Have the file for oneself: it leaves WAL, which nobody else's connection allows, and then goes back to it.

    So what VACUUM writes is bounded, and a journal that is left is rolled back by whoever opens the file next. Gives
    whether that came about before it was told to stop.

    Raises:
        DatabaseLockedError: somebody else has it open, and goes on.

    """
    path, deadline = _path(connection), time.monotonic() + _ALONE_SECONDS
    while not _left_wal(connection):
        if time.monotonic() > deadline:
            what = f"the SQLite file {redact(path)} is in use{holders.told(path, f'{path}-shm')}"
            raise DatabaseLockedError(what, "It is to be written anew, alone: stop the host, then try again.")
        if stop.wait(random.uniform(0.01, 0.05)):  # noqa: S311  (others may wait as well)
            yield False
            return
    try:
        yield True
    finally:
        with suppress(DatabaseLockedError):  # who opened it meanwhile does that, too
            space.script(connection, "PRAGMA journal_mode=WAL")


def _left_wal(connection: Connection) -> bool:
    try:
        space.script(connection, "PRAGMA journal_mode=DELETE")
    except DatabaseLockedError:
        return False
    return True


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
