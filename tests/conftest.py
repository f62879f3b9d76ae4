"""Fixtures that several test modules share: a real PostgreSQL."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Generator, Iterator
from typing import NamedTuple

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from tests.postgresql_server import EXTERNAL, Server, running, with_database
from tests.torture import searching

# Also a property with settings of its own tries the same examples every time, unless it is to search.
settings.register_profile("searching", searching(100))
settings.load_profile("searching")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in the background so, and it is inherited: tests press Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    # And `nohup` so: tests hang up.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One more than processors: tests of hosts and servers often wait, for one another and for a time to pass."""
    found = yield
    return found if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else found + 1


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL for the whole session (of one xdist worker)."""
    with running() as server:
        if server is None:
            pytest.skip(f"no PostgreSQL: {EXTERNAL} is not set")
        yield server


class Fresh(NamedTuple):
    """A database of a test's own: its name and its URL."""

    name: str
    url: str


@pytest.fixture
def postgresql(postgresql_server: Server) -> Iterator[Fresh]:
    """An empty database, dropped afterwards."""
    name = f"codemation_test_{secrets.token_hex(6)}"
    with psycopg.connect(postgresql_server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield Fresh(name, with_database(postgresql_server.url, name))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
