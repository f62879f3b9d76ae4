"""Servers and databases of PostgreSQL that the ways spoil."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest

from tests.backend.commands import Codemation
from tests.backend.doctor.places import OTHER, OWNER, Databases, pgbouncer
from tests.backend.doctor.ways import Way, found
from tests.postgresql_server import Server


class Servers:
    """What the ways on PostgreSQL share."""

    def __init__(self, server: Server, stack: ExitStack) -> None:
        self.databases = Databases(server)
        stack.callback(self.databases.close)
        self.database = stack.enter_context(self.databases.fresh())
        self._stack = stack
        self._pooler: tuple[int, Path] | None = None

    @property
    def pooler(self) -> tuple[int, Path]:
        self._pooler = self._pooler or self._stack.enter_context(pgbouncer(self.databases.port))
        return self._pooler


Url = Iterator[str]

PENDING = frozenset({"migrations"})
"""What also tells of an empty database."""

Made = Callable[[Servers], AbstractContextManager[str]]


def at(url: Callable[[Servers], str]) -> Made:
    """A URL that is spoilt; the database is not."""
    return lambda servers: nullcontext(url(servers))


def spoilt(*statements: str, role: str = OWNER, query: str = "") -> Made:
    """A database of its own, which a superuser spoils with `statements` (`{name}` is the database's)."""

    @contextmanager
    def made(servers: Servers) -> Url:
        with servers.databases.fresh() as database:
            database.execute(*(statement.replace("{name}", database.name) for statement in statements))
            yield database.url(role, query=query)

    return made


def empty(*options: str, role: str = OWNER, query: str = "") -> Made:
    @contextmanager
    def made(servers: Servers) -> Url:
        with servers.databases.fresh(*options) as database:
            yield database.url(role, query=query)

    return made


def role_that(*options: str) -> Made:
    """A superuser's or somebody's role, of its own, that is given all rights on the database."""

    @contextmanager
    def made(servers: Servers) -> Url:
        name = f"doctor_role_{secrets.token_hex(4)}"
        database = servers.database
        database.execute(
            f"CREATE ROLE {name} LOGIN",
            *(f"ALTER ROLE {name} {option}" for option in options),
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}",
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name}",
        )
        try:
            yield database.url(name)
        finally:
            database.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")

    return made


def granted(*rights: str) -> Made:
    return spoilt(*(f"GRANT {right} TO {OTHER}" for right in rights), role=OTHER)


def held(statement: str) -> Made:
    """A session that has done something, and then nothing for longer than doctor is patient."""

    @contextmanager
    def made(servers: Servers) -> Url:
        with (
            servers.databases.fresh() as database,
            psycopg.connect(database.url(), application_name="a console") as holder,
        ):
            holder.execute(statement.encode())
            time.sleep(1.1)
            yield database.url()

    return made


def found_and_mended(way: Way, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    """That doctor finds it and nothing else, and that its remedy, where it names a statement, makes it fit again."""
    with way.made(servers) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        found(codemation, way)
        if way.remedy:
            with psycopg.connect(url, user="postgres", autocommit=True) as admin:
                admin.execute(way.remedy.encode())
            ran = codemation("doctor", "--exit-code", "warning")
            assert ran.code == 0 or way.besides, ran.out
