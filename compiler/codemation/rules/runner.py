"""Running the rules: each that applies, once, over what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from codemation.diagnostics import Diagnostic, order
from codemation.origin import OverrideOrigin
from codemation.resolution.semantic_model import Read, SemanticModel
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


def _wrong_values(model: SemanticModel) -> Iterator[Diagnostic]:
    """What kinds of value refuse, in the file and in overrides: each by the rule of its code."""
    if model.offers.faults:
        from codemation.rules.values.told import fault_told  # noqa: PLC0415  (only for what is wrong)

        yield from [fault_told(model, fault) for fault in model.offers.faults]
    for override in model.overrides:
        for problem in override.problems:
            inner = dotted((override.key, *problem.path)) if problem.path else ""
            key = override.key + inner.removeprefix(dotted((override.key,)))
            message = f"the override `{key}` {problem.text}"
            yield rule_of(problem.code).at(model, OverrideOrigin(redact(override.key)), message, problem.help, key=key)
