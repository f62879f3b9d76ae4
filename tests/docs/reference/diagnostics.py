"""`docs/reference/diagnostics.md`: every rule's page."""

from __future__ import annotations

from itertools import groupby

from codemation.rules import all_rules
from codemation.rules.rule import Rule
from tests.docs.reference.markdown import code, head, table

_TOP = """\
What `codemation check` and every other command may report, by code. `codemation rule CODE` prints one of these pages in
the terminal. A code keeps its meaning."""

_GROUPS = {
    "0": "Files",
    "1": "Values in the file",
    "2": "The environment",
    "3": "Sources that contradict each other",
    "4": "Settings that do not go together",
    "5": "The database and Redis",
}
"""What the rules are about, by the first digit of their codes."""


def page() -> str:
    """The whole page: a list, then the pages."""
    rows = ((f"[{it.code}](#{anchor(it)})", code(it.slug), it.severity, it.summary) for it in all_rules())
    text = head("Diagnostics", _TOP) + "\n" + table(("code", "name", "", "what is wrong"), rows)
    for digit, rules in groupby(all_rules(), lambda rule: rule.code[2]):
        text += f"\n## {_GROUPS[digit]}\n" + "".join(map(_section, rules))
    return text


def anchor(rule: Rule) -> str:
    """The fragment of a rule's section, as a heading of Markdown gets it."""
    return f"{rule.code}-{rule.slug}".lower()


def _section(rule: Rule) -> str:
    return f"\n### {rule.code} {rule.slug}\n\n*{rule.severity}*: {rule.summary}.\n\n{rule.page}"
