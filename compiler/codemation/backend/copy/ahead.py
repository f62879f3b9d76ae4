"""Reading ahead: SQLite's work goes on in a thread while what it gave is worked on."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

_SERIALIZED: Final = 3
"""`sqlite3.threadsafety`: a connection may be used by several threads, which SQLite lets in one by one."""


def ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The same items; while one is worked on, the next is made in a thread.

    Close it before what the items are read from: an exception keeps the generator, and so the thread, alive.
    """
    if sqlite3.threadsafety != _SERIALIZED:
        yield from items
        return
    end = object()
    with ThreadPoolExecutor(1, "codemation-copy") as thread:
        ahead_of = thread.submit(next, items, end)
        while (item := ahead_of.result()) is not end:
            ahead_of = thread.submit(next, items, end)
            yield item  # type: ignore[misc]  # it is not `end`
