"""Prompts with real servers, for the pages that need them.

They stand in for those that a page names; the role and the database are made as `guides/postgresql.md` says, and a
pooler is set up as `guides/poolers.md` says. `python -m tests.docs.live` writes what commands print that is not what
those pages say: look at the difference, and put `…` for what is another on each machine.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.backend.doctor.places import Redis, redis
from tests.backend.engines import own
from tests.backend.pgbouncer import pooling
from tests.docs.merging import merged
from tests.docs.pages import DOCS, LIVE, ROOT, blocks, steps
from tests.docs.shell import Shell, shell
from tests.postgresql_server import EXTERNAL, Server, running

Skipped = pytest.skip.Exception
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
    """A page with the words that its commands print, where those are not what it says."""
    text, parts, at = page.read_text(encoding="utf-8"), list[str](), 0
    for block in blocks(text):
        if block.file:
            user.write(block)
        elif block.language == "console":
            parts.append(text[at : block.start])
            for command, printed in steps(block.text):
                output = user.run(command)
                parts += [f"$ {command}\n", merged(printed, output)]
            at = block.end
    return "".join([*parts, text[at:]])


def main() -> None:
    """Write every such page anew for which there are servers; say which are not written, and what they lack."""
    left: dict[str, list[str]] = {}
    for page, lack in _not_written(sorted(LIVE)):
        left.setdefault(lack, []).append(page.relative_to(ROOT).as_posix())
    if left:
        told = "; ".join(f"{', '.join(pages)} ({lack})" for lack, pages in left.items())
        sys.stderr.write(f'not written: {told}. CONTRIBUTING.md, "Set-up", says how to get it\n')


def _not_written(pages: list[Path]) -> Iterator[tuple[Path, str]]:
    """Write these pages; those for which this machine lacks something, each with what it lacks."""
    with ExitStack() as servers:
        try:
            server = servers.enter_context(running())
            if server is None:
                pytest.skip(f"no PostgreSQL: {EXTERNAL} is not set")
            queues = servers.enter_context(redis())
        except Skipped as lack:
            yield from ((page, str(lack)) for page in pages)
            return
        for page in pages:
            try:
                with prompt(page, server, queues) as user:
                    page.write_text(rewritten(page, user), encoding="utf-8")
            except Skipped as lack:
                yield page, str(lack)


if __name__ == "__main__":
    main()
