"""Ways in which a PostgreSQL database is not fit: each is made for real, and `doctor` names each."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import date
from pathlib import Path

import psycopg
import pytest

from codemation.backend.doctor.postgresql import lifetimes, link, locks
from codemation.backend.engine import provision
from codemation.backend.migrations import migrate
from codemation.backend.migrations.revisions import HEAD, LOG_TABLE, VERSION_TABLE
from tests.backend.commands import Codemation
from tests.backend.doctor.places import (
    NOBODY,
    OTHER,
    OWNER,
    Databases,
    other_address,
    pgbouncer,
    standby,
)
from tests.backend.doctor.ways import Way, found
from tests.backend.places import NEXT, runtime_of
from tests.postgresql_server import SCRAM_PASSWORD, Server


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


@pytest.fixture(scope="module")
def servers(postgresql_server: Server) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(postgresql_server, stack)


Url = Iterator[str]
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


@contextmanager
def through_statements(servers: Servers) -> Url:
    yield f"postgresql://{OWNER}@127.0.0.1:{servers.pooler[0]}/by_statement"


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


def granted(*rights: str) -> Made:
    return spoilt(*(f"GRANT {right} TO {OTHER}" for right in rights), role=OTHER)


@contextmanager
def old_collation(servers: Servers) -> Url:
    options = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0"
    with servers.databases.fresh(options) as database:
        database.execute(f"UPDATE pg_database SET datcollversion = '0' WHERE datname = '{database.name}'")  # noqa: S608
        yield database.url()


@contextmanager
def a_failed_index(servers: Servers) -> Url:
    """As `CREATE UNIQUE INDEX CONCURRENTLY` leaves it where a value is there twice: new rows it refuses."""
    with servers.databases.fresh() as database:
        row = "INSERT INTO metric_points (name, value, workflow_id, recorded_at) VALUES ('n', 1, 'w', now())"
        database.execute(row, row)
        with pytest.raises(psycopg.errors.UniqueViolation):
            database.execute("CREATE UNIQUE INDEX CONCURRENTLY mine ON metric_points (name)")
        yield database.url()


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


@contextmanager
def a_prepared_transaction(servers: Servers) -> Url:
    with servers.databases.fresh() as database:
        with psycopg.connect(database.url(), autocommit=True) as session:
            for statement in ("BEGIN", "LOCK TABLE runs", "PREPARE TRANSACTION 'it''s theirs'"):
                session.execute(statement.encode())
        time.sleep(1.1)
        try:
            yield database.url()
        finally:
            if database.admin.execute("SELECT 1 FROM pg_prepared_xacts WHERE gid = 'it''s theirs'").fetchone():
                database.execute("ROLLBACK PREPARED 'it''s theirs'")


def impatient(what: str, made: Made) -> Made:
    """With a doctor that is not patient."""

    @contextmanager
    def hurried(servers: Servers) -> Url:
        with pytest.MonkeyPatch.context() as patch, made(servers) as url:
            patch.setitem(locks.PATIENCE, what, 0.0)
            yield url

    return hurried


@contextmanager
def an_unread_slot(servers: Servers) -> Url:
    """No gigabyte is written: the least that is told is nothing."""
    database = servers.database
    database.execute("SELECT pg_create_physical_replication_slot('theirs', true)")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(locks, "LEAST_KEPT", 0)
            yield database.url()
    finally:
        database.execute("SELECT pg_drop_replication_slot('theirs')")


PENDING = frozenset({"migrations"})

POSTGRESQL = [
    Way("nobody listens", "database", "failed", "Connection refused", "server runs", at(lambda _: NOBODY), "CM501"),
    Way(
        "no such database",
        "database",
        "failed",
        'database "nowhere" does not exist',
        "database",
        at(lambda it: it.database.url().replace(it.database.name, "nowhere")),
        "CM501",
    ),
    Way(
        "a wrong password",
        "database",
        "failed",
        "refuses the user",
        "password",
        at(lambda it: it.database.url(f"scrammer:{SCRAM_PASSWORD[:6]}wrong")),
        "CM502",
    ),
    Way(
        "a role that is not there",
        "database",
        "failed",
        "does not know the user",
        "`CREATE ROLE … LOGIN PASSWORD …`",
        at(lambda it: it.database.url("no")),
        "CM502",
    ),
    Way(
        "a role that may not log in",
        "database",
        "failed",
        "not permitted to log in",
        "user",
        role_that("NOLOGIN"),
        "CM502",
    ),
    Way(
        "no right to connect",
        "database",
        "failed",
        "permission denied for database",
        "",
        spoilt("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC", role=OTHER),
    ),
    Way(
        "a pooler in statement mode",
        "pooler",
        "failed",
        "statement pooling mode",
        "`pool_mode = transaction`",
        through_statements,
        "CM501",
    ),
    Way(
        "no TLS to another machine",
        "tls",
        "warning",
        "not encrypted",
        "`sslmode=verify-full`",
        at(lambda it: it.database.url(host=other_address(), port=it.pooler[0], query="?sslmode=disable")),
    ),
    Way(
        "TLS that nobody verifies",
        "tls",
        "warning",
        "nobody checks who answers (sslmode=require)",
        "`sslmode=verify-full`",
        at(lambda it: it.database.url(host=other_address(), port=it.pooler[0], query="?sslmode=require")),
    ),
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
    Way("a superuser", "role", "warning", "is a superuser", "CREATE ROLE", at(lambda it: it.database.url("postgres"))),
    Way(
        "a password that has ended",
        "role",
        "warning",
        "has ended",
        "VALID UNTIL 'infinity'",
        role_that("VALID UNTIL '2020-01-01'"),
    ),
    Way(
        "a statement_timeout of the role",
        "timeouts",
        "warning",
        "statement_timeout 500 ms",
        "RESET statement_timeout",
        role_that("SET statement_timeout = '500ms'"),
    ),
    Way(
        "a time-out of the database for transactions that do nothing",
        "timeouts",
        "warning",
        "idle_in_transaction_session_timeout 2 s",
        "ALTER DATABASE",
        spoilt("ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '2s'"),
    ),
    Way(
        "a time-out for transactions in the URL",
        "timeouts",
        "warning",
        "transaction_timeout 5 s",
        "in the URL",
        at(lambda it: it.database.url(query="?options=-ctransaction_timeout%3D5s")),
    ),
    Way(
        "a time-out for locks",
        "timeouts",
        "warning",
        "lock_timeout 50 ms",
        "RESET lock_timeout",
        role_that("SET lock_timeout = '50ms'"),
    ),
    Way(
        "few connections for the role",
        "connections",
        "warning",
        "3 of 3 free (role)",
        "CONNECTION LIMIT",
        role_that("CONNECTION LIMIT 3"),
    ),
    Way(
        "few connections for the database",
        "connections",
        "warning",
        "of 5 free (database)",
        "CONNECTION LIMIT",
        spoilt("ALTER DATABASE {name} CONNECTION LIMIT 5"),
    ),
    Way(
        "LATIN1",
        "encoding",
        "failed",
        "LATIN1, which has no place for",
        "ENCODING 'UTF8'",
        empty("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"),
        "CM508",
        PENDING,
    ),
    Way(
        "SQL_ASCII",
        "encoding",
        "warning",
        "bytes of any encoding unchecked",
        "ENCODING 'UTF8'",
        empty("ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"),
        None,
        PENDING,
    ),
    Way(
        "another client_encoding",
        "encoding",
        "warning",
        "a host speaks LATIN1",
        "PGCLIENTENCODING",
        at(lambda it: it.database.url(query="?client_encoding=latin1")),
    ),
    Way(
        "a collation of another version",
        "collation",
        "warning",
        "version 0 of C.UTF-8",
        "REINDEX DATABASE",
        old_collation,
        None,
        PENDING,
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
        "a rule in place of a write",
        "tables",
        "failed",
        "the rule nothing on runs does something else in place of INSERT",
        'DROP RULE "nothing" ON runs',
        spoilt("CREATE RULE nothing AS ON INSERT TO runs DO INSTEAD NOTHING"),
    ),
    Way(
        "row level security",
        "tables",
        "failed",
        f"row level security on runs hides every row from {OWNER}",
        "DISABLE ROW LEVEL SECURITY",
        spoilt("ALTER TABLE runs ENABLE ROW LEVEL SECURITY", "ALTER TABLE runs FORCE ROW LEVEL SECURITY"),
    ),
    Way(
        "policies of row level security",
        "tables",
        "warning",
        "only the rows that its policies allow",
        "BYPASSRLS",
        spoilt(
            "ALTER TABLE runs ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE runs FORCE ROW LEVEL SECURITY",
            "CREATE POLICY few ON runs USING (workflow_id = 'w')",
        ),
    ),
    Way(
        "a trigger that drops rows",
        "tables",
        "warning",
        "the trigger swallow on runs, which is not codemation's, may change or drop a row before INSERT or UPDATE",
        'DROP TRIGGER "swallow" ON runs',
        spoilt(
            "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER swallow BEFORE INSERT OR UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION swallow()",
            "CREATE TRIGGER off BEFORE INSERT ON spans FOR EACH ROW EXECUTE FUNCTION swallow()",
            "ALTER TABLE spans DISABLE TRIGGER off",
            "CREATE TRIGGER watches AFTER INSERT ON spans FOR EACH ROW EXECUTE FUNCTION swallow()",
        ),
    ),
    Way(
        "a table that a crash empties",
        "tables",
        "warning",
        "metric_points is UNLOGGED",
        "ALTER TABLE metric_points SET LOGGED",
        spoilt("ALTER TABLE metric_points SET UNLOGGED"),
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
        "a table that is gone",
        "schema",
        "failed",
        "the table spans is missing",
        "codemation db sql",
        spoilt("DROP TABLE spans"),
    ),
    Way(
        "a column that is gone",
        "schema",
        "failed",
        "the column runs.status is missing",
        "backup",
        spoilt("ALTER TABLE runs DROP COLUMN status"),
    ),
    Way(
        "a column of another type",
        "schema",
        "failed",
        "runs.subworkflow_depth is bigint, not integer",
        "by hand",
        spoilt("ALTER TABLE runs ALTER COLUMN subworkflow_depth TYPE bigint"),
    ),
    Way(
        "a column that may be NULL",
        "schema",
        "failed",
        "runs.workflow_id may be NULL",
        "by hand",
        spoilt("ALTER TABLE runs ALTER COLUMN workflow_id DROP NOT NULL"),
    ),
    Way(
        "a default that is gone",
        "schema",
        "failed",
        "runs.node_activations has lost its default",
        "by hand",
        spoilt("ALTER TABLE runs ALTER COLUMN node_activations DROP DEFAULT"),
    ),
    Way(
        "another default",
        "schema",
        "failed",
        "runs.node_activations has another default than 0",
        "by hand",
        spoilt("ALTER TABLE runs ALTER COLUMN node_activations SET DEFAULT 99"),
    ),
    Way(
        "a column that nobody fills",
        "schema",
        "failed",
        "runs has a column of somebody else's that must be filled, cost",
        "by hand",
        spoilt("ALTER TABLE runs ADD COLUMN cost int NOT NULL"),
    ),
    Way(
        "a constraint that is gone",
        "schema",
        "failed",
        "work_items lacks FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE",
        "codemation db sql",
        spoilt("ALTER TABLE work_items DROP CONSTRAINT fk_work_items_run_id"),
    ),
    Way(
        "an index that is gone",
        "schema",
        "warning",
        "work_items lacks the index ix_work_items_run_id on (run_id)",
        "codemation db sql",
        spoilt("DROP INDEX ix_work_items_run_id"),
    ),
    Way(
        "an index that was never finished",
        "schema",
        "warning",
        "work_items's index ix_work_items_run_id was never finished",
        "REINDEX",
        spoilt("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_work_items_run_id'::regclass"),
        remedy="REINDEX INDEX ix_work_items_run_id",
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
        "a view in a table's place",
        "schema",
        "failed",
        "the table metric_points is missing: a view has its name",
        "ALTER VIEW metric_points RENAME TO",
        spoilt("ALTER TABLE metric_points RENAME TO theirs", "CREATE VIEW metric_points AS SELECT * FROM theirs"),
    ),
    Way(
        "a table in another schema",
        "schema",
        "failed",
        "the table spans is missing: the schema other has one",
        "SET SCHEMA",
        spoilt(f"CREATE SCHEMA other AUTHORIZATION {OWNER}", "ALTER TABLE spans SET SCHEMA other"),
        remedy='ALTER TABLE "other".spans SET SCHEMA "public"',
    ),
    Way(
        "a constraint that is not validated",
        "schema",
        "failed",
        "but not in force for all rows",
        "ALTER TABLE",
        spoilt(
            "ALTER TABLE work_items DROP CONSTRAINT fk_work_items_run_id",
            "ALTER TABLE work_items ADD CONSTRAINT fk_work_items_run_id "
            "FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE NOT VALID",
        ),
        remedy="ALTER TABLE work_items VALIDATE CONSTRAINT fk_work_items_run_id",
    ),
    Way(
        "an index of another method",
        "schema",
        "warning",
        "work_items's index ix_work_items_run_id is (run_id) USING hash, not (run_id)",
        "DROP INDEX ix_work_items_run_id",
        spoilt(
            "DROP INDEX ix_work_items_run_id", "CREATE INDEX ix_work_items_run_id ON work_items USING hash (run_id)"
        ),
    ),
    Way(
        "a constraint of somebody else's",
        "schema",
        "warning",
        "runs has CHECK mine, which is not codemation's",
        "unless you know",
        spoilt("ALTER TABLE runs ADD CONSTRAINT mine CHECK (workflow_id <> 'x')"),
        remedy="ALTER TABLE runs DROP CONSTRAINT mine",
    ),
    Way(
        "a unique index that failed to be made",
        "schema",
        "warning",
        "metric_points has the index mine, which is not codemation's",
        "unless you know",
        a_failed_index,
        besides=frozenset({"retention"}),
        remedy="DROP INDEX mine",
    ),
    Way(
        "foreign keys that are switched off",
        "tables",
        "warning",
        "the triggers of runs that keep foreign keys are switched off",
        "as a superuser",
        spoilt("ALTER TABLE runs DISABLE TRIGGER ALL"),
        remedy="ALTER TABLE runs ENABLE TRIGGER ALL",
    ),
    Way(
        "a table that is published without an identity",
        "tables",
        "failed",
        "runs is published without a replica identity",
        "ALTER TABLE",
        spoilt("ALTER TABLE runs REPLICA IDENTITY NOTHING", "CREATE PUBLICATION theirs FOR TABLE runs"),
        remedy="ALTER TABLE runs REPLICA IDENTITY DEFAULT",
    ),
    Way(
        "a table of an extension's",
        "tables",
        "warning",
        "spans belongs to the extension plpgsql",
        "which leaves the table",
        spoilt("ALTER EXTENSION plpgsql ADD TABLE spans"),
        remedy='ALTER EXTENSION "plpgsql" DROP TABLE spans',
    ),
    Way(
        "a table that refers to ours",
        "tables",
        "warning",
        "theirs refers to metric_points without ON DELETE",
        "ON DELETE CASCADE or SET NULL",
        spoilt("CREATE TABLE theirs (point BIGINT REFERENCES metric_points (id))"),
    ),
    Way(
        "a sequence that is behind",
        "tables",
        "failed",
        "metric_points_id_seq is behind metric_points",
        "setval",
        spoilt("INSERT INTO metric_points (id, name, value, workflow_id, recorded_at) VALUES (7, 'n', 1, 'w', now())"),
        remedy="SELECT setval('metric_points_id_seq', (SELECT max(id) FROM metric_points))",
    ),
    Way(
        "foreign keys that nobody keeps",
        "settings",
        "warning",
        "session_replication_role is replica",
        "RESET session_replication_role",
        spoilt("ALTER DATABASE {name} SET session_replication_role = replica"),
    ),
    Way(
        "numbers that lose digits",
        "settings",
        "warning",
        "extra_float_digits is -15",
        "RESET extra_float_digits",
        spoilt("ALTER DATABASE {name} SET extra_float_digits = -15"),
    ),
    Way(
        "a lock on a table",
        "locks",
        "failed",
        "runs is locked by process ",
        "pg_terminate_backend",
        held("LOCK TABLE runs IN EXCLUSIVE MODE"),
    ),
    Way(
        "a lock that a prepared transaction holds",
        "locks",
        "failed",
        "runs is locked by the prepared transaction it's theirs",
        "ROLLBACK PREPARED",
        a_prepared_transaction,
        remedy="ROLLBACK PREPARED 'it''s theirs'",
    ),
    Way(
        "a session that is idle in its transaction",
        "locks",
        "warning",
        "(a console), idle in transaction, for ",
        "pg_terminate_backend",
        impatient("idle", held("SELECT count(*) FROM runs")),
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
    Way(
        "a replication slot that nobody reads",
        "locks",
        "warning",
        "the replication slot theirs, which nobody reads, keeps ",
        "pg_drop_replication_slot",
        an_unread_slot,
    ),
]


@pytest.mark.postgresql
@pytest.mark.parametrize("way", POSTGRESQL, ids=lambda way: way.what)
def test_postgresql(way: Way, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    with way.made(servers) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        found(codemation, way)
        if way.remedy:
            with psycopg.connect(url, user="postgres", autocommit=True) as admin:
                admin.execute(way.remedy.encode())
            ran = codemation("doctor", "--exit-code", "warning")
            assert ran.code == 0 or way.besides, ran.out


@pytest.mark.postgresql
def test_postgresql_is_fit_otherwise(servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Directly, and through a pooler, whose certificate is verified."""
    port, certificate = servers.pooler
    for url in (
        servers.database.url(),
        servers.database.url(host="localhost", port=port, query=f"?sslmode=verify-full&sslrootcert={certificate}"),
    ):
        monkeypatch.setenv("DATABASE_URL", url)
        ran = codemation("doctor", "--format", "json", "--exit-code", "warning")
        assert ran.code == 0, ran.out
        checks = {check["name"]: check for check in json.loads(ran.out)["checks"]}
        assert {check["state"] for name, check in checks.items() if not name.startswith("redis")} == {"ok"}
        through = str(port) in url
        assert checks["pooler"]["message"].startswith("one stands between" if through else "none")
        assert ("certificate and name are verified" in checks["tls"]["message"]) == through


