"""The page: the answer, the picture of the precedence, and what is wrong.

It holds all that it needs. Its policy lets it run the one script and apply the one style sheet that are in it, and load
nothing at all. Without scripts it shows everything unfolded.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from codemation.explain.html.markup import Markup, breakable, element, element_alone, join
from codemation.explain.html.matrix import LAYERS, Matrix
from codemation.explain.html.problems import anchor, problems
from codemation.explain.html.summary import Panels, in_force
from codemation.reports.text import summary_line
from codemation.text.amounts import count
from codemation.text.redaction import redact
from codemation.text.terminal import Terminal

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic
    from codemation.explain.candidates import Trace
    from codemation.reports.locations import Locations

FOLDER: Final = os.path.dirname(os.path.abspath(__file__))

NOBODY: Final = "nobody"


def as_html(trace: Trace, diagnostics: Sequence[Diagnostic], locations: Locations, *, whole: bool) -> str:
    """The explanation of these settings as a document; `whole` tells that it is all of them, and has the answer first.

    Raises:
        OSError: the package is not whole.
    """
    style, script = Markup(_read("report.css")), Markup(_read("report.js"))
    root = redact(locations.model.project.root)
    title = f"What is in force in {os.path.basename(root) or root}"
    panels = Panels(locations.model, diagnostics)
    head = (
        element_alone("meta", charset="utf-8"),
        element_alone("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element_alone("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element_alone("meta", name="color-scheme", content="light dark"),
        element_alone("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", style),
    )
    anchors = {one.origin: anchor(number) for number, one in enumerate(diagnostics, 1) if one.origin is not None}
    body = (
        element("a", "Skip to the settings", href="#settings", class_="skip"),
        _header(panels, root, diagnostics),
        element(
            "main",
            *([_section("in-force", "In force", in_force(locations.model, diagnostics))] if whole else []),
            _section("settings", "Precedence", _filters(len(trace)), _picture(Matrix(trace, panels, anchors))),
            *([_section("problems", "What is wrong", problems(diagnostics, locations))] if diagnostics else []),
        ),
        element("footer", element("p", _FOOTER)),
        element("script", script),
    )
    page = element("html", element("head", *head), element("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


_FOOTER: Final = join(
    (
        "Made by ",
        element("code", "codemation compile --explain --format html"),
        ". Secrets are masked. ",
        element("code", "codemation rule CODE"),
        " is the page of a code.",
    )
)


def _header(panels: Panels, root: str, diagnostics: Sequence[Diagnostic]) -> Markup:
    """What was read, and how much is wrong."""
    broken = panels.model.source.broken
    unread = f"What {panels.model.source.name} says could not be read."
    wrong = summary_line(diagnostics, Terminal())
    errors = any(diagnostic.severity == "error" for diagnostic in diagnostics)
    kind = "error" if errors else "warning" if diagnostics else "fine"
    return element(
        "header",
        element("h1", "What is in force, and why"),
        element("p", element("bdi", breakable(root)), class_="root"),
        element("p", element("bdi", ", ".join(panels.read())), class_="read"),
        *([element("p", unread, class_="verdict error")] if broken else []),
        element("p", element("a", wrong, href="#problems") if diagnostics else wrong, class_=f"verdict {kind}"),
    )


def _section(name: str, title: str, *content: Markup) -> Markup:
    return element(
        "section", element("h2", title, id=f"{name}-title"), *content, id=name, aria_labelledby=f"{name}-title"
    )


def _filters(settings: int) -> Markup:
    """What narrows the table; only a script can, so without one it is not there."""
    options = [("", "any layer"), *((layer.name, layer.label) for layer in LAYERS), (NOBODY, "nobody: not set")]
    choices = (element("option", label, value=value) for value, label in options)
    return element(
        "form",
        element(
            "label", "Find", element_alone("input", type="search", id="find", autocomplete="off", spellcheck="false")
        ),
        element("label", "Decided by", element("select", *choices, id="by")),
        element(
            "label", element_alone("input", type="checkbox", id="overridden"), "only what is overridden", class_="check"
        ),
        element("output", count(settings, "setting"), id="count", aria_live="polite", data_of=str(settings)),
        class_="filters",
        role="search",
        aria_label="Filter the settings",
    )


def _picture(matrix: Matrix) -> Markup:
    none = element("p", "No setting is like that.", class_="nothing", hidden=True)
    return join((element("div", matrix.markup(), class_="canvas"), none))


def _policy(style: str, script: str) -> str:
    """What the page may do: apply its own style, run its own script; load, send or frame nothing."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()
