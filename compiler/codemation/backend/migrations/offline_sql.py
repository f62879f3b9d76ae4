"""Migrations as SQL text, for whoever applies it by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from codemation._version import __version__
from codemation.backend.migrations import revisions
from codemation.backend.migrations.alembic_scripts import Scripts
from codemation.backend.migrations.history_queries import ADVISORY_KEY, Dialect
from codemation.backend.migrations.revisions import BASE, NO_VERSIONS, Revision, position
from codemation.text.patterns import lazy

_FIRST: Final = {
    # As `sqlite.connection` opens a file. All of it before the first transaction.
    "sqlite": "-- sqlite3 -bail FILE < THIS\nPRAGMA journal_mode=WAL;\nPRAGMA foreign_keys=OFF;\n",
    "postgresql": "-- psql -v ON_ERROR_STOP=1 -f THIS\n",
}
_FIRST_OF_ALL: Final = {
    # Counts only before the first page is written, which the switch to WAL does.
    "sqlite": _FIRST["sqlite"].replace("PRAGMA", "PRAGMA auto_vacuum=INCREMENTAL;\nPRAGMA", 1),
    "postgresql": _FIRST["postgresql"],
}
_BEGIN: Final = {
    "sqlite": "BEGIN IMMEDIATE;\n",
    "postgresql": f"BEGIN;\n\nSELECT pg_advisory_xact_lock({ADVISORY_KEY});\n",
}


_INDENT: Final = lazy(r"^ {4}", re.MULTILINE)


def offline_sql(dialect: Dialect, target: str = "head", start: str = BASE) -> str:
    """A script for `sqlite3` or `psql` that leaves what the same migration would: from `start`, else from nothing.

    A `target` before `start` (`base` is before all) makes it a downgrade.

    Raises:
        ValueError: there is no such revision.

    """
    known = revisions.revisions()
    first, last = position(start, known), position(target, known)
    scripts = Scripts()
    script = [(_FIRST if first else _FIRST_OF_ALL)[dialect]]
    for number in range(first, last):
        body = scripts.upgrade_sql(dialect, known[number], known[number - 1].id if number else None)
        script.append(_transaction(dialect, known[number], [*body, f"{known[number].logged(__version__)};"]))
    for number in range(first - 1, last - 1, -1):
        body = [f"{known[number].unlogged()};", *scripts.downgrade_sql(dialect, known[number])]
        script.append(_transaction(dialect, known[number], body if number else [*body, f"{NO_VERSIONS};"]))
    return "\n".join(script)


def statements(dialect: Dialect) -> dict[Revision, list[str]]:
    """What applies each revision, all but its record in the log, to the letter as Alembic executes it.

    SQLite keeps that text. Written to a file, Alembic replaces its tabs by blanks, adds comments and semicolons.
    """
    scripts, before = Scripts(), None
    found: dict[Revision, list[str]] = {}
    for revision in revisions.revisions():
        written = scripts.upgrade_sql(dialect, revision, before)
        found[revision] = [_INDENT.sub("\t", it.strip().removesuffix(";")) for it in written if it[:3] != "-- "]
        before = revision.id
    return found


def _transaction(dialect: Dialect, revision: Revision, body: Iterable[str]) -> str:
    inner = "".join(f"{statement}\n\n" for statement in body)
    return f"-- {revision.id} {revision.title}\n{_BEGIN[dialect]}\n{inner}COMMIT;\n"
