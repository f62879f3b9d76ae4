"""`compile --explain` without a key: the answer that fits one screen.

First what is in force and who decided it, then what was set, what follows from that, and what nobody touched. All of it
is the trace's; nothing is decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from codemation.explain.answer import candidate_name
from codemation.explain.candidates import STATED, Candidate, Resolved
from codemation.explain.page import LABEL, Page, codes_by_origin, cut, last_part, readable, short_key
from codemation.explain.trace import Subject, subjects
from codemation.origin import InferredOrigin, Origin, line_of
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.keys import EVENT_BUS, KIND, REDIS_URL, SCHEDULER, SQLITE_PATH, URL, Key
from codemation.text.amounts import count
from codemation.text.redaction import redact
from codemation.text.terminal import display_width, wrap

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic
    from codemation.text.terminal import Terminal

HEADLINES: Final = frozenset({KIND, URL, SQLITE_PATH, SCHEDULER, EVENT_BUS, REDIS_URL})
"""What is told first; the other settings stand below."""
WORKFLOWS: Final = 8
"""So many workflows have a line of their own."""

_LOST: Final = {"outranked": "beats", "blank": "blank", "rejected": "wrong", "unused": "unused", "hidden": "hides"}
_NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "bullmq": "BullMQ", "redis": "Redis"}
_BY_DEFAULT: Final = {
    "sqlite": "by default: no source states a kind or a URL",
    "local": "no source gives a Redis URL",
    "memory": "follows the queue",
}
"""What the default of a kind means: nobody says what it would be inferred from."""

MORE: Final = "`--explain --all`: every setting; `--explain KEY`: all that was said of one"


class Facts(Struct, frozen=True):
    """What is told: the host's settings by their keys, and those that each workflow may state."""

    hosts: Mapping[Key, Resolved]
    policies: Sequence[Subject]


def settled(model: SemanticModel) -> Facts:
    """Explain the settings of the host; those of workflows where they are told."""
    hosts, policies = list[Subject](), list[Subject]()
    for subject in subjects(model):
        (hosts if subject.workflow is None else policies).append(subject)
    return Facts({subject.setting.runtime: subject.resolved() for subject in hosts}, policies)


def first_screen(model: SemanticModel, diagnostics: Sequence[Diagnostic], terminal: Terminal) -> str:
    """The answer, in lines of `terminal.width` columns."""
    page, facts = Page(model, terminal, codes_by_origin(diagnostics)), settled(model)
    page.header()
    page.lines.append("")
    tell_what_is_in_force(page, facts)
    page.lines.append("")
    tell_the_rest(page, facts)
    page.lines.append("")
    page.lines += [terminal.style(line, "dim") for line in wrap(MORE, terminal.width)]
    return "\n".join(page.lines) + "\n"


def tell_what_is_in_force(page: Page, facts: Facts) -> None:
    """The database, the queue and the events: what was decided, by whom, and what was beaten."""
    _database(page, facts.hosts)
    _queue(page, facts.hosts)
    _events(page, facts.hosts)


def tell_the_rest(page: Page, facts: Facts) -> None:
    """What was set, what follows, what stays as it was; and the workflows with a policy of their own."""
    _settings(page, {key: fact for key, fact in facts.hosts.items() if key not in HEADLINES})
    _workflows(page, facts.policies)


def _database(page: Page, facts: Mapping[Key, Resolved]) -> None:
    kind, url, path = facts[KIND], facts[URL], facts[SQLITE_PATH]
    place, other = (path, url) if kind.value == "sqlite" else (url, path)
    where = place.value if place.status == "won" else "without a URL"
    where = page.relative(where)
    _kind(page, "Database", kind, f"{_NAMES.get(kind.value, '')}  {where}")
    _because(page, kind, place, in_vain=other)


def _queue(page: Page, facts: Mapping[Key, Resolved]) -> None:
    kind, redis = facts[SCHEDULER], facts[REDIS_URL]
    queues = f"{_NAMES.get(kind.value, '')}  {redis.value or 'without a Redis URL'}"
    _kind(page, "Queue", kind, "none, work runs in the host" if kind.value == "local" else queues)
    _because(page, kind, redis)


def _events(page: Page, facts: Mapping[Key, Resolved]) -> None:
    kind = facts[EVENT_BUS]
    _kind(page, "Events", kind, "in memory" if kind.value == "memory" else f"through {_NAMES.get(kind.value, '')}")
    _because(page, kind)


def _kind(page: Page, label: str, kind: Resolved, text: str) -> None:
    if kind.status == "won":
        page.say(label, text, "cyan")
    else:
        page.say(label, "not decided", "red")


