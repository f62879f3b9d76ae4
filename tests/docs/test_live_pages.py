"""The pages that need servers: every command is run, in its order, as one user in one shell would.

What commands print is compared word by word: with other paths, lines break elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.doctor.places import Redis, redis
from tests.docs.live import prompt, rewritten
from tests.docs.pages import LIVE, ROOT
from tests.postgresql_server import Server

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Redis]:
    with redis() as server:
        yield server


@pytest.mark.parametrize("page", sorted(LIVE), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_does_what_the_page_says(page: Path, postgresql_server: Server, redis_server: Redis) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("\n$ ") > 3
    with prompt(page, postgresql_server, redis_server) as user:
        assert rewritten(page, user) == text, "run `make generate`, and look at what changed"
