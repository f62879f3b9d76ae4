"""Diagnostics as JSON: spec section 6, `check --format json`."""

from __future__ import annotations

from collections.abc import Sequence

from codemation.diagnostics import Diagnostic, count_errors
from codemation.reports.data import diagnostic_data
from codemation.text.json import json_text


def render_json(diagnostics: Sequence[Diagnostic], *, indent: int | None = 2) -> str:
    """All diagnostics, in their order, and how many there are of each severity; without `indent` on one line.

    Files are named as origins name them, from the project root, whatever the working directory is.
    """
    errors = count_errors(diagnostics)
    return json_text(
        {
            "diagnostics": [diagnostic_data(diagnostic) for diagnostic in diagnostics],
            "errors": errors,
            "warnings": len(diagnostics) - errors,
        },
        indent=indent,
    )