def _because(page: Page, kind: Resolved, *others: Resolved, in_vain: Resolved | None = None) -> None:
    """Who decided a kind, and what goes with it; what they beat, and what was said that does not apply."""
    winner = kind.winner
    rows = list[tuple[str, Candidate]]()
    if winner is not None and winner.source in STATED:
        rows.append(("because", winner))
    elif winner is not None:
        page.say("", _BY_DEFAULT.get(str(kind.value), winner.reason) if winner.source == "default" else winner.reason)
    said = [one for fact in (kind, *others) for one in fact.candidates if one.source in STATED]
    rows += [("with", one) for one in said if one.status == "won" and one is not winner]
    said += (
        [one for one in in_vain.candidates if (one.status, one.source in STATED) == ("unused", True)]
        if in_vain is not None
        else []
    )
    rows += [(_LOST[one.status], one) for one in said if one.status in _LOST and not page.is_unread(one)]
    # A URL's variable speaks of the kind and of the URL.
    by_origin = dict[Origin, tuple[str, Candidate]]()
    for word, one in rows:
        by_origin.setdefault(one.origin, (word, one))
    page.candidates(by_origin.values())


def _settings(page: Page, facts: Mapping[Key, Resolved]) -> None:
    """What was set, what follows from it, what was set in vain; and the rest in a line each."""
    rows: dict[str, dict[str, tuple[str, ...]]] = {"You set": {}, "Follows": {}, "Unused": {}, "Wrong": {}}
    default, unset = list[Resolved](), dict[str, str]()
    for fact in facts.values():
        winner = next((one for one in fact.candidates if one.status == fact.status), None)
        if winner is not None and page.is_unread(winner):
            continue
        if winner is None or fact.status == "unset" or (fact.value == [] and winner.source == "default"):
            unset[fact.app_key or fact.key] = last_part(fact.key)
        elif winner.source == "default":
            default.append(fact)
        else:
            # Two settings of the runtime form may be one of the app form.
            # What was refused is no number of seconds, whatever it says.
            value = _value(page.relative(winner.value), fact.key if fact.status != "rejected" else "")
            value = ("not decided", "") if winner.value is None else value
            cells = (*value, _where(fact, winner), page.code(winner))
            rows[_group(fact, winner)].setdefault(short_key(fact.app_key or fact.key), cells)
    last = Counter(key[-1] for key in {setting.app or setting.runtime for setting in page.model.catalogue.hosts})
    for label, said in rows.items():
        if said:
            told = [(name, *cells) for name, cells in said.items()]
            only = all(last[last_part(name)] == 1 for name in said)
            page.table(label, _shortened(told, page.terminal.width - LABEL) if only else told)
    if default:
        page.say("Default", _together(default))
    if unset:
        page.say("Not set", f"{', '.join(_fitting(list(unset.values()), page.terminal))} ({len(unset)})")


def _group(fact: Resolved, winner: Candidate) -> str:
    if fact.status == "won":
        return "Follows" if winner.source == "inferred" else "You set"
    return "Unused" if fact.status == "unused" else "Wrong"


def _shortened(rows: list[tuple[str, ...]], width: int) -> list[tuple[str, ...]]:
    """The rows with no more than the last part of their keys, where else they would not fit."""
    full = sum(max(map(display_width, cells)) + 2 for cells in zip(*rows, strict=True)) - 2
    return [(last_part(row[0]), *row[1:]) for row in rows] if full > width else rows


def _workflows(page: Page, policies: Iterable[Subject]) -> None:
    """The workflows that have a policy of their own, a line each."""
    stated = dict[str, list[Subject]]()
    for subject in policies:
        if subject.decision.place is not None:
            stated.setdefault(subject.workflow or "", []).append(subject)
    rows = list[tuple[str, str, str]]()
    for name, said in list(stated.items())[:WORKFLOWS]:
        found = [subject.resolved() for subject in said]
        first = next(one for it in found for one in it.candidates if one.source in STATED and one.status != "unset")
        rows.append((cut(redact(name)), line_of(first.origin) or "", _together(it for it in found if it.value)))
    if rows:
        page.table("Workflows", rows)
    if len(stated) > WORKFLOWS:
        page.say("", f"and {count(len(stated) - WORKFLOWS, 'more workflow')} with a policy of their own", "dim")


def _together(facts: Iterable[Resolved]) -> str:
    """Settings with their values, those with the same one together: `artifact, span 3 d; metric 30 d`."""
    names = dict[str, list[str]]()
    for fact in facts:
        names.setdefault(readable(fact.value, fact.key)[-1], []).append(_kept(last_part(fact.key)))
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
        return ", ".join(last_part(key) for key in winner.origin.sources)
    name = candidate_name(winner) if not line_of(winner.origin) or winner.source == "environment" else ""
    place = line_of(winner.origin) or ""
    lost = [one for one in fact.candidates if one.status == "outranked" and one.source in STATED]
    beats = f", beats {line_of(lost[0].origin) or candidate_name(lost[0])}" if lost else ""
    return f"{name} {place}".strip() + beats


def _value(value: Any, key: str) -> tuple[str, str]:
    """A value, and how people read it."""
    told = readable(value, key)
    return cut(told[0]), told[1] if len(told) > 1 else ""


def _fitting(names: Sequence[str], terminal: Terminal) -> Iterator[str]:
    """As many names as fit a line."""
    room = terminal.width - LABEL - len(", … (99)")
    for name in names:
        room -= len(name) + 2
        if room < 0:
            yield "…"
            return
        yield name
