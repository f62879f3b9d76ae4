"""`codemation doctor`, against real databases and a real Redis."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import sqlite3
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from psycopg import sql

from codemation.backend.doctor.catalogue import every_check
from codemation.backend.doctor.sqlite import opened
from codemation.backend.engine import provision
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE
from codemation.backend.tables import metadata
from codemation.cli import main
from tests.backend.commands import Codemation, Project, Ran
from tests.backend.doctor.places import Redis, certificate
from tests.backend.doctor.places import redis as running_redis
from tests.backend.engines import own, snapshot, unprivileged
from tests.backend.places import IDS, runtime_of, state_of
from tests.conftest import Fresh
from tests.postgresql_server import Server
from tests.schema.closed import validate_output

CANARY = "S3cretCanary"


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    """A Redis whose default user needs no password, and `guarded` has to tell it."""
    users = (f"user guarded on >{CANARY} ~* +@all", f"user limited on >{CANARY} +ping")
    with running_redis("unixsocket sock", *users) as server:
        yield server


ANY = ("configuration", "database", "version")
CONTENTS = ("migrations", "schema", "writable", "tables", "retention")
NAMES = {
    "sqlite": (
        *ANY,
        *("file-system", "modes", "disk", "integrity", "journal", "wal", "auto-vacuum"),
        *CONTENTS,
    ),
    "postgresql": (
        *ANY,
        *("tls", "pooler", "clock", "role", "timeouts", "settings", "connections", "encoding", "collation", "locks"),
        *CONTENTS,
    ),
}


class Seen(NamedTuple):
    """What a check's paragraph says: its state in a word, and its text with the help, as one line."""

    state: str
    text: str


PARAGRAPH = re.compile(r"^(ok  |warn|FAIL|skip)  ([a-z-]+)(, …)? +(.*(?:\n(?: {10}|  \S).*)*)\n", re.MULTILINE)


def seen(ran: Ran) -> dict[str, Seen]:
    """What became of each check that is told of, by its name: of several that were skipped, the first."""
    which = re.match(r"(?:SQLite /|PostgreSQL \S)[^\n]+(?:\n?  (?:from|by)[^\n]+(?:\n  [^\n]+)*)\n\n", ran.out)
    assert which, "the database first, and why it is that one"
    body, _, last = ran.out[which.end() :].rpartition("\n\n")
    found = PARAGRAPH.findall(f"{body}\n")
    assert sum(1 + text.count("\n") for *_, text in found) == len(body.splitlines()), "nothing else is said"
    assert re.fullmatch(r"(\d+ failed)?(, )?(\d+ warnings?)?: .* explains\n|ok: .*\n", last)
    for line in ran.out.splitlines()[1:]:
        assert len(line) <= 80 or " " not in line.strip(), "only a long word is too wide"
    return {name: Seen(state.strip(), " ".join(text.split())) for state, name, _, text in found}


def states(ran: Ran) -> dict[str, str]:
    return {name: one.state for name, one in seen(ran).items()}


def test_before_and_after_migrating(project: Project, codemation: Codemation) -> None:
    ran = codemation("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert states(ran)["migrations"] == "warn"
    assert f"{', '.join(IDS)} pending" in seen(ran)["migrations"].text
    if project.kind == "sqlite":
        assert [it.name for it in project.root.iterdir()] == ["codemation.toml"]
        assert "is not there yet" in ran.out
    codemation("db", "migrate")
    ran = codemation("doctor")
    assert (ran.code, ran.err) == (0, "")
    expected = dict.fromkeys(NAMES[project.kind], "ok") | {"redis": "skip"}
    if project.kind == "postgresql":
        expected["role"] = "warn"  # the tests' own is a superuser
    assert states(ran) == expected
    told = seen(ran)
    assert re.match(r"SQLite 3\.\d|PostgreSQL \d\d", told["version"].text)
    assert re.search(r"answers in (less than 0\.1|\d+\.\d|\d\d) ms", told["database"].text)
    assert re.search(r"\d\d tables are as", told["schema"].text)


def test_as_json(project: Project, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMATION_SKIP_STARTUP_MIGRATIONS", "true")
    for code in (3, 0):
        ran = codemation("doctor", "--format", "json")
        data = json.loads(ran.out)
        validate_output("doctor", data)
        assert (ran.code, data["ok"]) == (code, not code)
        (migrations,) = [it for it in data["checks"] if it["name"] == "migrations"]
        assert migrations["code"] == ("CM505" if code else None)
        assert bool(migrations["help"]) == bool(code)
        assert ran.err == "", "told once"
        assert data["failures"] == (1 if code else 0)
        codemation("db", "migrate")
    assert project.root.exists()


def test_a_wrong_configuration_connects_to_nothing(on_a_file: Project, codemation: Codemation) -> None:
    (on_a_file.root / "codemation.toml").write_text("[app.scheduler]\nkind = 'queue'\n")
    ran = codemation("doctor")
    assert (ran.code, ran.out) == (1, "")
    assert "error[CM402]" in ran.err
    assert "error[CM403]" in ran.err


# --- databases --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        ([f"UPDATE {VERSION_TABLE} SET version_num = '0009'"], "CM506"),  # noqa: S608
        ([f"UPDATE {LOG_TABLE} SET checksum = 'x'"], "CM507"),  # noqa: S608
        ([f"DROP TABLE {VERSION_TABLE}"], "CM507"),
    ],
)
def test_what_is_refused_is_not_tried(
    project: Project, codemation: Codemation, statements: list[str], code: str
) -> None:
    codemation("db", "migrate")
    project.execute(*statements)
    before = state_of(project.kind, project.where)
    ran = codemation("doctor")
    assert ran.code == 3
    told = seen(ran)
    assert told["migrations"].state == "FAIL"
    assert told["migrations"].text.startswith(f"{code}: ")
    assert (told["schema"].state, told["writable"].state) == ("skip", "skip")
    assert ran.err == "", "told once"
    assert state_of(project.kind, project.where) == before


