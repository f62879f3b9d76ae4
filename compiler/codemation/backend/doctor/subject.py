"""What the checks of both engines ask of a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from codemation.backend.doctor.check import Finding
from codemation.backend.doctor.relations import Relation
from codemation.backend.migrations.history_check import RecordedHistory
from codemation.backend.migrations.history_queries import Dialect
from codemation.runtime.form import Database


class Subject(Protocol):
    """A database that answers; each engine has one. What it cannot tell raises as a check may."""

    database: Database
    dialect: Dialect
    skips_migrations: bool
    """Whether a boot will not migrate (`CODEMATION_SKIP_STARTUP_MIGRATIONS`)."""

    @property
    def history(self) -> RecordedHistory:
        """Everything that says where the database is."""

    def answers(self) -> Finding:
        """That it answers, and how fast."""

    def version(self) -> Finding:
        """Which version it is."""

    def writable(self, *, makes_tables: bool) -> Finding:
        """What became of a write that left nothing behind; `makes_tables`: as a boot's migration does."""

    def relations(self) -> Mapping[str, Relation]:
        """The tables that are there, by name."""
