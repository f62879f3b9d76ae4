"""`codemation schema`: the JSON Schema for editors."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from typing import Any, Final

from codemation.cli import NO, OK
from codemation.cli.output import terminal, write
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.schema.document import document_id, schema_text
from codemation.schema.outputs import OUTPUTS, output_id, output_schema_text
from codemation.settings.catalogue import CATALOGUE
from codemation.sources.files import Unreadable, read_text
from codemation.text.json import json_text
from codemation.text.patterns import lazy
from codemation.text.redaction import redact
from codemation.text.terminal import wrap

FORMS = ("app", "runtime", *(f"{name}-output" for name in OUTPUTS))

_ID: Final = lazy(r'(?m)^  "\$id": "([^"\n]*)",?$')


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
    also=("jsonschema",),
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
        return OK
    found = {file: _read(file) for file in options.check}
    held = {file: _form_of(content) for file, content in found.items()}
    fresh = {file: content == text for file, content in found.items()}
    if options.format == "json":
        files = [{"file": redact(file), "upToDate": is_, "form": held[file]} for file, is_ in fresh.items()]
        sys.stdout.write(json_text({"form": options.form, "files": files}))
    else:
        for file in (file for file, is_ in fresh.items() if not is_):
            sys.stderr.write(_remedy(file, held[file], options.form))
    return OK if all(fresh.values()) else NO


def _read(file: str) -> str:
    """A file's text.

    Raises:
        UsageError: it cannot be read.
    """
    found = read_text(file, named=True)
    if isinstance(found, Unreadable):
        message = f"codemation schema: {file} {found.reason}"
        raise UsageError(message)
    # git on Windows checks text out with its own line ends: read_text keeps them.
    return found.replace("\r\n", "\n")


def _form_of(content: str) -> str | None:
    """Which of our schemas a text is, up to date or not; `None` for what is none of them."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        # One that a merge or a full disk left broken is still known by its line.
        named = _ID.search(content)
        id_ = named[1] if named else None
    else:
        id_ = data.get("$id") if isinstance(data, dict) else None
    return next((form for form in FORMS if id_ == _id(form)), None)


def _id(form: Any) -> str:
    return output_id(form.removesuffix("-output")) if form.endswith("-output") else document_id(form)


def _remedy(file: str, held: str | None, form: str) -> str:
    """What to do with a file that is not the schema: never to write over what is another file, or another schema."""
    screen = terminal(errors=True)
    # The command has a line of its own: it is there to be copied.
    name = redact(file)
    argument = shlex.quote(f"./{name}" if name.startswith("-") else name)
    if held is None:
        said, again = f"{name} is no schema that codemation writes: name the file that is", None
    elif held != form:
        said = f"{name} is the schema of another form, {held}: check it as that"
        again = f"codemation schema --form {held} --check {argument}"
    else:
        said = f"{name} is not up to date; write it again:"
        again = f"codemation schema --form {form} -o {argument}"
    lines = [*wrap(screen.visible(said), screen.width), *([f"  {screen.visible(again)}"] if again else [])]
    return "\n".join(lines) + "\n"


def _text(form: Any) -> str:

    if form in {"app", "runtime"}:
        return schema_text(CATALOGUE, form)
    return output_schema_text(form.removesuffix("-output"))
