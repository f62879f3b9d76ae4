"""`codemation rule`: the catalogue of rules, or one rule's page."""

from __future__ import annotations

import argparse
import sys

from codemation.cli.output import terminal, wrapped_page
from codemation.cli.parser import Command, Parser, UsageError
from codemation.rules import all_rules
from codemation.text.terminal import wrap
from codemation.text.wording import nearest

COMMAND = Command(
    order=90,
    line="print a rule's page, or the catalogue",
    summary="Print the catalogue of rules, or one rule's page.",
    examples=(("codemation rule", "list all rules"), ("codemation rule CM402", "what CM402 means, and what to do")),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("code", metavar="CODE", nargs="?", help="a code (CM402) or a slug (queue-needs-postgresql)")


def run(options: argparse.Namespace) -> int:
    """Print the catalogue or a page to standard output."""
    rules = all_rules()
    screen = terminal()
    if options.code is None:
        for rule in rules:
            severity = screen.style(rule.severity, "red" if rule.severity == "error" else "yellow")
            summary = "\n".join(wrap(rule.summary, screen.width, indent=" " * 7))
            sys.stdout.write(f"{rule.code}  {screen.style(rule.slug, 'bold')}  {severity}\n{summary}\n")
        return 0
    wanted = options.code.casefold()
    found = [rule for rule in rules if wanted in {rule.code.casefold(), rule.slug}]
    if not found:
        near = nearest(options.code, tuple(name for rule in rules for name in (rule.code, rule.slug)))
        message = f"codemation rule: there is no rule {options.code!r}" + (f"; did you mean {near}?" if near else "")
        raise UsageError(message)
    page = found[0]
    name = f"{page.code} {page.slug}"
    title = "\n".join(wrap(f"{name} ({page.severity}): {page.summary}", screen.width))
    sys.stdout.write(f"{title.replace(name, screen.style(name, 'bold'), 1)}\n\n{wrapped_page(page.page, screen)}")
    return 0
