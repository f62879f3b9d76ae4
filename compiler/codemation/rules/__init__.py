"""The rules, in the order of their codes; each is one module, imported when it may have something to say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from codemation.diagnostics import Diagnostic, order
from codemation.facts import Facts
from codemation.rules.rule import Check, Rule

INPUT = ("config_not_found", "config_unreadable", "toml_syntax", "env_file_unreadable", "env_file_syntax")
SHAPE = ("unknown_key", "wrong_type", "invalid_choice", "out_of_range", "bad_format", "conflicting_keys")
ENVIRONMENT = ("invalid_environment_value", "misspelt_variable")
ABSENCE = ("referenced_variable_unset", "postgresql_needs_url", "queue_needs_postgresql", "queue_needs_redis")
MEANING = (
    "kind_switched_by_environment",
    "unused_setting",
    "shadowed_by_app_form",
    "retention_order",
    "secret_in_file",
)


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    rules = [_module(name)[0] for name in (*INPUT, *SHAPE, *ENVIRONMENT, *ABSENCE, *MEANING)]
    return tuple(sorted(rules, key=lambda rule: rule.code))


def run(facts: Facts) -> tuple[Diagnostic, ...]:
    """Every diagnostic, in the order of reports.

    Rules about what is missing keep silent while an env file could not be read at all: what is missing may be there.
    """
    found: list[Diagnostic] = []
    for check in _checks(tuple(_applicable(facts))):
        found += check(facts)
    return tuple(sorted(found, key=order)) if found else ()


@cache
def _checks(names: tuple[str, ...]) -> tuple[Check, ...]:
    return tuple(_module(name)[1] for name in names)


def _applicable(facts: Facts) -> Iterator[str]:
    unreadable = any(file.unreadable for file in facts.environment.files)
    broken = facts.source.broken or facts.project.missing_root
    if broken or unreadable or any(file.broken for file in facts.environment.files):
        yield from INPUT
    if facts.offers.faults or facts.overrides:
        yield from SHAPE
    yield from ENVIRONMENT
    if not broken:
        if not unreadable:
            yield from ABSENCE
        yield from MEANING


@cache
def _module(name: str) -> tuple[Rule, Check]:
    module = import_module(f"codemation.rules.{name}")
    return module.RULE, module.check