def test_a_file_that_is_locked(on_a_file: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    with closing(sqlite3.connect(on_a_file.where, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        ran = codemation("doctor")
    assert ran.code == 3
    assert seen(ran)["writable"].state == "FAIL"
    assert "CM504: " in seen(ran)["writable"].text


@pytest.mark.parametrize("what", ["file", "folder", "no file"])
def test_a_file_that_cannot_be_written(codemation: Codemation, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name), Path(name) / "db.sqlite"
        monkeypatch.setenv("CODEMATION_SQLITE_FILE_PATH", str(file))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        assert codemation("db", "migrate").code == 0
        if what == "no file":
            file.unlink()
        file.chmod(0o400) if what == "file" else folder.chmod(0o500)
        touched = [folder, *folder.iterdir()]
        before = snapshot(folder)
        with unprivileged(*touched):
            ran = codemation("doctor")
        assert snapshot(folder) == before
        folder.chmod(0o700)
    assert ran.code == 3
    assert seen(ran)["writable"].state == "FAIL"
    assert "CM503: " in seen(ran)["writable"].text
    assert "read-only" in seen(ran)["writable"].text


def test_a_text_file(on_a_file: Project, codemation: Codemation) -> None:
    Path(on_a_file.where).parent.mkdir()
    Path(on_a_file.where).write_text("no database, " * 99)
    ran = codemation("doctor")
    assert ran.code == 3
    assert states(ran) == {"configuration": "ok", "database": "FAIL", "version": "skip", "redis": "skip"}
    assert seen(ran)["database"].text.startswith("CM503: ")
    assert seen(ran)["version"].text.endswith("(13 checks)")


@pytest.mark.postgresql
def test_a_user_without_rights(
    postgresql_server: Server, postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, port = own(postgresql_server)
    role = f"limited_{secrets.token_hex(4)}"
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    limited = f"postgresql://{role}@127.0.0.1:{port}/{postgresql.name}"
    with psycopg.connect(postgresql.url, autocommit=True) as server:
        name = sql.Identifier(role)
        server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
        try:
            monkeypatch.setenv("DATABASE_URL", limited)
            ran = codemation("doctor")
            assert (ran.code, states(ran)["writable"]) == (3, "FAIL")
            assert f"CM502: the user {role} may not create tables in the schema public" in seen(ran)["writable"].text
            assert "GRANT CREATE ON SCHEMA" in seen(ran)["writable"].text
            ran = codemation("db", "migrate")
            assert ran.code == 3
            assert "error[CM502]" in ran.err
            assert f'GRANT CREATE ON SCHEMA "public" TO "{role}"' in " ".join(ran.err.split())
            monkeypatch.setenv("DATABASE_URL", postgresql.url)
            assert codemation("db", "migrate").code == 0
            monkeypatch.setenv("DATABASE_URL", limited)
            assert "permission denied for table codemation_revision" in codemation("db", "status").said
            told = seen(codemation("doctor"))
            assert "permission denied for table codemation_revision" in told["migrations"].text
            assert told["migrations"].text.startswith("CM502: ")
            assert (told["schema"].state, told["writable"].state) == ("skip", "skip"), "told once"
            server.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(name))
            told = seen(codemation("doctor"))
            assert told["migrations"].state == "ok"
            first = ", ".join(sorted(metadata.tables)[:3])
            assert f"the user {role} may not read and write {first}, and" in told["writable"].text
            server.execute(sql.SQL("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name))
            assert "which number new rows" in seen(codemation("doctor"))["writable"].text
            server.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(name))
            ran = codemation("doctor")
            assert (ran.code, states(ran)["writable"]) == (0, "ok"), "who need not migrate need not create tables"
        finally:
            server.execute(sql.SQL("DROP OWNED BY {}").format(name))
            server.execute(sql.SQL("DROP ROLE {}").format(name))


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("default_transaction_read_only=on", "is read-only for this user"),
        ("search_path=nowhere", "no schema of the database's `search_path` is there"),
    ],
)
def test_a_server_that_only_lets_read(
    postgresql: Fresh, codemation: Codemation, monkeypatch: pytest.MonkeyPatch, option: str, said: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{postgresql.url}&options=-c{option.replace('=', '%3D')}")
    ran = codemation("doctor")
    assert ran.code == 3
    told = seen(ran)["writable" if "read_only" in option else "migrations"]
    assert told.state == "FAIL"
    assert said in told.text


# --- Redis ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def queues(on_a_file: Project, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A project that needs Redis; its database cannot be reached."""
    assert on_a_file.root.exists()
    monkeypatch.setenv("DATABASE_URL", f"postgresql://app:{CANARY}@127.0.0.1:1/app")
    return monkeypatch


def on_redis(codemation: Codemation) -> tuple[str, Ran]:
    """What became of Redis: the database does not count here."""
    ran = codemation("doctor")
    assert ran.code == 3
    assert "CM501: " in seen(ran)["database"].text, "one that fails hides no other"
    assert CANARY not in f"{ran.out}{ran.err}"
    return states(ran)["redis"], ran


def test_redis_answers(redis: Redis, queues: pytest.MonkeyPatch, codemation: Codemation) -> None:
    for url in (redis.url(), redis.url(f"guarded:{CANARY}@"), f"unix://{redis.folder}/sock?db=1"):
        queues.setenv("REDIS_URL", url)
        state, ran = on_redis(codemation)
        assert state == "ok"
        assert re.search(r"(redis://|unix:///)\S+ answers in", seen(ran)["redis"].text)
        assert re.match(r"Redis 6\.\d+\.\d+", seen(ran)["redis-version"].text)
    queues.setenv("REDIS_URL", redis.url(f"limited:{CANARY}@"))
    state, ran = on_redis(codemation)
    assert state == "ok"
    told = seen(ran)
    assert "redis://limited:***@" in told["redis"].text
    assert told["redis-version"] == Seen("skip", "the user may not ask (INFO)")
    assert told["redis-rights"].state == "FAIL"
    assert "the user may not run scripts" in told["redis-rights"].text


@pytest.mark.parametrize(
    "query",
    [
        *(
            "family=0",
            "tls=true",
            "timeout=3",
            "maxRetriesPerRequest=null",
            "enableReadyCheck=false&db=1",
            "protocol=3",
        ),
        *("ssl_cert_reqs=none", "socket_timeout=soon", "decode_responses=maybe", "health_check_interval=x", "a", "&&"),
    ],
)
def test_what_a_redis_url_says_to_other_clients_is_left_alone(
    query: str, redis: Redis, queues: pytest.MonkeyPatch, codemation: Codemation
) -> None:
    queues.setenv("REDIS_URL", f"{redis.url(f'guarded:{CANARY}@')}?{query}")
    state, ran = on_redis(codemation)
    assert state == "ok"
    for part in query.split("&"):
        assert part.partition("=")[0] in seen(ran)["redis-url"].text, "each is named"


def test_a_certificate_that_nobody_trusts(tmp_path: Path, queues: pytest.MonkeyPatch, codemation: Codemation) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            with suppress(OSError), context.wrap_socket(link, server_side=True):
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        queues.setenv("REDIS_URL", f"rediss://:{CANARY}@127.0.0.1:{server.getsockname()[1]}/0")
        state, ran = on_redis(codemation)
        thread.join()
    assert state == "FAIL"
    assert "its certificate is not trusted" in seen(ran)["redis"].text
    assert "`?ssl_ca_certs=FILE`" in seen(ran)["redis"].text


def test_redis_refuses(redis: Redis, queues: pytest.MonkeyPatch, codemation: Codemation) -> None:
    for url, said in (
        (redis.url(f"guarded:{CANARY}wrong@"), "refuses the user of redis://guarded:***@"),
        (redis.url(f"nobody:{CANARY}@"), "refuses the user of redis://nobody:***@"),
        (f"redis://guarded:{CANARY}@127.0.0.1:1/0", "no Redis server listens at redis://guarded:***@"),
        (f"unix:///nowhere?password={CANARY}", "no Redis server listens at the socket"),
        (f"rediss://guarded:{CANARY}@127.0.0.1:{redis.port}/0", "does not answer"),
        (
            f"rediss://:{CANARY}@127.0.0.1:{redis.port}/0?ssl_ca_certs=/none.pem",
            "the file that the URL rediss://:***@",
        ),
        (f"rediss://:{CANARY}@127.0.0.1:{redis.port}/0?ssl_cert_reqs=CERT_NONE", "`required`, `optional` or `none`"),
    ):
        queues.setenv("REDIS_URL", url)
        state, ran = on_redis(codemation)
        assert state == "FAIL", url
        assert said in seen(ran)["redis"].text, url
        assert "CM509: " in seen(ran)["redis"].text


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\xff\xfe garbage \x1b[31m\r\n", b""])
def test_what_answers_is_not_redis(queues: pytest.MonkeyPatch, codemation: Codemation, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            link, _ = server.accept()
            with link:
                link.recv(1024)
                link.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        queues.setenv("REDIS_URL", f"redis://u:{CANARY}@127.0.0.1:{server.getsockname()[1]}/0")
        state, ran = on_redis(codemation)
        thread.join()
    assert state == "FAIL"
    assert "CM509: " in seen(ran)["redis"].text
    assert "\x1b[31m" not in f"{ran.out}{ran.err}"


def test_nothing_is_left_behind(project: Project, codemation: Codemation) -> None:
    engine = provision(runtime_of(project.kind, project.where))
    codemation("db", "migrate")
    before = state_of(project.kind, project.where)
    assert codemation("doctor").code == 0
    assert state_of(project.kind, project.where) == before
    engine.dispose()
    assert "DATABASE_URL" in os.environ or project.kind == "sqlite"


def test_the_page_of_a_check(codemation: Codemation) -> None:
    ran = codemation("doctor", "--about")
    assert (ran.code, ran.err) == (0, "")
    names = [check.name for check, _ in every_check()]
    assert re.findall(r"^([a-z-]+)  +\S", ran.out, re.MULTILINE) == names
    assert len(names) == len(set(names)) >= 25
    for check, _ in every_check():
        ran = codemation("doctor", "--about", check.name.upper())
        assert ran.code == 0
        assert " ".join(ran.out.split()).startswith(f"{check.name}: {check.looks_at} ")
        assert " ".join(check.page.split())[:60] in ran.said
        for line in ran.out.splitlines():
            assert len(line) <= 80, line
    ran = codemation("doctor", "--about", "enconding")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no check 'enconding'; did you mean encoding?" in ran.err


@pytest.mark.parametrize(("level", "codes"), [("failed", (0, 0, 3)), ("warning", (0, 4, 3)), ("never", (0, 0, 0))])
def test_the_exit_code_by_level(level: str, codes: tuple[int, ...], on_a_file: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    for code, statement in zip(codes, (None, "DROP INDEX ix_work_items_run_id", "DROP TABLE spans"), strict=True):
        on_a_file.execute(statement or "SELECT 1")
        assert codemation("doctor", "--exit-code", level).code == code
    assert codemation("doctor").code == 3


def test_the_checks_are_told_as_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--about", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    validate_output("checks", data)
    assert [it["name"] for it in data["checks"]] == [check.name for check, _ in every_check()]
    assert main(["doctor", "--about", "Schema", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["checks"]
    assert one in data["checks"]


def test_all_that_differs_is_in_the_details(project: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    project.execute(*(f"DROP TABLE {name}" for name in ("spans", "metric_points", "audit_events", "trace_contexts")))
    (schema,) = [
        it for it in json.loads(codemation("doctor", "--format", "json").out)["checks"] if it["name"] == "schema"
    ]
    assert len(schema["details"]) == 4
    assert schema["message"].endswith("; and 1 more")
    assert all("is missing" in one for one in schema["details"])


def test_a_quick_check_is_cut_short(
    on_a_file: Project, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says so: what was looked at is sound, the rest is not known to be."""
    codemation("db", "migrate")
    row = "INSERT INTO audit_events (occurred_at, action, target_id) VALUES ('2026-01-01', 'x', hex(zeroblob(50000)))"
    on_a_file.execute("BEGIN", *([row] * 300), "COMMIT")
    monkeypatch.setattr(opened, "CHECK_SECONDS", 0)
    told = seen(codemation("doctor"))["integrity"]
    assert told.state == "ok"
    assert "sound as far as" in told.text
    assert "larger than that" in told.text
