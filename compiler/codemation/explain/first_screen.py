"""`compile --explain` without a key: the answer that fits one screen.

First what is in force and who decided it, then what was set, what follows from that, and what nobody touched. All of it
is the trace's; nothing is decided here.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from codemation.explain.answer import candidate_name, is_unread, read_variables, spelled
from codemation.explain.candidates import Candidate, Resolved
from codemation.explain.trace import Subject, subjects
from codemation.origin import EnvironmentOrigin, FileOrigin, InferredOrigin, Origin, line_of
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.keys import EVENT_BUS, KIND, REDIS_URL, SCHEDULER, SQLITE_PATH, URL, Key
from codemation.text.amounts import count, duration
from codemation.text.redaction import redact
from codemation.text.terminal import display_width, pad, wrap

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic
    from codemation.text.terminal import Style, Terminal

HEADLINES: Final = frozenset({KIND, URL, SQLITE_PATH, SCHEDULER, EVENT_BUS, REDIS_URL})
"""What is told first; the other settings stand below."""
LABEL: Final = 10
"""Columns of what stands in front."""
WORKFLOWS: Final = 8
"""So many workflows have a line of their own."""
LEAST_ROOT: Final = 24
"""Columns of the end of the project's root, at least."""
WIDEST_VALUE: Final = 30
"""Columns of a value in a table."""

_STATED: Final = frozenset({"override", "environment", "app", "runtime"})
_LOST: Final = {"outranked": "beats", "blank": "blank", "rejected": "wrong", "unused": "unused", "hidden": "hides"}
_NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "bullmq": "BullMQ", "redis": "Redis"}
_KINDS: Final = frozenset({"local", "bullmq"})
"""What the app form calls otherwise."""
_BY_DEFAULT: Final = {
    "sqlite": "by default: no source states a kind or a URL",
    "local": "no source gives a Redis URL",
    "memory": "follows the queue",
}
"""What the default of a kind means: nobody says what it would be inferred from."""

MORE: Final = "`--explain --all`: every setting; `--explain KEY`: all that was said of one"

Facts = Mapping[Key, Resolved]


def first_screen(model: SemanticModel, diagnostics: Sequence[Diagnostic], terminal: Terminal) -> str:
    """The answer, in lines of `terminal.width` columns."""
    page = _Page(model, terminal, {one.origin: one.code for one in diagnostics if one.origin is not None})
    hosts, policies = list[Subject](), list[Subject]()
    for subject in subjects(model):
        (hosts if subject.workflow is None else policies).append(subject)
    facts = {subject.setting.runtime: subject.resolved() for subject in hosts}
    page.header()
    page.lines.append("")
    _database(page, facts)
    _queue(page, facts)
    _events(page, facts)
    page.lines.append("")
    _settings(page, {key: fact for key, fact in facts.items() if key not in HEADLINES})
    _workflows(page, policies)
    page.lines.append("")
    page.lines += [terminal.style(line, "dim") for line in wrap(MORE, terminal.width)]
    return "\n".join(page.lines) + "\n"


class _Page:
    """Lines, each with a label in front or blanks in its place; `codes` are those of what is wrong, by its origins."""

    def __init__(self, model: SemanticModel, terminal: Terminal, codes: Mapping[Origin, str]) -> None:
        self.model = model
        self.terminal = terminal
        self.lines = list[str]()
        self._codes = codes

    def header(self) -> None:
        """What was read, and the project's root at the right."""
        model = self.model
        by_file: dict[str | None, int] = {file.name: 0 for file in model.environment.files if not file.unreadable}
        for variable in read_variables(model):
            by_file[variable.origin.file] = by_file.get(variable.origin.file, 0) + 1
        files = [f"{file} ({count(number, 'variable')})" for file, number in by_file.items() if file is not None]
        process = [f"process ({by_file[None]})"] if None in by_file else []
        config = model.source.name if model.source.present else "no codemation.toml"
        read = self.terminal.visible(", ".join([config, *files, *process]))
        root = self.terminal.visible(redact(model.project.root))
        room = self.terminal.width - display_width(read) - 2
        if display_width(root) > room >= LEAST_ROOT:
            root = self.terminal.ellipsis + root[len(root) - room + len(self.terminal.ellipsis) :]
        gap = self.terminal.width - display_width(read) - display_width(root)
        self.lines += [read + " " * gap + root] if gap > 1 else [*wrap(read, self.terminal.width), root]
        if model.source.broken:
            self.lines += wrap(f"what {self.terminal.visible(config)} says could not be read", self.terminal.width)

    def say(self, label: str, text: str, style: Style | None = None) -> None:
        """A paragraph."""
        said = wrap(self.terminal.visible(text), self.terminal.width - LABEL)
        self._put(label, [self.terminal.style(line, style) if style else line for line in said])

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
            lines += [line] if display_width(line) <= room else wrap(" ".join("  ".join(row).split()), room)
        self._put(label, lines)

    def candidates(self, rows: Iterable[tuple[str, Candidate]]) -> None:
        """What was said, where, and the code of what is wrong with it."""
        self.table("", [(word, *self._said(one), self.code(one)) for word, one in rows])

    def relative(self, value: Any) -> Any:
        """A path within the project as its author would write it; anything else as it is."""
        return value.removeprefix(self.model.project.root + os.sep) if isinstance(value, str) else value

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
            said = _short(said)  # its line tells the rest
        if isinstance(one.origin, FileOrigin) and one.status != "rejected" and value in _KINDS:
            value = self.model.source.value(tuple(one.origin.key.split(".")))
        value = self.relative(value)
        if not one.implied and value is not None and not isinstance(one.origin, EnvironmentOrigin):
            said += f" = {_cut(spelled(value))}"
        return said, line_of(one.origin) or ""

    def _put(self, label: str, lines: Sequence[str]) -> None:
        head = self.terminal.style(pad(label, LABEL), "bold") if label else " " * LABEL
        self.lines += [(head if number == 0 else " " * LABEL) + line for number, line in enumerate(lines)]


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """How wide each column must be for all rows but those because of which none would fit."""
    aligned = sorted(rows, key=lambda row: sum(map(display_width, row)))
    while True:
        widths = [max(map(display_width, cells)) for cells in zip(*aligned, strict=True)]
        if sum(widths) + 2 * (len(widths) - 1) <= room or len(aligned) == 1:
            return widths
        aligned.pop()


