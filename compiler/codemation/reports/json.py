"""Diagnostics as JSON: spec section 6, `check --format json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codemation.diagnostics import Diagnostic, count_errors
from codemation.reports.data import diagnostic_data
from codemation.reports.locations import Locations
from codemation.rules.found import repairs_of
from codemation.text.json import json_text
from codemation.text.redaction import redact


def render_json(
    checked: Sequence[tuple[Sequence[Diagnostic], Locations]], repaired: Sequence[int] = (), *, indent: int | None = 2
) -> str:
    """What was checked, and all diagnostics in that order; without `indent` on one line.

    `repaired` tells of each project how much was before. Each diagnostic has the position of its project, from 0. Files
    are named as origins name them, from the project root, whatever the working directory is.
    """
    found = [(number, diagnostic) for number, (diagnostics, _) in enumerate(checked) for diagnostic in diagnostics]
    errors = count_errors(diagnostic for _, diagnostic in found)
    return json_text(
        {
            "projects": [_project(*one, repaired[number] if repaired else 0) for number, one in enumerate(checked)],
            "diagnostics": [{**diagnostic_data(diagnostic), "project": number} for number, diagnostic in found],
            "errors": errors,
            "warnings": len(found) - errors,
        },
        indent=indent,
    )


def _project(diagnostics: Sequence[Diagnostic], locations: Locations, repaired: int) -> dict[str, Any]:
    return {**project_data(diagnostics, locations), "repairable": repairs_of(diagnostics), "repaired": repaired}


def project_data(diagnostics: Sequence[Diagnostic], locations: Locations) -> dict[str, Any]:
    """What was read of a project, and how much is wrong with it."""
    model, errors = locations.model, count_errors(diagnostics)
    return {
        "root": redact(locations.root),
        "config": redact(model.source.name) if model.source.present else None,
        "envFiles": [redact(file.name) for file in model.environment.files if not file.unreadable],
        "errors": errors,
        "warnings": len(diagnostics) - errors,
    }
