"""Engines in a process that forks: a child must not speak on its parent's connections.

A connection is one conversation. A child that inherits it and goes on reads answers that are its parent's, or ends the
parent's session. So a child forgets all that its engines had open, and opens its own when it needs them.
"""

from __future__ import annotations

import os
from contextlib import suppress
from socket import socketpair
from typing import Any, Final
from weakref import WeakSet

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

_engines: Final[WeakSet[Engine]] = WeakSet()
_sockets: Final[WeakSet[Any]] = WeakSet()
_inherited: Final[list[Pool]] = []
"""The pools that a child was born with: kept, since what is thrown away would be closed, and so spoken on."""


def guard(engine: Engine, *, socket: bool) -> None:
    """Let a child of this process start with an empty pool for `engine`.

    `socket`: its connections are psycopg's. What a child was born holding, a connection in use, is then cut off from
    its parent's socket: whatever is done with it fails, and neither asks nor answers anybody else.
    """
    _engines.add(engine)
    if socket:
        event.listen(engine, "connect", _remember)


def _remember(dbapi_connection: Any, record: Any) -> None:
    _sockets.add(record.driver_connection or dbapi_connection)


def _forget() -> None:
    """In a child, before it does anything else."""
    if _sockets:
        _cut_off()
    for engine in tuple(_engines):
        _inherited.append(engine.pool)
        engine.dispose(close=False)


def _cut_off() -> None:
    nobody, other = socketpair()
    other.close()  # who reads from `nobody` hears that the other side has hung up
    with nobody:
        for connection in tuple(_sockets):
            with suppress(Exception):  # closed already: then it has no socket
                os.dup2(nobody.fileno(), connection.fileno(), inheritable=False)
    _sockets.clear()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_forget)
