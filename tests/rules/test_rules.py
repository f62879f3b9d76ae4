"""A rule is one file: it is found, and run when it applies, without anybody else being told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from codemation import rules
from codemation.codes import Code
from codemation.pipeline import Compilation, compile_sources
from codemation.resolution.inference import INFERENCES
from codemation.rules import all_rules, checked_rules, rule_of, runner
from codemation.settings import app_form
from codemation.settings.catalogue import CATALOGUE, Catalogue
from codemation.settings.setting import Declaration, Section
from codemation.sources.environment import Environment
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource

RULE = """
from codemation.rules.rule import Rule


def check(model):
    yield RULE.at(model, None, "port 80 wants more rights", "take another", key="app.frontendPort")


RULE = Rule("CM499", "low-port", "warning", "a port below 1024", "A page.", about={about!r})
"""


def compiled(text: str, catalogue: Catalogue = CATALOGUE, **environment: str) -> Compilation:
    source = TomlSource("codemation.toml", text)
    return compile_sources(
        catalogue, Project("/srv/app", "/srv/app/codemation.toml"), source, Environment(environment), {}
    )


def codes(compilation: Compilation) -> list[str]:
    return [found.code for found in compilation.diagnostics]


def forget() -> None:
    checked_rules.cache_clear()
    all_rules.cache_clear()
    runner._plan.cache_clear()


@pytest.fixture
def another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which rules are found, too."""
    monkeypatch.setattr(rules, "__path__", [*rules.__path__, str(tmp_path)])
    forget()
    yield tmp_path
    for file in tmp_path.glob("*.py"):
        sys.modules.pop(f"codemation.rules.{file.stem}", None)
    monkeypatch.undo()
    forget()


def test_a_rule_is_found_and_runs_where_its_settings_are_stated(another_folder: Path) -> None:
    (another_folder / "low_port.py").write_text(RULE.format(about=("runtime.frontendPort",)))
    (another_folder / "helper.py").write_text("")
    assert codes(compiled("app.frontendPort = 80")) == ["CM499"]
    assert codes(compiled("runtime.frontendPort = 80")) == ["CM499"]
    assert codes(compiled("")) == []
    assert "CM499" in [rule.code for rule in all_rules()]


def test_a_rule_about_no_setting_is_a_mistake(another_folder: Path) -> None:
    (another_folder / "about_nothing.py").write_text(RULE.format(about=("runtime.frontedPort",)))
    with pytest.raises(LookupError, match=r"no setting runtime\.frontedPort"):
        compiled("")


def with_variable(name: str, variable: str) -> Catalogue:
    """The catalogue with one setting of the limits that has a variable, too."""
    body: dict[str, Any] = {}
    for attribute, declared in vars(app_form.EngineExecutionLimits).items():
        if isinstance(declared, Declaration):
            options = declared.options | ({"variables": (variable,)} if attribute == name else {})
            body[attribute] = Declaration(declared.type, options)

    class Limits(Section, app="app.engineExecutionLimits", runtime="runtime.engineExecutionLimits"):
        """Limits."""

        vars().update(body)

    sections = [Limits if it is app_form.EngineExecutionLimits else it for it in app_form.SECTIONS]
    return Catalogue(tuple(sections))


def test_a_limit_is_held_whoever_states_the_default() -> None:
    grown = with_variable("default_max_node_activations", "CODEMATION_ACTIVATIONS")
    (found,) = compiled("", grown, CODEMATION_ACTIVATIONS="200000").diagnostics
    assert (found.code, found.key) == ("CM408", "CODEMATION_ACTIVATIONS")
    assert codes(compiled("", grown, CODEMATION_ACTIVATIONS="100000")) == []


def test_every_code_has_its_rule_and_no_other() -> None:
    assert [rule.code for rule in all_rules()] == list(get_args(Code))
    assert all(rule_of(code).code == code for code in get_args(Code))


def test_what_compilations_share_is_frozen() -> None:
    one, other = compiled(""), compiled("")
    for key, decision in one.model.resolution.hosts.items():
        assert other.model.resolution.hosts[key] == decision
        with pytest.raises(AttributeError):
            decision.state = "unset"  # type: ignore[misc]
        assert replace(decision, value=None) is not decision


def test_every_inference_explains_itself() -> None:
    named = {setting.inference for setting in CATALOGUE.hosts if setting.inference}
    assert named | {"inherited", "least"} == INFERENCES.keys()
    text = "[app.engineExecutionLimits]\nhardMaxNodeActivations = 10\n[workflows.x.prunePolicy]\nrunSeconds = 5\n"
    trace = compiled(text, REDIS_URL="redis://h", DATABASE_URL="postgresql://h").trace
    inferred = [it for one in trace for it in one.candidates if it.source == "inferred" and it.status == "won"]
    assert {it.origin.rule for it in inferred if hasattr(it.origin, "rule")} == INFERENCES.keys()
    assert all(it.reason for it in inferred)
