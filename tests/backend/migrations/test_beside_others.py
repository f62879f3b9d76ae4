"""Migrations leave alone what is not theirs: other schemas, logging, imports."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import (
    MetaData,
    Table,
    inspect,
    text,
)

from codemation.backend.errors import DatabaseAuthenticationError, DatabaseUnreachableError
from codemation.backend.migrations import migrate, runner
from codemation.backend.migrations.errors import MigrationFailedError, MigrationsPendingError
from codemation.backend.migrations.history_queries import AT_HEAD, Query
from codemation.backend.migrations.migrate import BASE
from codemation.backend.migrations.revisions import LOG_TABLE
from codemation.backend.postgresql.dialect import AT_START
from codemation.backend.sqlite import inspection as sqlite_inspection
from codemation.backend.tables import metadata
from codemation.backend.tables.bookkeeping import bookkeeping
from tests.backend.places import (
    IDS,
    PROVISION,
    Place,
    counts,
    execute,
    run,
)


def test_only_the_current_schema_counts(on_postgresql: Place) -> None:
    """`search_path=app,public`, with somebody else's codemation in `public`."""
    migrate.upgrade(on_postgresql.engine)
    execute(on_postgresql, "CREATE SCHEMA app")
    options = quote("-csearch_path=app,public", safe="")
    within = Place("postgresql", f"{on_postgresql.where}&options={options}", on_postgresql.engine)
    engine = within.again()
    with pytest.raises(MigrationsPendingError, match="has no tables yet"):
        migrate.verify(engine)
    assert [it.id for it in migrate.upgrade(engine, "0002")] == IDS[:2]
    with engine.connect() as connection:
        assert inspect(connection).has_table("runs", schema="app")
        assert not inspect(connection).has_table("spans", schema="app")
        assert connection.execute(text("SHOW search_path")).scalar() == "app,public"
        connection.rollback()
    assert migrate.losses(engine, "0001")["runs"] == 0
    migrate.downgrade(engine, BASE)
    migrate.verify(on_postgresql.engine)
    assert [it.id for it in migrate.upgrade(engine)] == IDS
    migrate.verify(engine)
    engine.dispose()


def test_a_search_path_that_leads_nowhere(on_postgresql: Place) -> None:
    where = f"{on_postgresql.where}&options={quote('-csearch_path=nowhere', safe='')}"
    engine = Place("postgresql", where, on_postgresql.engine).again()
    for attempt in (migrate.upgrade, migrate.status, migrate.verify):
        with pytest.raises(DatabaseUnreachableError, match="no schema of the database's `search_path` is there"):
            attempt(engine)
    engine.dispose()
    assert counts(on_postgresql.engine) == {}


@pytest.mark.parametrize("schema", ["pg_catalog", "information_schema"])
def test_a_search_path_to_the_servers_own(schema: str, on_postgresql: Place) -> None:
    where = f"{on_postgresql.where}&options={quote(f'-csearch_path={schema},public', safe='')}"
    engine = Place("postgresql", where, on_postgresql.engine).again()
    for attempt in (migrate.upgrade, migrate.status, migrate.verify):
        with pytest.raises(DatabaseUnreachableError, match=f"PostgreSQL's own, {schema}"):
            attempt(engine)
    engine.dispose()
    assert counts(on_postgresql.engine) == {}


def test_a_schema_that_may_not_be_used(on_postgresql: Place) -> None:
    """It is there, and looks as if it were not; the one that `"$user"` stands for comes first."""
    options = quote('-crole=unwelcome -csearch_path=nowhere,"$user"', safe="")
    with psycopg.connect(on_postgresql.where, autocommit=True) as admin:
        admin.execute("CREATE ROLE unwelcome")
        admin.execute("CREATE SCHEMA unwelcome")
        engine = Place("postgresql", f"{on_postgresql.where}&options={options}", on_postgresql.engine).again()
        said = "the user unwelcome may not use the schema unwelcome"
        try:
            for attempt in (migrate.upgrade, migrate.status, migrate.verify):
                with pytest.raises(DatabaseAuthenticationError, match=said) as caught:
                    attempt(engine)
                assert 'GRANT USAGE ON SCHEMA "unwelcome" TO "unwelcome"' in caught.value.help
        finally:
            engine.dispose()
            admin.execute("DROP SCHEMA unwelcome")
            admin.execute("DROP ROLE unwelcome")


def test_logging_is_the_applications(place: Place) -> None:
    own = logging.getLogger("an.application")
    root = logging.getLogger()
    names = ("alembic", "alembic.runtime.migration", "sqlalchemy", "sqlalchemy.engine")

    def state() -> list[Any]:
        loggers = [root, own, *map(logging.getLogger, names)]
        return [(it.name, it.level, it.disabled, list(it.handlers), it.propagate, list(it.filters)) for it in loggers]

    runner.load_scripts()  # on import Alembic gives its logger a handler that does nothing
    before = state()
    migrate.upgrade(place.engine)
    migrate.downgrade(place.engine, BASE)
    assert state() == before


_BOOT = f"""{PROVISION}
migrate.verify(engine)
print(migrate.at_head(engine), migrate.upgrade(engine), "alembic" in sys.modules)
engine.dispose()
"""


def test_a_boot_at_head_imports_no_alembic(place: Place) -> None:
    migrate.upgrade(place.engine)
    assert run(_BOOT, place.kind, place.where) == "True () False\n"


@pytest.mark.postgresql
def test_the_check_at_head_is_one_statement(on_postgresql: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(on_postgresql.engine)
    asked: list[str] = []
    execute = psycopg.Cursor.execute

    def recording(self: psycopg.Cursor[Any], query: Any, *rest: Any, **options: Any) -> Any:
        asked.append(str(query))
        return execute(self, query, *rest, **options)

    with on_postgresql.engine.connect():
        pass
    monkeypatch.setattr(psycopg.Cursor, "execute", recording)
    assert migrate.at_head(on_postgresql.engine)
    assert [query for query in asked if query.strip(";")] == [AT_START]


@pytest.mark.postgresql
def test_looking_leaves_a_connection_as_it_was(on_postgresql: Place) -> None:
    """What a role's defaults say holds for the host's own transactions, whoever looked before."""
    migrate.upgrade(on_postgresql.engine)
    options = quote("-cdefault_transaction_read_only=on -cdefault_transaction_isolation=serializable", safe="")
    engine = Place("postgresql", f"{on_postgresql.where}&options={options}", on_postgresql.engine).again()
    assert migrate.at_head(engine, reads=True)
    assert migrate.status(engine).up_to_date
    with pytest.raises(MigrationFailedError, match="is read-only"):
        migrate.at_head(engine)
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert (driver.read_only, driver.isolation_level, driver.autocommit) == (None, None, False)
        assert connection.execute(text("SHOW transaction_read_only")).scalar() == "on"
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "serializable"
    engine.dispose()


def test_the_check_at_head_is_one_statement_on_sqlite(on_sqlite: Place) -> None:
    migrate.upgrade(on_sqlite.engine)
    asked: list[str] = []

    def recording(query: Query) -> bool:
        def asking(statement: str) -> Sequence[Sequence[Any]]:
            asked.append(statement)
            return query(statement)

        return sqlite_inspection.at_head(asking)

    assert sqlite_inspection.inspect(on_sqlite.where, recording)
    assert asked == [AT_HEAD["sqlite"]]


def test_the_bookkeeping_is_not_a_hosts_table() -> None:
    assert isinstance(bookkeeping, MetaData)
    assert isinstance(bookkeeping.tables[LOG_TABLE], Table)
    assert not bookkeeping.tables.keys() & metadata.tables.keys()
