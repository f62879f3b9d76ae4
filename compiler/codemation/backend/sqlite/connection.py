"""Connections to SQLite: each makes its file when there is none, and opens one as what it is."""

from __future__ import annotations

import random
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from codemation.backend.errors import BackendError, SqliteNotWritableError
from codemation.backend.migrations.history_check import Kind
from codemation.backend.sqlite.driver_errors import backend_error, is_lock, result_code
from codemation.backend.sqlite.file import create, is_there, make_usable, refuse_nowhere, refuse_other
from codemation.backend.sqlite.inspection import BUSY_SECONDS, in_one_state, inspect_file, kind
from codemation.text.redaction import redact


class Opening(sqlite3.Connection):
    """A connection that creates its file when there is none and claims one that is empty or ours.

    What is somebody else's, or has a history that this program does not know, is opened for reading only.

    It is sqlite3's `factory`, so whoever connects, in whatever thread, gets all of it.

    Raises:
        DatabaseLockedError, SqliteNotWritableError: from its constructor.

    """

    adopt: ClassVar[bool] = False

    def __init__(self, database: str, timeout: float = BUSY_SECONDS, **options: Any) -> None:
        failure: BackendError | None = None
        if legacy := getattr(sqlite3, "LEGACY_TRANSACTION_CONTROL", None):
            options["autocommit"] = legacy  # another default is announced
        try:
            self._open(Path(database), timeout, options)
        except BackendError as error:
            failure = error
        except (sqlite3.Error, OSError) as error:
            failure = backend_error(error, database)
            if failure is None:
                raise
        if failure is not None:
            with suppress(sqlite3.ProgrammingError):  # never opened
                self.close()
            # Out here, so that it does not even carry the original as its context.
            raise failure

    def _open(self, path: Path, timeout: float, options: dict[str, Any]) -> None:
        options = {**options, "timeout": timeout, "uri": True}
        self._open_as_found(path, timeout, options)
        self.execute("PRAGMA foreign_keys=ON").close()
        self.execute("PRAGMA synchronous=NORMAL").close()

    def _open_as_found(self, path: Path, timeout: float, options: dict[str, Any]) -> None:
        create(path)
        found, uri = inspect_file(path, kind, timeout)
        if found == "refused" or (found == "foreign" and not self.adopt):
            super().__init__(uri, **options)
        else:
            if found != "foreign":
                make_usable(path)  # before SQLite makes files beside one that it cannot write
            super().__init__(f"{path.as_uri()}?mode=rw", **options)
            # Looked at again, under the lock that the first look may have done without.
            found = in_one_state(self, kind)
            if found in {"empty", "ours"}:
                self._claim(path, found, timeout)

    def _claim(self, path: Path, found: Kind, timeout: float) -> None:
        make_usable(path)
        if found == "empty":
            # Counts only before the first page is written, which the switch to WAL does.
            self.execute("PRAGMA auto_vacuum=INCREMENTAL").close()
        deadline = time.monotonic() + timeout
        while not self._uses_wal(path, deadline):
            time.sleep(random.uniform(0.001, 0.02))  # noqa: S311  (no secret: openers must not retry in step)

    def _uses_wal(self, path: Path, deadline: float) -> bool:
        """Switch to WAL unless that is done; `False` where another opener was in the way, whatever `busy_timeout`."""
        try:
            if self.execute("PRAGMA journal_mode").fetchall() == [("wal",)]:
                return True
            if self.execute("PRAGMA journal_mode=WAL").fetchall() == [("wal",)]:
                return True
        except sqlite3.OperationalError as error:
            if not is_lock(error) or time.monotonic() > deadline:
                raise
            return False
        what = f"the SQLite file {redact(str(path))} is on a file system without shared memory, which WAL needs"
        raise SqliteNotWritableError(what, "State a `sqliteFilePath` on a local disk.")


class Adopting(Opening):
    """As `Opening`, but a foreign database may be written."""

    adopt = True


class Reading(Opening):
    """As `Opening`, but no database is made, claimed or changed.

    Beside one in WAL mode SQLite makes what every reader of it needs, `-wal` (empty) and `-shm`, unless they are there;
    a reader may not take them away again, since others may have begun to read. Where not even SQLite's shared memory
    can be made beside it, on a read-only mount, the file is read as one that nobody changes (`immutable=1`).
    """

    def _open_as_found(self, path: Path, timeout: float, options: dict[str, Any]) -> None:  # noqa: ARG002  (as above)
        refuse_nowhere(path)
        refuse_other(path)
        failure: sqlite3.Error | None = None
        for uri in (f"{path.as_uri()}?mode=ro", f"{path.as_uri()}?mode=ro&immutable=1"):
            try:
                super(Opening, self).__init__(uri, **options)
                self.execute("SELECT count(*) FROM sqlite_master").close()
            except sqlite3.OperationalError as error:
                if result_code(error) not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY} or not is_there(path):
                    raise
                failure = failure or error
            else:
                return
        assert failure is not None  # noqa: S101
        raise failure
