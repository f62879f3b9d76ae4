"""The tables as the metadata declares them, and what another database's lack.

Both are brought into one form, so that one comparison does for both engines. It takes four catalogue queries, where
Alembic's autogenerate reflects each table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from codemation.text.patterns import lazy

if TYPE_CHECKING:
    from sqlalchemy import Column as SqlColumn
    from sqlalchemy import Constraint, Dialect, Index, Table


class Column(NamedTuple):
    """A column: its type as the engine spells it, whether it may be NULL, and what it is filled with by itself.

    `default` is empty where that is a number that is drawn, and `None` where there is nothing.
    """

    type: str
    nullable: bool
    default: str | None


class Relation(NamedTuple):
    """A table: columns and indexes by their names, and its constraints and further traits in words."""

    columns: Mapping[str, Column]
    constraints: frozenset[str]
    indexes: Mapping[str, str]
    unfinished: Mapping[str, str] = MappingProxyType({})
    """What is there and not in force, which is none of the above: a constraint's words, or an index's name, and the
    statement that finishes it."""
    extra: Mapping[str, str] = MappingProxyType({})
    """Of what may refuse a row, which is among the above: its words, and the statement that takes it away."""


class Difference(NamedTuple):
    """What is not as it should be; `works` tells that a host works all the same, for now."""

    text: str
    works: bool = False
    help: str | None = None
    """What to do, where that is not the usual."""


class Instead(NamedTuple):
    """What there is where a table is missing, in words, and what to do."""

    text: str
    help: str


def expected(dialect: str) -> dict[str, Relation]:
    """The tables that the newest revision makes, in the words of an engine."""
    from codemation.backend.tables import metadata  # noqa: PLC0415  (imports SQLAlchemy)
    from codemation.backend.tables.bookkeeping import bookkeeping  # noqa: PLC0415  (imports SQLAlchemy)

    compiler = _compiler(dialect)
    tables = (*metadata.sorted_tables, *bookkeeping.sorted_tables)
    return {table.name: _declared(table, compiler) for table in tables}


def compared(
    wanted: Mapping[str, Relation], there: Mapping[str, Relation], instead: Callable[[list[str]], Mapping[str, Instead]]
) -> list[Difference]:
    """What is missing or another one, the tables in the order in which they are wanted.

    `instead` is asked what there is in place of those that are missing.
    """
    missing = [name for name in wanted if name not in there]
    others = instead(missing) if missing else {}
    return [
        difference
        for name, relation in wanted.items()
        for difference in (
            _table_differences(name, relation, there[name]) if name in there else [_missing(name, others.get(name))]
        )
    ]


def _missing(name: str, other: Instead | None) -> Difference:
    text = f"the table {name} is missing"
    return Difference(f"{text}: {other.text}", help=other.help) if other else Difference(text)


def primary_key(columns: Sequence[str]) -> str:
    """The words for a primary key."""
    return f"PRIMARY KEY ({', '.join(columns)})"


def unique(columns: Sequence[str]) -> str:
    """The words for a unique constraint."""
    return f"UNIQUE ({', '.join(columns)})"


def foreign_key(columns: Sequence[str], table: str, referred: Sequence[str], on_delete: str | None) -> str:
    """The words for a foreign key."""
    then = f" ON DELETE {on_delete}" if on_delete and on_delete != "NO ACTION" else ""
    return f"FOREIGN KEY ({', '.join(columns)}) REFERENCES {table} ({', '.join(referred)}){then}"


def checks(name: str) -> str:
    """The words for a check constraint: what it checks each engine spells in its own way."""
    return f"CHECK {name}"


def index(columns: Sequence[str | None], *, is_unique: bool, partial: bool) -> str:
    """The words for an index; a column without a name is an expression."""
    some = " WHERE …" if partial else ""
    return f"{'UNIQUE ' if is_unique else ''}({', '.join(one or 'an expression' for one in columns)}){some}"


def the_index(name: str) -> str:
    """The words for an index that is only named."""
    return f"the index {name}"


AGAIN: Final = "then make it again as `codemation db sql` prints it."
UNLESS: Final = ", unless you know that it lets each row pass."
"""Ends of a help."""


def literal(expression: str) -> str:
    """What a default's expression says: without the quotes and the type that an engine may put around a literal."""
    return _QUOTED.sub(r"\1", expression)


_QUOTED: Final = lazy(r"^'([^']*)'(?:::[\w ]+)?$")

NUMBERED: Final = "AUTOINCREMENT"
"""SQLite's word for numbers that never come back."""


# --- as declared ------------------------------------------------------------------------------------------------------


def _compiler(dialect: str) -> Dialect:
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite.base import SQLiteDialect  # noqa: PLC0415

        return SQLiteDialect()
    from sqlalchemy.dialects.postgresql.base import PGDialect  # noqa: PLC0415

    return PGDialect()  # type: ignore[no-untyped-call]


