"""The history that this program knows, and where a database tells its own. This module imports no driver.

A database at `HEAD` is told by one read that is compared with `KNOWN`: a boot with nothing pending needs no script.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from codemation.backend.migrations import known_revisions
from codemation.text.patterns import lazy

KNOWN: Final[tuple[tuple[str, str], ...]] = known_revisions.KNOWN
"""Each revision with its checksum, oldest first, as the scripts were when the package was made."""

HEAD: Final = KNOWN[-1][0]
"""The newest revision."""

VERSION_TABLE: Final = "codemation_revision"
LOG_TABLE: Final = "codemation_revision_log"
"""One row for each applied revision, written in the transaction that applies it."""

NO_VERSIONS: Final = f"DROP TABLE IF EXISTS {VERSION_TABLE}"
"""What leaves a database as if there had been no history. Older Alembics (1.14) write that themselves, offline."""

BASE: Final = "base"
"""Names the state before the first revision."""

FOLDER: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "versions")

_SCRIPT: Final = lazy(r"(\d{4})_(\w+)\.py")


class Revision(Struct, frozen=True):
    """One revision of this program's history.

    `checksum` is what the script says, as a number: a database remembers it. Line ends and trailing space do not count,
    so that a checkout on another system is no other history.
    """

    id: str
    title: str
    path: str
    checksum: str

    def logged(self, program_version: str, moment: str = "CURRENT_TIMESTAMP", duration_ms: int | None = None) -> str:
        """The statement that records it; `moment` is an expression of SQL.

        Nobody knows how long it takes where it is applied as offline SQL.
        """
        duration = "NULL" if duration_ms is None else str(duration_ms)
        values = f"'{self.id}', '{self.checksum}', {moment}, {duration}, '{program_version}'"
        columns = "revision, checksum, applied_at, duration_ms, program_version"
        return f"INSERT INTO {LOG_TABLE} ({columns}) VALUES ({values})"  # noqa: S608

    def unlogged(self) -> str:
        """The statement that takes its record away."""
        return f"DELETE FROM {LOG_TABLE} WHERE revision = '{self.id}'"  # noqa: S608


def revisions() -> tuple[Revision, ...]:
    """Every revision, oldest first, as the scripts are now.

    Raises:
        OSError: the package is not whole.

    """
    found = (_SCRIPT.fullmatch(name) for name in sorted(os.listdir(FOLDER)))
    return tuple(_read(it[1], it[2].replace("_", " "), os.path.join(FOLDER, it[0])) for it in found if it)


def _read(name: str, title: str, path: str) -> Revision:
    with open(path, encoding="utf-8-sig") as script:
        text = "\n".join([line.rstrip() for line in script]).rstrip("\n")
    return Revision(name, title, path, hashlib.sha256(text.encode()).hexdigest())


def position(target: str, known_revisions: Sequence[Revision]) -> int:
    """How many of the revisions `known` are applied at `target`: a revision, `head`, or `base` for none.

    Raises:
        ValueError: there is no such revision.

    """
    ids = [BASE, *(revision.id for revision in known_revisions)]
    if target == "head":
        return len(known_revisions)
    if target in ids:
        return ids.index(target)
    message = f"there is no revision {target!r}; there are {', '.join(ids[1:])}"
    raise ValueError(message)
