"""What the tables are made of: types that mean the same on both engines, and how long rows live."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
"""All tables of a host, not those that the migrations keep their books in."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. It goes in with any time zone and comes back in UTC, from SQLite too, which knows none.

    Raises:
        ValueError: a moment without a time zone (SQLAlchemy passes it on as `StatementError`).

    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is stored. SQLite's text is as long for every moment, so that it sorts as the moments do."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value!r} has no time zone"
            raise ValueError(message)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is read. PostgreSQL's comes in the session's time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


# Python's None is SQL's NULL: JSON's own `null` would be a second way to say nothing.
Json: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
# On SQLite only INTEGER is the row's own number; it holds 64 bits there.
Id: Final = BigInteger().with_variant(Integer(), "sqlite")


class Policy(NamedTuple):
    """Rows go when `column` is older than the retention says: the longest of `settings`, the workflow's or the host's.

    Without a column `workflow_id` it is the host's. A setting that nobody states and that has no default keeps them.
    """

    settings: tuple[str, ...]
    column: str


class ByStatus(NamedTuple):
    """Rows go as by `Policy`, by the setting that `settings` has for their status; others stay."""

    settings: Mapping[str, str]
    column: str


class Stored(NamedTuple):
    """Rows that stand for something outside of the database: it goes first, by its name in `key`, and then the row.

    As by `Policy`, once the row of `owner` (a table that lives `ByStatus`) has one of its statuses; at the latest with
    that row.
    """

    settings: tuple[str, ...]
    column: str
    key: str
    owner: str


class Unreferenced(NamedTuple):
    """As by `Policy`, but for what a row of the table `by` refers to, and for the newest of each workflow."""

    settings: tuple[str, ...]
    column: str
    by: str


class PartOf(NamedTuple):
    """Rows go with the row of `table` that they belong to: the foreign key cascades."""

    table: str


class Expires(NamedTuple):
    """Rows go when the moment in `column` has passed."""

    column: str = "expires_at"


class Kept(NamedTuple):
    """Rows stay until somebody removes them; `why` that is no leak."""

    why: str


Lifetime: TypeAlias = Policy | ByStatus | Stored | Unreferenced | PartOf | Expires | Kept
_LIFETIME: Final = "lifetime"


def lives(how: Lifetime) -> dict[Any, Any]:
    """What to hand a `Table` as `info=`, so that `lifetime` finds how long its rows live."""
    return {_LIFETIME: how}


def lifetime(table: Table) -> Lifetime:
    """How long the rows of `table` live.

    Raises:
        KeyError: the table does not say.

    """
    declared: Lifetime = table.info[_LIFETIME]
    return declared


def key() -> Column[int]:
    """The primary key of a table whose rows are numbered.

    Its table says `sqlite_autoincrement=True`: a number must not come back, because telemetry outlives its run.
    """
    return Column("id", Id, primary_key=True)


def reference(
    name: str, target: str, ondelete: str, *, nullable: bool = False, primary_key: bool = False
) -> Column[int]:
    """A column that holds the `id` of a row of the table `target`."""
    to = ForeignKey(f"{target}.id", ondelete=ondelete)
    return Column(name, Id, to, nullable=nullable and not primary_key, primary_key=primary_key)


def moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    """A column that holds a moment."""
    return Column(name, UtcDateTime(), nullable=nullable)


def counter(name: str) -> Column[int]:
    """A whole number that starts at 0 and is never NULL."""
    return Column(name, BigInteger(), nullable=False, server_default=text("0"))


def one_of(column: str, *values: str) -> CheckConstraint:
    """The constraint that `column` holds one of `values`."""
    return CheckConstraint(f"{column} IN ({', '.join(map(repr, values))})", name=column)
