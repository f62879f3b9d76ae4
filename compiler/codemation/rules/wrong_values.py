"""What the rules about single values share: each reports the faults of one code (CM101 to CM106, and CM406)."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.catalogue import dotted
from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.origin import OverrideOrigin
from codemation.rules.rule import Rule


def wrong_values(rule: Rule, facts: Facts, *, on_key: bool = False) -> Iterator[Diagnostic]:
    """The faults of this rule's code, in the file and in overrides; `on_key`: it is the key that is wrong."""
    for fault in facts.offers.faults:
        if fault.code == rule.code:
            key = dotted(fault.path)
            yield rule.at(
                facts,
                facts.source.origin(fault.path, key),
                f"`{key}` {fault.text}",
                fault.help,
                key=key,
                on_key=on_key,
                related=tuple(
                    (f"`{dotted(path)}` is here", facts.source.origin(path, dotted(path))) for path in fault.related
                ),
                harmless=fault.harmless,
            )
    for override in facts.overrides:
        for problem in override.problems:
            if problem.code == rule.code:
                inner = dotted((override.key, *problem.path)) if problem.path else ""
                key = override.key + inner.removeprefix(dotted((override.key,)))
                yield rule.at(facts, OverrideOrigin(), f"the override `{key}` {problem.text}", problem.help, key=key)
