"""How each kind of column is read from SQLite, told to PostgreSQL, and summed up on both sides.

A *line* is a row as SQLite tells it: its cells as text, parted by `CELL`, with `NULL` for nothing. It goes into
PostgreSQL as it is. What is *summed up* are rows as both engines tell them by themselves: PostgreSQL by `summed`, and
SQLite by a line whose cells `normal` makes the same.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Double,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

from codemation.backend.copy import json_values
from codemation.backend.tables import UtcDateTime

CELL: Final = b"\x01"
NULL: Final = b"\x02"
ROW: Final = b"\x03"
"""Between the lines of a chunk."""

FLOAT_TEXT: Final = "codemation_float_text"
"""The function that gives SQLite a float's shortest text that is read as the same: its own may be off by a digit."""

Sort: TypeAlias = Literal["text", "json", "moment", "bigint", "integer", "boolean", "float", "bytes"]
Normal: TypeAlias = Callable[[bytes], bytes]


def _digits(*counts: int) -> tuple[str, ...]:
    return tuple("[0-9]" * count for count in counts)


_MOMENT: Final = "{}-{}-{} {}:{}:{}.{}".format(*_digits(4, 2, 2, 2, 2, 2, 6))


def _normal_moment(cell: bytes) -> bytes:
    """A moment as PostgreSQL tells a `timestamp`: without zeros at its end.

    Raises:
        ValueError: there is no such day.

    """
    datetime.fromisoformat(cell.decode())
    return cell.rstrip(b"0").rstrip(b".")


def _normal_float(cell: bytes) -> bytes:
    return struct.pack(">d", float(cell)).hex().encode()


class Rendering(NamedTuple):
    """A sort of column. In the SQL `{}` is the column.

    `odd` asks SQLite whether a cell must be looked at closely, `cell` is its text there, `summed` is PostgreSQL's.
    `normal` makes the one the other, where they differ; it raises `ValueError` for what must be looked at closely.
    """

    odd: str
    cell: str = "{}"
    summed: str = "{}::text"
    normal: Normal | None = None


RENDERINGS: Final[dict[Sort, Rendering]] = {
    "text": Rendering("typeof({0}) <> 'text'", summed="{}"),
    "json": Rendering("typeof({0}) <> 'text'", normal=json_values.normal),
    "moment": Rendering(
        f"typeof({{0}}) <> 'text' OR {{0}} NOT GLOB '{_MOMENT}'",
        summed="({} AT TIME ZONE 'UTC')::text",
        normal=_normal_moment,
    ),
    "bigint": Rendering("typeof({0}) <> 'integer'"),
    "integer": Rendering(f"typeof({{0}}) <> 'integer' OR {{0}} NOT BETWEEN {-(2**31)} AND {2**31 - 1}"),
    "boolean": Rendering("typeof({0}) <> 'integer' OR {0} NOT IN (0, 1)", summed="{}::int::text"),
    "float": Rendering("typeof({0}) <> 'real'", f"{FLOAT_TEXT}({{}})", "encode(float8send({}), 'hex')", _normal_float),
    "bytes": Rendering("typeof({0}) <> 'blob'", r"'\x' || hex({})", r"'\x' || encode({}, 'hex')", bytes.lower),
}

_SORTS: Final[tuple[tuple[type[TypeEngine[Any]], Sort], ...]] = (
    (UtcDateTime, "moment"),
    (Boolean, "boolean"),
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Double, "float"),
    (JSON, "json"),
    (LargeBinary, "bytes"),
    (Text, "text"),
)
"""By SQLAlchemy's type, the first that fits."""


