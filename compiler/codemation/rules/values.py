"""What the rules about single values (CM102 to CM105) share."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.catalogue import dotted
from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.origin import OverrideOrigin
from codemation.rules.rule import Rule


def wrong_values(rule: Rule, facts: Facts) -> Iterator[Diagnostic]:
    """The faults of this rule's code, in the file and in overrides."""
    for fault in facts.offers.faults:
        if fault.code == rule.code:
            key = dotted(fault.path)
            origin = facts.source.origin(fault.path, key)
            yield rule.at(facts, origin, f"`{key}` {fault.text}", fault.help, key=key, harmless=fault.harmless)
    for override in facts.overrides:
        if override.problem and override.problem.code == rule.code:
            text = f"the override `{override.key}` {override.problem.text}"
            yield rule.at(facts, OverrideOrigin(), text, override.problem.help, key=override.key)
