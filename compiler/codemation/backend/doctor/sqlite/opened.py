"""A SQLite file as the checks see it: all that is read of it is read through one connection, which leaves no trace."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from typing import Final, NamedTuple

from codemation.backend.doctor.check import Finding, NotToldError, ok
from codemation.backend.doctor.relations import AGAIN, Instead, Relation
from codemation.backend.doctor.sqlite import pragmas, writing
from codemation.backend.doctor.subject import Obstacle, referring
from codemation.backend.errors import BackendError, DatabaseLockedError
from codemation.backend.migrations.history_check import NOTHING, RecordedHistory
from codemation.backend.migrations.history_queries import Dialect, Query, read_history
from codemation.backend.sqlite import holders, inspection
from codemation.backend.sqlite.driver_errors import backend_error, result_code
from codemation.backend.sqlite.file import is_there, refuse_nowhere
from codemation.runtime.form import Database
from codemation.text.amounts import milliseconds

LOCK_SECONDS: Final = 2.0
"""How long a lock of others is waited for."""

CHECK_SECONDS: Final = 2.0
"""How long `quick_check` may take: about 3 GB, as long as the file is in memory."""

_AGAIN_SECONDS: Final = 0.001
_MOST_FAULTS: Final = 20
_MOST_ORPHANS: Final = 1000
_WAL_VERSION: Final = 2
"""What a file in WAL mode has at bytes 18 and 19 (sqlite.org's `fileformat.html`, 1.3.3)."""


class Contents(NamedTuple):
    """What a file says."""

    latency: float
    """Seconds that a statement takes on the open connection."""
    history: RecordedHistory
    relations: Mapping[str, Relation]
    obstacles: Mapping[str, Sequence[Obstacle]]
    references: Sequence[tuple[str, str]]
    auto_vacuum: int
    """0: none, 1: full, 2: incremental."""
    free_bytes: int
    faults: tuple[str, ...]
    """What `quick_check` found."""
    orphans: Mapping[str, int]
    """How many rows of a table, of the first ones that were found, refer to a row that is not there."""
    cut_short: bool
    """Whether there was no time to look at everything."""


class File:
    """The file of a database, for the checks."""

    dialect: Dialect = "sqlite"

    def __init__(self, database: Database, *, skips_migrations: bool) -> None:
        """Read it.

        Raises:
            BackendError: it cannot be read.

        """
        self.database = database
        self.skips_migrations = skips_migrations
        self.path = Path(database.sqlite_file_path or "")
        self.exists = False
        self.uses_wal = False
        self._contents: Contents | None = None
        failure: BackendError | None = None
        try:
            self._look()
        except OSError as error:
            failure = backend_error(error, str(self.path))
        if failure is not None:
            raise failure

    def _look(self) -> None:
        self.exists = is_there(self.path)
        if self.exists:
            self._read()
        else:
            refuse_nowhere(self.path)

    def _read(self) -> None:
        try:
            self._contents = inspection.look(str(self.path), _contents, LOCK_SECONDS)
        except DatabaseLockedError as error:
            failure = self._with_holders(error)
        else:
            self.uses_wal = _uses_wal(self.path)
            return
        raise failure

    def _with_holders(self, error: DatabaseLockedError) -> DatabaseLockedError:
        return DatabaseLockedError(f"{error.message}{self.holders}", error.help)

    @property
    def contents(self) -> Contents:
        """What it says.

        Raises:
            NotToldError: there is no file.

        """
        if self._contents is None:
            raise NotToldError(_NOT_YET)
        return self._contents

    @property
    def folder(self) -> Path:
        """The nearest folder that is there."""
        return next(it for it in self.path.parents if os.path.isdir(it))

    @property
    def history(self) -> RecordedHistory:
        """Everything that says where the database is."""
        return self.contents.history if self.exists else NOTHING

    @property
    def holders(self) -> str:
        """Who holds a lock, in words that continue a sentence."""
        return holders.told(str(self.path), f"{self.path}-shm")

    def answers(self) -> Finding:
        """That it can be read, or that a boot will make it."""
        if not self.exists:
            return ok("is not there yet: a boot makes it")
        return ok(f"answers in {milliseconds(self.contents.latency)}")

    def version(self) -> Finding:
        """The library's."""
        return ok(f"SQLite {sqlite3.sqlite_version}, of this Python")

    def writable(self, *, makes_tables: bool) -> Finding:  # noqa: ARG002  (as `Subject` has it)
        """What became of taking a writer's lock."""
        return writing.tried(self)

    def obstacles(self, tables: list[str]) -> Sequence[Obstacle]:
        """The triggers on them, and what refers to them."""
        ours = set(tables)
        return (
            *(it for table in tables for it in self.contents.obstacles.get(table, ())),
            *(
                referring(table, other, f"Make {other} anew without it")
                for other, table in self.contents.references
                if table in ours and other not in ours
            ),
        )

    def relations(self) -> Mapping[str, Relation]:
        """The tables that are there."""
        return self.contents.relations

    def instead(self, tables: list[str]) -> Mapping[str, Instead]:
        """The views of their names."""
        names = self.history.names & set(tables)
        return {name: Instead("a view has its name", f"DROP VIEW {name}; {AGAIN}") for name in names}

    @cached_property
    def writers_lock(self) -> BackendError | None:
        """Why a writer's lock cannot be had, if so."""
        return self.lock_failure(alone=False)

    def lock_failure(self, *, alone: bool) -> BackendError | None:
        """Why a lock cannot be had, if so; `alone`: that which keeps readers out, too."""
        try:
            inspection.try_to_write(str(self.path), alone=alone)
        except DatabaseLockedError as error:
            return self._with_holders(error)
        except BackendError as error:
            return error
        return None


_NOT_YET: Final = "there is no file yet"


def _contents(connection: sqlite3.Connection) -> Contents:
    looked = _looked_through(connection)
    return inspection.in_one_state(connection, lambda query: _asked(query, looked))


class _Looked(NamedTuple):
    """What was found by looking at all rows, as in `Contents`."""

    faults: tuple[str, ...]
    orphans: Mapping[str, int]
    cut_short: bool


def _asked(query: Query, looked: _Looked) -> Contents:
    query("SELECT count(*) FROM sqlite_master")
    began = time.perf_counter()
    query("SELECT count(*) FROM sqlite_master")
    latency = time.perf_counter() - began
    figures = [query(f"PRAGMA {name}")[0][0] for name in ("auto_vacuum", "freelist_count", "page_size")]
    return Contents(
        latency,
        read_history(query, "sqlite"),
        pragmas.relations(query),
        pragmas.obstacles(query),
        pragmas.references(query),
        figures[0],
        figures[1] * figures[2],
        *looked,
    )


def _looked_through(connection: sqlite3.Connection) -> _Looked:
    """What is wrong with the file's structure and its references, as far as there is time."""
    faults: list[str] = []
    orphans: Counter[str] = Counter()
    over = Event()
    watch = Thread(target=_interrupt, args=(connection, over), name="codemation-quick-check", daemon=True)
    watch.start()
    try:
        for (line,) in connection.execute(f"PRAGMA quick_check({_MOST_FAULTS})"):
            faults += [] if line == "ok" else str(line).splitlines()
        if not faults:
            rows = connection.execute("PRAGMA foreign_key_check")
            orphans.update(table for table, *_ in islice(rows, _MOST_ORPHANS))
            rows.close()
    except sqlite3.OperationalError as error:
        if result_code(error) == sqlite3.SQLITE_INTERRUPT:
            return _Looked(tuple(faults), orphans, True)  # noqa: FBT003  (a field, in order)
        if result_code(error) != sqlite3.SQLITE_ERROR:  # a table that refers to none: somebody else's
            raise
    except sqlite3.DatabaseError as error:
        if result_code(error) != sqlite3.SQLITE_CORRUPT:
            raise
        faults.append(str(error))
    finally:
        over.set()
        watch.join()
    return _Looked(tuple(faults), orphans, False)  # noqa: FBT003


def _interrupt(connection: sqlite3.Connection, over: Event) -> None:
    """End what runs when its time is up. Between two statements an interruption would be lost: so it is repeated."""
    if not over.wait(CHECK_SECONDS):
        connection.interrupt()
        while not over.wait(_AGAIN_SECONDS):
            connection.interrupt()


def _uses_wal(path: Path) -> bool:
    """Whether the file is in WAL mode, by its header: a connection that leaves no trace is not told.

    Only after all of this process's connections to it are closed: closing a descriptor drops their locks (see `file`).
    """
    if os.path.exists(f"{path}-wal"):
        return True
    with path.open("rb") as file:
        return file.read(20)[18:] == bytes((_WAL_VERSION, _WAL_VERSION))
