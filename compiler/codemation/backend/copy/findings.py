"""What PostgreSQL cannot hold and SQLite does, as data: each kind with its words and its substitute, if it has one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal[
    "nul",
    "surrogate",
    "not-utf8",
    "bytes-in-text",
    "text-in-bytes",
    "not-bytes",
    "not-json",
    "not-finite",
    "number-too-large",
    "too-deep",
    "not-an-integer",
    "out-of-range",
    "not-a-boolean",
    "not-a-number",
    "not-a-moment",
    "missing",
    "orphan",
    "check",
    "duplicate",
    "too-large",
]

Key: TypeAlias = Mapping[str, int | str]
"""The primary key of a row, by column."""


class Meaning(NamedTuple):
    """A kind in words; `substitute` is what `--replace-invalid` puts in its place, `None` where it has no right to."""

    says: str
    substitute: str | None = None


MEANINGS: Final[Mapping[Kind, Meaning]] = {
    "nul": Meaning("a NUL character", "U+FFFD for each"),
    "surrogate": Meaning("half of a surrogate pair", "U+FFFD for each; two halves that belong together are joined"),
    "not-utf8": Meaning("bytes that are no UTF-8", "U+FFFD for them"),
    "bytes-in-text": Meaning("bytes where text belongs", "the text that they are in UTF-8"),
    "text-in-bytes": Meaning("text where bytes belong", "its bytes in UTF-8"),
    "not-bytes": Meaning("a number where bytes belong"),
    "not-json": Meaning("text that is no JSON"),
    "not-finite": Meaning("NaN or Infinity in JSON", "null for each"),
    "number-too-large": Meaning("a number in JSON with too many digits for PostgreSQL's numeric"),
    "too-deep": Meaning("JSON that is nested too deeply"),
    "not-an-integer": Meaning("what is no whole number"),
    "out-of-range": Meaning("a whole number out of the column's range"),
    "not-a-boolean": Meaning("what is neither 0 nor 1"),
    "not-a-number": Meaning("what is no number"),
    "not-a-moment": Meaning("what is no moment in UTC"),
    "missing": Meaning("nothing where something must be"),
    "orphan": Meaning(
        "a reference to a row that is not there",
        "nothing, where the column may be empty and such references are cleared",
    ),
    "check": Meaning("a value that the table does not allow"),
    "duplicate": Meaning("a value that another row has, too"),
    "too-large": Meaning("a row of more than 256 MiB"),
}
"""Every kind. A finding says whether its substitute is possible where it stands."""


class Finding(NamedTuple):
    """One cell that PostgreSQL cannot hold: never what is in it. `replaceable`: it has a substitute where it stands."""

    table: str
    key: Key
    column: str
    kind: Kind
    replaceable: bool

    @property
    def row(self) -> str:
        """The row as text: `id=7`."""
        return ", ".join(f"{name}={value}" for name, value in self.key.items())

    def __str__(self) -> str:
        """The finding in one line."""
        return f"{self.table} {self.row} {self.column}: {MEANINGS[self.kind].says}"


class Group(NamedTuple):
    """How many findings of a kind a column has."""

    table: str
    column: str
    kind: Kind
    cells: int


def grouped(findings: Sequence[Finding]) -> tuple[Group, ...]:
    """The findings by column and kind, in the order in which they were found."""
    counted = Counter((it.table, it.column, it.kind) for it in findings)
    return tuple(Group(*what, number) for what, number in counted.items())
