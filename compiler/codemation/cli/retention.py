"""What is said of retention: what is due, and what a prune did."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from codemation.backend.migrations.listing import database_data
from codemation.backend.retention.due import DueRows
from codemation.backend.retention.result import Progress, Pruned
from codemation.backend.tables import ByStatus, lifetime, metadata
from codemation.cli.live_line import LiveLine, bar
from codemation.cli.output import terminal
from codemation.explain.retention import policy_place
from codemation.reports.locations import Locations
from codemation.resolution.semantic_model import SemanticModel
from codemation.runtime.form import Database
from codemation.text.amounts import about, count, duration, size
from codemation.text.redaction import redact
from codemation.text.terminal import display_width, pad, wrap

SHOWN: Final = 10
"""Of each kind at most so many workflows are told in text; JSON tells all."""


class Placed(NamedTuple):
    """What is due, and where its policy is written; `None` for what expires by itself."""

    due: DueRows
    place: str | None


def with_places(model: SemanticModel, rows: Sequence[DueRows]) -> list[Placed]:
    """The same with the places of their policies."""
    shown = Locations(model, os.getcwd()).shown
    return [Placed(row, policy_place(model, row.workflow, row.setting, shown) if row.setting else None) for row in rows]


def due_data(database: Database, why: str, rows: Sequence[Placed]) -> dict[str, Any]:
    """What `db prune --dry-run --format json` prints."""
    return {"database": database_data(database, why), "due": [_due_data(row) for row in rows]}


def due_text(rows: Sequence[Placed]) -> str:
    """The same for people: a block for each kind, the workflows with the most rows first."""
    if not rows:
        return "nothing is due\n"
    total = f"due  {count(sum(row.due.rows for row in rows), 'row')}, about {size(sum(row.due.size for row in rows))}"
    lines = [Line("", "rows", "size", "oldest", "kept", "")]
    for table, group in groupby(rows, key=lambda row: row.due.table):
        lines += _kind(table, sorted(group, key=lambda row: -row.due.rows))
    widths = [max(display_width(line[column]) for line in lines) for column in range(len(Line._fields) - 1)]
    width = terminal().width
    told = [text for line in lines for text in _aligned(line, widths, width)]
    if any(isinstance(lifetime(metadata.tables[row.due.table]), ByStatus) for row in rows):
        told.append("with a run goes what is only its own, which is not counted here")
    return "\n".join([total, *told, "nothing was deleted; without --dry-run it goes"]) + "\n"


class Line(NamedTuple):
    """One line of what is due, as texts."""

    name: str
    rows: str
    size: str
    oldest: str
    kept: str
    place: str


def _kind(table: str, rows: Sequence[Placed]) -> list[Line]:
    visible = terminal().visible
    most = max(rows, key=lambda row: _age(row.due)).due
    whole = count_of(rows)
    lines = [Line(spoken(table), whole.rows, whole.size, about(_age(most)), "", "")]
    if rows[0].due.workflow is None:
        return [lines[0]._replace(kept=_kept(rows[0]), place=visible(rows[0].place or ""))]
    for row in rows[:SHOWN]:
        amounts = (f"{row.due.rows:,}", size(row.due.size), about(_age(row.due)), _kept(row))
        lines.append(Line(f"  {_whose(row, visible)}", *amounts, visible(row.place or "")))
    if more := rows[SHOWN:]:
        lines.append(count_of(more)._replace(name=f"  and {count(len(more), 'more')}"))
    return lines


def count_of(rows: Sequence[Placed]) -> Line:
    """The rows and the size of them all."""
    return Line("", f"{sum(row.due.rows for row in rows):,}", size(sum(row.due.size for row in rows)), "", "", "")


def _kept(row: Placed) -> str:
    return duration(row.due.seconds) if row.place else "expired"


def _aligned(line: Line, widths: Sequence[int], width: int) -> list[str]:
    """The line in columns; where it is too wide, the place stands on one of its own."""
    name = pad(line.name, min(widths[0], WIDEST))
    text = "  ".join([name, *(f"{part:>{size_}}" for part, size_ in zip(line[1:-1], widths[1:], strict=True))]).rstrip()
    if not line.place:
        return [text]
    if display_width(f"{text}  {line.place}") <= width:
        return [f"{text}  {line.place}"]
    return [text, *wrap(line.place, width, indent="      ")]


WIDEST: Final = 30
"""Columns of a name; a wider one moves its own line to the right."""


def _whose(row: Placed, visible: Callable[[str], str]) -> str:
    """The workflow, with the setting where a table has several."""
    name = visible(redact(row.due.workflow or ""))
    by_status = row.due.setting == "failedRunSeconds" and row.due.table != "workflow_snapshots"
    return f"{name} (failed)" if by_status else name


def _age(due: DueRows) -> float:
    return due.seconds + due.overdue.total_seconds()


def spoken(table: str) -> str:
    """A table as people call what is in it."""
    return table.replace("_", " ")


def pruned_data(database: Database, why: str, done: Pruned) -> dict[str, Any]:
    """What `db prune --format json` prints."""
    return {
        "database": database_data(database, why),
        "deleted": dict(done.rows),
        "kept": dict(done.kept),
        "end": done.end,
        "seconds": round(done.seconds, 3),
        "unfreed": done.unfreed,
    }


def pruned_text(done: Pruned, kind: str, *, blobs: bool) -> str:
    """The same for people."""
    lines = [_summary(done)]
    width = max((len(spoken(name)) for name in done.rows), default=0)
    digits = max((len(f"{rows:,}") for rows in done.rows.values()), default=0)
    lines += [f"  {spoken(name):<{width}}  {rows:>{digits},}" for name, rows in done.rows.items()]
    if done.kept:
        kept = ", ".join(f"{rows:,} {spoken(name)}" for name, rows in done.kept.items())
        why = "what they stand for could not be deleted; the next run tries again"
        lines += wrap(
            f"kept: {kept}: {why if blobs else 'they stand for stored files; --blobs COMMAND deletes these first'}",
            terminal().width,
            indent="  ",
            first="",
        )
    if done.unfreed:
        lines.append("the file keeps its size: `codemation db compact` gives the space back")
    if done.total and kind == "postgresql":
        lines.append("autovacuum frees their space for new rows; nothing is to be done")
    return "\n".join(lines) + "\n"


def _summary(done: Pruned) -> str:
    what = f"deleted {count(done.total, 'row')} in {done.seconds:.1f} s" if done.total else "deleted nothing"
    ends = {
        "done": "" if done.total else ": nothing is due",
        "time": "; time is up, and the next run goes on",
        "stopped": "; stopped, and the next run goes on",
        "busy": "; others had rows locked, or refer to them (`codemation doctor` tells), and the next run goes on",
    }
    if done.end == "done" and not done.total and done.kept:
        return "deleted nothing"
    return f"{what}{ends[done.end]}"


class Bar:
    """The listener of a prune on a terminal: how far it is. `total` are the rows that are due."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._line = LiveLine()
        self._rows: dict[str, int] = {}

    def progress(self, progress: Progress) -> None:
        """Some rows went."""
        self._rows[progress.table] = progress.rows
        self._line.show_often(f"  {bar(sum(self._rows.values()), self._total)}  {spoken(progress.table)}")

    def end(self) -> None:
        """Leave nothing of the line."""
        self._line.end()


def _due_data(row: Placed) -> dict[str, Any]:
    due = row.due
    return {
        "table": due.table,
        "workflow": None if due.workflow is None else redact(due.workflow),
        "setting": due.setting,
        "seconds": due.seconds,
        "writtenAt": row.place,
        "rows": due.rows,
        "bytes": due.size,
        "oldest": due.oldest.isoformat().replace("+00:00", "Z"),
        "overdueSeconds": int(due.overdue.total_seconds()),
    }
