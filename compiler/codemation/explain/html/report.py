"""`compile --explain` as a page: the answer, the picture of the precedence, and what is wrong."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from codemation.explain.html.document import checkbox, document, filters, picture, section, verdict
from codemation.explain.html.markup import Markup, breakable, element
from codemation.explain.html.matrix import LAYERS, Matrix
from codemation.explain.html.problems import anchor, problems
from codemation.explain.html.summary import Panels, in_force
from codemation.text.redaction import redact

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic
    from codemation.explain.candidates import Trace
    from codemation.reports.locations import Locations

COMMAND: Final = "codemation compile --explain --format html"


def as_html(trace: Trace, diagnostics: Sequence[Diagnostic], locations: Locations, *, whole: bool) -> str:
    """The explanation of these settings as a document; `whole` tells that it is all of them, and has the answer first.

    Raises:
        OSError: the package is not whole.
    """
    root = redact(locations.model.project.root)
    panels = Panels(locations.model, diagnostics)
    anchors = {one.origin: anchor(number) for number, one in enumerate(diagnostics, 1) if one.origin is not None}
    table = picture(Matrix(trace, panels, anchors).markup())
    sections = [section("settings", "Precedence", filters(len(trace), _by(), _overridden()), table)]
    if whole:
        sections.insert(0, section("in-force", "In force", in_force(locations.model, diagnostics)))
    if diagnostics:
        sections.append(section("problems", "What is wrong", problems(diagnostics, locations)))
    title = f"What is in force in {os.path.basename(root) or root}"
    return document(title, _header(panels, root, diagnostics), sections, COMMAND)


def _header(panels: Panels, root: str, diagnostics: Sequence[Diagnostic]) -> Markup:
    """What was read, and how much is wrong."""
    unread = f"What {panels.model.source.name} says could not be read."
    return element(
        "header",
        element("h1", "What is in force, and why"),
        element("p", element("bdi", breakable(root)), class_="root"),
        element("p", element("bdi", ", ".join(panels.read())), class_="read"),
        *([element("p", unread, class_="verdict error")] if panels.model.source.broken else []),
        verdict(diagnostics),
    )


def _by() -> Markup:
    options = [("", "any layer"), *((layer.name, layer.label) for layer in LAYERS), ("nobody", "nobody: not set")]
    choices = (element("option", label, value=value) for value, label in options)
    return element("label", "Decided by", element("select", *choices, id="by"))


def _overridden() -> Markup:
    return checkbox("overridden", "only what is overridden")
