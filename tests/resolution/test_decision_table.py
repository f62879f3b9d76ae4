"""Thousands of combinations, held against a model written from the specification alone.

`make test` tries so many of each part of the table that the large parts do not take all the time, `make torture` all.
"""

from __future__ import annotations

import random
from itertools import groupby
from typing import Any

import tomli_w

from codemation.pipeline import Compilation, compile_sources
from codemation.settings.catalogue import CATALOGUE
from codemation.sources.environment import Environment
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource
from tests.resolution.decision_table import Case, cases
from tests.resolution.oracle import Expectation, expect
from tests.torture import FACTOR

ROOT = "/srv/app"

MOST = 600 if FACTOR == 1 else 1_000_000
"""How many cases of one part are tried, the same ones every time; of a smaller part, all."""


def chosen() -> list[Case]:
    """What is tried of the table."""
    parts = [list(part) for _, part in groupby(cases(), key=lambda case: case.name.partition("/")[0])]
    return [case for part in parts for case in random.Random(len(part)).sample(part, min(MOST, len(part)))]


def compiled(case: Case) -> Compilation:
    """Compile one case without touching a disk."""
    source = TomlSource("codemation.toml", tomli_w.dumps(case.document))
    project = Project(ROOT, f"{ROOT}/codemation.toml")
    return compile_sources(CATALOGUE, project, source, Environment(case.environment), case.overrides or {})


def difference(case: Case, expected: Expectation) -> str | None:
    """What differs between the compiler and the model."""
    compilation = compiled(case)
    codes = {
        severity: sorted(d.code for d in compilation.diagnostics if d.severity == severity)
        for severity in ("error", "warning")
    }
    runtime = compilation.runtime.to_dict(show_secrets=True) if compilation.runtime else None
    if codes["error"] != expected.errors:
        return f"errors {codes['error']}, expected {expected.errors}"
    if codes["warning"] != expected.warnings:
        return f"warnings {codes['warning']}, expected {expected.warnings}"
    if runtime and expected.runtime and (runtime := known_to(expected.runtime, runtime)) != expected.runtime:
        return f"runtime {runtime}, expected {expected.runtime}"
    if bool(runtime) != bool(expected.runtime):
        return f"a runtime form: {bool(runtime)}, expected {bool(expected.runtime)}"
    return None


def known_to(model: dict[str, Any], runtime: dict[str, Any]) -> dict[str, Any]:
    """The runtime form without the defaults of settings that the model has not heard of."""
    defaults = {setting.runtime: setting.default for setting in CATALOGUE.hosts if setting.default is not None}
    tables = {
        name: {
            key: value
            for key, value in table.items()
            if key in model["runtime"].get(name, {}) or defaults.get(("runtime", name, key)) != value
        }
        if isinstance(table, dict) and name != "workflows"
        else table
        for name, table in runtime["runtime"].items()
    }
    return {"runtime": tables}


def test_every_combination_agrees_with_the_model() -> None:
    """Runtime form, error codes and warning codes, for every case that is tried."""
    failures = []
    count = 0
    for case in chosen():
        count += 1
        found = difference(case, expect(case.document, case.environment, case.overrides, ROOT))
        if found:
            failures.append(f"{case.name}: {case.document} {case.environment} {case.overrides}\n  {found}")
    assert count > 5000
    assert not failures, f"{len(failures)} of {count} differ:\n" + "\n".join(failures[:20])
