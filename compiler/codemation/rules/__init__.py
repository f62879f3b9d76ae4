"""The rules, in the order of their codes; each is one module, imported when it may have something to say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from codemation.diagnostics import Diagnostic, order
from codemation.facts import AUTH_KIND, EVENT_BUS, KIND, LOG, REDIS_URL, SCHEDULER, URL, Facts
from codemation.rules.rule import Check, Rule
from codemation.switches import SWITCHES

INPUT = ("config_not_found", "config_unreadable", "toml_syntax", "env_file_unreadable", "env_file_syntax")
SHAPE = ("unknown_key", "wrong_type", "invalid_choice", "out_of_range", "bad_format", "conflicting_keys", "missing_key")
ENVIRONMENT = ("invalid_environment_value", "misspelt_variable")
ABSENCE = ("referenced_variable_unset", "postgresql_needs_url", "queue_needs_postgresql", "queue_needs_redis")
CHOICE = ("kind_switched_by_environment", "unused_setting")
MEANING = ("shadowed_by_app_form", "retention_order", "secret_in_file")
SURFACE = ("duplicate_id", "default_above_limit", "unreachable_log_rule")
ACCESS = ("unauthenticated_access", "providers_with_managed")
SIGN_IN = ("managed_needs_workflows", "sign_in_required", "auth_secret_unset")
BACKEND = (
    "database_unreachable",
    "database_authentication_failed",
    "sqlite_not_writable",
    "database_locked",
    "migrations_pending",
    "database_newer_than_code",
    "migration_history_altered",
    "migration_failed",
    "redis_unreachable",
    "copy_refused",
    "foreign_database",
)
"""Without a check: they are about what fails while a database is used, as a `BackendError`."""


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    names = (
        *(*INPUT, *SHAPE, *ENVIRONMENT, *ABSENCE, *CHOICE, *MEANING),
        *(*SURFACE, *ACCESS, *SIGN_IN, *BACKEND),
    )
    rules: list[Rule] = [_module(name).RULE for name in names]
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
    return tuple(_module(name).check for name in names)


def _applicable(facts: Facts) -> Iterator[str]:
    """The rules that may have something to say: a quick look, to spare the import of the others (2 ms of a start)."""
    files = facts.environment.files
    unreadable = any(file.unreadable for file in files)
    broken = facts.source.broken or facts.project.missing_root
    if broken or unreadable or any(file.broken for file in files):
        yield from INPUT
    if facts.offers.faults or facts.overrides:
        yield from SHAPE
    if facts.offers.problems or any(it.value(facts.environment.text(name)) is None for name, it in SWITCHES.items()):
        yield "invalid_environment_value"
    known = facts.catalogue.variables
    if any(name.startswith("CODEMATION_") and name not in known for name in facts.environment.names()):
        yield "misspelt_variable"
    if not broken:
        yield from _about_decisions(facts, complete=not unreadable)


def _about_decisions(facts: Facts, *, complete: bool) -> Iterator[str]:
    """Those that look at what was decided; `complete` tells that no source is missing."""
    catalogue, file, hosts = facts.catalogue, facts.layers.file, facts.resolution.hosts
    kind, queue = hosts[KIND], hosts[SCHEDULER].value == "bullmq"
    redis = queue or hosts[EVENT_BUS].value == "redis"
    missing = (kind.value == "postgresql" and hosts[URL].state == "unset") or (
        redis and hosts[REDIS_URL].state == "unset"
    )
    referring = any(path in file or path in facts.layers.override for path in catalogue.references)
    unnamed = referring and not {URL, REDIS_URL}.issubset(facts.layers.environment)
    if complete and (missing or unnamed or (queue and kind.value == "sqlite")):
        yield from ABSENCE
    switched = kind.place is not None and kind.place.source == "environment" and kind.place.implies is not None
    if switched or any(hosts[key].state == "unused" and hosts[key].place for key, _ in catalogue.conditional):
        yield from CHOICE
    if "runtime" in facts.source.data:
        yield "shadowed_by_app_form"
    if facts.layers.policies or any(hosts[key].place for key in catalogue.retention):
        yield "retention_order"
    if any(path in file for path, _ in catalogue.secret_paths):
        yield "secret_in_file"
    if facts.production or not facts.resolution.quiet:
        yield from _about_the_surface(facts, complete=complete)


def _about_the_surface(facts: Facts, *, complete: bool) -> Iterator[str]:
    """Those about the rest of the app surface (spec section 8)."""
    catalogue, file, hosts = facts.catalogue, facts.layers.file, facts.resolution.hosts
    if any(path in file or path in facts.layers.override for path in catalogue.unique_paths):
        yield "duplicate_id"
    if any(hosts[key].place for key, _ in catalogue.limited):
        yield "default_above_limit"
    if hosts[LOG].place:
        yield "unreachable_log_rule"
    managed = hosts[AUTH_KIND].value == "managed"
    if facts.production or managed:
        yield from ACCESS
        if complete:
            yield from SIGN_IN


@cache
def _module(name: str) -> Any:
    return import_module(f"codemation.rules.{name}")
