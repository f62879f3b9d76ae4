"""The environment variables as a table: those that are set, those that are not, and those that nothing reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from codemation.explain.page import bare, columns, relative
from codemation.explain.variables import IgnoredRow, VariableRow
from codemation.text.redaction import redact
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.text.terminal import Style, Terminal

NOTES: Final = {
    "unused": "does not apply",
    "invalid": "not valid",
    "blank": "blank: counts as not set",
    "ignored": "not read: another is named in its place",
}


def variables_page(rows: Sequence[VariableRow], ignored: Sequence[IgnoredRow], root: str, terminal: Terminal) -> str:
    """The table, in lines of `terminal.width` columns; paths are relative to the project's `root`. Whole lines."""
    told = [row for row in rows if row.status != "unset"]
    silent = [row for row in rows if row.status == "unset"]
    decided = [row for row in silent if row.in_force not in (None, [], False)]
    blocks = [
        _block("SET", [_set(row, root) for row in told], terminal, "green"),
        _block("NOT SET", [_not_set(row, root) for row in decided], terminal, "bold"),
        _nothing([row.name for row in silent if row not in decided], terminal),
        _block("IGNORED", [(it.name, _short(it.place), it.advice) for it in ignored], terminal, "yellow"),
    ]
    if not told:
        blocks.insert(0, ["no variable that codemation reads is set"])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _set(row: VariableRow, root: str) -> tuple[str, str, str]:
    """What a variable says, where, and what came of it."""
    note = NOTES.get(row.status, "")
    if row.status == "outranked":
        note = f"outranked by {row.decided_at}"
    elif row.hides:
        note = "; ".join(filter(None, (note, f"hides {', '.join(row.hides)}")))
    return row.name, _value(row, row.value, root), "  ".join(filter(None, (_short(row.place), note)))


def _not_set(row: VariableRow, root: str) -> tuple[str, str, str]:
    """What is in force in a variable's place, and by whom."""
    return row.name, _value(row, row.in_force, root), row.decided_at


def _short(place: str | None) -> str:
    """A place, without a word that a table has no room for."""
    return (place or "").removesuffix(" environment")


def _value(row: VariableRow, value: Any, root: str) -> str:
    return "" if value is None else bare(relative(value, root), row.settings[0] if row.settings else "")


def _block(title: str, rows: Sequence[tuple[str, str, str]], terminal: Terminal, style: Style) -> list[str]:
    if not rows:
        return []
    shown = [(_shown(name, terminal), _shown(value, terminal), _shown(rest, terminal)) for name, value, rest in rows]
    return [terminal.style(title, "bold", style), *(f"  {line}" for line in columns(shown, terminal.width - 2))]


def _shown(cell: str, terminal: Terminal) -> str:
    return terminal.visible(redact(cell))


def _nothing(names: Sequence[str], terminal: Terminal) -> list[str]:
    if not names:
        return []
    title = terminal.style("NOT SET, and nothing in force", "bold")
    return [title, *wrap(", ".join(names), terminal.width, indent="  ")]
