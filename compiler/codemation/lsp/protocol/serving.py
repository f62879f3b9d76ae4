"""Speaking with one editor over standard input and output."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from contextlib import redirect_stdout
from typing import Final

from codemation.lsp.protocol.answers import FEATURES
from codemation.lsp.protocol.session import Server

COLLECT_AFTER: Final = 100_000
"""Objects made, beyond those that went away, until the collector looks: about as many as a file of 1,000 workflows."""


ENDINGS: Final = ("SIGTERM", "SIGHUP")
"""Signals by which editors and systems end a server that takes too long; not every system has both."""


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
    _leave_nothing(server)
    try:
        # A copy of its own: pygls closes it, and whatever else is printed must not get between the messages.
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output, redirect_stdout(sys.stderr):
            server.start_io(stdout=output)
    finally:
        server.pages.close()
    return server.leaving


def _leave_nothing(server: Server) -> None:
    """Let a server that a signal ends take its files away first."""

    def end(number: int, frame: object) -> None:
        del frame
        server.pages.close()
        # By the signal all the same, for whoever asks how it ended.
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    for number in (getattr(signal, name, None) for name in ENDINGS):
        # What is ignored (`nohup`) stays ignored.
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, end)
