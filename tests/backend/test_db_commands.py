"""`codemation db`, against the real thing: SQLite files, and a PostgreSQL server."""

from __future__ import annotations

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from codemation import __version__
from codemation.backend.migrations.history_queries import ADVISORY_KEY
from codemation.backend.migrations.migrate import HEAD
from codemation.backend.migrations.offline_sql import offline_sql
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE, revisions
from codemation.backend.migrations.rewrites import REWRITES
from tests.backend.commands import ROWS, Codemation, Project
from tests.backend.places import IDS, NEXT
from tests.schema.closed import validate_output


def test_the_whole_way(project: Project, codemation: Codemation) -> None:
    ran = codemation("db", "status")
    assert ran.code == 0
    assert "no revision: there are no tables yet pending 0001 people credentials workflows 0002 runs" in ran.said
    if project.kind == "sqlite":
        assert not Path(project.where).exists(), "reading makes nothing"
    ran = codemation("db", "migrate", "--to", "0002")
    assert (ran.code, ran.err) == (0, "")
    assert re.findall(r"^  (\d{4}) .*?  \d+(?:\.\d)? m?s$", ran.out, re.MULTILINE) == IDS[:2]
    assert ran.out.endswith("done: 2 revisions applied, now at 0002\n")
    ran = codemation("db", "status", "--check")
    assert ran.code == 4
    assert "at 0002, applied 20" in ran.said
    assert "pending 0003 observability audit" in ran.said
    assert "error[CM505]: the database is at revision 0002" in ran.said
    assert "codemation db migrate" in ran.err
    ran = codemation("db", "migrate")
    assert re.search(rf"^done: {len(IDS) - 2} revisions? applied, now at {HEAD}\n\Z", ran.out, re.MULTILINE)
    ran = codemation("db", "migrate")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, f"nothing to do: at {HEAD}")
    ran = codemation("db", "status", "--check")
    assert (ran.code, ran.err) == (0, "")
    assert f"at {HEAD} (head), applied 20" in ran.said
    assert "pending nothing" in ran.said
    ran = codemation("db", "history")
    row = r"  {}  applied  20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC in \d+ ms by codemation {}(?:  |\n {{8}})[a-z ]+\n"
    assert max(map(len, ran.out.splitlines()[1:])) <= 80
    assert re.fullmatch(
        "[^\n]+\n(?:  (?:by|from) [^\n]+\n)?" + "".join(row.format(it, re.escape(__version__)) for it in IDS), ran.out
    )
    ran = codemation("db", "downgrade", "base", "--yes")
    assert ran.code == 0
    assert ran.out.endswith("done: now at base\n")
    assert "no revision" in codemation("db", "status").out
    assert "nothing to do: at base" in codemation("db", "downgrade", "base").out


