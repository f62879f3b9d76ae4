"""`docs/reference/settings.md`: every setting, from its declaration."""

from __future__ import annotations

from collections.abc import Iterator

import tomli_w

from codemation.settings import app_form
from codemation.settings.catalogue import CATALOGUE
from codemation.settings.setting import ANY, Section, Setting
from codemation.text.amounts import duration
from codemation.values import Choice, Duration
from tests.docs.reference.kinds import details, kind
from tests.docs.reference.markdown import code, head, value, words

_TOP = """\
Every key of `codemation.toml`, table by table. The app form (`[app.…]`, `[workflows.…]`) is the one to write; each key
is *lowered* to a key of the runtime form, which a host boots from and which may be written by hand as well. Which
source wins is told in [Precedence](../guides/precedence.md), what a time means for the data in
[Retention](../guides/retention.md)."""

_INFERRED = {
    "redis-means-queue": "`queue` where any source gives a Redis URL",
    "event-bus-follows-scheduler": "`redis` under queue workers or where there is a Redis URL, unless the scheduler is "
    "written as `inline`",
    "at-most-the-limit": "the hard limit, where that is less",
}
"""What each inference says, in short. `codemation explain KEY` says which was at work."""


def page() -> str:
    """The whole page."""
    return head("Settings", _TOP) + "".join(_section(section) for section in app_form.SECTIONS)


def _section(section: type[Section]) -> str:
    text = f"\n## {_title(section)}\n\n{(section.__doc__ or '').strip()}\n"
    return text + "".join(_setting(it) for it in section.settings)


def _title(section: type[Section]) -> str:
    """The tables that hold the section's settings; those without one by their own names."""
    if section.app is None and section.runtime is None:
        return words((code(shown(it.app)) for it in section.settings), "and")
    tables = dict.fromkeys(it.app[:-1] for it in section.settings if it.app) if section.app is None else {}
    in_part = "".join(f", in part {code(f'[{shown(table)}]')}" for table in tables)
    return code(f"[{shown(section.app or section.runtime or ())}]") + in_part


def shown(path: tuple[str, ...]) -> str:
    """A path, with `<id>` where the author chooses a name."""
    return ".".join("<id>" if part == ANY else part for part in path)


def _setting(it: Setting) -> str:
    rows = "".join(f"- {what}: {said}\n" for what, said in _rows(it))
    more = details(it.type)
    text = f"\n### {code(shown(_name(it)))}\n\n{it.doc}\n\n{rows}"
    return f"{text}\n```toml\n{_example(it)}```\n" + (f"\n{more}" if more else "")


def _name(it: Setting) -> tuple[str, ...]:
    """The key that it is known by; two settings may be stated by one key of the app form."""
    first = next(other for other in CATALOGUE.hosts if other.app == it.app) if it in CATALOGUE.hosts else it
    return it.app if it.app and first is it else it.runtime or it.app


def _example(it: Setting) -> str:
    """The setting as a file of its own."""
    *tables, key = it.app or it.runtime
    nested = {key: it.examples[0]}
    for name in reversed(tables):
        nested = {"price-order" if name == ANY else name: nested}
    return tomli_w.dumps(nested)


def _rows(it: Setting) -> Iterator[tuple[str, str]]:
    yield "type", kind(it.type)
    yield "default", default(it)
    if it.variables:
        yield "variable", ", then ".join(map(code, it.variables))
    if it.refers_to:
        yield "names a variable for", code(shown(CATALOGUE.by_key[it.refers_to].app))
    if _name(it) != it.app and it.app:
        yield "app form", code(shown(it.app))
    elif it.app and it.runtime:
        yield "lowered to", _lowered(it)
    elif not it.app:
        yield "app form", "none: it is written in this form, or follows"
    if it.reference:
        yield "not beside", code(shown(it.reference))
    if it.applies:
        yield "counts only where", words(f"{code(shown(key))} is {value(what)}" for key, what in it.applies)
    if it.secret:
        yield "secret", "yes: masked in every output"


def _lowered(it: Setting) -> str:
    other = it.type.runtime if isinstance(it.type, Choice) else None
    spelt = f" ({', '.join(f'{value(a)} as {value(b)}' for a, b in other.items())})" if other else ""
    return code(shown(it.runtime)) + spelt


def default(it: Setting) -> str:
    """What holds where nobody states a value."""
    said = _inherited(it) or "none"
    if it.default is not None:
        said = value(_as_written(it))
        if isinstance(it.type, Duration):
            said += f" ({duration(it.default)})"
    if it.implied_by:
        said = "; else ".join([*(f"{value(what)} where `{shown(key)}` is stated" for key, what in it.implied_by), said])
    return f"{_INFERRED[it.inference]}; else {said}" if it.inference else said


def _as_written(it: Setting) -> object:
    spelt = it.type.runtime if isinstance(it.type, Choice) else None
    return next(word for word, lowered in spelt.items() if lowered == it.default) if spelt else it.default


def _inherited(it: Setting) -> str:
    if not it.inherits:
        return ""
    names = words((code(shown(key)) for key in it.inherits), "and")
    said = f"that of {names}" if len(it.inherits) == 1 else f"the least of {names}"
    return f"that of {code(shown(it.unless_stated))} where it is stated, else {said}" if it.unless_stated else said
