"""How each kind of column is read from SQLite, told to PostgreSQL, and summed up on both sides.

A *line* is a row as SQLite tells it: its cells as text, parted by `CELL`, with `NULL` for nothing. It goes into
PostgreSQL as it is. What is *summed up* are rows as both engines tell them by themselves: PostgreSQL by `summed`, and
SQLite by a line whose cells `normal` makes the same.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
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


_TEXT: Final = "{0} >= x'' OR instr({0}, char(0))"
"""Bytes are more than any text or number; at a NUL `printf` would end. `typeof` takes three times as long."""

_MOMENT: Final = b"0000-00-00 00:00:00.000000"
"""The shape of a moment as a host writes it; all digits are told as 0."""
_AS_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")


def _normal_moment(cell: bytes) -> bytes:
    """A moment as PostgreSQL tells a `timestamp`: without zeros at its end.

    Raises:
        ValueError: it has another shape, or there is no such day.

    """
    if cell.translate(_AS_ZERO) != _MOMENT:
        raise ValueError(cell)
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
    "text": Rendering(_TEXT, summed="{}"),
    "json": Rendering(f"{_TEXT} OR {{0}} < ''", normal=json_values.normal),
    "moment": Rendering(_TEXT, summed="({} AT TIME ZONE 'UTC')::text", normal=_normal_moment),
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
        return (
            f"({self.name} IS NOT NULL AND ({condition}))" if self.nullable else f"({self.name} IS NULL OR {condition})"
        )

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
    def nullable(self) -> tuple[str, ...]:
        """The names of the columns that may be empty."""
        return tuple(column.name for column in self.columns if column.nullable)

    @property
    def line(self) -> str:
        """SQLite's expression for a row's line."""
        # A third of the time of as many `||`.
        cells = ", ".join(column.cell for column in self.columns)
        return f"printf('{CELL.decode().join(['%s'] * len(self.columns))}', {cells})"

    @property
    def empty(self) -> str:
        """SQLite's expression for how many cells of a row are empty."""
        return " + ".join(f"({name} IS NULL)" for name in self.nullable) or "0"

    @property
    def odd(self) -> str:
        """SQLite's expression for whether a cell of a row must be looked at closely."""
        checks = (f"(NOT coalesce(({condition}), 1))" for _, condition in self.checks)
        return " OR ".join([*(column.odd for column in self.columns), *checks])

    @property
    def summed(self) -> str:
        """PostgreSQL's expression for what is summed up of a row: a text that `normals` makes of its line, too."""
        return " || E'\\x01' || ".join(f"({column.summed})" for column in self.columns)

    @property
    def summed_empty(self) -> str:
        """PostgreSQL's expression for `empty`. It is summed up, too: there may be texts that are `NULL`."""
        return f"num_nulls({', '.join(self.nullable)})" if self.nullable else "0"

    @property
    def normals(self) -> tuple[Normal, ...]:
        """How the last cells of a line are made those that PostgreSQL tells, for the columns that need it."""
        return tuple(column.rendering.normal for column in self.columns if column.rendering.normal is not None)


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
        # What has no CELL in it comes last: there a line can be split whatever its texts are.
        tuple(sorted(map(_copied_column, table.columns), key=lambda column: column.rendering.normal is not None)),
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
