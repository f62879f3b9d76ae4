"""`codemation db prune` and the lag that `db status` and `doctor` tell, on both engines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from codemation.backend.engine import provision
from codemation.backend.tables import metadata
from tests.backend.commands import Codemation, Project
from tests.backend.places import runtime_of
from tests.schema.closed import validate_output

CONFIG = """\
[app.retention]
runSeconds = 7776000
telemetrySpanSeconds = 60

[workflows."billing.nightly".prunePolicy]
telemetrySpanSeconds = 86400
failedRunSeconds = 3600
"""
LONG_AGO = "2024-01-01T00:00:00+00:00"


@pytest.fixture
def filled(project: Project, codemation: Codemation) -> Project:
    (project.root / "codemation.toml").write_text(CONFIG)
    assert codemation("db", "migrate").code == 0
    fill(project)
    return project


def fill(project: Project, spans: int = 20) -> None:
    """Some rows that are due, and a live one of each kind."""
    from datetime import UTC, datetime  # noqa: PLC0415

    old, now = datetime.fromisoformat(LONG_AGO), datetime.now(UTC)
    engine = provision(runtime_of(project.kind, project.where))
    with engine.begin() as connection:

        def add(table: str, *rows: dict[str, Any]) -> None:
            connection.execute(insert(metadata.tables[table]), list(rows))

        span = {"trace_id": "t", "name": "n", "kind": "internal", "status": "ok"}
        add(
            "spans",
            *({**span, "span_id": f"o{n}", "workflow_id": "orders", "started_at": old} for n in range(spans)),
            {**span, "span_id": "b", "workflow_id": "billing.nightly", "started_at": old},
            {**span, "span_id": "live", "workflow_id": "orders", "started_at": now},
        )
        run = {"status": "completed", "created_at": old, "finished_at": old, "workflow_id": "orders"}
        add(
            "runs",
            {**run, "id": 1},
            {**run, "id": 2, "workflow_id": "billing.nightly", "status": "failed"},
            {**run, "id": 3, "finished_at": None, "status": "waiting"},
        )
        add(
            "binaries",
            *(
                {"run_id": n, "workflow_id": "orders", "storage_key": f"blobs/{n}.bin", "media_type": "m"}
                | {"byte_count": 1, "created_at": old}
                for n in (1, 3)
            ),
        )
    engine.dispose()


def counts(project: Project) -> list[int]:
    return [project.execute(f"SELECT count(*) FROM {name}")[0][0] for name in ("spans", "runs", "binaries")]  # noqa: S608


def test_what_is_due_is_told_with_the_policy_and_its_place(filled: Project, codemation: Codemation) -> None:
    before = counts(filled)
    ran = codemation("db", "prune", "--dry-run")
    assert ran.code == 0
    assert counts(filled) == before
    assert "due 24 rows, about" in ran.said
    assert "spans 21 " in ran.said
    lines = [line.split() for line in ran.out.splitlines()]
    (orders,) = [line for line in lines if line[:2] == ["orders", "20"]]
    assert orders[-3:] == ["1", "min", "codemation.toml:3"]
    assert any(line[:2] == ["billing.nightly", "1"] and line[-1] == "codemation.toml:6" for line in lines)
    assert any(line[:2] == ["billing.nightly", "(failed)"] and line[-1] == "codemation.toml:7" for line in lines)
    assert "with a run goes what is only its own" in ran.said
    assert "nothing was deleted" in ran.said
    assert max(map(len, ran.out.splitlines()[1:])) <= 80
    data = json.loads(codemation("db", "prune", "--dry-run", "--format", "json").out)
    validate_output("due", data)
    assert [
        (it["table"], it["workflow"], it["rows"], it["setting"]) for it in data["due"] if it["table"] == "runs"
    ] == [
        ("runs", "billing.nightly", 1, "failedRunSeconds"),
        ("runs", "orders", 1, "runSeconds"),
    ]
    assert all(it["oldest"] == "2024-01-01T00:00:00Z" and it["bytes"] > 0 for it in data["due"])


def test_what_is_inherited_is_told_where_that_is_written(
    filled: Project, codemation: Codemation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEMATION_TELEMETRY_SPAN_RETENTION_DEFAULT_SECONDS", "120")
    data = json.loads(codemation("db", "prune", "--dry-run", "--format", "json").out)["due"]
    places = {(it["table"], it["workflow"]): it["writtenAt"] for it in data}
    variable = "CODEMATION_TELEMETRY_SPAN_RETENTION_DEFAULT_SECONDS"
    assert places["spans", "orders"] == f"{variable} (process environment)"
    assert places["spans", "billing.nightly"] == "codemation.toml:6"
    assert places["binaries", "orders"] == "codemation.toml:2"
    assert filled.root.exists()


def test_without_a_command_binaries_and_their_runs_stay(filled: Project, codemation: Codemation) -> None:
    ran = codemation("db", "prune")
    assert (ran.code, counts(filled)) == (0, [1, 2, 2])
    assert "deleted 22 rows" in ran.said
    assert "kept: 1 binaries, 1 runs: they stand for stored files; --blobs COMMAND" in ran.said
    ran = codemation("db", "status")
    assert "overdue" in ran.said
    assert "binaries for" in ran.said
    assert "runs for" in ran.said


def test_a_command_is_handed_the_keys(filled: Project, codemation: Codemation, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    ran = codemation(
        "db", "prune", "--blobs", f'{sys.executable} -c \'import sys; open("{seen}", "a").write(sys.stdin.read())\''
    )
    assert (ran.code, counts(filled)) == (0, [1, 1, 1])
    assert seen.read_text() == "blobs/1.bin\n"
    assert "deleted 24 rows" in ran.said
    ran = codemation("db", "prune", "--format", "json")
    data = json.loads(ran.out)
    validate_output("prune", data)
    assert (data["deleted"], data["kept"], data["end"]) == ({}, {}, "done")
    assert "overdue nothing" in codemation("db", "status").said


def test_a_command_that_fails_keeps_the_rows(filled: Project, codemation: Codemation) -> None:
    ran = codemation("db", "prune", "--blobs", "false")
    assert (ran.code, counts(filled)) == (0, [1, 2, 2])
    assert "kept: 1 binaries, 1 runs: what they stand for could not be deleted; the next run tries again" in ran.said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--blobs", "no-such-program-at-all x"], "--blobs takes a command"),
        (["--blobs", "'"], "--blobs takes a command"),
        (["--max-seconds", "0"], "more than 0"),
        (["--max-seconds", "nan"], "a number of seconds"),
        (["--batch", "0"], "1 or more"),
    ],
)
def test_usage(filled: Project, codemation: Codemation, arguments: list[str], said: str) -> None:
    before = counts(filled)
    ran = codemation("db", "prune", *arguments)
    assert ran.code == 2
    assert said in ran.said
    assert counts(filled) == before


def test_without_a_configuration_nothing_is_deleted(filled: Project, codemation: Codemation) -> None:
    (filled.root / "codemation.toml").unlink()
    ran = codemation("db", "prune")
    assert ran.code == 1
    assert "error[CM001]: `codemation db prune` wants a codemation.toml" in ran.said
    assert counts(filled) == [22, 3, 2]


def test_a_database_that_is_not_up_to_date_is_refused(project: Project, codemation: Codemation) -> None:
    (project.root / "codemation.toml").write_text(CONFIG)
    for arguments in (["--dry-run"], []):
        ran = codemation("db", "prune", *arguments)
        assert ran.code == 3
        assert "CM505" in ran.said or "CM503" in ran.said


def test_doctor_tells_what_has_long_been_due(filled: Project, codemation: Codemation) -> None:
    ran = codemation("doctor")
    assert "warn retention due and still there:" in ran.said
    assert "spans for" in ran.said
    codemation("db", "prune", "--blobs", "true")
    assert "ok retention nothing is due" in codemation("doctor").said
    assert filled.root.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_between_two_transactions(filled: Project, number: int) -> None:
    fill_spans(filled, 30_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "codemation", "db", "prune", "--batch", "20"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, filled.variable: filled.where},
        cwd=filled.root,
    )
    before = filled.execute("SELECT count(*) FROM spans")[0][0]
    deadline = time.monotonic() + 60
    while filled.execute("SELECT count(*) FROM spans")[0][0] == before and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    left = filled.execute("SELECT count(*) FROM spans")[0][0]
    assert 1 < left < before
    assert "; stopped, and the next run goes on" in out
    assert f"spans {before - left:,}".split() in [line.split() for line in out.splitlines()]


def fill_spans(project: Project, rows: int) -> None:
    series = f"generate_series(1, {rows}) AS s(n)"
    with_ = ""
    if project.kind == "sqlite":
        series = "s"
        with_ = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows}) "  # noqa: S608
    project.execute(
        "INSERT INTO spans (trace_id, span_id, workflow_id, name, kind, status, started_at)"  # noqa: S608
        f" {with_}SELECT 'many', CAST(n AS text), 'orders', 'n', 'internal', 'ok', '2024-01-01 00:00:00.000000'"
        f"{'' if project.kind == 'sqlite' else '::timestamptz'} FROM {series}"
    )
