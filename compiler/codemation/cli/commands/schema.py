"""`codemation schema`: the JSON Schema for editors."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from codemation.cli import NO, OK
from codemation.cli.output import write
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.schema.document import schema_text
from codemation.schema.outputs import OUTPUTS, output_schema_text
from codemation.settings.catalogue import CATALOGUE
from codemation.sources.files import Unreadable, read_text
from codemation.text.json import json_text
from codemation.text.redaction import redact

FORMS = ("app", "runtime", *(f"{name}-output" for name in OUTPUTS))


COMMAND = Command(
    order=80,
    line="print the JSON Schema for editors",
    summary="Print the JSON Schema (draft-07) of codemation.toml or of an output.",
    examples=(
        ("codemation schema -o codemation.schema.json", "write it beside codemation.toml"),
        ("codemation schema --check codemation.schema.json", "is the committed one up to date?"),
        ("codemation schema --check a.json b.json --json", "which of them are, for programs"),
        ("codemation schema --form runtime", "the runtime form only"),
        ("codemation schema --form check-output", "what `codemation check --format json` prints"),
    ),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    listed = f"default: app; also {', '.join(FORMS[1:])}"
    parser.add_argument("--form", choices=FORMS, default="app", metavar="FORM", help=listed)
    target = parser.add_mutually_exclusive_group()
    target.add_argument("-o", "--output", metavar="FILE", help="write into a file, whole or not at all")
    target.add_argument("--check", metavar="FILE", nargs="+", help="exit 4 unless each FILE is exactly this schema")
    add_format(parser, "text", "json", help_="of what --check says (the schema itself is JSON); default: text")


def run(options: argparse.Namespace) -> int:
    """Print the schema, write it, or compare it."""
    text = _text(options.form)
    if options.check is None:
        write(text, options.output)
        return 0
    fresh = {file: _is(file, text) for file in options.check}
    if options.format == "json":
        files = [{"file": redact(file), "upToDate": is_} for file, is_ in fresh.items()]
        sys.stdout.write(json_text({"form": options.form, "files": files}))
    else:
        for name in (redact(file) for file, is_ in fresh.items() if not is_):
            # The command has a line of its own: it is there to be copied.
            again = f"codemation schema --form {options.form} -o {name}"
            sys.stderr.write(f"{name} is not up to date; write it again:\n  {again}\n")
    return OK if all(fresh.values()) else NO


def _is(file: str, text: str) -> bool:
    """Whether a file holds the schema.

    Raises:
        UsageError: it cannot be read.
    """
    found = read_text(file, named=True)
    if isinstance(found, Unreadable):
        message = f"codemation schema: {file} {found.reason}"
        raise UsageError(message)
    # git on Windows checks text out with its own line ends: read_text keeps them.
    return found.replace("\r\n", "\n") == text


def _text(form: Any) -> str:

    if form in {"app", "runtime"}:
        return schema_text(CATALOGUE, form)
    return output_schema_text(form.removesuffix("-output"))
