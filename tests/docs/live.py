"""Prompts with real servers, for the pages that need them.

They stand in for those that a page names; the role and the database are made as `guides/postgresql.md` says, and a
pooler is set up as `guides/poolers.md` says. `python -m tests.docs.live` writes what commands print that is not what
those pages say: look at the difference, and put `…` for what is another on each machine.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.backend.doctor.places import Redis, redis
from tests.backend.engines import own
from tests.backend.pgbouncer import pooling
from tests.docs.pages import DOCS, LIVE, blocks, steps
from tests.docs.shell import Shell, says, shell
from tests.postgresql_server import Server, running

GUIDES = DOCS / "guides"
NAME = "shop"
URL = f"postgresql://{NAME}@db.example.com:5432/{NAME}"
POOLERS = f"postgresql://{NAME}@pooler.example.com:6432/{NAME}"
REDIS = "redis://cache.example.com:6379/0"


def only(page: Path, language: str) -> str:
    """The one block of a language."""
    (found,) = (it.text for it in blocks(page.read_text(encoding="utf-8")) if it.language == language)
    return found


@contextmanager
def made(server: Server) -> Iterator[str]:
    """A role and its database, which have the same name."""
    name = f"{NAME}_{secrets.token_hex(6)}"
    with psycopg.connect(server.url, autocommit=True) as admin:
        for statement in only(GUIDES / "postgresql.md", "sql").replace(NAME, name).splitlines():
            admin.execute(statement.encode())
        try:
            yield name
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            admin.execute(f"DROP ROLE {name}".encode())


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
def prompt(page: Path, server: Server, queues: Redis) -> Iterator[Shell]:
    """A shell in which the servers of a page stand in for what it names."""
    _, port = own(server)
    with made(server) as database:
        stand_ins = {URL: f"postgresql://{database}@127.0.0.1:{port}/{database}", REDIS: queues.url()}
        if POOLERS not in page.read_text(encoding="utf-8"):
            with shell(stand_ins, {database: NAME}) as user:
                yield user
            return
        with pooled(page, server) as listens:
            stand_ins[POOLERS] = f"postgresql://{database}@127.0.0.1:{listens}/{database}"
            with shell(stand_ins, {database: NAME}) as user:
                yield user


def rewritten(page: Path, user: Shell) -> str:
    """A page with what its commands print, where that is not what it says."""
    text, parts, at = page.read_text(encoding="utf-8"), list[str](), 0
    for block in blocks(text):
        if block.file:
            user.write(block)
        elif block.language == "console":
            parts.append(text[at : block.start])
            for command, printed in steps(block.text):
                output = user.run(command)
                parts += [f"$ {command}\n", printed if says(printed, output) else output]
            at = block.end
    return "".join([*parts, text[at:]])


def main() -> None:
    """Write every such page anew."""
    with running() as server, redis() as queues:
        assert server is not None, "no PostgreSQL"
        for page in sorted(LIVE):
            with prompt(page, server, queues) as user:
                page.write_text(rewritten(page, user), encoding="utf-8")


if __name__ == "__main__":
    main()
