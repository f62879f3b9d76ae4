"""`docs/reference/tables.md`: every table of the database, with the types of its columns, from the metadata."""

from __future__ import annotations

from functools import singledispatch

from sqlalchemy import JSON, CheckConstraint, Column, DefaultClause, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex

from codemation.backend.tables import (
    ByStatus,
    Expires,
    Kept,
    Lifetime,
    PartOf,
    Policy,
    Stored,
    Unreferenced,
    UtcDateTime,
    lifetime,
    metadata,
)
from tests.docs.reference.markdown import code, head, table, words

_TOP = """\
The tables of a host's database, as its newest revision has them. In the library each is an attribute of
`codemation.tables`, a SQLAlchemy `Table`: `codemation.tables.runs.c.id`. A moment goes in with any time zone and comes
back in UTC, on SQLite too; one without a time zone is refused. JSON comes back as Python's own values."""

_BOOKS = """
## Tables of the migrations

`codemation_revision` holds the revision that the database is at, `codemation_revision_log` what was applied when, by
which version, with its checksum. They are no part of `codemation.tables`; `codemation db status` and
`codemation db history` read them.
"""


def page() -> str:
    """The whole page."""
    tables = sorted(metadata.tables.values(), key=lambda it: it.name)
    rows = ((f"[`{it.name}`](#{it.name})", str(len(it.columns)), lives(lifetime(it))) for it in tables)
    text = head("Tables", _TOP) + "\n" + table(("table", "columns", "how long its rows live"), rows)
    return text + "".join(map(_section, tables)) + _BOOKS


def _section(of: Table) -> str:
    text = f"\n## `{of.name}`\n\n{_sentence(lives(lifetime(of)))}\n\n"
    text += table(("column", "PostgreSQL", "SQLite", "Python", "", "refers to"), map(_column, of.columns))
    notes = [*_constraints(of), *_indexes(of)]
    return text + ("\n" + "".join(f"- {note}\n" for note in notes) if notes else "")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _column(of: Column[object]) -> tuple[str, ...]:
    engines = (of.type.compile(dialect()) for dialect in (postgresql.dialect, sqlite.dialect))
    marks = [*(["primary key"] if of.primary_key else []), *(["may be NULL"] if of.nullable else [])]
    if isinstance(of.server_default, DefaultClause):
        marks.append(f"default {of.server_default.arg}")
    to = ", ".join(
        f"`{key.column.table.name}.{key.column.name}`" + (f", ON DELETE {key.ondelete}" if key.ondelete else "")
        for key in sorted(of.foreign_keys, key=lambda it: it.target_fullname)
    )
    return code(of.name), *engines, _python(of), ", ".join(marks), to


def _python(of: Column[object]) -> str:
    if isinstance(of.type, UtcDateTime):
        return "`datetime`, in UTC"
    return "JSON's" if isinstance(of.type, JSON) else code(of.type.python_type.__name__)


def _constraints(of: Table) -> list[str]:
    checks = [f"always {code(str(it.sqltext))}" for it in of.constraints if isinstance(it, CheckConstraint)]
    unique = [
        f"unique: {', '.join(code(column.name) for column in it.columns)}"
        for it in of.constraints
        if isinstance(it, UniqueConstraint)
    ]
    return sorted(unique) + sorted(checks)


def _indexes(of: Table) -> list[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    made = (str(CreateIndex(it).compile(dialect=dialect)) for it in sorted(of.indexes, key=lambda it: str(it.name)))
    return [f"index: `{text.partition(' ON ')[2].partition(' ')[2]}`" for text in made]


@singledispatch
def lives(how: Lifetime) -> str:
    """How long rows live, in words."""
    message = f"there are no words for {how}"
    raise TypeError(message)


@lives.register
def _(how: Kept) -> str:
    return f"until somebody removes them: {how.why}"


@lives.register
def _(how: PartOf) -> str:
    return f"as long as the row of `{how.table}` that they belong to"


@lives.register
def _(how: Expires) -> str:
    return f"until `{how.column}`"


@lives.register
def _(how: ByStatus) -> str:
    by = {name: [status for status, its in how.settings.items() if its == name] for name in how.settings.values()}
    said = (f"`{name}` if {words(map(code, statuses))}" for name, statuses in by.items())
    return f"after `{how.column}`: {'; '.join(said)}; others stay"


@lives.register
def _(how: Stored) -> str:
    policy = f"after `{how.column}`: {_names(how.settings)}, once the run is over"
    return f"{policy}; at the latest with the row of `{how.owner}`"


@lives.register
def _(how: Unreferenced) -> str:
    policy = f"after `{how.column}`: {_names(how.settings)}"
    return f"{policy}, unless a row of `{how.by}` refers to it or it is the newest of its workflow"


@lives.register
def _(how: Policy) -> str:
    return f"after `{how.column}`: {_names(how.settings)}"


def _names(settings: tuple[str, ...]) -> str:
    names = words(map(code, settings), "and")
    return names if len(settings) == 1 else f"the longest of {names}"
