"""Quoting a line of `codemation.toml` so that no secret shows, with the columns that then stand for the written ones.

What may be shown is listed, all else is masked: a value where its key is a setting that holds no secrets, or where it
can be none itself (`certain`), of a URL what is surely none, a comment never. Where the positions of values are not
sure (no TOML, or a corner of it), the line is read on its own. Over all of it goes `redact`, for credentials in what
may be shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from codemation.origin import Path
from codemation.reports.certain import Certain
from codemation.reports.loose_lines import LooseLines
from codemation.reports.quote import COMMENT, Edit, Quote, rest
from codemation.resolution.semantic_model import SemanticModel
from codemation.sources.toml import value_at
from codemation.text.redaction import MASK, doubtful_url, names_a_secret, redact, redact_value
from codemation.text.wording import fold
from codemation.values import ItemArray, TextTable, ValueType, VariableName

if TYPE_CHECKING:
    from codemation.sources.spans import Stretch

_PUNCTUATION: Final = " \t=,.{}[]"
"""What stands between keys and values."""


class Quoter:
    """Quotes the lines of one file; every place is checked once, when the first line is asked for."""

    def __init__(self, model: SemanticModel) -> None:
        self._model = model
        self._lines = model.source.text.split("\n")
        self._firsts: dict[tuple[str, ...], int] = {}
        self._quotes: dict[tuple[int, bool], Quote] = {}
        self.certain = Certain(model.catalogue)
        self._loose = LooseLines(model.catalogue, self.certain)
        self._names_a_secret = lru_cache(maxsize=256)(self._tells)

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    def quote(self, number: int, *, harmless: bool) -> Quote:
        """The line `number` (from 1); `harmless` as the diagnostic says it, else no string at all is shown."""
        found = self._quotes.get((number, harmless))
        if found is None:
            found = self._quotes[number, harmless] = self._quote(number, harmless=harmless)
        return found

    def _quote(self, number: int, *, harmless: bool) -> Quote:
        line = self._lines[number - 1].removesuffix("\r")
        sure = not self._model.source.broken and self._model.source.spans.exact
        edits = self._by_place(line, number, harmless=harmless) if sure else None
        if edits is None:
            edits = self._by_look(line, number, harmless=harmless)
        masked = _applied(line, edits) if edits else line
        redacted = redact(masked)
        return Quote.made(redacted, edits, _difference(masked, redacted))

    def _by_place(self, line: str, number: int, *, harmless: bool) -> tuple[Edit, ...] | None:
        """Mask the values by their keys; `None` if anything of the line is not accounted for."""
        edits: list[Edit] = []
        known: list[tuple[int, int]] = []
        for one in self._model.source.spans.on(number):
            start, end = one.start, min(one.end, len(line))
            known.append((start, end))
            written = line[start:end]
            if one.path is None:
                if has_credentials(written):
                    edits.append(Edit(start, end, f'"{MASK}"'))
            elif not self._shown(one.path, value := value_at(self._model.source.data, one.path), harmless=harmless):
                edits.append(Edit(start, end, _of_a_url(written, value) or _mask(written, value, one)))
        at = 0
        for start, end in [*sorted(known), (len(line), len(line))]:
            if odd := line[at:start].lstrip(_PUNCTUATION):
                if odd[0] != "#":
                    return None
                edits.append(Edit(start - len(odd), len(line), COMMENT))
                break
            at = max(at, end)
        return tuple(sorted(edits, key=lambda edit: edit.start)) if edits else ()

    def _shown(self, path: Path, value: object, *, harmless: bool) -> bool:
        """Whether the value at a path may be shown: if its setting holds no secrets and it has no credentials in it."""
        if isinstance(value, bool):
            return True
        kind = self._kind(path)
        if kind is not None and (harmless or not isinstance(value, str)):
            # The name of a variable is no secret, but what is written in its place may be.
            name = isinstance(kind, VariableName) and kind.accepts(value)
            if (kind.harmless or name) and not (isinstance(value, str) and has_credentials(value)):
                return True
        return self.certain.value(value) and not self._secret(path)

    def _secret(self, path: Path) -> bool:
        """Whether a path tells by its names that a secret stands there."""
        return any(self._names_a_secret(name) for name in path if isinstance(name, str))

    def _tells(self, name: str) -> bool:
        return names_a_secret(name) or name in self._secret_tables

    def _kind(self, path: Path) -> ValueType | None:
        """The kind of what stands at a path, or at one that is spelt nearly so (`sqlite_file_path`)."""
        found = self._model.catalogue.leaf_above(path, near=True)
        if found is None:
            return None
        above, leaf = found
        kind = leaf.setting.type.inner(path[len(above) :])
        # What is secret as a whole is so in all its parts that are not kinds of their own.
        return None if kind is leaf.setting.type and leaf.setting.secret else kind

    def _by_look(self, line: str, number: int, *, harmless: bool) -> tuple[Edit, ...]:
        """Mask a line of a file whose values cannot be located: by the line alone, and when in doubt all of it."""
        in_text = number >= self._first_with(('"""', "'''"))
        secret = number >= self._first_with((*self._secret_tables, "headers"))
        edits = None if in_text else self._loose.read(line, harmless=harmless, secret=secret)
        return rest(line, 0, keep_quote=False) if edits is None else edits

    def _first_with(self, marks: tuple[str, ...]) -> int:
        """The first line (from 1) that holds one of the marks, or the one after the last; looked for once."""
        first = self._firsts.get(marks)
        if first is None:
            # A table of secrets may be spelt nearly so.
            sought, lines = [fold(mark) for mark in marks], map(fold, self._lines)
            holding = (number for number, line in enumerate(lines, 1) if any(mark in line for mark in sought))
            first = self._firsts[marks] = next(holding, len(self._lines) + 1)
        return first

    @cached_property
    def _secret_tables(self) -> tuple[str, ...]:
        """The names of tables whose values are secrets, whatever their keys are."""
        items = [kind.item for _, kind in self._model.catalogue.kinds if isinstance(kind, ItemArray)]
        fields = [one for item in items for one in item.fields.values()]
        return tuple(one.name for one in fields if isinstance(one.type, TextTable) and not one.type.harmless)


