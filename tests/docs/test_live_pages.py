"""The pages that need servers: every command is run, in its order, as one user in one shell would.

Real servers stand in for those that a page names. What commands print is compared word by word: with other paths,
lines break elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.doctor.places import Redis, redis
from tests.backend.engines import own
from tests.conftest import Fresh
from tests.docs.pages import LIVE, ROOT, blocks, steps
from tests.docs.shell import says, shell
from tests.postgresql_server import Server

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Redis]:
    with redis() as server:
        yield server


@pytest.mark.parametrize("page", sorted(LIVE), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_does_what_the_page_says(
    page: Path, postgresql: Fresh, postgresql_server: Server, redis_server: Redis
) -> None:
    _, port = own(postgresql_server)
    stand_ins = {
        "postgresql://shop@db.example.com:5432/shop": f"postgresql://postgres@127.0.0.1:{port}/{postgresql.name}",
        "redis://cache.example.com:6379/0": redis_server.url(),
    }
    with shell(stand_ins) as user:
        for block in blocks(page.read_text(encoding="utf-8")):
            if block.file:
                user.write(block)
            elif block.language == "console":
                for command, printed in steps(block.text):
                    output = user.run(command)
                    assert says(printed, output), (command, output)
                    assert user.code == 0, (command, output)