def _declared(table: Table, dialect: Dialect) -> Relation:
    numbered = dialect.name == "postgresql"
    columns = {
        column.name: Column(
            str(column.type.compile(dialect)).lower(),
            bool(column.nullable),
            "" if numbered and column is table.autoincrement_column else _default(column, dialect),
        )
        for column in table.columns
    }
    words = {word for constraint in table.constraints if (word := _constraint(constraint, dialect))}
    if dialect.name == "sqlite" and table.dialect_options["sqlite"]["autoincrement"]:
        words.add(NUMBERED)
    indexes = {_name(one, dialect): _index(one, dialect) for one in table.indexes}
    return Relation(columns, frozenset(words), indexes)


def _default(column: SqlColumn[Any], dialect: Dialect) -> str | None:
    from sqlalchemy import DefaultClause  # noqa: PLC0415

    if not isinstance(column.server_default, DefaultClause):
        return None
    stated = column.server_default.arg
    return stated if isinstance(stated, str) else str(stated.compile(dialect=dialect))


def _constraint(constraint: Constraint, dialect: Dialect) -> str | None:
    from sqlalchemy import CheckConstraint, ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint  # noqa: PLC0415

    match constraint:
        case PrimaryKeyConstraint():
            return primary_key([column.name for column in constraint.columns])
        case UniqueConstraint():
            return unique([column.name for column in constraint.columns])
        case ForeignKeyConstraint():
            referred = [element.column.name for element in constraint.elements]
            columns = [column.name for column in constraint.columns]
            return foreign_key(columns, constraint.referred_table.name, referred, constraint.ondelete)
        case CheckConstraint():
            return checks(dialect.identifier_preparer.format_constraint(constraint) or "")
        case _:
            return None


def _index(one: Index, dialect: Dialect) -> str:
    partial = one.dialect_options[dialect.name]["where"] is not None
    return index([column.name for column in one.columns], is_unique=bool(one.unique), partial=partial)


def _name(one: Index, dialect: Dialect) -> str:
    return dialect.identifier_preparer.format_index(one)


# --- compared ---------------------------------------------------------------------------------------------------------


def _table_differences(name: str, wanted: Relation, there: Relation) -> Iterator[Difference]:
    yield from _column_differences(name, wanted.columns, there.columns)
    for words in sorted(wanted.constraints - there.constraints):
        if words in there.unfinished:
            yield Difference(f"{name} has {words}, but not in force for all rows", help=there.unfinished[words])
        # What a missing column takes with it is told with the column.
        elif not any(column not in there.columns for column in _columns_in(words, wanted)):
            yield Difference(f"{name} lacks {words}")
    for index_name, words in wanted.indexes.items():
        found, works = there.indexes.get(index_name), "UNIQUE" not in words
        if index_name in there.unfinished:
            yield Difference(f"{name}'s index {index_name} was never finished", works, there.unfinished[index_name])
        elif found is None and all(column in there.columns for column in _columns_in(words, wanted)):
            yield Difference(f"{name} lacks the index {index_name} on {words}", works)
        elif found is not None and found != words:
            made_again = f"DROP INDEX {index_name}; {AGAIN}"
            yield Difference(f"{name}'s index {index_name} is {found}, not {words}", works, made_again)
    known = wanted.constraints | {the_index(it) for it in wanted.indexes}
    for words, help_ in there.extra.items():
        if words not in known:
            text = f"{name} has {words}, which is not codemation's and may refuse rows"
            yield Difference(text, works=True, help=help_)


def _column_differences(name: str, wanted: Mapping[str, Column], there: Mapping[str, Column]) -> Iterator[Difference]:
    for column, declared in wanted.items():
        found = there.get(column)
        if found is None:
            yield Difference(f"the column {name}.{column} is missing")
        elif found.type != declared.type:
            yield Difference(f"{name}.{column} is {found.type}, not {declared.type}")
        elif found.nullable != declared.nullable:
            yield Difference(f"{name}.{column} {'may' if found.nullable else 'may not'} be NULL")
        elif declared.default is not None and found.default is None:
            yield Difference(f"{name}.{column} has lost its default")
        elif declared.default is not None and declared.default != found.default:
            yield Difference(f"{name}.{column} has another default than {declared.default or 'the next number'}")
    for column, found in there.items():
        if column not in wanted and not found.nullable and found.default is None:
            yield Difference(f"{name} has a column of somebody else's that must be filled, {column}")


def _columns_in(words: str, relation: Relation) -> set[str]:
    """The columns of a relation that a constraint's or an index's first parentheses name."""
    inside = words.partition("(")[2].partition(")")[0]
    return set(inside.split(", ")) & relation.columns.keys()