def _database(page: _Page, facts: Facts) -> None:
    kind, url, path = facts[KIND], facts[URL], facts[SQLITE_PATH]
    place, other = (path, url) if kind.value == "sqlite" else (url, path)
    where = place.value if place.status == "won" else "without a URL"
    where = page.relative(where)
    _kind(page, "Database", kind, f"{_NAMES.get(kind.value, '')}  {where}")
    _because(page, kind, place, in_vain=other)


def _queue(page: _Page, facts: Facts) -> None:
    kind, redis = facts[SCHEDULER], facts[REDIS_URL]
    queues = f"{_NAMES.get(kind.value, '')}  {redis.value or 'without a Redis URL'}"
    _kind(page, "Queue", kind, "none, work runs in the host" if kind.value == "local" else queues)
    _because(page, kind, redis)


def _events(page: _Page, facts: Facts) -> None:
    kind = facts[EVENT_BUS]
    _kind(page, "Events", kind, "in memory" if kind.value == "memory" else f"through {_NAMES.get(kind.value, '')}")
    _because(page, kind)


def _kind(page: _Page, label: str, kind: Resolved, text: str) -> None:
    if kind.status == "won":
        page.say(label, text, "cyan")
    else:
        page.say(label, "not decided", "red")


def _because(page: _Page, kind: Resolved, *others: Resolved, in_vain: Resolved | None = None) -> None:
    """Who decided a kind, and what goes with it; what they beat, and what was said that does not apply."""
    winner = next((one for one in kind.candidates if one.status == "won"), None)
    rows = list[tuple[str, Candidate]]()
    if winner is not None and winner.source in _STATED:
        rows.append(("because", winner))
    elif winner is not None:
        page.say("", _BY_DEFAULT.get(str(kind.value), winner.reason) if winner.source == "default" else winner.reason)
    said = [one for fact in (kind, *others) for one in fact.candidates if one.source in _STATED]
    rows += [("with", one) for one in said if one.status == "won" and one is not winner]
    said += (
        [one for one in in_vain.candidates if (one.status, one.source in _STATED) == ("unused", True)]
        if in_vain is not None
        else []
    )
    rows += [(_LOST[one.status], one) for one in said if one.status in _LOST and not page.is_unread(one)]
    # A URL's variable speaks of the kind and of the URL.
    by_origin = dict[Origin, tuple[str, Candidate]]()
    for word, one in rows:
        by_origin.setdefault(one.origin, (word, one))
    page.candidates(by_origin.values())


