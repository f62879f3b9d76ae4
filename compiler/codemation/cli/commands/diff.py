"""`codemation diff A B`: the settings that differ between two environments."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, Final

from codemation.cli import NO, OK
from codemation.cli.inputs import say_what_was_read
from codemation.cli.output import report_diagnostics, terminal
from codemation.cli.parser import Command, Parser, add_format
from codemation.explain.diff import differences
from codemation.pipeline import Compilation, compile_inputs, read_inputs
from codemation.text.json import json_text
from codemation.text.redaction import redact
from codemation.text.terminal import display_width, pad, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codemation.codes import Code

PROCESS = "process"
UNREADABLE: Final[Code] = "CM004"
"""What is said of an env file that is not there, or cannot be read."""


COMMAND = Command(
    order=70,
    line="compare two environments",
    summary="Compare two environments: the settings whose value or source differs.",
    examples=(
        ("codemation diff .env.staging .env.production", "what production has otherwise"),
        ("codemation diff --exit-code .env.a .env.b", "for a script: 4 where anything differs"),
        ("codemation diff process .env.production", "what production has otherwise than this shell"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("a", metavar="A", help="an env file, or `process`: this process's environment over .env")
    parser.add_argument("b", metavar="B", help="the same")
    parser.add_argument("--root", metavar="DIR", help="the project root")
    parser.add_argument("--config", metavar="FILE", help="the configuration file")
    parser.add_argument("--exit-code", action="store_true", help="exit with 4 where anything differs")
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Print the differences to standard output; diagnostics of either side, if it is wrong, to standard error."""
    one, other = (_compile(options, name) for name in (options.a, options.b))
    if getattr(options, "verbose", False):
        for compilation in (one, other):
            say_what_was_read(compilation, upward=options.root is None and options.config is None)
    unread = [side for side in (one, other) if any(it.code == UNREADABLE for it in side.diagnostics)]
    if unread:
        # Nothing is known of what it says: to compare the rest would hide that.
        return max([report_diagnostics(side) for side in unread])
    found = differences(one.model, other.model)
    if options.format == "json":
        data = [{"key": row.key, "a": _side(row.a), "b": _side(row.b)} for row in found]
        sys.stdout.write(json_text({"differences": data}))
    else:
        screen = terminal()
        names = [screen.visible(redact(name)) for name in (options.a, options.b)]
        width = max(map(display_width, names))
        for row in found:
            sys.stdout.write(f"{screen.style(row.key, 'bold')}\n")
            for name, side, colour in ((names[0], row.a, "red"), (names[1], row.b, "green")):
                label = f"  {screen.style(pad(name, width), colour)}  "  # type: ignore[arg-type]
                origin = f"from {side.name}" if side.name else ""
                value = side.text.removesuffix(f"  {origin}")
                note = "(the masked parts differ)" if row.secret_differs else ""
                sys.stdout.write("\n".join(_told(label, width + 4, [value, origin, note], screen.width)) + "\n")
        if not found:
            sys.stdout.write(f"no setting differs between {names[0]} and {names[1]}\n")
    codes = [report_diagnostics(side) for side in (one, other) if side.runtime is None]
    return max(codes, default=NO if found and options.exit_code else OK)


def _told(label: str, margin: int, parts: Sequence[str], width: int) -> list[str]:
    """One side of a setting behind its label, `margin` columns wide; a part goes below where it does not fit."""
    lines = [""]
    for part in filter(None, parts):
        joined = f"{lines[-1]}  {part}" if lines[-1] else part
        lines[-1:] = [joined] if margin + display_width(joined) <= width else [*lines[-1:], *wrap(part, width - margin)]
    return [label + line if not number else " " * margin + line for number, line in enumerate(filter(None, lines))]


def _side(side: Any) -> dict[str, Any]:
    return {"value": side.value, "status": side.status, "source": side.source, "from": side.name}


def _compile(options: argparse.Namespace, name: str) -> Compilation:
    """One side: an env file is the whole environment of its side."""
    if name == PROCESS:
        return compile_inputs(read_inputs(options.root, config=options.config), {})
    return compile_inputs(read_inputs(options.root, config=options.config, env={}, env_files=[name]), {})
