"""`codemation schema`: the JSON Schema for editors."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from codemation.cli.output import write
from codemation.cli.parser import UsageError, command

if TYPE_CHECKING:
    from codemation.cli.parser import Commands

FORMS = (
    "app",
    "runtime",
    "check-output",
    "explain-output",
    "env-output",
    "diff-output",
    "status-output",
    "history-output",
    "doctor-output",
)
"""Spelt out, because a parser is made at every start: a test holds it against `OUTPUTS`."""

EXAMPLES = (
    ("codemation schema -o codemation.schema.json", "write it beside codemation.toml"),
    ("codemation schema --check codemation.schema.json", "is the committed one up to date?"),
    ("codemation schema --form runtime", "the runtime form only"),
    ("codemation schema --form check-output", "what `codemation check --format json` prints"),
)


def register(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "schema",
        summary="Print the JSON Schema (draft-07) of codemation.toml or of an output.",
        examples=EXAMPLES,
    )
    parser.add_argument("--form", choices=FORMS, default="app", help="default: app")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("-o", "--output", metavar="FILE", help="write into a file, whole or not at all")
    target.add_argument("--check", metavar="FILE", nargs="+", help="exit 1 unless each FILE is exactly this schema")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the schema, write it, or compare it."""
    text = _text(options.form)
    if options.check is None:
        write(text, options.output)
        return 0
    return max(_check(file, text, options.form) for file in options.check)


def _check(file: str, text: str, form: str) -> int:
    """Compare one file with the schema, and say so if it differs."""
    from codemation.sources.files import Unreadable, read_text  # noqa: PLC0415

    found = read_text(file)
    if isinstance(found, Unreadable):
        message = f"codemation schema: {file} {found.reason}"
        raise UsageError(message)
    if found == text:
        return 0
    from codemation.text.redaction import redact  # noqa: PLC0415

    name = redact(file)
    sys.stderr.write(f"{name} is not up to date; write it again with `codemation schema --form {form} -o {name}`\n")
    return 1


def _text(form: Any) -> str:
    from codemation.schema.document import schema_text  # noqa: PLC0415
    from codemation.schema.outputs import output_schema_text  # noqa: PLC0415
    from codemation.settings.catalogue import CATALOGUE  # noqa: PLC0415

    if form in {"app", "runtime"}:
        return schema_text(CATALOGUE, form)
    return output_schema_text(form.removesuffix("-output"))
