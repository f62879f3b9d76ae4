"""`codemation lsp`: the language server, for editors."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec

from codemation.cli import OK, WRONG
from codemation.cli.parser import Command, Parser, UsageError

COMMAND = Command(
    order=85,
    line="the language server, for editors",
    summary="Speak the Language Server Protocol over standard input and output: editors start this.",
    examples=(
        ("codemation lsp", "the command to name in an editor's settings"),
        ("pip install 'codemation[lsp]'", "what it needs"),
    ),
    also=("languageserver", "langserver"),
)


UNHEARD = "codemation lsp: an editor starts it, and speaks to it over streams, which cannot be used: {}"


def add_arguments(parser: Parser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--stdio", action="store_true", help="what it does anyway; some editors add it")


def run(options: argparse.Namespace) -> int:
    """Serve until the editor ends it; the exit code is the protocol's.

    Raises:
        UsageError: what it needs is not installed, or there is no editor at the other end.
    """
    del options
    missing = [name for name in ("pygls", "lsprotocol") if find_spec(name) is None]
    if missing:
        message = f"codemation lsp needs {' and '.join(missing)}: install 'codemation[lsp]', for example with pip"
        raise UsageError(message)
    from codemation.lsp.protocol.serving import serve  # noqa: PLC0415  (0.7 s, and only this command needs it)

    if sys.stdin is None:
        raise UsageError(UNHEARD.format("it is closed"))
    try:
        return OK if serve() else WRONG
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is not None:
            raise
        raise UsageError(UNHEARD.format(error.strerror)) from None