@pytest.mark.postgresql
def test_a_pool_that_is_too_large(servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", servers.database.url())
    monkeypatch.setenv("CODEMATION_DATABASE_POOL_SIZE", "500")
    found(codemation, Way("pool", "connections", "warning", "a host's pool takes up to 500", "`poolSize`", None))


@pytest.mark.postgresql
def test_what_is_hidden_is_skipped(servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some providers hide the catalogues that name roles and databases."""
    hidden = ("pg_roles", "pg_database", "pg_settings", "pg_stat_database", "pg_stat_activity")
    with spoilt(*(f"REVOKE ALL ON pg_catalog.{name} FROM PUBLIC" for name in hidden))(servers) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        ran = codemation("doctor", "--format", "json", "--exit-code", "warning")
    assert ran.code == 0, ran.out
    checks = {check["name"]: check for check in json.loads(ran.out)["checks"] if not check["name"].startswith("redis")}
    skipped = {name: check["message"] for name, check in checks.items() if check["state"] != "ok"}
    assert skipped.keys() == {"role", "timeouts", "settings", "connections", "collation", "locks"}
    for message in skipped.values():
        assert message.startswith("the server does not say: permission denied for ")


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("way", "day"),
    [
        (Way("ended", "version", "warning", "no fixes since 2030-11-14", "pg_upgrade", None), date(2031, 1, 1)),
        (Way("ends soon", "version", "warning", "last fixes on 2030-11-14", "pg_upgrade", None), date(2030, 11, 1)),
    ],
    ids=lambda it: it.what if isinstance(it, Way) else "",
)
def test_a_version_ends(
    way: Way, day: date, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests' server is the newest there is: it is this machine's calendar that is another day's."""
    monkeypatch.setattr(lifetimes, "ENDS", {servers.database.admin.info.server_version // 10000: date(2030, 11, 14)})
    monkeypatch.setattr(lifetimes, "today", lambda: day)
    monkeypatch.setenv("DATABASE_URL", servers.database.url())
    found(codemation, way)


@pytest.mark.postgresql
@pytest.mark.parametrize(("seconds", "direction"), [(3600, "1 h behind"), (-90, "90 s ahead of")])
def test_clocks_differ(
    seconds: float, direction: str, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may change this machine's clock: doctor's is."""
    real = link.now
    monkeypatch.setattr(link, "now", lambda: real() + seconds)
    monkeypatch.setenv("DATABASE_URL", servers.database.url())
    found(codemation, Way("clock", "clock", "warning", direction, "NTP", None))
