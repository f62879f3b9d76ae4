"""Lines that fit a terminal, with a label in front, for what is told of a compilation."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from codemation.explain.answer import candidate_name, is_unread, read_variables, spelled
from codemation.explain.candidates import Candidate
from codemation.origin import EnvironmentOrigin, FileOrigin, Origin, line_of
from codemation.resolution.semantic_model import SemanticModel
from codemation.text.amounts import count, duration
from codemation.text.patterns import lazy
from codemation.text.redaction import redact
from codemation.text.terminal import display_width, pad, wrap

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic
    from codemation.text.terminal import Style, Terminal

LABEL: Final = 10
"""Columns of what stands in front."""
LEAST_ROOT: Final = 24
"""Columns of the end of the project's root, at least."""
WIDEST_VALUE: Final = 30
"""Columns of a value in a table."""

_WORD: Final = lazy(r"[^\s\"\\]+")
_KINDS: Final = frozenset({"local", "bullmq"})
"""What the app form calls otherwise."""


class Page:
    """Lines, each with a label in front or blanks in its place; `codes` are those of what is wrong, by its origins."""

    def __init__(self, model: SemanticModel, terminal: Terminal, codes: Mapping[Origin, str]) -> None:
        self.model = model
        self.terminal = terminal
        self.lines = list[str]()
        self._codes = codes

    def read(self) -> list[str]:
        """What was read: the file, and where variables were found."""
        model = self.model
        by_file: dict[str | None, int] = {file.name: 0 for file in model.environment.files if not file.unreadable}
        for variable in read_variables(model):
            by_file[variable.origin.file] = by_file.get(variable.origin.file, 0) + 1
        files = [f"{file} ({count(number, 'variable')})" for file, number in by_file.items() if file is not None]
        process = [f"process ({by_file[None]})"] if None in by_file else []
        config = model.source.name if model.source.present else "no codemation.toml"
        return [config, *files, *process]

    def header(self) -> None:
        """What was read, and the project's root at the right."""
        model = self.model
        read = self.terminal.visible(", ".join(self.read()))
        root = self.terminal.visible(redact(model.project.root))
        room = self.terminal.width - display_width(read) - 2
        if display_width(root) > room >= LEAST_ROOT:
            root = self.terminal.ellipsis + root[len(root) - room + len(self.terminal.ellipsis) :]
        gap = self.terminal.width - display_width(read) - display_width(root)
        self.lines += [read + " " * gap + root] if gap > 1 else [*wrap(read, self.terminal.width), root]
        if model.source.broken:
            self.lines += wrap(
                f"what {self.terminal.visible(model.source.name)} says could not be read", self.terminal.width
            )

    def say(self, label: str, text: str, style: Style | None = None) -> None:
        """A paragraph."""
        self.lines += self.terminal.labelled(
            pad(label, LABEL), text, ("bold",) if label else (), (style,) if style else ()
        )

    def table(self, label: str, rows: Sequence[Sequence[str]]) -> None:
        """Rows of cells, the columns as wide as they must be; what does not fit a line goes on in the next."""
        shown = [[self.terminal.visible(cell) for cell in row] for row in rows]
        columns = [cells for cells in zip(*shown, strict=True) if any(cells)]
        shown = [list(cells) for cells in zip(*columns, strict=True)]
        room = self.terminal.width - LABEL
        widths = _widths(shown, room)
        lines = list[str]()
        for row in shown:
            line = "  ".join(map(pad, row, widths)).rstrip()
            whole = " ".join("  ".join(row).split())
            if display_width(line) <= room:
                lines.append(" " * LABEL + line)
            else:
                lines += wrap(whole, self.terminal.width, indent=" " * LABEL)
        self._put(label, lines)

    def candidates(self, rows: Iterable[tuple[str, Candidate]]) -> None:
        """What was said, where, and the code of what is wrong with it."""
        self.table("", [(word, *self._said(one), self.code(one)) for word, one in rows])

    def relative(self, value: Any) -> Any:
        """A path within the project as its author would write it, also within an array; anything else as it is."""
        if isinstance(value, list):
            return [self.relative(item) for item in value]
        return relative(value, self.model.project.root)

    def is_unread(self, one: Candidate) -> bool:
        """Whether nothing is known of it, because the file could not be read: that is said once."""
        return is_unread(one) or (self.model.source.broken and one.status == "rejected" and one.value is None)

    def code(self, one: Candidate) -> str:
        """The code of what is wrong with it, if anything is."""
        return self._codes.get(one.origin, "")

    def _said(self, one: Candidate) -> tuple[str, str]:
        """What a source said, as its owner spells it, and where."""
        said, value = candidate_name(one), one.value
        if isinstance(one.origin, FileOrigin):
            said = last_part(said)  # its line tells the rest
        if isinstance(one.origin, FileOrigin) and one.status != "rejected" and value in _KINDS:
            value = self.model.source.value(tuple(one.origin.key.split(".")))
        value = self.relative(value)
        if not one.implied and value is not None and not isinstance(one.origin, EnvironmentOrigin):
            said += f" = {cut(spelled(value))}"
        return said, line_of(one.origin) or ""

    def _put(self, label: str, lines: Sequence[str]) -> None:
        """Lines below each other, with a label in front of the first, or above it where there is no room."""
        if label:
            first, head = lines[0], self.terminal.style(pad(label, LABEL), "bold")
            beside = first.startswith(" " * LABEL)
            lines = [head + first[LABEL:] if beside else f"{head}\n{first}", *lines[1:]]
        self.lines += lines


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """How wide each column must be for all rows but those because of which none would fit."""
    aligned = sorted(rows, key=lambda row: sum(map(display_width, row)))
    while True:
        widths = [max(map(display_width, cells)) for cells in zip(*aligned, strict=True)]
        if sum(widths) + 2 * (len(widths) - 1) <= room or len(aligned) == 1:
            return widths
        aligned.pop()


