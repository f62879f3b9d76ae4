"""Running the rules: each that applies, once, over what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from codemation.diagnostics import Diagnostic, Fix, order
from codemation.origin import OverrideOrigin
from codemation.resolution.semantic_model import Read, SemanticModel
from codemation.resolution.validation import Fault
from codemation.rules import checked_rules, rule_of
from codemation.rules.found import Diagnostics
from codemation.rules.rule import Check
from codemation.settings.catalogue import Catalogue, dotted
from codemation.settings.keys import Key
from codemation.text.redaction import redact


def run(model: SemanticModel) -> Diagnostics:
    """Every diagnostic, in the order of reports."""
    found = list(_wrong_values(model)) if model.offers.faults or model.overrides else []
    stated = model.resolution.stated
    found += [
        diagnostic
        for about, check in _plan(model.catalogue, model.read())
        if about is None or not about.isdisjoint(stated)
        for diagnostic in check(model)
    ]
    return Diagnostics(sorted(found, key=order), model)


@cache
def _plan(catalogue: Catalogue, read: frozenset[Read]) -> tuple[tuple[frozenset[Key] | None, Check], ...]:
    """The checks for which enough was read, each with the settings that it is about (`None`: any)."""
    return tuple(
        (frozenset(catalogue.keys_under(rule.about)) if rule.about else None, check)
        for rule, check in checked_rules()
        if rule.needs in read
    )


def repairs_offered(model: SemanticModel) -> list[Diagnostic]:
    """The diagnostics that offer a repair, in the order of reports: of the text's syntax, or else of its shape."""
    if model.source.syntax is not None:
        return [one for one in run(model) if one.fixes]
    offering = [fault_told(model, fault) for fault in model.offers.faults if fault.repair is not None]
    return sorted([one for one in offering if one.fixes], key=order)


def _wrong_values(model: SemanticModel) -> Iterator[Diagnostic]:
    """What kinds of value refuse, in the file and in overrides: each by the rule of its code."""
    for fault in model.offers.faults:
        yield fault_told(model, fault)
    for override in model.overrides:
        for problem in override.problems:
            inner = dotted((override.key, *problem.path)) if problem.path else ""
            key = override.key + inner.removeprefix(dotted((override.key,)))
            message = f"the override `{key}` {problem.text}"
            yield rule_of(problem.code).at(model, OverrideOrigin(redact(override.key)), message, problem.help, key=key)


def fault_told(model: SemanticModel, fault: Fault) -> Diagnostic:
    """The diagnostic of a fault of the file's shape."""
    key, origin = dotted(fault.path), model.source.origin
    return rule_of(fault.code).at(
        model,
        origin(fault.path, key, fault.mark),
        f"`{key}` {fault.text}",
        fault.help,
        key=key,
        related=tuple([(f"`{dotted(path)}` is here", origin(path, dotted(path))) for path in fault.related]),
        harmless=fault.harmless,
        fix=_fix(model, fault),
    )


def _fix(model: SemanticModel, fault: Fault) -> Fix | None:
    """The edits of a fault's repair."""
    if fault.repair is None:
        return None
    from codemation.resolution.repairs import fix_of  # noqa: PLC0415  (only for what is wrong)

    return fix_of(model.source, fault.path, fault.repair)
