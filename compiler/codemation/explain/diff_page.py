"""Differences between environments, for people: two side by side with the cause, more of them as a matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from codemation.explain.candidates import STATED
from codemation.explain.diff import Difference, Side
from codemation.explain.page import LABEL, bare, filled, short_key
from codemation.text.terminal import display_width, pad, wrap

if TYPE_CHECKING:
    from codemation.text.terminal import Terminal

PAIR: Final = 2
GAP: Final = "  "
KEYS: Final = 0.4
"""The part of a line that keys take at most; a longer one has a line of its own."""

_STATES: Final = {
    "unset": "not set",
    "unused": "does not apply",
    "rejected": "not decided",
    "absent": "no such workflow",
}


def diff_page(names: Sequence[str], found: Sequence[Difference], terminal: Terminal) -> str:
    """All differences, in lines of `terminal.width` columns; `names` are those of the sides. Whole lines."""
    names = [terminal.visible(name) for name in names]
    if not found:
        *others, last = names
        return "\n".join(wrap(f"no setting differs between {', '.join(others)} and {last}", terminal.width)) + "\n"
    leading = list(merged(one for one in found if not one.follows))
    following = list(merged(one for one in found if one.follows))
    lines = _pairs(names, leading, terminal) if len(names) == PAIR else _matrix(names, leading, terminal)
    return "\n".join([*lines, *_following(following, terminal)]) + "\n"


def merged(found: Iterable[Difference]) -> Iterator[Difference]:
    """The differences, those of one setting of the app form as one where they say the same."""
    told = set[tuple[str, tuple[str, ...]]]()
    for one in found:
        same = (_key(one), texts(one))
        if same not in told:
            told.add(same)
            yield one


def _key(one: Difference) -> str:
    return short_key(one.app_key or one.key)


def texts(one: Difference) -> tuple[str, ...]:
    """A setting on all sides, as people read it."""
    masked = " (the masked parts differ)" if one.secret_differs else ""
    return tuple(_text(side, one.key) + masked for side in one.sides)


def _text(side: Side, key: str) -> str:
    """A value as people read it."""
    if side.status != "won":
        return _STATES[side.status]
    return bare(side.shown, key)


def _pairs(names: Sequence[str], found: Sequence[Difference], terminal: Terminal) -> list[str]:
    """Each setting with what it was, what it is, and why."""
    keys = [display_width(_key(one)) for one in found]
    room = max((size for size in keys if size <= terminal.width * KEYS), default=0)
    lines = wrap(f"{names[0]} {_arrow(terminal)} {names[1]}", terminal.width)
    lines = [terminal.style(line, "bold") for line in lines] + ([""] if found else [])
    for one in found:
        key = terminal.visible(_key(one))
        told = _change(one, terminal, terminal.width - room - len(GAP))
        if told is not None and display_width(key) <= room:
            lines.append(terminal.style(pad(key, room), "bold") + GAP + told[0])
            lines += [" " * (room + len(GAP)) + line for line in told[1:]]
        else:
            # Side by side there is no room for them.
            lines.append(terminal.style(key, "bold"))
            lines += [GAP + line for line in _change(one, terminal, terminal.width - len(GAP), must=True) or ()]
    return lines


def _change(one: Difference, terminal: Terminal, width: int, *, must: bool = False) -> list[str] | None:
    """What a setting was and is, and why, in lines of a width; `None` where a word is longer, unless it `must` fit."""
    (was, now), (before, after) = map(terminal.visible, texts(one)), one.sides
    arrow = _arrow(terminal)
    if was == now:
        change = [now if one.secret_differs else f"{now} on both sides"]
    elif display_width(f"{was} {arrow} {now}") <= width:
        change = [f"{was} {arrow} {now}"]
    else:
        change = [*wrap(was, width), *wrap(now, width, first=f"{arrow} ", indent=" " * (len(arrow) + 1))]
    if not must and any(display_width(line) > width for line in change):
        return None
    return filled([*change, terminal.visible(_cause(before, after))], width)


def _arrow(terminal: Terminal) -> str:
    return "→" if terminal.unicode else "->"


def _cause(before: Side, after: Side) -> str:
    """Why the second side is not as the first."""
    if after.source in STATED and (before.source, before.name) == (after.source, after.name):
        return f"{after.name} differs"
    now = after.because
    # What it follows from nobody said.
    alone = after.source == "inferred" and now is not None and not now.endswith(" is set")
    gone = before.stated if after.status not in {"absent", "unused"} else None
    if gone is not None and (before.rank < after.rank or after.replaced(gone)):
        # Were it still said, it would still decide.
        return f"because {after.silence(gone)}" + (f"{';' if alone else ', and'} {now}" if now else "")
    if now is None:
        return ""
    was = "" if before.shown != after.shown else f"; before: {before.because or 'by default'}"
    return f"{'' if alone else 'because '}{now}{was}"


def _matrix(names: Sequence[str], found: Sequence[Difference], terminal: Terminal) -> list[str]:
    """A row for each setting and a column for each side; what does not fit goes below, a line for each side."""
    fitting, widths = _fitting(names, found, terminal)
    lines = list[str]()
    if fitting:
        lines += [terminal.style(_row(["", *names], widths), "bold"), ""]
        for one in fitting:
            lines.append(_row([terminal.visible(cell) for cell in (_key(one), *texts(one))], widths))
            lines += [terminal.style(line, "dim") for line in _causes(names, one, terminal)]
    room = max(map(display_width, names))
    for one in found:
        if one not in fitting:
            lines += [*([""] if lines else []), terminal.style(terminal.visible(_key(one)), "bold")]
            for name, text, side in zip(names, texts(one), one.sides, strict=True):
                told = filled(
                    [terminal.visible(text), f"({side.because})" if side.because else ""], terminal.width - room - 4
                )
                start, rest = f"  {pad(name, room)}{GAP}", " " * (room + 4)
                lines += [(start if number == 0 else rest) + line for number, line in enumerate(told)]
    return lines


def _fitting(
    names: Sequence[str], found: Sequence[Difference], terminal: Terminal
) -> tuple[list[Difference], list[int]]:
    """The settings that fit a table, as many as there are, and how wide its columns are."""
    rows = sorted(found, key=lambda one: sum(map(display_width, (_key(one), *texts(one)))))
    while rows:
        cells = [["", *names], *([_key(one), *texts(one)] for one in rows)]
        widths = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
        if sum(widths) + len(GAP) * (len(widths) - 1) <= terminal.width:
            return [one for one in found if one in rows], widths
        rows.pop()
    return [], []


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(map(pad, cells, widths)).rstrip()


def _causes(names: Sequence[str], one: Difference, terminal: Terminal) -> list[str]:
    """Who decided where, below a row: `REDIS_URL is set in .env.b; by default in .env.a`."""
    by_cause = dict[str, list[str]]()
    for name, side in zip(names, one.sides, strict=True):
        if side.status != "absent":
            by_cause.setdefault(side.because or ("by default" if side.status == "won" else "not set"), []).append(name)
    said = [f"{cause}: {', '.join(where)}" for cause, where in by_cause.items() if cause != "not set"]
    return wrap(terminal.visible("; ".join(said)), terminal.width, indent="  ") if said else []


def _following(found: Sequence[Difference], terminal: Terminal) -> list[str]:
    """What only comes along, summed up: settings that change alike together."""
    alike = dict[str, list[str]]()
    for one in found:
        alike.setdefault(f" {_arrow(terminal)} ".join(texts(one)), []).append(_key(one))
    if not alike:
        return []
    text = "; ".join(f"{', '.join(keys)} {change}" for change, keys in alike.items())
    said = wrap(terminal.visible(text), terminal.width, indent=" " * LABEL, first=pad("Follows", LABEL))
    return ["", terminal.style(said[0][:LABEL], "bold") + said[0][LABEL:], *said[1:]]
