"""The pages that need servers: every command is run, in its order, as one user in one shell would.

Real servers stand in for those that a page names, and the role and the database are made as `postgresql.md` says. What
commands print is compared word by word: with other paths, lines break elsewhere.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.backend.doctor.places import Redis, redis
from tests.backend.engines import own
from tests.backend.pgbouncer import pooling
from tests.docs.pages import DOCS, LIVE, ROOT, blocks, steps
from tests.docs.shell import Shell, says, shell
from tests.postgresql_server import Server

pytestmark = pytest.mark.postgresql
GUIDES = DOCS / "guides"
NAME = "shop"
URL = f"postgresql://{NAME}@db.example.com:5432/{NAME}"
POOLERS = f"postgresql://{NAME}@pooler.example.com:6432/{NAME}"
REDIS = "redis://cache.example.com:6379/0"


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Redis]:
    with redis() as server:
        yield server


def only(page: Path, language: str) -> str:
    """The one block of a language."""
    (found,) = (it.text for it in blocks(page.read_text(encoding="utf-8")) if it.language == language)
    return found


@pytest.fixture
def database(postgresql_server: Server) -> Iterator[str]:
    """A role and its database, which have the same name, made as the page says."""
    name = f"{NAME}_{secrets.token_hex(6)}"
    with psycopg.connect(postgresql_server.url, autocommit=True) as server:
        for statement in only(GUIDES / "postgresql.md", "sql").replace(NAME, name).splitlines():
            server.execute(statement.encode())
        try:
            yield name
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            server.execute(f"DROP ROLE {name}".encode())


@contextmanager
def pooled(page: Path, server: Server) -> Iterator[int]:
    """The port of a pooler that is set up as the page says."""
    ini = ConfigParser()
    ini.read_string(only(page, "ini"))
    settings = dict(ini["pgbouncer"])
    assert settings.pop("pool_mode") == "transaction"
    assert settings.pop("max_client_conn") == "500"
    with pooling(server, size=int(settings.pop("default_pool_size")), **settings) as port:
        yield port


@contextmanager
def prompt(page: Path, server: Server, database: str, queues: Redis) -> Iterator[Shell]:
    """A shell in which the servers of a page stand in for what it names."""
    _, port = own(server)
    stand_ins = {URL: f"postgresql://{database}@127.0.0.1:{port}/{database}", REDIS: queues.url()}
    if POOLERS not in page.read_text(encoding="utf-8"):
        with shell(stand_ins, {database: NAME}) as user:
            yield user
        return
    with pooled(page, server) as listens:
        stand_ins[POOLERS] = f"postgresql://{database}@127.0.0.1:{listens}/{database}"
        with shell(stand_ins, {database: NAME}) as user:
            yield user


@pytest.mark.parametrize("page", sorted(LIVE), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_does_what_the_page_says(
    page: Path, postgresql_server: Server, database: str, redis_server: Redis
) -> None:
    ran = 0
    with prompt(page, postgresql_server, database, redis_server) as user:
        for block in blocks(page.read_text(encoding="utf-8")):
            if block.file:
                user.write(block)
            elif block.language == "console":
                for command, printed in steps(block.text):
                    output, ran = user.run(command), ran + 1
                    assert says(printed, output), (command, output)
                    assert not re.search(r"\bTraceback\b", output), output
    assert ran > 3