class CopiedColumn(NamedTuple):
    """A column; `cleared`: what refers to a row that is not there may be empty instead, as the foreign key says."""

    name: str
    sort: Sort
    nullable: bool
    target: str | None
    cleared: bool

    @property
    def rendering(self) -> Rendering:
        """How it is rendered."""
        return RENDERINGS[self.sort]

    @property
    def cell(self) -> str:
        """SQLite's expression for its cell of a line."""
        told = self.rendering.cell.format(self.name)
        return f"CASE WHEN {self.name} IS NULL THEN char(2) ELSE {told} END" if self.nullable else told

    @property
    def odd(self) -> str:
        """SQLite's expression for whether a cell must be looked at closely."""
        condition = self.rendering.odd.format(self.name)
        return f"({self.name} IS NOT NULL AND ({condition}))" if self.nullable else f"({condition})"

    @property
    def summed(self) -> str:
        """PostgreSQL's expression for what is summed up."""
        told = self.rendering.summed.format(self.name)
        return f"coalesce({told}, E'\\x02')" if self.nullable else told


class CopiedTable(NamedTuple):
    """A table: its columns, the names of those of its primary key, its checks by name, and what must be unique."""

    name: str
    columns: tuple[CopiedColumn, ...]
    key: tuple[str, ...]
    checks: tuple[tuple[str, str], ...]
    unique: tuple[tuple[str, ...], ...]

    @property
    def numbered(self) -> bool:
        """Whether the database numbers its rows."""
        return self.key == ("id",)

    @property
    def nullable(self) -> tuple[CopiedColumn, ...]:
        """The columns that may be empty."""
        return tuple(column for column in self.columns if column.nullable)

    @property
    def line(self) -> str:
        """SQLite's expression for a row's line."""
        return _joined([column.cell for column in self.columns], "char(1)")

    @property
    def empty(self) -> str:
        """SQLite's expression for which cells of a row are empty: a number, with a bit for each that may be."""
        return _bits([f"({column.name} IS NULL)" for column in self.nullable])

    @property
    def odd(self) -> str:
        """SQLite's expression that is 0 where no cell of a row must be looked at closely."""
        checks = (f"(NOT coalesce(({condition}), 1))" for _, condition in self.checks)
        return " + ".join([*(column.odd for column in self.columns), *checks])

    @property
    def summed(self) -> str:
        """PostgreSQL's expression for what is summed up of a row."""
        empty = _bits([f"({column.name} IS NULL)::int" for column in self.nullable])
        return _joined([*(column.summed for column in self.columns), f"({empty})::text"], "E'\\x01'")

    @property
    def normals(self) -> tuple[tuple[int, Normal], ...]:
        """Where in a line a cell is told otherwise by PostgreSQL, and how it is made the same."""
        found = ((place, column.rendering.normal) for place, column in enumerate(self.columns))
        return tuple((place, normal) for place, normal in found if normal is not None)


def copied_table(table: Table) -> CopiedTable:
    """The table as it is copied.

    Raises:
        TypeError: a column has a type that cannot be.

    """
    unique = [
        tuple(column.name for column in it.columns)
        for it in table.constraints
        if isinstance(it, UniqueConstraint | PrimaryKeyConstraint)
    ]
    checks = [it for it in table.constraints if isinstance(it, CheckConstraint)]
    return CopiedTable(
        table.name,
        tuple(_copied_column(column) for column in table.columns),
        tuple(column.name for column in table.primary_key.columns),
        tuple(sorted((str(check.name).removeprefix(f"ck_{table.name}_"), str(check.sqltext)) for check in checks)),
        tuple(sorted(unique)),
    )


def _copied_column(column: Any) -> CopiedColumn:
    sort = next((sort for type_, sort in _SORTS if isinstance(column.type, type_)), None)
    if sort is None:
        message = f"no copy of a {column.type!r}"
        raise TypeError(message)
    key = next(iter(column.foreign_keys), None)
    target = None if key is None else key.target_fullname
    cleared = bool(column.nullable and key is not None and key.ondelete == "SET NULL")
    return CopiedColumn(column.name, sort, bool(column.nullable), target, cleared)


def _bits(conditions: Sequence[str]) -> str:
    return " + ".join(f"{1 << place} * {condition}" for place, condition in enumerate(conditions)) or "0"


def _joined(parts: Sequence[str], separator: str) -> str:
    return f" || {separator} || ".join(f"({part})" for part in parts)
