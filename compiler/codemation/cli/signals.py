"""Ctrl-C and SIGTERM, for work that ends by itself between two of its steps."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from codemation.cli import OK

STOPPING = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """`event` is set by the first signal; a second one ends the process as ever."""

    def __init__(self) -> None:
        self.event = Event()
        self._signal: int | None = None

    @property
    def exit_code(self) -> int:
        """That all is well, or what a shell makes of the signal."""
        return 128 + self._signal if self._signal is not None else OK

    def on_signal(self, number: int, _: Any) -> None:
        """Remember the signal; the next one is the process's own again."""
        self._signal = number
        self.event.set()
        for each in STOPPING:
            signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL)


@contextmanager
def stopping() -> Iterator[Stop]:
    """Meanwhile signals only tell the work to end."""
    stop = Stop()
    before = {each: signal.getsignal(each) for each in STOPPING}
    for each in STOPPING:
        # Who starts a program with one ignored means that.
        if before[each] is not signal.SIG_IGN:
            signal.signal(each, stop.on_signal)
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
