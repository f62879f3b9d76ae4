"""The table in which the migrations record themselves: the history's own, so not in `metadata`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, MetaData, Table, Text

from codemation.backend.migrations.revisions import LOG_TABLE
from codemation.backend.tables.base import metadata, moment

bookkeeping: Final = MetaData(naming_convention=metadata.naming_convention)

revision_log: Final = Table(
    LOG_TABLE,
    bookkeeping,
    Column("revision", Text(), primary_key=True),
    Column("checksum", Text(), nullable=False),
    moment("applied_at"),
    # Unknown where a revision was applied as offline SQL.
    Column("duration_ms", BigInteger()),
    Column("program_version", Text(), nullable=False),
)
