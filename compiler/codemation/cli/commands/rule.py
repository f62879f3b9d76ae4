"""`codemation rule`: the catalogue of rules, or one rule's page."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from codemation.cli import OK
from codemation.cli.output import terminal, wrapped_page
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.rules import all_rules
from codemation.text.json import json_text
from codemation.text.terminal import wrap
from codemation.text.wording import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codemation.rules.rule import Rule
    from codemation.text.terminal import Terminal

COMMAND = Command(
    order=90,
    line="print a rule's page, or the catalogue",
    summary="Print the catalogue of rules, or one rule's page.",
    examples=(
        ("codemation rule", "list all rules"),
        ("codemation rule CM402", "what CM402 means, and what to do"),
        ("codemation rule --json", "all pages, for programs"),
    ),
    also=("rules", "codes", "errors"),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    add_format(parser, "text", "json")
    parser.add_argument("code", metavar="CODE", nargs="?", help="a code (CM402) or a slug (queue-needs-postgresql)")


def run(options: argparse.Namespace) -> int:
    """Print the catalogue or a page to standard output.

    Raises:
        UsageError: there is no such rule.
    """
    found = all_rules() if options.code is None else [_named(options.code)]
    if options.format == "json":
        sys.stdout.write(json_text({"rules": [_data(rule) for rule in found]}))
    else:
        screen = terminal()
        sys.stdout.write(_listing(found, screen) if options.code is None else _page(found[0], screen))
    return OK


def _named(name: str) -> Rule:
    """The rule of a code or a slug, in any case."""
    wanted, rules = name.casefold(), all_rules()
    found = next((rule for rule in rules if wanted in {rule.code.casefold(), rule.slug}), None)
    if found is None:
        near = nearest(name, tuple(name for rule in rules for name in (rule.code, rule.slug)))
        message = f"codemation rule: there is no rule {name!r}" + (f"; did you mean {near}?" if near else "")
        raise UsageError(message)
    return found


def _listing(rules: Iterable[Rule], screen: Terminal) -> str:
    """Two lines for each rule."""
    text = ""
    for rule in rules:
        severity = screen.style(rule.severity, "red" if rule.severity == "error" else "yellow")
        summary = "\n".join(wrap(rule.summary, screen.width, indent=" " * 7))
        text += f"{rule.code}  {screen.style(rule.slug, 'bold')}  {severity}\n{summary}\n"
    return text


def _page(rule: Rule, screen: Terminal) -> str:
    """All that there is to say of a rule."""
    name = f"{rule.code} {rule.slug}"
    title = "\n".join(wrap(f"{name} ({rule.severity}): {rule.summary}", screen.width))
    return f"{title.replace(name, screen.style(name, 'bold'), 1)}\n\n{wrapped_page(rule.page, screen)}"


def _data(rule: Rule) -> dict[str, str]:
    return {name: getattr(rule, name) for name in ("code", "slug", "severity", "summary", "page")}