def has_credentials(text: str) -> bool:
    """Whether there is, or with a letter more or less there would be, a secret in a text."""
    return "@" in text or redact_value(text) != text


def _of_a_url(written: str, value: object) -> str | None:
    """A URL on one line, as it is written, with what may be secret masked; `None` where that is all of it."""
    if not isinstance(value, str) or written[1:-1] != value or written[0] not in "\"'":
        return None
    shown = doubtful_url(value)
    return None if shown == MASK else f"{written[0]}{shown}{written[-1]}"


def _mask(written: str, value: object, stretch: Stretch) -> str:
    """What stands in the place of a value, or of one line of it."""
    if not isinstance(value, str):
        return MASK
    if stretch.begins and stretch.ends:
        return f'"{MASK}"'
    opening = written[:3] if stretch.begins else ""
    closing = written[-3:] if stretch.ends else ""
    return f"{opening}{MASK}{closing}"


def _applied(line: str, edits: Sequence[Edit]) -> str:
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += line[at : edit.start], edit.text
        at = edit.end
    return "".join(parts) + line[at:]


def _difference(before: str, after: str) -> tuple[Edit, ...]:
    """The edits between a text and the same text with stretches of it replaced by masks."""
    return tuple(_masks(before, after.split(MASK))) if before != after else ()


def _masks(before: str, kept: Sequence[str]) -> Iterator[Edit]:
    if not before.startswith(kept[0]):
        yield Edit(0, len(before), MASK)
        return
    at = len(kept[0])
    for piece in kept[1:-1]:
        found = before.find(piece, at)
        # Only the carets depend on it: a wrong guess costs no more than their place.
        found = at if found < 0 else found
        yield Edit(at, found, MASK)
        at = found + len(piece)
    yield Edit(at, max(at, len(before) - len(kept[-1])), MASK)
