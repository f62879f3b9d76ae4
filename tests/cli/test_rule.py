"""`codemation rule`."""

from __future__ import annotations

import json

import pytest

from codemation.backend.errors import BackendError
from codemation.backend.migrations import errors
from codemation.rules import all_rules
from tests.cli.running import run
from tests.schema.closed import validate_output

pytestmark = pytest.mark.usefixtures("project")


def test_the_catalogue_of_rules() -> None:
    ran = run("rule")
    assert (ran.code, ran.err) == (0, "")
    heads = [line for line in ran.out.splitlines() if not line.startswith(" ")]
    assert heads == [f"{rule.code}  {rule.slug}  {rule.severity}" for rule in all_rules()]
    assert all(f"\n       {rule.summary.partition(' ')[0]}" in ran.out for rule in all_rules())
    assert max(map(len, ran.out.splitlines())) <= 80


def test_rules_as_json() -> None:
    data = json.loads(run("rule", "--json").out)
    validate_output("rule", data)
    assert [it["code"] for it in data["rules"]] == [rule.code for rule in all_rules()]
    one = json.loads(run("rule", "queue-needs-postgresql", "--json").out)
    assert one["rules"] == [it for it in data["rules"] if it["code"] == "CM402"]
    assert run("rule", "CM499", "--json")[:2] == (2, "")


SPECIFIED = {
    "CM001": "config-not-found",
    "CM002": "config-unreadable",
    "CM003": "toml-syntax",
    "CM004": "env-file-unreadable",
    "CM005": "env-file-syntax",
    "CM101": "unknown-key",
    "CM102": "wrong-type",
    "CM103": "invalid-choice",
    "CM104": "out-of-range",
    "CM105": "bad-format",
    "CM106": "conflicting-keys",
    "CM201": "invalid-environment-value",
    "CM202": "misspelt-variable",
    "CM203": "referenced-variable-unset",
    "CM301": "kind-switched-by-environment",
    "CM302": "unused-setting",
    "CM303": "shadowed-by-app-form",
    "CM401": "postgresql-needs-url",
    "CM402": "queue-needs-postgresql",
    "CM403": "queue-needs-redis",
    "CM404": "retention-order",
    "CM405": "secret-in-file",
    "CM501": "database-unreachable",
    "CM502": "database-authentication-failed",
    "CM503": "sqlite-not-writable",
    "CM504": "database-locked",
    "CM505": "migrations-pending",
    "CM506": "database-newer-than-code",
    "CM507": "migration-history-altered",
    "CM508": "migration-failed",
    "CM509": "redis-unreachable",
    "CM510": "copy-refused",
    "CM511": "foreign-database",
}


def test_every_error_of_the_backend_has_its_rule() -> None:
    pages = {rule.code: (rule.slug, rule.severity) for rule in all_rules()}
    for error in BackendError.__subclasses__():
        assert pages[error.code] == (error.slug, "error")
    assert {error.code for error in vars(errors).values() if hasattr(error, "code")} <= set(pages)


@pytest.mark.parametrize(("code", "slug"), SPECIFIED.items())
def test_every_rule_has_a_page_by_code_and_by_slug(code: str, slug: str) -> None:
    ran = run("rule", code)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{code} {slug} (")
    assert len(ran.out.splitlines()) > 8
    assert "\n\nExample" in ran.out
    assert run("rule", slug) == run("rule", code.lower()) == ran


@pytest.mark.parametrize(("given", "suggested"), [("CM499", "CM4"), ("retention-ordre", "retention-order"), ("", "")])
def test_an_unknown_rule(given: str, suggested: str) -> None:
    ran = run("rule", given)
    assert (ran.code, ran.out) == (2, "")
    assert suggested in ran.err
