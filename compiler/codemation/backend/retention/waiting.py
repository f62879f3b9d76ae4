"""How pruning pauses, is stopped, and calls the host: in a thread, or on asyncio's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from inspect import isawaitable
from threading import Event
from typing import Any, Protocol


class Waiting(Protocol):
    """What pruning waits with."""

    @property
    def stopped(self) -> bool:
        """Whether it is to end."""

    def sleep(self, seconds: float) -> None:
        """Pause; at most until it is to end."""

    def call(self, function: Callable[[Sequence[str]], Any], keys: Sequence[str]) -> None:
        """Call the host's function, and wait for what it gives."""


class InThread:
    """For threads: `stop` is set by who wants it to end."""

    def __init__(self, stop: Event | None = None) -> None:
        self._stop = stop or Event()

    @property
    def stopped(self) -> bool:
        """Whether it is to end."""
        return self._stop.is_set()

    def sleep(self, seconds: float) -> None:
        """Pause; at most until it is to end."""
        self._stop.wait(seconds)

    def call(self, function: Callable[[Sequence[str]], Any], keys: Sequence[str]) -> None:
        """Call the host's function.

        Raises:
            TypeError: it is one for asyncio.

        """
        given = function(keys)
        if isawaitable(given):
            if hasattr(given, "close"):
                given.close()
            message = "on_binary gave something to await: that is for prune_async and an AsyncEngine"
            raise TypeError(message)


class OnEventLoop:
    """For asyncio, within SQLAlchemy's greenlet."""

    def __init__(self, stop: asyncio.Event | None = None) -> None:
        self._stop = stop or asyncio.Event()

    @property
    def stopped(self) -> bool:
        """Whether it is to end."""
        return self._stop.is_set()

    def sleep(self, seconds: float) -> None:
        """Pause; at most until it is to end."""
        from sqlalchemy.util import await_only  # noqa: PLC0415  (greenlet, which threads do without)

        async def pause() -> None:
            try:
                await asyncio.wait_for(self._stop.wait(), seconds)
            except TimeoutError:
                return

        await_only(pause())

    def call(self, function: Callable[[Sequence[str]], Any], keys: Sequence[str]) -> None:
        """Call the host's function, and await what it gives."""
        from sqlalchemy.util import await_only  # noqa: PLC0415

        given = function(keys)
        if isawaitable(given):
            await_only(given)
