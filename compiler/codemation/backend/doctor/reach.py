"""Checks of any database: whether it answers, and what it is."""

from __future__ import annotations

from typing import Final

from codemation.backend.doctor.check import Checks, Finding
from codemation.backend.doctor.subject import Subject

CHECKS: Final = Checks()


@CHECKS.add(
    "database",
    "whether the database answers, and how fast",
    """\
A connection, made as a host makes one. The time is that of one round trip on the open connection,
without connecting: what each statement of a host costs at least. On one machine it is well below a
millisecond, within a data centre about one; every 10 ms of it are felt in a user interface.

It fails with the words, and the code, of a boot: `codemation rule CM501` (not reachable), CM502
(refused), CM503 (SQLite's file), CM504 (locked).
""",
)
def database(subject: Subject) -> Finding:
    """It was reached, else nobody would ask."""
    return subject.answers()


@CHECKS.add(
    "version",
    "the version of the server or the library, and how long it is supported",
    """\
Each major version of PostgreSQL gets fixes for five years, security fixes too; the dates are those of
postgresql.org's versioning policy. An unsupported server still works, until the day that it is
attacked or meets a fixed bug: plan `pg_upgrade`, or what your provider offers.

SQLite is a library: the version is that which this Python uses.
""",
)
def version(subject: Subject) -> Finding:
    """The version of the server, or of SQLite's library."""
    return subject.version()
