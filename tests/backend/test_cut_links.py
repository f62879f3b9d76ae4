"""The link to PostgreSQL cut at its n-th message, for every n: a typed error, and the next run succeeds."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

import codemation
from codemation.backend.doctor.examination import examine
from codemation.backend.engine import provision, typed_errors
from codemation.backend.errors import BackendError, DatabaseNotReadyError
from codemation.backend.inspection import history_in
from codemation.backend.migrations import migrate
from codemation.backend.retention.prune import prune
from codemation.backend.retention.result import Pruned
from codemation.backend.waiting import until_ready
from tests.backend.engines import on_server, own
from tests.backend.link import Link, linked
from tests.backend.pgbouncer import pooling
from tests.conftest import Fresh
from tests.postgresql_server import Server, with_database
from tests.torture import FACTOR

pytestmark = pytest.mark.postgresql

FEW, MANY = (4, 6) if FACTOR == 1 else (10_000, 10_000)
"""How many places of each are tried; of fewer, all."""


class Way(NamedTuple):
    """A database by a link that can be cut, and directly."""

    link: Link
    url: str
    server: str
    name: str

    def make(self, template: str) -> None:
        """Make the database anew, as a copy."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {self.name} TEMPLATE {template}".encode())


def boot(url: str) -> None:
    with codemation.boot("/", env={"DATABASE_URL": url}):
        pass


def migrated(url: str) -> None:
    _through(url, migrate.upgrade)


def downgraded(url: str) -> None:
    _through(url, lambda engine: migrate.downgrade(engine, migrate.BASE))


DUE = (
    "INSERT INTO metric_points (name, value, workflow_id, recorded_at) VALUES ('m', 1, 'w', '2024-01-01 00:00Z')",
    (
        "INSERT INTO runs (workflow_id, status, created_at, finished_at)"
        " VALUES ('w', 'completed', '2024-01-01 00:00Z', '2024-01-01 00:00Z')"
    ),
    (
        "INSERT INTO human_tasks (run_id, node_id, status, title, request, created_at)"
        " SELECT id, 'n', 'pending', 't', '{}', '2024-01-01 00:00Z' FROM runs"
    ),
)
"""What a database at head holds: rows that are due."""


def pruned(url: str) -> None:
    done: list[Pruned] = []
    late: list[dict[str, Any]] = []

    def work(engine: Engine) -> None:
        done.append(prune(engine, on_server(url)))
        late.append(codemation.retention_lag(engine, on_server(url)))

    _through(url, work)
    assert (done[0].end, late) == ("done", [{}])


def asked(url: str) -> None:
    with codemation.boot("/", env={"DATABASE_URL": url}) as host:
        for _ in range(2):
            with host.engine.begin() as connection:
                connection.execute(text("SELECT count(*) FROM runs WHERE id > :x"), {"x": 1}).one()


def told(url: str) -> None:
    history_in(on_server(url).database)


def examined(url: str) -> None:
    results = list(examine(on_server(url), read="nothing", skips_migrations=False))
    assert {result.finding.state for result in results} <= {"ok", "warning", "failed", "skipped"}
    if failures := [result for result in results if result.finding.state == "failed"]:
        # A failure is told as a finding, whatever it is.
        assert all(result.finding.text for result in failures)
        message = "the link was cut"
        raise DatabaseNotReadyError(message, "Mend it.")


def _through(url: str, work: Callable[..., object]) -> None:
    given = on_server(url)
    engine = provision(given)
    try:
        with typed_errors(given):
            work(engine)
    finally:
        engine.dispose()


def failed(work: Callable[[str], None], url: str) -> Exception | None:
    try:
        work(url)
    except Exception as error:  # noqa: BLE001  (whatever it is)
        return error
    return None


@pytest.fixture(params=["direct", "before the pooler", "behind the pooler"])
def way(request: pytest.FixtureRequest, postgresql_server: Server, postgresql: Fresh) -> Iterator[Way]:
    _, port = own(postgresql_server)
    with ExitStack() as stack:
        if request.param == "behind the pooler":
            link = stack.enter_context(linked(port))
            behind = Server(postgresql_server.url, postgresql_server.folder, link.port)
            entry = stack.enter_context(pooling(behind, server_login_retry="0", query_wait_timeout="1"))
        elif request.param == "direct":
            link = stack.enter_context(linked(port))
            entry = link.port
        else:
            link = stack.enter_context(linked(stack.enter_context(pooling(postgresql_server))))
            entry = link.port
        url = f"postgresql://postgres@127.0.0.1:{entry}/{postgresql.name}"
        yield Way(link, url, postgresql_server.url, postgresql.name)


@pytest.fixture(scope="module")
def at_head(postgresql_server: Server) -> Iterator[str]:
    """The name of a database that is at head."""
    name = f"codemation_head_{secrets.token_hex(4)}"
    with psycopg.connect(postgresql_server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        migrated(with_database(postgresql_server.url, name))
        with psycopg.connect(with_database(postgresql_server.url, name), autocommit=True) as filled:
            for statement in DUE:
                filled.execute(statement.encode())
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.parametrize(
    ("work", "begins", "cuts"),
    [
        (boot, "empty", FEW),
        (boot, "at head", MANY),
        (downgraded, "at head", FEW),
        (asked, "at head", MANY),
        (told, "at head", MANY),
        (examined, "at head", MANY),
        (pruned, "at head", FEW),
    ],
    ids=["boot of nothing", "boot at head", "downgrade", "a host's query", "status", "doctor", "prune"],
)
def test_a_cut_is_told_and_mended(way: Way, at_head: str, work: Callable[[str], None], begins: str, cuts: int) -> None:
    def prepare() -> None:
        way.make(at_head if begins == "at head" else "template1")

    prepare()
    way.link.again(None)
    work(way.url)
    messages = way.link.passed
    assert messages
    places = range(1, messages + 1)
    for place in sorted(random.Random(messages).sample(places, min(cuts, messages))):
        prepare()
        way.link.again(place)
        failure = failed(work, way.url)
        if isinstance(failure, BackendError):
            assert failure.code in {"CM501", "CM508"}, failure
        elif failure is not None:
            # A host's own statement raises SQLAlchemy's error, which says that the connection is gone.
            assert work is asked
            assert isinstance(failure, DBAPIError)
            assert failure.connection_invalidated
        way.link.again(None)
        # A pooler remembers for a moment that its server was away.
        until_ready(lambda: work(way.url), 20)


def test_doctor_tells_of_a_cut_at_its_last_check(postgresql_server: Server, at_head: str) -> None:
    """Which asks through connections of its own: the ones before it still were there."""
    _, port = own(postgresql_server)
    with linked(port) as link:
        given = on_server(f"postgresql://postgres@127.0.0.1:{link.port}/{at_head}")
        link.again(None)
        assert [it for it in examine(given, read="nothing", skips_migrations=False) if it.failure] == []
        link.again(link.passed - 20)
        found = {it.check.name: it for it in examine(given, read="nothing", skips_migrations=False)}
        assert [name for name, it in found.items() if it.failure] == ["retention"]
        assert found["retention"].finding.code == "CM501"
