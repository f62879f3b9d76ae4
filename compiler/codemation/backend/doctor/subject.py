"""What the checks of both engines ask of a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from codemation.backend.doctor.check import Finding
from codemation.backend.doctor.relations import Instead, Relation
from codemation.backend.migrations.history_check import RecordedHistory
from codemation.backend.migrations.history_queries import Dialect
from codemation.runtime.form import Database


class Obstacle(NamedTuple):
    """What stands between a host and its rows, in words, and what to do; `hinders`: a host does not work with it."""

    text: str
    help: str
    hinders: bool = False


def referring(table: str, other: str, dropping: str) -> Obstacle:
    """A table of somebody else's refers to ours, and then keeps a row from being deleted."""
    return Obstacle(
        f"{other} refers to {table} without ON DELETE: no prune deletes what it refers to",
        f"{dropping}, and with ON DELETE CASCADE or SET NULL",
    )


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

    def obstacles(self, tables: list[str]) -> Sequence[Obstacle]:
        """What keeps rows from being written to `tables`, or shown, or kept."""

    def relations(self) -> Mapping[str, Relation]:
        """The tables that are there, by name."""

    def instead(self, tables: list[str]) -> Mapping[str, Instead]:
        """What there is in place of `tables` that are missing: a view of that name, or a table in another schema."""