def _settings(page: _Page, facts: Facts) -> None:
    """What was set, what follows from it, what was set in vain; and the rest in a line each."""
    rows: dict[str, dict[str, tuple[str, ...]]] = {"You set": {}, "Follows": {}, "Unused": {}, "Wrong": {}}
    default, unset = list[Resolved](), list[str]()
    for fact in facts.values():
        winner = next((one for one in fact.candidates if one.status == fact.status), None)
        if winner is not None and page.is_unread(winner):
            continue
        if winner is None or fact.status == "unset" or (fact.value == [] and winner.source == "default"):
            unset.append(_short(fact.key))
        elif winner.source == "default":
            default.append(fact)
        else:
            # Two settings of the runtime form may be one of the app form.
            # What was refused is no number of seconds, whatever it says.
            value = _value(page.relative(winner.value), fact.key if fact.status != "rejected" else "")
            value = ("not decided", "") if winner.value is None else value
            cells = (*value, _where(fact, winner), page.code(winner))
            rows[_group(fact, winner)].setdefault(_name(fact), cells)
    last = Counter(key[-1] for key in {setting.app or setting.runtime for setting in page.model.catalogue.hosts})
    for label, said in rows.items():
        if said:
            told = [(name, *cells) for name, cells in said.items()]
            only = all(last[_short(name)] == 1 for name in said)
            page.table(label, _shortened(told, page.terminal.width - LABEL) if only else told)
    if default:
        page.say("Default", _together(default))
    if unset:
        page.say("Not set", f"{', '.join(_fitting(unset, page.terminal))} ({len(unset)})")


def _group(fact: Resolved, winner: Candidate) -> str:
    if fact.status == "won":
        return "Follows" if winner.source == "inferred" else "You set"
    return "Unused" if fact.status == "unused" else "Wrong"


def _shortened(rows: list[tuple[str, ...]], width: int) -> list[tuple[str, ...]]:
    """The rows with no more than the last part of their keys, where else they would not fit."""
    full = sum(max(map(display_width, cells)) + 2 for cells in zip(*rows, strict=True)) - 2
    return [(_short(row[0]), *row[1:]) for row in rows] if full > width else rows


def _workflows(page: _Page, policies: Iterable[Subject]) -> None:
    """The workflows that have a policy of their own, a line each."""
    stated = dict[str, list[Subject]]()
    for subject in policies:
        if subject.decision.place is not None:
            stated.setdefault(subject.workflow or "", []).append(subject)
    rows = list[tuple[str, str, str]]()
    for name, said in list(stated.items())[:WORKFLOWS]:
        found = [subject.resolved() for subject in said]
        first = next(one for it in found for one in it.candidates if one.source in _STATED and one.status != "unset")
        rows.append((_cut(redact(name)), line_of(first.origin) or "", _together(it for it in found if it.value)))
    if rows:
        page.table("Workflows", rows)
    if len(stated) > WORKFLOWS:
        page.say("", f"and {count(len(stated) - WORKFLOWS, 'more workflow')} with a policy of their own", "dim")


def _together(facts: Iterable[Resolved]) -> str:
    """Settings with their values, those with the same one together: `artifact, span 3 d; metric 30 d`."""
    names = dict[str, list[str]]()
    for fact in facts:
        names.setdefault(_readable(fact.value, fact.key)[-1], []).append(_kept(_short(fact.key)))
    return "; ".join(f"{', '.join(said)} {value}" for value, said in names.items())


def _kept(name: str) -> str:
    """What a retention setting is about: `failedRun` of `failedRunSeconds`; other names as they are."""
    if not name.endswith("Seconds"):
        return name
    name = name.removesuffix("Seconds").removeprefix("telemetry")
    return name[:1].lower() + name[1:]


def _where(fact: Resolved, winner: Candidate) -> str:
    """Where the value in force is written, or what it follows; and where what it beats is."""
    if isinstance(winner.origin, InferredOrigin):
        return ", ".join(_short(key) for key in winner.origin.sources)
    name = candidate_name(winner) if not line_of(winner.origin) or winner.source == "environment" else ""
    place = line_of(winner.origin) or ""
    lost = [one for one in fact.candidates if one.status == "outranked" and one.source in _STATED]
    beats = f", beats {line_of(lost[0].origin) or candidate_name(lost[0])}" if lost else ""
    return f"{name} {place}".strip() + beats


def _value(value: Any, key: str) -> tuple[str, str]:
    """A value, and how people read it."""
    told = _readable(value, key)
    return _cut(told[0]), told[1] if len(told) > 1 else ""


def _readable(value: Any, key: str) -> tuple[str, ...]:
    """A value, and where it is a number of seconds the time that it is."""
    if key.endswith("Seconds") and isinstance(value, int):
        return str(value), duration(value)
    return (spelled(value),)


def _cut(text: str) -> str:
    return text if display_width(text) <= WIDEST_VALUE else f"{text[: WIDEST_VALUE - 1]}…"


def _name(fact: Resolved) -> str:
    """The setting as `--set` takes it."""
    return (fact.app_key or fact.key).partition(".")[2] or fact.key


def _short(key: str) -> str:
    return key.rpartition(".")[2]


def _fitting(names: Sequence[str], terminal: Terminal) -> Iterator[str]:
    """As many names as fit a line."""
    room = terminal.width - LABEL - len(", … (99)")
    for name in names:
        room -= len(name) + 2
        if room < 0:
            yield "…"
            return
        yield name
