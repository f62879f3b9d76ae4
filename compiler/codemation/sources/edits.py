"""Edits of a text: the one place that makes them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from codemation.diagnostics import Edit


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text with its edits made, none of which overlaps another; lines are parted by line feeds alone."""
    lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        start, end = (lines[place.line - 1] + place.column - 1 for place in (edit.span.start, edit.span.end))
        parts += text[at:start], edit.text
        at = end
    return "".join(parts) + text[at:]
