"""Whether a SQLite file takes writes: found out without writing."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from codemation.backend.doctor.check import Finding, NotToldError, ok, warn
from codemation.backend.errors import SqliteNotWritableError
from codemation.backend.sqlite.driver_errors import largest_file, no_more_files, not_writable
from codemation.text.amounts import size
from codemation.text.redaction import redact

if TYPE_CHECKING:
    from codemation.backend.doctor.sqlite.opened import File

_FULL: Final = "not tried where nothing can be written: see disk"

LEAST_FREE: Final = 16 * 2**20
"""Bytes that a disk should have left: about what SQLite's WAL takes beside a database that is written to."""


def tried(file: File) -> Finding:
    """Whether its place may be written, and a writer's lock be had.

    Raises:
        BackendError: a host would fail with that.
        NotToldError: its disk is full.

    """
    places = (file.path, file.path.parent) if file.exists else (file.folder,)
    for place in places:
        if not os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            what = "file" if place == file.path else "folder"
            raise not_writable(str(file.path), f"the SQLite {what} {redact(str(place))} is read-only")
    if not file.exists:
        return ok("its folder may be written")
    try:
        space(file)
    except SqliteNotWritableError:
        raise NotToldError(_FULL) from None
    if file.writers_lock is not None:
        raise file.writers_lock
    return ok("a writer's lock can be had")


def space(file: File) -> Finding:
    """Whether its disk has room.

    Raises:
        SqliteNotWritableError: it has none.

    """
    free = shutil.disk_usage(file.folder).free
    if free < LEAST_FREE:
        message = f"the disk of {redact(str(file.folder))} has {size(free)} left"
        raise SqliteNotWritableError(message, "Free some space, or state another `sqliteFilePath`.")
    if failure := no_more_files(str(file.path)):
        raise failure
    most = largest_file()
    if most is not None and most < (file.path.stat().st_size if file.exists else 0) + LEAST_FREE:
        return warn(
            f"this process may write no file above {size(most)}: a host with the same limit soon fails",
            "Raise the limit (`ulimit -f unlimited`; of a systemd unit `LimitFSIZE=infinity`).",
        )
    return ok(f"{size(free)} left")
