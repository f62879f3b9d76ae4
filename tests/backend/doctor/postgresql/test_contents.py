"""Ways in which the history is not this program's, and in which a host may not write."""

from __future__ import annotations

from contextlib import contextmanager

import psycopg
import pytest

from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from codemation.backend.migrations.revisions import HEAD, LOG_TABLE, VERSION_TABLE
from tests.backend.commands import Codemation
from tests.backend.doctor.places import OTHER, OWNER, standby
from tests.backend.doctor.postgresql.servers import (
    PENDING,
    Servers,
    Url,
    empty,
    found_and_mended,
    granted,
    held,
    spoilt,
)
from tests.backend.doctor.ways import Way
from tests.backend.places import NEXT, runtime_of


@contextmanager
def a_standby(servers: Servers) -> Url:
    database = servers.database
    with standby(servers.databases.folder, servers.databases.port) as port:
        yield database.url(port=port)


@contextmanager
def locked_history(servers: Servers) -> Url:
    with servers.databases.fresh() as database, psycopg.connect(database.url("postgres")) as holder:
        holder.execute(f"LOCK TABLE {VERSION_TABLE}".encode())
        yield database.url()


@contextmanager
def not_the_owner(servers: Servers) -> Url:
    """Somebody else's tables, at an older revision, with all rights but to change them."""
    with servers.databases.fresh("TEMPLATE template0") as database:
        engine = provision(runtime_of("postgresql", database.url()))
        migrate.upgrade(engine, "0002")
        engine.dispose()
        database.execute(
            f"GRANT ALL ON SCHEMA public TO {OTHER}",
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {OTHER}",
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {OTHER}",
        )
        yield database.url(OTHER)


WAYS = [
    Way("a standby", "writable", "failed", "is a standby", "Name the primary", a_standby, "CM508"),
    Way(
        "a database that is read-only",
        "writable",
        "failed",
        "is read-only for this user",
        "RESET default_transaction_read_only",
        spoilt("ALTER DATABASE {name} SET default_transaction_read_only = on"),
        "CM508",
    ),
    Way(
        "a search_path to nowhere",
        "migrations",
        "failed",
        "no schema of the database's `search_path`",
        "Create the schema",
        spoilt("ALTER DATABASE {name} SET search_path = nowhere"),
    ),
    Way(
        "no right to make tables",
        "writable",
        "failed",
        "may not create tables in the schema public",
        "GRANT CREATE ON SCHEMA",
        empty("TEMPLATE template0", role=OTHER),
        "CM502",
        PENDING,
    ),
    Way(
        "no right to read the history",
        "migrations",
        "failed",
        f"permission denied for table {VERSION_TABLE}",
        "rant",
        spoilt(role=OTHER),
        "CM502",
    ),
    Way(
        "no right to write tables",
        "writable",
        "failed",
        "may not read and write",
        "SELECT, INSERT, UPDATE and DELETE",
        granted("SELECT ON ALL TABLES IN SCHEMA public"),
        "CM502",
    ),
    Way(
        "no right to number rows",
        "writable",
        "failed",
        "which number new rows",
        "GRANT USAGE ON ALL SEQUENCES",
        granted("ALL ON ALL TABLES IN SCHEMA public"),
        "CM502",
    ),
    Way(
        "pending migrations of somebody else's tables",
        "writable",
        "failed",
        "does not own",
        "owner",
        not_the_owner,
        "CM502",
        PENDING,
    ),
    Way(
        "a newer database",
        "migrations",
        "failed",
        f"is at revision {NEXT}",
        "newer",
        spoilt(f"UPDATE {VERSION_TABLE} SET version_num = '{NEXT}'"),  # noqa: S608
        "CM506",
    ),
    Way(
        "an altered history",
        "migrations",
        "failed",
        "history is not this program's",
        "backup",
        spoilt(f"UPDATE {LOG_TABLE} SET checksum = 'x' WHERE revision = '{HEAD}'"),  # noqa: S608
        "CM507",
    ),
    Way(
        "somebody else's database",
        "migrations",
        "failed",
        "tables of somebody else",
        "another database",
        spoilt(f"DROP TABLE {VERSION_TABLE}, {LOG_TABLE}"),
        "CM511",
    ),
    Way(
        "a history that is locked",
        "migrations",
        "failed",
        "did not grant a lock in time",
        "Wait until",
        locked_history,
        "CM504",
    ),
    Way(
        "no right on the schema",
        "migrations",
        "failed",
        f"the user {OTHER} may not use the schema public",
        "GRANT USAGE ON SCHEMA",
        spoilt(
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {OTHER}",
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {OTHER}",
            role=OTHER,
        ),
        "CM502",
        remedy=f'GRANT USAGE ON SCHEMA "public" TO "{OTHER}"',
    ),
    Way(
        "a search_path to the server's own schema",
        "migrations",
        "failed",
        "PostgreSQL's own, pg_catalog",
        "a schema of your own",
        spoilt("ALTER DATABASE {name} SET search_path = pg_catalog, public"),
        "CM501",
    ),
    Way(
        "a schema that came before the one with the tables",
        "migrations",
        "warning",
        "pending, but the schema public has one",
        "put that schema first",
        spoilt(f"CREATE SCHEMA {OWNER} AUTHORIZATION {OWNER}"),
    ),
    Way(
        "a history that somebody writes",
        "writable",
        "failed",
        f"{VERSION_TABLE} is locked by process ",
        "pg_terminate_backend",
        held(f"UPDATE {VERSION_TABLE} SET version_num = version_num"),  # noqa: S608
        "CM504",
    ),
]


@pytest.mark.postgresql
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
def test_a_way(way: Way, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    found_and_mended(way, servers, codemation, monkeypatch)
