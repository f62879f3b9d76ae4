"""Speaking with one editor over standard input and output."""

from __future__ import annotations

import gc
import logging
import os
import sys
from contextlib import redirect_stdout
from typing import Final

from codemation.lsp.protocol.answers import FEATURES
from codemation.lsp.protocol.session import Server

COLLECT_AFTER: Final = 100_000
"""Objects made, beyond those that went away, until the collector looks: about as many as a file of 1,000 workflows."""


def serve() -> bool:
    """Speak with an editor over standard input and output, until it ends; whether it took its leave."""
    # pygls logs tracebacks, and those may quote anything.
    logger = logging.getLogger("pygls")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    # What was imported stays, and the collector need not look at it again after every few lines of a file.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)
    server = Server()
    for name, answer, options in FEATURES:
        server.feature(name, options)(answer)
    try:
        # A copy of its own: pygls closes it, and whatever else is printed must not get between the messages.
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output, redirect_stdout(sys.stderr):
            server.start_io(stdout=output)
    finally:
        server.pages.close()
    return server.leaving
