"""CM201: an environment variable has a value that its setting refuses."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel, VariableFault
from codemation.rules.rule import Rule
from codemation.text.patterns import lazy

_COMMENTED = (
    (
        lazy(r"[^=]*=[ \t]*([^\s\"'#](?:[^#]*[^\s#])?)#[ \t].*"),
        "write a blank before the `#`: only then a comment starts there",
    ),
    (
        lazy(r"""[^=]*=[ \t]*["']([^#"']+)#[ \t][^"']*["'][ \t]*"""),
        "close the quote before the `#`: in quotes it starts no comment",
    ),
)
"""Assignments with a `#` that is a part of the value, and a blank behind it."""

ELSEWHERE = frozenset({"CM106", "CM204"})
"""The codes of problems that have a rule of their own."""


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report each variable once: an error where it decides any of its settings, else a warning."""
    for fault in model.variable_faults:
        name, help_text = fault.variable, fault.problem.help
        if fault.problem.code in ELSEWHERE:
            continue
        # What the host reads by itself is wanted; and a guess stands alone.
        leaves_out = name not in model.other_problems and not help_text.endswith("?")
        comment = _of_comment(model, fault)
        if comment:
            help_text, leaves_out = comment, False
        yield RULE.at(
            model,
            model.variable_origin(name),
            f"`{name}` {fault.problem.text}",
            f"{help_text}, or unset {name}" if leaves_out else help_text,
            key=name,
            severity=fault.severity,
        )


def _of_comment(model: SemanticModel, fault: VariableFault) -> str | None:
    """What to do where an env file's value is right up to a `#` that was to start a comment."""
    line = model.environment.assignment(model.variable_origin(fault.variable)) or ""
    for pattern, help_text in _COMMENTED:
        found = pattern.fullmatch(line)
        if found and found[1].strip() and model.takes(fault.variable, found[1].strip()):
            return help_text
    return None


RULE = Rule(
    "CM201",
    "invalid-environment-value",
    "error",
    "an environment variable has a value that its setting refuses",
    """\
The variable is set, but its value is not one that its setting takes: a word that is no choice, a
number that is none, a URL with another scheme; or whatever reads it, one in quotes, with an unexpanded
`${NAME}`, or with a character that nobody sees. It is an error where the variable would have decided,
and a warning where something else outranks it or the setting does not apply: the mistake is then
only waiting. A mode that is nearly `production` is a warning: its rules are then off, which is rarely
meant.

Example:

    CODEMATION_DATABASE_KIND=postgres codemation compile

Instead:

    CODEMATION_DATABASE_KIND=postgresql codemation compile
""",
    needs="nothing",
)
