"""Reports render diagnostics: the same data as text, JSON, SARIF 2.1.0 or GitHub annotations.

All are pure and byte-deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, assert_never

from codemation.diagnostics import Diagnostic
from codemation.reports.github import render_github
from codemation.reports.json import render_json
from codemation.reports.locations import Locations
from codemation.reports.text import render_text
from codemation.text.terminal import Terminal

__all__ = ["Format", "Locations", "render"]

Format = Literal["text", "json", "sarif", "github"]


def render(format: Format, diagnostics: Sequence[Diagnostic], locations: Locations, terminal: Terminal) -> str:  # noqa: A002
    """Render diagnostics, in the order given; `terminal` matters to text only. Whole lines."""
    if format == "text":
        return render_text(diagnostics, locations, terminal)
    if format == "json":
        return render_json([(diagnostics, locations)])
    if format == "sarif":
        from codemation.reports.sarif import render_sarif  # noqa: PLC0415  (hashlib and urllib: 6 ms)

        return render_sarif(diagnostics, locations)
    if format == "github":
        return render_github(diagnostics, locations)
    assert_never(format)
