"""What every page is made around: its head, its policy, its one script and one style sheet.

The policy lets a page run the script and apply the style sheet that are in it, and load nothing at all. Without scripts
a page shows everything unfolded.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from codemation.explain.html.markup import Markup, element, element_alone, join
from codemation.reports.text import summary_line
from codemation.text.amounts import count
from codemation.text.terminal import Terminal

if TYPE_CHECKING:
    from codemation.diagnostics import Diagnostic

FOLDER: Final = os.path.dirname(os.path.abspath(__file__))


def document(title: str, header: Markup, sections: Iterable[Markup], command: str) -> str:
    """A whole page; `command` is what made it.

    Raises:
        OSError: the package is not whole.
    """
    style, script = Markup(_read("report.css")), Markup(_read("report.js"))
    head = (
        element_alone("meta", charset="utf-8"),
        element_alone("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element_alone("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element_alone("meta", name="color-scheme", content="light dark"),
        element_alone("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", style),
    )
    body = (
        element("a", "Skip to the settings", href="#settings", class_="skip"),
        header,
        element("main", *sections),
        element("footer", element("p", _footer(command))),
        element("script", script),
    )
    page = element("html", element("head", *head), element("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def section(name: str, title: str, *content: Markup) -> Markup:
    """A part of the page with its title."""
    heading = element("h2", title, id=f"{name}-title")
    return element("section", heading, *content, id=name, aria_labelledby=f"{name}-title")


def verdict(diagnostics: Sequence[Diagnostic]) -> Markup:
    """How much is wrong, with the way there."""
    wrong = summary_line(diagnostics, Terminal())
    errors = any(diagnostic.severity == "error" for diagnostic in diagnostics)
    kind = "error" if errors else "warning" if diagnostics else "fine"
    return element("p", element("a", wrong, href="#problems") if diagnostics else wrong, class_=f"verdict {kind}")


def filters(settings: int, *controls: Markup) -> Markup:
    """What narrows the table; only a script can, so without one it is not there."""
    find = element_alone("input", type="search", id="find", autocomplete="off", spellcheck="false")
    return element(
        "form",
        element("label", "Find", find),
        *controls,
        element("output", count(settings, "setting"), id="count", aria_live="polite", data_of=str(settings)),
        class_="filters",
        role="search",
        aria_label="Filter the settings",
    )


def checkbox(name: str, label: str) -> Markup:
    """A filter that leaves only the rows that have this name among their data."""
    return element("label", element_alone("input", type="checkbox", id=name, data_wants=name), label, class_="check")


def picture(table: Markup, *, empty: bool = False) -> Markup:
    """A table that the filters narrow, or that is `empty` from the start."""
    none = element(
        "p", "No setting differs." if empty else "No setting is like that.", class_="nothing", hidden=not empty
    )
    return join((element("div", table, class_="canvas"), none))


def _footer(command: str) -> Markup:
    return join(
        (
            *("Made by ", element("code", command), ". Secrets are masked. "),
            *(element("code", "codemation rule CODE"), " is the page of a code."),
        )
    )


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
