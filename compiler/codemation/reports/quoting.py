"""Quoting a line of `codemation.toml` so that no secret shows, with the columns that then stand for the written ones.

What may be shown is listed, all else is masked: a value only where its key is a setting that holds no secrets, a
comment never. Where the positions of values are not sure (no TOML, or a corner of it), the line is read on its own and
next to nothing of its values is shown. Over all of it goes `redact`, for credentials in what may be shown.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate

from msgspec import Struct

from codemation.origin import Path, Span
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.catalogue import Leaf, Table
from codemation.settings.setting import ANY
from codemation.sources.toml import value_at
from codemation.text.patterns import lazy
from codemation.text.redaction import MASK, redact, redact_value
from codemation.text.wording import fold
from codemation.values import ItemArray, TextTable, ValueType, VariableName

COMMENT = "# ***"

_BARE = r"[A-Za-z0-9_-]+"
_KEY = rf"[ \t]*{_BARE}(?:[ \t]*\.[ \t]*{_BARE})*[ \t]*"
_HEADER = lazy(rf"([ \t]*\[{{1,2}}{_KEY}(?:\]{{1,2}})?[ \t]*)(.*)")
_PAIR = lazy(rf"({_KEY})(?:(=[ \t]*)(.*))?(.*)")
_WORD = lazy(_BARE)
# A value that may be shown of a line that cannot be trusted: no quote, escape or sign of credentials inside.
_SIMPLE = lazy(
    r"(\"[^\"\\:@\x00-\x1f]*\"(?!\")|'[^'\\:@\x00-\x1f]*'(?!')|[A-Za-z0-9_.+/-]{1,64}(?![^\s,\]}#]))?([\s,\]}]*)(.*)"
)
_PUNCTUATION = lazy(r"[\s=,.{}\[\]]*")


class Edit(Struct, frozen=True, gc=False):
    """A stretch of the line (offsets from 0, exclusive end) and what is shown in its place."""

    start: int
    end: int
    text: str


class Quote:
    """A line as it may be shown: `text`, made by `passes` of edits, each over the outcome of the one before."""

    def __init__(self, text: str, passes: Sequence[Sequence[Edit]]) -> None:
        self.text = text
        self._passes = [_Pass(edits) for edits in passes if edits]

    def start(self, offset: int) -> int:
        """Where a stretch that starts at `offset` of the written line starts here."""
        for edits in self._passes:
            offset = edits.moved(offset, to_end=False)
        return offset

    def end(self, offset: int) -> int:
        """Where a stretch that ends at `offset` of the written line ends here."""
        for edits in self._passes:
            offset = edits.moved(offset, to_end=True)
        return offset


class _Pass:
    """Edits in their order, none of which overlap, and by how much what follows each is shifted."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits
        self._starts = [edit.start for edit in edits]
        self._shifts = [0, *accumulate(len(edit.text) - (edit.end - edit.start) for edit in edits)]

    def moved(self, offset: int, *, to_end: bool) -> int:
        """Where an offset is after the edits: one inside of an edit is at its start, or `to_end` at its end."""
        before = bisect_left(self._starts, offset)
        if before and offset < self._edits[before - 1].end:
            edit = self._edits[before - 1]
            return edit.start + self._shifts[before - 1] + (len(edit.text) if to_end else 0)
        return offset + self._shifts[before]