def codes_by_origin(diagnostics: Iterable[Diagnostic]) -> dict[Origin, str]:
    """The code of what is wrong at each place that something is wrong with."""
    return {one.origin: one.code for one in diagnostics if one.origin is not None}


def cut(text: str) -> str:
    """No more of a value than a table has room for."""
    return text if display_width(text) <= WIDEST_VALUE else f"{text[: WIDEST_VALUE - 1]}…"


def last_part(key: str) -> str:
    """The last part of a dotted key."""
    return key.rpartition(".")[2]


def relative(value: Any, root: str) -> Any:
    """A value whose paths in the project are told from its root, as people write them."""
    if isinstance(value, list):
        return [relative(item, root) for item in value]
    return value.removeprefix(os.path.join(root, "")) if isinstance(value, str) else value


def short_key(key: str) -> str:
    """A key without the name of its form."""
    form, _, rest = key.partition(".")
    return rest if form in {"app", "runtime"} else key


def readable(value: Any, key: str) -> tuple[str, ...]:
    """A value, and where it is a number of seconds the time that it is."""
    if key.endswith("Seconds") and isinstance(value, int):
        return str(value), duration(value)
    return (spelled(value),)


def bare(value: Any, key: str) -> str:
    """A value as people read it: a word without its quotes, a number of seconds with the time that it is."""
    text, *more = readable(value, key)
    if isinstance(value, str) and _WORD.fullmatch(value):
        text = value
    return f"{text} ({more[0]})" if more else text


def filled(parts: Iterable[str], width: int) -> list[str]:
    """Parts side by side where they fit, else each from a line of its own on."""
    lines = [""]
    for part in filter(None, parts):
        joined = f"{lines[-1]}  {part}" if lines[-1] else part
        lines[-1:] = [joined] if display_width(joined) <= width else [*lines[-1:], *wrap(part, width)]
    return [line for line in lines if line]


def columns(rows: Sequence[tuple[str, str, str]], width: int) -> list[str]:
    """Rows of three cells, as many as possible in columns; of the others the first cell, and the rest below it."""
    sizes = [tuple(map(display_width, row)) for row in rows]
    first, second = max(
        ((a, b) for a in {size[0] for size in sizes} for b in {size[1] for size in sizes}),
        key=lambda widths: (sum(_fits(size, widths, width) for size in sizes), -widths[0], -widths[1]),
        default=(0, 0),
    )
    lines = list[str]()
    for row, size in zip(rows, sizes, strict=True):
        if _fits(size, (first, second), width):
            lines.append(f"{pad(row[0], first)}  {pad(row[1], second)}  {row[2]}".rstrip())
        else:
            lines += [row[0], *("    " + line for line in filled(row[1:], width - 4))]
    return lines


def _fits(size: Sequence[int], widths: tuple[int, int], width: int) -> bool:
    """Whether a row's cells fit columns of these widths, and a line."""
    return size[0] <= widths[0] and size[1] <= widths[1] and sum(widths) + 4 + size[2] <= width
