"""`codemation diff A B …`: the settings that differ between environments."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from codemation.cli import NO, OK, WRONG
from codemation.cli.inputs import add_what_if, compile_what_if
from codemation.cli.output import report_diagnostics, terminal, write
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.explain.diff import Difference, differences
from codemation.explain.diff_page import diff_page
from codemation.pipeline import Compilation, read_inputs
from codemation.reports import Locations
from codemation.reports.data import diagnostic_data
from codemation.reports.json import project_data
from codemation.text.amounts import count
from codemation.text.json import json_text
from codemation.text.redaction import redact
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codemation.text.terminal import Terminal

PROCESS: Final = "process"
CONFIG_SUFFIX: Final = ".toml"


COMMAND = Command(
    order=70,
    line="compare environments",
    summary="Compare environments: the settings whose value differs, or who decides it, and why.",
    examples=(
        ("codemation diff .env.staging .env.production", "what production has otherwise"),
        ("codemation diff process .env.production", "what it has otherwise than this shell"),
        ("codemation diff .env.local .env.staging .env.production", "three of them, as a table"),
        ("codemation diff apps/web apps/worker", "two projects, each with its own .env"),
        ("codemation diff .env.a .env.b --format html -o diff.html", "as a page for a browser"),
        ("codemation diff --exit-code .env.a .env.b", "for a script: 4 where anything differs"),
    ),
    also=("compare",),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "a",
        metavar="A",
        help="an env file, which is then the whole environment; `process`: this process's environment over .env; "
        "or another project's folder or .toml file, with this process's environment over its .env",
    )
    parser.add_argument("b", metavar="B", nargs="+", help="the same; more than one makes a table")
    parser.add_argument("--root", metavar="DIR", help="the project root")
    parser.add_argument("--config", metavar="FILE", help="the configuration file")
    parser.add_argument("--exit-code", action="store_true", help="exit with 4 where anything differs")
    parser.add_argument("-o", "--output", metavar="FILE", help="write into a file, whole or not at all")
    add_what_if(parser)
    add_format(parser, "text", "json", "html")


def run(options: argparse.Namespace) -> int:
    """Print the differences to standard output; what is wrong on a side to standard error, or into the JSON."""
    names = [options.a, *options.b]
    sides = {name: _compile(options, name) for name in names}
    unread = [side for side in sides.values() if "sources" not in side.model.read()]
    if unread:
        # Nothing is known of what it says: to compare the rest would hide that.
        return max([report_diagnostics(side) for side in _without_repeats(unread)])
    found = differences([sides[name].model for name in names])
    if options.format == "json":
        text = json_text(_data(names, sides, found))
    elif options.format == "html":
        text = _page(names, sides, found)
    else:
        text = _text(names, sides, found, terminal())
    write(text, options.output, read=[side.model for side in sides.values()])
    if options.format != "json":
        _report(sides)
    failed = any(side.runtime is None for side in sides.values())
    return WRONG if failed else NO if found and options.exit_code else OK


def _without_repeats(sides: Sequence[Compilation]) -> list[Compilation]:
    """The sides without those of which another tells as much: the file may be the same."""
    told = {side.diagnostics: side for side in sides}
    return [side for found, side in told.items() if not any(set(found) < set(other) for other in told)]


def _text(names: Sequence[str], sides: Mapping[str, Compilation], found: Sequence[Difference], screen: Terminal) -> str:
    """The differences, and below them which sides are wrong."""
    lines = [diff_page([redact(name) for name in names], found, screen).removesuffix("\n")]
    for number, (name, side) in enumerate(_failed(sides)):
        codes = [one.code for one in side.diagnostics if one.severity == "error"]
        text = f"{redact(name)}: {count(len(codes), 'error')} ({', '.join(dict.fromkeys(codes))})"
        lines += [""] if not number else []
        lines += wrap(screen.visible(text), screen.width, indent=" " * 10, first="Fails     " if not number else None)
    return "\n".join(lines) + "\n"


def _page(names: Sequence[str], sides: Mapping[str, Compilation], found: Sequence[Difference]) -> str:
    """The differences as a page for a browser."""
    from codemation.explain.html.comparison import as_html, rows  # noqa: PLC0415  (hashlib and base64, for this alone)

    cwd = os.getcwd()
    wrong = [(redact(name), side.diagnostics, Locations(side.model, cwd)) for name, side in sides.items()]
    return as_html([redact(name) for name in names], rows(found), [one for one in wrong if one[1]])


def _report(sides: Mapping[str, Compilation]) -> None:
    """What is wrong on the sides that fail, to standard error."""
    sys.stdout.flush()
    for name, side in _failed(sides):
        sys.stderr.write(f"\nin {terminal(errors=True).visible(redact(name))}:\n\n")
        report_diagnostics(side)


def _failed(sides: Mapping[str, Compilation]) -> list[tuple[str, Compilation]]:
    return [(name, side) for name, side in sides.items() if side.runtime is None]


def _data(names: Sequence[str], sides: Mapping[str, Compilation], found: Sequence[Difference]) -> dict[str, Any]:
    return {
        "sides": [{"name": redact(name), **_side(sides[name])} for name in names],
        "differences": [
            {
                "key": row.key,
                "appKey": row.app_key,
                "follows": row.follows,
                "secretDiffers": row.secret_differs,
                "sides": [
                    {
                        "value": side.value,
                        "status": side.status,
                        "source": side.source,
                        "from": side.name,
                        "because": side.because,
                    }
                    for side in row.sides
                ],
            }
            for row in found
        ],
    }


def _side(side: Compilation) -> dict[str, Any]:
    diagnostics = [diagnostic_data(one) for one in side.diagnostics]
    return {**project_data(side.diagnostics, Locations(side.model, os.getcwd())), "diagnostics": diagnostics}


def _compile(options: argparse.Namespace, name: str) -> Compilation:
    """One side.

    Raises:
        UsageError: a project is named beside `--root` or `--config`, or an option is not of its form.
    """
    folder = os.path.isdir(name)
    if name != PROCESS and (folder or name.endswith(CONFIG_SUFFIX)):
        if options.root or options.config:
            message = "a project stands in place of --root and --config"
            raise UsageError(message)
        inputs = read_inputs(name if folder else None, config=None if folder else name)
        return compile_what_if(inputs, options, upward=False)
    upward = options.root is None and options.config is None
    only: dict[str, Any] = {} if name == PROCESS else {"env": {}, "env_files": [name]}
    return compile_what_if(read_inputs(options.root, config=options.config, **only), options, upward=upward)
