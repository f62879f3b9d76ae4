"""Diagnostics as workflow commands of GitHub Actions, which shows them beside the lines of a pull request."""

from __future__ import annotations

import os
from collections.abc import Sequence

from codemation.diagnostics import Diagnostic
from codemation.reports.locations import Locations
from codemation.text.terminal import Terminal


def render_github(diagnostics: Sequence[Diagnostic], locations: Locations) -> str:
    """One command, which is one line, for each diagnostic; nothing at all for none."""
    return "".join(f"{_command(diagnostic, locations)}\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic, locations: Locations) -> str:
    properties: dict[str, str | int] = {}
    if diagnostic.file is not None:
        properties["file"] = locations.shown(diagnostic.file).replace(os.sep, "/")
    if diagnostic.span is not None:
        start, end = diagnostic.span.start, diagnostic.span.end
        # GitHub refuses columns where the annotation is longer than a line.
        one_line = start.line == end.line
        properties["line"] = start.line
        properties |= {"col": start.column} if one_line else {}
        properties["endLine"] = end.line
        properties |= {"endColumn": end.column} if one_line else {}
    properties["title"] = f"{diagnostic.code} {diagnostic.slug}"
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    also = [f"also: {related.message} ({locations.text(related.origin)})" for related in diagnostic.related]
    text = "\n".join([diagnostic.message, f"help: {diagnostic.help}", *also])
    return f"::{diagnostic.severity} {listed}::{_data(text)}"


def _data(text: str) -> str:
    # What steers a terminal is made visible at last: a log is read in one.
    return Terminal().visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