def test_a_history_by_a_program_with_a_long_version_fits_80_columns(project: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    version = "1.0.0.dev123+g0123456789abcdef.d20260102"
    project.execute(f"UPDATE {LOG_TABLE} SET program_version = '{version}', duration_ms = 1234567")  # noqa: S608
    ran = codemation("db", "history")
    lines = ran.out.split("  0001  ")[1].splitlines()
    assert lines[0] == "applied"
    assert f"by codemation {version}" in ran.said
    assert max(map(len, lines)) <= 80


def test_the_database_is_named_without_its_password(project: Project, codemation: Codemation) -> None:
    first = codemation("db", "status").out.splitlines()[0]
    assert first.startswith("SQLite /" if project.kind == "sqlite" else "PostgreSQL ")


def test_what_it_prints_as_json(project: Project, codemation: Codemation) -> None:
    def data(*arguments: str) -> Any:
        ran = codemation("db", *arguments, "--format", "json")
        assert (ran.code, ran.err) == (0, "")
        parsed = json.loads(ran.out)
        validate_output(arguments[0], parsed)
        return parsed

    nothing = data("status")
    assert nothing["database"]["kind"] == project.kind
    assert (nothing["revision"], nothing["upToDate"]) == (None, False)
    assert [it["revision"] for it in nothing["pending"]] == IDS
    assert {it["state"] for it in data("history")["revisions"]} == {"pending"}
    codemation("db", "migrate", "--to", "0001")
    project.execute(f"UPDATE {LOG_TABLE} SET duration_ms = NULL, applied_at = '2026-01-02 03:04:05.000006+00'")  # noqa: S608
    assert [it["revision"] for it in data("status")["pending"]] == IDS[1:]
    first, *others = data("history")["revisions"]
    assert (first["revision"], first["title"], first["state"]) == ("0001", "people credentials workflows", "applied")
    assert (first["appliedAt"], first["durationMs"]) == ("2026-01-02T03:04:05.000006Z", None)
    assert (first["programVersion"], len(first["checksum"])) == (__version__, 64)
    assert {it["appliedAt"] for it in others} == {None}


def test_a_history_that_is_refused_is_shown_all_the_same(project: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    project.execute(
        f"UPDATE {LOG_TABLE} SET checksum = 'edited' WHERE revision = '0002'",  # noqa: S608
        f"UPDATE {LOG_TABLE} SET revision = '9999' WHERE revision = '{HEAD}'",  # noqa: S608
    )
    ran = codemation("db", "history")
    assert ran.code == 3
    assert re.findall(r"^  (\d{4})  (\w+)", ran.out, re.MULTILINE) == [
        ("0001", "applied"),
        ("0002", "altered"),
        *((name, "applied") for name in IDS[2:-1]),
        (HEAD, "pending"),
        ("9999", "unknown"),
    ]
    assert ran.err.startswith("error[CM507]:")
    ran = codemation("db", "status", "--format", "json")
    assert (ran.code, ran.out) == (3, "")


def test_what_changing_prints_as_json(project: Project, codemation: Codemation) -> None:
    def data(name: str, *arguments: str) -> Any:
        ran = codemation("db", name, *arguments, "--json")
        assert (ran.code, ran.err) == (0, "")
        parsed = json.loads(ran.out)
        validate_output(name, parsed)
        assert parsed["database"]["kind"] == project.kind
        return parsed

    first = data("migrate", "--to", "0002")
    assert ([it["revision"] for it in first["applied"]], first["revision"]) == (IDS[:2], "0002")
    rest = data("migrate")
    assert ([it["revision"] for it in rest["applied"]], rest["revision"]) == (IDS[2:], HEAD)
    assert data("migrate")["applied"] == []
    project.seed()
    project.execute("CREATE INDEX my_own ON spans (name)")
    project.execute("UPDATE runs SET status = 'halted', finished_at = created_at WHERE id < 3")
    gone = data("downgrade", "0002", "--yes")
    assert [it["revision"] for it in gone["takenBack"]] == IDS[2:][::-1]
    assert (gone["revision"], gone["tables"]["spans"]) == ("0002", ROWS)
    assert gone["rewritten"] == [{"change": "runs: halted becomes failed", "rows": 2}]
    assert gone["additions"] == [{"kind": "index", "name": "my_own", "table": "spans", "dropped": True}]
    nothing = data("downgrade", "0002", "--yes")
    assert (nothing["takenBack"], nothing["tables"], nothing["revision"]) == ([], {}, "0002")
    assert data("downgrade", "base", "--yes")["revision"] is None


def test_a_downgrade_asks_nobody_within_json(project: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    ran = codemation("db", "downgrade", "base", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert project.execute(f"SELECT count(*) FROM {LOG_TABLE}")[0][0] == len(IDS)  # noqa: S608


def test_what_fails_prints_no_json(project: Project, codemation: Codemation) -> None:
    codemation("db", "migrate", "--to", "0001")
    project.execute("CREATE TABLE runs (id integer)")
    ran = codemation("db", "migrate", "--json")
    assert (ran.code, ran.out) == (3, "")
    assert "error[CM5" in ran.err


# --- downgrade --------------------------------------------------------------------------------------------------------


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    monkeypatch.setattr("sys.stdin", os.fdopen(reader, encoding="utf-8"))


def test_a_downgrade_lists_what_goes_and_asks(
    project: Project, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    codemation("db", "migrate")
    project.seed()
    project.execute("DELETE FROM spans WHERE id > 1")
    for text, code in (("n\n", 4), ("\n", 4), ("maybe\n", 4), ("no\nyes\n", 4), ("", 2)):
        answer(monkeypatch, text)
        ran = codemation("db", "downgrade", "0002")
        sys.stdin.close()
        assert ran.code == code
        assert "nothing was changed" in ran.said
        lines = [line.split() for line in ran.out.splitlines()]
        assert ["metric_points", "3", "rows"] in lines
        assert ["spans", "1", "row"] in lines
        assert [line[1::2] for line in lines if line[1:2] == ["tables,"]] == [["tables,", "rows"]]
        assert not [line for line in lines if "runs" in line]
    assert project.execute("SELECT count(*) FROM spans")[0][0] == 1
    answer(monkeypatch, "Yes\n")
    ran = codemation("db", "downgrade", "0002")
    sys.stdin.close()
    assert ran.code == 0
    assert ran.out.endswith("done: now at 0002\n")
    assert project.execute("SELECT count(*) FROM runs")[0][0] == ROWS
    assert project.execute(f"SELECT version_num FROM {VERSION_TABLE}")[0][0] == "0002"  # noqa: S608


def test_a_log_without_its_version_table(project: Project, codemation: Codemation) -> None:
    """What the log says was applied is not pending, and nothing of ours is adopted."""
    codemation("db", "migrate")
    project.execute(f"DROP TABLE {VERSION_TABLE}")
    ran = codemation("db", "history")
    assert ran.code == 3
    assert "pending" not in ran.out
    assert ran.out.count("applied") == len(IDS)
    for command in (["history"], ["status"], ["migrate"], ["migrate", "--adopt"]):
        ran = codemation("db", *command)
        assert (ran.code, "error[CM507]" in ran.err, "--adopt" in ran.err) == (3, True, False)
        assert f"its version table `{VERSION_TABLE}` is missing" in ran.said


@pytest.mark.usefixtures("on_a_file")
def test_a_downgrade_that_drops_nothing_says_so(codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    codemation("db", "migrate", "--to", "0005")
    answer(monkeypatch, "n\n")
    ran = codemation("db", "downgrade", "0004")
    sys.stdin.close()
    assert "this takes back 0005; no table is dropped, and no row\nGo on?" in ran.out


def test_a_downgrade_tells_what_becomes_of_rows_that_stay(project: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    project.seed()
    project.execute("UPDATE runs SET status = 'halted', finished_at = created_at WHERE id < 3")
    ran = codemation("db", "downgrade", "0003", "--yes")
    assert "rows that stay change:\n  2 rows of runs: halted becomes failed\n" in ran.out
    assert project.execute("SELECT count(*) FROM runs WHERE status = 'failed'")[0][0] == 2
    codemation("db", "migrate")
    project.execute("UPDATE runs SET status = 'halted', finished_at = created_at WHERE id < 3")
    ran = codemation("db", "downgrade", "0001", "--yes")
    assert ran.code == 0
    assert "rows that stay" not in ran.out, "they go"


def test_every_change_of_rows_is_told_beforehand() -> None:
    for revision in revisions():
        downgrade = Path(revision.path).read_text().partition("def downgrade(")[2].partition("\ndef ")[0]
        told = any(it.revision == revision.id for it in REWRITES)
        assert (("UPDATE" in downgrade) or ("DELETE" in downgrade)) == told, revision.id


def test_a_downgrade_that_cannot_be_told_says_only_why(project: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    if project.kind == "sqlite":
        project.execute("PRAGMA foreign_keys=OFF", "DROP TABLE spans")
    else:
        project.execute("DROP TABLE spans CASCADE")
    ran = codemation("db", "downgrade", "base", "--yes")
    assert ran.code == 3
    assert "this takes back" not in ran.out


@pytest.mark.usefixtures("on_a_file")
def test_what_is_no_usage_is_told_within_the_width(codemation: Codemation) -> None:
    codemation("db", "migrate")
    for command in (["db", "downgrade", "x"], ["db", "migrate", "--to", "x"], ["doctor", "--exit-code", "nope"]):
        ran = codemation(*command)
        assert ran.code == 2
        assert max(map(len, ran.err.splitlines())) <= 80


def test_a_downgrade_lists_what_was_added_to_its_tables(project: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    project.execute(
        "CREATE INDEX my_index ON spans (name)",
        "ALTER TABLE spans ADD COLUMN note TEXT",
        "CREATE VIEW my_view AS SELECT * FROM runs",
    )
    ran = codemation("db", "downgrade", "0002", "--yes")
    assert ran.code == 0
    listed = "with them, though not codemation's:\n  column note of spans\n  index my_index on spans\n"
    assert listed in ran.out
    assert "my_view" not in ran.out
    ran = codemation("db", "downgrade", "0001", "--yes")
    assert "what needs them stays without them, or keeps them from being dropped:\n  view my_view, which" in ran.out
    if project.kind == "postgresql":
        assert ran.code == 3
        assert "error[CM508]" in ran.err
        assert "other objects depend on it" in ran.said
        assert "now at" not in ran.out


def test_nobody_is_there_to_answer(on_a_file: Project, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    codemation("db", "migrate")
    monkeypatch.setattr("sys.stdin", None)
    ran = codemation("db", "downgrade", "base")
    assert (ran.code, "--yes" in ran.err) == (2, True)
    assert on_a_file.execute(f"SELECT version_num FROM {VERSION_TABLE}") == [(HEAD,)]  # noqa: S608


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["downgrade"], "required: REVISION"),
        (["downgrade", "0009", "--yes"], "there is no revision '0009'; there are 0001"),
        (["downgrade", HEAD, "--yes"], f"the database is at revision 0001, before {HEAD}: that needs an upgrade"),
        (["migrate", "--to", "base"], "the database is at revision 0001, past base: that needs a downgrade"),
        (["migrate", "--to", "1"], "there is no revision '1'"),
        (["migrate", "--wait", "soon"], "--wait"),
        (["migrate", "--wait", "-1"], "--wait"),
        (["sql", "--from", NEXT], f"there is no revision {NEXT!r}"),
        (["sql", "--to", ""], "there is no revision ''"),
        (["sql", "--dialect", "mysql"], "mysql"),
        (["status", "--no-env-file", "--env-file", "x"], "exclude each other"),
        (["upgrade"], "there is no command 'upgrade'"),
    ],
)
def test_usage(project: Project, codemation: Codemation, arguments: list[str], said: str) -> None:
    codemation("db", "migrate", "--to", "0001")
    ran = codemation("db", *arguments)
    assert ran.code == 2
    assert said in ran.said
    assert project.execute(f"SELECT version_num FROM {VERSION_TABLE}")[0][0] == "0001"  # noqa: S608


@pytest.mark.parametrize("arguments", [["downgrade", "base", "--yes"], ["migrate", "--adopt"]])
def test_what_destroys_wants_a_file(project: Project, codemation: Codemation, arguments: list[str]) -> None:
    codemation("db", "migrate", "--to", "0001")
    project.seed()
    (project.root / "codemation.toml").unlink()
    ran = codemation("db", *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert "error[CM001]: `codemation db" in ran.err
    assert "codemation init" in ran.said
    assert project.execute("SELECT count(*) FROM auth_users")[0][0] == ROWS
    assert codemation("db", "migrate").code == 0, "zero configuration works"


# --- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["migrate", "status", "history", "sql", "downgrade base"])
def test_a_wrong_configuration_touches_nothing(on_a_file: Project, codemation: Codemation, command: str) -> None:
    (on_a_file.root / "codemation.toml").write_text("[app.database]\nkin = 'sqlite'\n")
    ran = codemation("db", *command.split())
    assert (ran.code, ran.out) == (1, "")
    assert "error[CM101]" in ran.err
    assert [it.name for it in on_a_file.root.iterdir()] == ["codemation.toml"]


def test_warnings_are_told_and_do_not_stop(on_a_file: Project, codemation: Codemation) -> None:
    (on_a_file.root / "codemation.toml").write_text("[app.retention]\nrunSeconds = 999_999\n")
    ran = codemation("db", "migrate")
    assert ran.code == 0
    assert "warning[CM404]" in ran.err
    assert f"done: {len(IDS)} revisions applied" in ran.out


def test_another_migrator_is_waited_for(project: Project, codemation: Codemation) -> None:
    codemation("db", "migrate", "--to", "0001")
    with (
        closing(sqlite3.connect(project.where, isolation_level=None))
        if project.kind == "sqlite"
        else psycopg.connect(project.where, application_name="other-host") as holder
    ):
        lock = "BEGIN IMMEDIATE" if project.kind == "sqlite" else f"SELECT pg_advisory_xact_lock({ADVISORY_KEY})"
        holder.execute(lock)
        ran = codemation("db", "migrate", "--wait", "0.3")
        assert ran.code == 3
        assert "waiting for another process that migrates or locks the database" in ran.said
        assert max(map(len, ran.out.splitlines()[1:])) <= 80
        assert "error[CM504]" in ran.err
        assert ("other-host" in ran.out and "other-host" in ran.err) == (project.kind == "postgresql")
    assert codemation("db", "migrate").code == 0


def test_somebody_elses_database(project: Project, codemation: Codemation) -> None:
    if project.kind == "sqlite":
        Path(project.where).parent.mkdir()
    project.execute("CREATE TABLE customers (id INTEGER)", "INSERT INTO customers VALUES (7)")
    for command in ("migrate", "status", "history", "downgrade base --yes"):
        ran = codemation("db", *command.split())
        assert ran.code == 3
        assert "error[CM511]" in ran.err
        assert "customers" in ran.err
    assert "codemation db migrate --adopt" in " ".join(codemation("db", "status").err.split())
    assert codemation("db", "migrate", "--adopt").code == 0
    assert "(head)" in codemation("db", "status").out
    assert project.execute("SELECT id FROM customers") == [(7,)]


def test_a_database_of_prismas(project: Project, codemation: Codemation) -> None:
    if project.kind == "sqlite":
        Path(project.where).parent.mkdir()
    project.execute("CREATE TABLE _prisma_migrations (id TEXT)", 'CREATE TABLE "Run" (id TEXT)')
    for command in ("migrate", "migrate --adopt", "status", "history", "downgrade base --yes"):
        ran = codemation("db", *command.split())
        assert ran.code == 3
        assert "error[CM511]" in ran.err
        assert "TypeScript host" in " ".join(ran.err.split())
        assert "adopt" not in ran.err


# --- offline ----------------------------------------------------------------------------------------------------------


def test_sql_asks_no_database(on_a_file: Project, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert codemation("db", "sql").out == offline_sql("sqlite")
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@127.0.0.1:1/app")
    assert codemation("db", "sql", "--from", "0001", "--to", "0002").out == offline_sql("postgresql", "0002", "0001")
    assert codemation("db", "sql", "--from", HEAD, "--to", "base").out == offline_sql("postgresql", "base", HEAD)
    (on_a_file.root / "codemation.toml").write_text("not TOML")
    ran = codemation("db", "sql", "--dialect", "sqlite", "-o", "all.sql")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert (on_a_file.root / "all.sql").read_text() == offline_sql("sqlite")


# --- real processes ---------------------------------------------------------------------------------------------------


def process(arguments: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "codemation", *arguments], **options)


def test_progress_on_a_terminal(project: Project) -> None:
    controller, terminal = pty.openpty()
    with process(["db", "migrate"], stdout=terminal, stderr=subprocess.PIPE, cwd=project.root) as running:
        os.close(terminal)
        said = b""
        while chunk := _read(controller):
            said += chunk
        assert running.stderr
        assert running.stderr.read() == b""
    os.close(controller)
    assert running.returncode == 0
    for number, revision in enumerate(IDS, start=1):
        assert f"applying {revision} ".encode() in said
        assert f"({number} of {len(IDS)}) …".encode() in said
    # What is left of each line, once the terminal has overwritten it.
    shown = [line.rsplit("\r", 1)[-1] for line in said.decode().replace("\r\n", "\n").split("\n")]
    assert [line.split()[0] for line in shown[:-2] if line.startswith("  00")] == IDS


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""


def test_four_processes_migrate_at_once(project: Project) -> None:
    processes = [process(["db", "migrate"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    results = [running.communicate() for running in processes]
    assert [(running.returncode, err) for running, (_, err) in zip(processes, results, strict=True)] == [(0, b"")] * 4
    done = re.findall(rb"^  (\d{4}) ", b"".join(out for out, _ in results), re.MULTILINE)
    assert sorted(done) == [revision.encode() for revision in IDS]
    assert project.execute(f"SELECT count(*) FROM {LOG_TABLE}")[0][0] == len(IDS)  # noqa: S608


def test_looking_imports_no_sqlalchemy(project: Project, codemation: Codemation) -> None:
    codemation("db", "migrate")
    driver = {"sqlite": "[]", "postgresql": "['asyncio', 'psycopg']"}[project.kind]
    for command in (
        "status --check",
        "history",
        "migrate",
        "migrate --adopt",
        f"migrate --to {HEAD}",
        f"downgrade {HEAD}",
    ):
        script = (
            "import sys; from codemation.cli import main; code = main(sys.argv[1:]); "
            "print(code, sorted({'sqlalchemy', 'alembic', 'psycopg', 'asyncio', 'redis'} & {*sys.modules}))"
        )
        arguments = [sys.executable, "-c", script, "db", *command.split()]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == f"0 {driver}"
        if command.startswith(("migrate", "downgrade")):
            assert done.stdout.splitlines()[-2] == f"nothing to do: at {HEAD}"
    if project.kind == "sqlite":
        assert project.execute("PRAGMA journal_mode") == [("wal",)]


@pytest.mark.usefixtures("project")
def test_nothing_to_do_before_there_is_anything(codemation: Codemation) -> None:
    for command in ("migrate --to base", "downgrade base"):
        ran = codemation("db", *command.split())
        assert (ran.code, ran.out.splitlines()[-1]) == (0, "nothing to do: at base")


@pytest.mark.parametrize("target", ["/dev/full", "a pipe that nobody reads"])
def test_where_nobody_can_be_told_nothing_is_begun(on_a_file: Project, target: str) -> None:
    if target == "/dev/full":
        writer = os.open(target, os.O_WRONLY)
    else:
        reader, writer = os.pipe()
        os.close(reader)
    with process(["db", "migrate"], stdout=writer, stderr=subprocess.PIPE) as running:
        os.close(writer)
        assert running.stderr
        assert b"Traceback" not in running.stderr.read()
    assert running.returncode == (3 if target == "/dev/full" else 141)
    assert not Path(on_a_file.where).exists()


def test_what_was_begun_goes_on_when_nobody_reads_any_more(on_a_file: Project) -> None:
    with process(["db", "migrate"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.readline().startswith(b"SQLite /")
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode in {0, 141}
    assert on_a_file.execute(f"SELECT version_num FROM {VERSION_TABLE}") == [(HEAD,)]  # noqa: S608
