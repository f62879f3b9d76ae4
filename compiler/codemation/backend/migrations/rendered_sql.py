"""The whole history as SQL, rendered ahead by `make generate`: an empty database needs neither Alembic nor its time.

A script that has changed since it was rendered is not covered, so that nothing stale is ever executed.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from codemation.backend.migrations.revisions import Revision
from codemation.text.patterns import lazy

FOLDER: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prerendered")

_SEPARATOR: Final = ";\n--\n"
"""Between two statements: a line of its own that is a comment, so that the file is SQL as it stands."""

_SECTION: Final = lazy(r"^-- (\d{4}) ([0-9a-f]{64})\n", re.MULTILINE)


class Prerendered:
    """The statements of each revision, by its id and its checksum.

    Raises:
        OSError: the package is not whole.

    """

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        with open(os.path.join(FOLDER, f"{dialect}.sql"), encoding="utf-8") as file:
            _, *parts = _SECTION.split(file.read())
        self._bodies = {
            (parts[at], parts[at + 1]): parts[at + 2].strip().removesuffix(";").split(_SEPARATOR)
            for at in range(0, len(parts), 3)
        }

    def covers(self, revisions: Iterable[Revision]) -> bool:
        """Whether it has all of these as they are now."""
        return all((revision.id, revision.checksum) in self._bodies for revision in revisions)

    def upgrade(self, connection: Connection, revision: Revision) -> None:
        """Apply `revision` within the transaction of `connection`."""
        statements = self._bodies[revision.id, revision.checksum]
        if self._dialect == "postgresql":
            # One round trip for all of it.
            connection.execution_options(no_parameters=True).exec_driver_sql(";\n".join(statements))
            return
        driver: Any = connection.connection.driver_connection
        try:
            # SQLAlchemy's part in executing a statement takes twice as long as SQLite's.
            for statement in statements:
                driver.execute(statement).close()
        except sqlite3.Error as error:
            raise DBAPIError.instance(None, None, error, sqlite3.Error, dialect=connection.dialect) from None


def rendered(statements: Mapping[Revision, Sequence[str]]) -> str:
    """The text of a file that holds the statements of these revisions.

    Raises:
        ValueError: a statement holds what stands between two of them.

    """
    for revision, texts in statements.items():
        if any(_SEPARATOR in text or _SECTION.search(text) for text in texts):
            message = f"a statement of revision {revision.id} has a line that tells statements apart"
            raise ValueError(message)
    sections = (
        f"-- {revision.id} {revision.checksum}\n{_SEPARATOR.join(texts)};\n" for revision, texts in statements.items()
    )
    return "\n".join(sections)
