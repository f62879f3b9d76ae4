"""Which settings are asked for: by key, by table, by variable."""

from __future__ import annotations

from collections.abc import Sequence

from codemation.explain.candidates import Trace
from codemation.explain.page import last_part, short_key
from codemation.explain.touched import about, following, names_alike
from codemation.explain.trace import Subject, build_trace, subjects
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.catalogue import dotted
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from codemation.settings.keys import Key
from codemation.settings.setting import split
from codemation.text.redaction import redact
from codemation.text.wording import fold, nearest
from codemation.values import ItemArray, OneOrMore


def select(model: SemanticModel, keys: Sequence[str]) -> Trace:
    """The settings that the keys name; no keys mean all.

    A key is a setting or a table of either form, with or without its first part, or a variable: that names the settings
    that look at it, and those that follow from these.

    Raises:
        LookupError: a key names nothing; the text says so and suggests one.
    """
    if not keys:
        return build_trace(model)
    every = list(subjects(model))
    wanted: set[str] = set()
    for key in keys:
        found = {subject.key for subject in every if _is_named(subject, key)} or _of_a_variable(model, every, key)
        if not found:
            nothing = "nothing reads a variable" if key.isupper() else "there is no setting"
            message = f"--explain: {nothing} {redact(key)!r}{_meant(model, every, key)}"
            raise LookupError(message)
        wanted |= found
    return tuple(subject.resolved() for subject in every if subject.key in wanted)


def _is_named(subject: Subject, key: str) -> bool:
    """Whether a key is the setting's, in either form, or that of a table around it."""
    return any(spelling == key or spelling.startswith(f"{key}.") for spelling in _spellings(subject))


def _spellings(subject: Subject) -> list[str]:
    """How a setting may be called: in either form, with or without the first part."""
    names = [name for name in (subject.key, subject.app_key) if name]
    return [*names, *filter(None, (name.partition(".")[2] for name in names))]


def _of_a_variable(model: SemanticModel, every: Sequence[Subject], key: str) -> set[str]:
    """The settings of a variable, or of a key that names one; only settings of the host have any."""
    hosts = [subject for subject in every if subject.workflow is None]
    naming = {subject.key for subject in hosts if (it := subject.setting.reference) and key in _both(it)}
    if naming:
        return naming
    trace = [subject.resolved() for subject in hosts]
    found = {fact.key for fact in about(model, trace, key)}
    return found | {fact.key for fact in following(trace, found, names_alike(model, key))}


def _both(path: Key) -> tuple[str, str]:
    return dotted(path), dotted(path[1:])


def _meant(model: SemanticModel, every: Sequence[Subject], key: str) -> str:
    """What was meant by a key that names nothing: all settings that end so, else the one that is nearest."""
    hosts = [subject for subject in every if subject.workflow is None]
    variables = (*model.catalogue.variables, *HOST_VARIABLES, *SWITCHES, *filter(None, model.variables.values()))
    ends = [short_key(it.app_key or it.key) for it in hosts if fold(last_part(it.key)) == fold(key)]
    ends += [name for name in variables if fold(name) == fold(key)]
    references = [short_key(dotted(it.setting.reference)) for it in hosts if it.setting.reference]
    ends += [name for name in references if fold(last_part(name)) == fold(key)]
    ends += [short_key(it.app_key or it.key) for it in hosts if fold(key) in _within(it)] if not ends else []
    if ends:
        *others, last = [f"`{name}`" for name in dict.fromkeys(ends)]
        return f"; did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
    if rule := _rule(key):
        return f": it is a rule, of which `codemation rule {rule}` tells"
    if any(model.catalogue.node((*form, *split(key))) for form in ((), ("runtime",))):
        return ": no source names such a workflow"
    known = sorted({name for subject in every for name in _spellings(subject)})
    near = nearest(key, (*variables, *known) if key.isupper() else (*known, *references, *variables))
    return f"; did you mean `{near}`?" if near else ""


def _within(subject: Subject) -> set[str]:
    """The keys of the tables that are a setting's value, without what people get wrong."""
    kind = subject.setting.type
    return {fold(name) for name in kind.item.fields} if isinstance(kind, ItemArray | OneOrMore) else set()


def _rule(key: str) -> str | None:
    """The code of the rule that a key names, by its code or its slug."""
    from codemation.rules import all_rules  # noqa: PLC0415  (only for what names nothing)

    return next((it.code for it in all_rules() if key.casefold() in {it.code.casefold(), it.slug}), None)