class Quoter:
    """Quotes the lines of one file; everything is located once, when the first line is asked for."""

    def __init__(self, model: SemanticModel) -> None:
        self._model = model
        self._lines = model.source.text.split("\n")
        self._firsts: dict[tuple[str, ...], int] = {}
        self._quotes: dict[tuple[int, bool], Quote] = {}
        self._sure: bool | None = None  # Whether all positions are certain; not known yet.
        self._parts: dict[int, list[tuple[Span, Path | None, object]]] = {}  # By line; no path means a key.

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
        if self._sure is None:
            self._sure = not self._model.source.broken and self._locate()
        edits = self._by_place(line, number, harmless=harmless) if self._sure else None
        if edits is None:
            edits = self._by_look(line, number, harmless=harmless)
        masked = _applied(line, edits)
        redacted = redact(masked)
        return Quote(redacted, (edits, _difference(masked, redacted)))

    def _locate(self) -> bool:
        """Find every key and value; `False` if one of them is not where it seems."""
        data = self._model.source.data
        for path, found in self._model.source.spans.paths():
            if not found.exact:
                return False
            value = value_at(data, path)
            if found.key:
                self._add(found.key, None, None)
            elif isinstance(value, dict) and self._is_header(found.value):
                self._add(found.value, None, None)
            if not isinstance(value, (dict, list)):
                self._add(found.value, path, value)
        return True

    def _add(self, span: Span, path: Path | None, value: object) -> None:
        for line in range(span.start.line, span.end.line + 1):
            self._parts.setdefault(line, []).append((span, path, value))

    def _by_place(self, line: str, number: int, *, harmless: bool) -> tuple[Edit, ...] | None:
        """Mask the values by their keys; `None` if anything of the line is not accounted for."""
        edits: list[Edit] = []
        known: list[tuple[int, int]] = []
        for span, path, value in self._parts.get(number, ()):
            part = _part(span, number, line)
            known.append(part)
            if path is None:
                if _credentials(line[part[0] : part[1]]):
                    edits.append(Edit(*part, f'"{MASK}"'))
            elif not self._shown(path, value, harmless=harmless):
                edits.append(Edit(*part, _mask(line[part[0] : part[1]], span, number, is_text=isinstance(value, str))))
        at = 0
        for start, end in [*sorted(known), (len(line), len(line))]:
            gap = _PUNCTUATION.match(line, at, max(at, start))
            odd = gap.end() if gap else at
            if odd < start:
                if line[odd] != "#":
                    return None
                edits.append(Edit(odd, len(line), COMMENT))
                break
            at = max(at, end)
        return tuple(sorted(edits, key=lambda edit: edit.start))

    def _shown(self, path: Path, value: object, *, harmless: bool) -> bool:
        """Whether the value at a path may be shown: if its setting holds no secrets and it has no credentials in it."""
        if isinstance(value, bool):
            return True
        kind = self._kind(path)
        if kind is None or (isinstance(value, str) and not harmless):
            return False
        # The name of a variable is no secret, but what is written in its place may be.
        name = isinstance(kind, VariableName) and kind.problem(value) is None
        return (kind.harmless or name) and not (isinstance(value, str) and _credentials(value))

    def _kind(self, path: Path) -> ValueType | None:
        """The kind of what stands at a path, or at one that is spelt nearly so (`sqlite_file_path`)."""
        node: Table | Leaf | None = self._model.catalogue.root
        for length, name in enumerate(path, 1):
            if not isinstance(node, Table) or not isinstance(name, str):
                return None
            node = node.children.get(name) or node.folded.get(fold(name)) or node.children.get(ANY)
            if isinstance(node, Leaf):
                kind = node.setting.type.inner(path[length:])
                # What is secret as a whole is so in all its parts that are not kinds of their own.
                return None if kind is node.setting.type and node.setting.secret else kind
        return None

    def _by_look(self, line: str, number: int, *, harmless: bool) -> tuple[Edit, ...]:
        """Mask a line of a file whose values cannot be located: by the line alone, and when in doubt all of it."""
        in_text = number >= self._first_with(('"""', "'''"))
        secret = number >= self._first_with(self._secret_tables)
        start = None if in_text else self._readable(line, harmless=harmless, secret=secret)
        return _rest(line, start) if start is not None else _rest(line, 0, keep_quote=False)

    def _first_with(self, marks: tuple[str, ...]) -> int:
        """The first line (from 1) that holds one of the marks, or the one after the last; looked for once."""
        first = self._firsts.get(marks)
        if first is None:
            holding = (number for number, line in enumerate(self._lines, 1) if any(mark in line for mark in marks))
            first = self._firsts[marks] = next(holding, len(self._lines) + 1)
        return first

    def _readable(self, line: str, *, harmless: bool, secret: bool) -> int | None:
        """Up to where a line may be shown, `None` for nothing at all: what looks like a key may be the secret.

        `secret` tells that it may belong to a table of secrets, whose keys may have any name.
        """
        ours = self._words
        if header := _HEADER.fullmatch(line):
            return header.start(2) if _WORD.findall(header[1])[0] in ours else None
        if line.lstrip().startswith("#"):
            return 0
        pair = _PAIR.fullmatch(line)
        if pair is None:
            return None
        words = _WORD.findall(pair[1])
        # Base64 ends in `=`, but not after a blank.
        deliberate = pair[2] is not None and pair[1][-1] in " \t"
        if not deliberate and not ours.issuperset(words):
            return None
        if pair[2] is None:
            return pair.end(1)
        return pair.end(2) + (0 if secret else self._readable_value(words[-1], pair[3], harmless))

    def _readable_value(self, key: str, value: str, harmless: bool) -> int:  # noqa: FBT001
        simple = _SIMPLE.fullmatch(value)
        if simple is None or key not in self._harmless_words:
            return 0
        quoted = (simple[1] or "").startswith(('"', "'"))
        return simple.start(3) if harmless or not quoted else 0

    def _is_header(self, span: Span) -> bool:
        """Whether it is the header of one table of an array."""
        return self._lines[span.start.line - 1].startswith("[[", span.start.column - 1)

    @cached_property
    def _words(self) -> set[str]:
        return {name for path in self._model.catalogue.paths() for name in path}

    @cached_property
    def _secret_tables(self) -> tuple[str, ...]:
        """The names of tables whose values are secrets, whatever their keys are."""
        items = [kind.item for _, kind in self._model.catalogue.kinds if isinstance(kind, ItemArray)]
        fields = [one for item in items for one in item.fields.values()]
        return tuple(one.name for one in fields if isinstance(one.type, TextTable) and not one.type.harmless)

    @cached_property
    def _harmless_words(self) -> set[str]:
        """The names of settings of which none, wherever it is, holds a secret."""
        catalogue = self._model.catalogue
        leaves = [leaf for path in catalogue.paths() if (leaf := catalogue.leaf(path))]
        harmful = {leaf.setting.name for leaf in leaves if leaf.setting.secret or not leaf.setting.type.harmless}
        return {leaf.setting.name for leaf in leaves} - harmful


