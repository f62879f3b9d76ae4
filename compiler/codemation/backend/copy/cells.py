"""Looking closely at one cell: what is wrong with it, and its text for PostgreSQL, or that of its substitute."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NamedTuple

from codemation.backend.copy.columns import CopiedColumn, Sort
from codemation.backend.copy.findings import Kind
from codemation.backend.copy.json_values import examined, joined

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_MOMENT: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[ T](?P<time>\d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,6}))?(?:Z|\+00(?::?00)?)?)?", re.ASCII
)
_BOUNDS: Final = {"bigint": 2**63, "integer": 2**31}


class Cell(NamedTuple):
    """What a cell says: its text, `None` for nothing; what is wrong with it, and whether the text is a substitute."""

    text: bytes | None
    faults: frozenset[Kind] = frozenset()
    fits: bool = True


def read(column: CopiedColumn, storage: str, value: Any) -> Cell:
    """The cell of a column that SQLite stores as `storage` (what `typeof` says); texts and blobs come as bytes."""
    if value is None:
        return Cell(None) if column.nullable else _unfit("missing")
    return _READERS[column.sort](storage, value)


def _unfit(kind: Kind) -> Cell:
    return Cell(None, frozenset({kind}), fits=False)


def _text(storage: str, value: Any) -> Cell:
    text, faults = _decoded(storage, value)
    if "\0" in text:
        faults = faults | {"nul"}
    return Cell(text.replace("\0", _REPLACEMENT).encode(), faults)


def _decoded(storage: str, value: Any) -> tuple[str, frozenset[Kind]]:
    """The text, but for NUL characters as PostgreSQL takes it; a number's is what SQLite would make of it."""
    if not isinstance(value, bytes):
        return str(value), frozenset()
    faults: set[Kind] = {"bytes-in-text"} if storage == "blob" else set()
    try:
        return value.decode(), frozenset(faults)
    except UnicodeDecodeError:
        pass
    try:
        return joined(value.decode("utf-8", "surrogatepass")), frozenset({*faults, "surrogate"})
    except UnicodeDecodeError:
        return value.decode("utf-8", "replace"), frozenset({*faults, "not-utf8"})


def _json(storage: str, value: Any) -> Cell:
    """JSON. SQLite stores a number as one, since the type's name gives the column the affinity NUMERIC."""
    if isinstance(value, float):
        finite = math.isfinite(value)
        return Cell(repr(value).encode()) if finite else Cell(b"null", frozenset({"not-finite"}))
    text, faults = _decoded(storage, value)
    more, mended = examined(text)
    found = faults | more
    return Cell(None, found, fits=False) if mended is None else Cell(mended.encode(), found)


def _moment(storage: str, value: Any) -> Cell:
    """A moment in UTC, in any of the forms that a host reads as the same one."""
    match = _MOMENT.fullmatch(value.decode("ascii", "replace")) if storage == "text" else None
    if match is None:
        return _unfit("not-a-moment")
    text = f"{match['day']} {match['time'] or '00:00:00'}.{match['part'] or '':0<6}"
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return _unfit("not-a-moment")
    return Cell(text.encode())


def _integer(sort: Sort) -> Callable[[str, Any], Cell]:
    bound = _BOUNDS[sort]

    def read_integer(storage: str, value: Any) -> Cell:
        if storage != "integer":
            return _unfit("not-an-integer")
        return Cell(b"%d" % value) if -bound <= value < bound else _unfit("out-of-range")

    return read_integer


def _boolean(storage: str, value: Any) -> Cell:
    return Cell(b"%d" % value) if storage == "integer" and value in {0, 1} else _unfit("not-a-boolean")


def _float(storage: str, value: Any) -> Cell:
    return Cell(repr(float(value)).encode()) if storage in {"real", "integer"} else _unfit("not-a-number")


def _bytes(storage: str, value: Any) -> Cell:
    if not isinstance(value, bytes):
        return _unfit("not-bytes")
    return Cell(b"\\x" + value.hex().upper().encode(), frozenset({"text-in-bytes"} if storage == "text" else ()))


_READERS: Final[dict[Sort, Callable[[str, Any], Cell]]] = {
    "text": _text,
    "json": _json,
    "moment": _moment,
    "bigint": _integer("bigint"),
    "integer": _integer("integer"),
    "boolean": _boolean,
    "float": _float,
    "bytes": _bytes,
}
