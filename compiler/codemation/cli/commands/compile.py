"""`codemation compile`: the runtime form, or the explanation of every value."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

import msgspec
import tomli_w

from codemation.cli.inputs import add_inputs, compile_from
from codemation.cli.output import QUIET, exit_code, report_diagnostics, strictly, terminal, write
from codemation.cli.parser import Command, Parser, UsageError, add_format
from codemation.text.json import json_text
from codemation.text.redaction import redact
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.runtime.form import Runtime


COMMAND = Command(
    order=30,
    line="print the runtime form, or explain every value",
    summary="Print the runtime form that a host boots from, or explain every value of it.",
    examples=(
        ("codemation compile", "print the runtime form, secrets masked"),
        ("codemation compile --explain", "what is in force, who decided, what was beaten"),
        ("codemation compile --explain --all", "every value: who decided, where, and who lost"),
        ("codemation compile --explain database.kind DATABASE_URL", "only these, by key, table or variable"),
        ("codemation compile --explain --format html -o report.html", "as a page, who beat whom as a picture"),
        ("codemation compile --explain --unset DATABASE_URL", "what if it were not set?"),
        ("codemation compile --show-secrets -o runtime.toml", "the whole truth, into a file only you can read"),
    ),
    also=("build", "emit", "render", "generate", "print", "dump", "config", "show"),
)


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument(
        "--explain",
        nargs="*",
        metavar="KEY",
        help="explain what is in force on one screen; or all of a key, a table or a variable",
    )
    parser.add_argument("--all", action="store_true", help="with --explain: every setting, whoever says anything of it")
    help_ = "toml or json; with --explain text, json or html, a page for browsers"
    add_format(parser, "toml", "json", "text", "html", default=None, help_=help_)
    parser.add_argument("-o", "--output", metavar="FILE", help="write into a file, whole or not at all")
    parser.add_argument("--show-secrets", action="store_true", help="do not mask secrets (a file then has mode 0600)")
    parser.add_argument("--strict", action="store_true", help="make warnings errors")
    add_inputs(parser)


def run(options: argparse.Namespace) -> int:
    """Print what was asked for to standard output (or a file), diagnostics to standard error."""
    if options.explain is not None:
        return _explain(options)
    if options.all:
        message = "--all goes with --explain"
        raise UsageError(message)
    if options.format in {"text", "html"}:
        message = f"--format {options.format} goes with --explain; the runtime form is toml or json"
        raise UsageError(message)
    compilation = compile_from(options)
    code = report_diagnostics(compilation, strict=options.strict)
    if compilation.runtime is not None and code == 0:
        text = emit(compilation.runtime, options.format or "toml", show_secrets=options.show_secrets)
        write(text, options.output, private=options.show_secrets, read=[compilation.model], configuration=True)
        if options.output not in {None, "-"} and not options.show_secrets:
            _tell_of_masks(compilation.runtime, options.output)
    return code


def _tell_of_masks(runtime: Runtime, file: str) -> None:
    """Say of a file that holds masks in place of secrets that nothing can be booted from it."""
    if runtime.to_dict(show_secrets=False) == runtime.to_dict(show_secrets=True) or QUIET.get():
        return
    screen = terminal(errors=True)
    text = (
        f"{redact(file)} is for reading: its secrets are masked, and no host can boot from it;"
        " --show-secrets writes them, for its owner's eyes alone"
    )
    sys.stderr.write("\n".join(wrap(screen.visible(text), screen.width, indent="      ", first="note: ")) + "\n")


def emit(runtime: Runtime, form: str, *, show_secrets: bool) -> str:
    """The runtime form as TOML or JSON.

    Raises:
        UsageError: a path in it is of bytes that neither can hold.
    """
    data = runtime.to_dict(show_secrets=show_secrets)
    try:
        msgspec.json.encode(data)
    except UnicodeEncodeError:
        # Values are checked; only the project root's own name is left.
        message = "the project root has a name that is not UTF-8, which neither TOML nor JSON can hold; rename it"
        raise UsageError(message) from None
    return json_text(data) if form == "json" else tomli_w.dumps(data)


def _explain(options: argparse.Namespace) -> int:
    if options.format == "toml":
        message = "--explain prints text, json or html"
        raise UsageError(message)
    if options.show_secrets:
        message = "--explain always masks secrets; `codemation compile --show-secrets` shows them"
        raise UsageError(message)
    from codemation.explain import answer  # noqa: PLC0415  (only explanations need it)
    from codemation.explain.selection import select  # noqa: PLC0415  (only explanations need it)

    compilation = compile_from(options)
    try:
        settings = select(compilation.model, options.explain)
    except LookupError as error:
        raise UsageError(str(error.args[0])) from None
    if options.format == "json":
        diagnostics = strictly(compilation, strict=options.strict)
        write(answer.as_json(settings, diagnostics), options.output, read=[compilation.model])
        return exit_code(diagnostics)
    if options.format == "html":
        from codemation.explain.html.report import as_html  # noqa: PLC0415  (hashlib and base64, for this alone)
        from codemation.reports.locations import Locations  # noqa: PLC0415  (only explanations need it)

        locations, whole = Locations(compilation.model, os.getcwd()), not options.explain
        text = as_html(settings, strictly(compilation, strict=options.strict), locations, whole=whole)
    elif options.explain or options.all:
        text = answer.as_text(compilation.model, settings, terminal(), os.getcwd())
    else:
        from codemation.explain.first_screen import first_screen  # noqa: PLC0415  (only explanations need it)

        text = first_screen(compilation.model, strictly(compilation, strict=options.strict), terminal())
    write(text, options.output, read=[compilation.model])
    sys.stdout.flush()
    return report_diagnostics(compilation, strict=options.strict, below=options.output is None)