def _part(span: Span, number: int, line: str) -> tuple[int, int]:
    """The part of one of its lines that a span covers, in offsets."""
    start = span.start.column - 1 if number == span.start.line else 0
    end = span.end.column - 1 if number == span.end.line else len(line)
    return start, min(end, len(line))


def _credentials(text: str) -> bool:
    """Whether there is, or with a letter more or less there would be, a secret in a text."""
    return "@" in text or redact_value(text) != text


def _mask(written: str, span: Span, number: int, *, is_text: bool) -> str:
    """What stands in the place of a value, or of one line of it."""
    if not is_text:
        return MASK
    if span.start.line == span.end.line:
        return f'"{MASK}"'
    opening = written[:3] if number == span.start.line else ""
    closing = written[-3:] if number == span.end.line else ""
    return f"{opening}{MASK}{closing}"


def _rest(line: str, start: int, *, keep_quote: bool = True) -> tuple[Edit, ...]:
    """Mask a line from an offset on; of a string the opening quote stays."""
    rest = line[start:]
    if not rest.strip():
        return ()
    start += len(rest) - len(rest.lstrip())
    opening = line[start] if keep_quote and line[start] in "\"'" else ""
    text = COMMENT if line[start] == "#" else f"{opening}{MASK}"
    return (Edit(start, len(line), text),)


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
