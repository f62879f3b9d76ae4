"""What the ways on PostgreSQL share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.backend.doctor.postgresql.servers import Servers
from tests.postgresql_server import Server


@pytest.fixture(scope="session")
def servers(postgresql_server: Server) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(postgresql_server, stack)
