"""That `make bench` still runs and compares like with like; how long anything takes is not tested."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import codemation
from tests.bench import backend as bench_backend
from tests.bench import backlog as bench_backlog
from tests.bench import capacity as bench_capacity
from tests.bench import copying as bench_copying
from tests.bench import inputs as bench_inputs
from tests.bench import keystrokes as bench_keystrokes
from tests.bench import measure as bench
from tests.bench import retention as bench_retention
from tests.bench.by_hand import POLICIES, RETENTION, compile_by_hand
from tests.postgresql_server import EXTERNAL, Server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return bench_inputs.project(tmp_path / "project", bench_inputs.valid(14))


def test_the_input_is_what_the_table_says() -> None:
    assert len(bench_inputs.valid(14).splitlines()) == 67
    assert len(bench_inputs.ENVIRONMENT) == 12


def test_by_hand_decides_the_same(root: Path) -> None:
    assert_same(compile_by_hand(root, bench_inputs.ENVIRONMENT), root)


@pytest.mark.parametrize("peer", bench.PEERS)
def test_peers_decide_the_same(peer: str, root: Path) -> None:
    package, module = bench.PEERS[peer]
    pytest.importorskip(package)
    with mock.patch.dict(os.environ, bench_inputs.ENVIRONMENT, clear=True):
        assert_same(import_module(module).prepare(root)(), root)


def assert_same(theirs: dict[str, Any], root: Path) -> None:
    compilation = codemation.compile(root, env=bench_inputs.ENVIRONMENT)
    assert compilation.diagnostics == ()
    ours = compilation.runtime
    assert ours is not None
    assert (theirs["database"].kind, theirs["database"].url) == (ours.database.kind, ours.database.url)
    assert (theirs["kind"], theirs["event_bus"]) == (ours.scheduler.kind, ours.event_bus.kind)
    assert theirs["scheduler"].queue_prefix == ours.scheduler.queue_prefix
    assert theirs["scheduler"].redis_url == ours.event_bus.redis_url
    assert sorted(theirs["workflows"]) == list(ours.workflows)
    for name in RETENTION:
        assert getattr(theirs["retention"], name) == getattr(ours.retention, name)
    for name in POLICIES:
        for workflow, policy in ours.workflows.items():
            assert getattr(theirs["workflows"][workflow].prune_policy, name) == getattr(policy.prune_policy, name)


def test_one_fault_for_each_workflow(tmp_path: Path) -> None:
    root = bench_inputs.project(tmp_path / "project", bench_inputs.faulty(9))
    assert len(codemation.compile(root, env={}).diagnostics) == 9


def test_every_comparison_runs(tmp_path: Path) -> None:
    found = [*bench.hot(tmp_path, rounds=1), *bench.processes(tmp_path, rounds=1)]
    assert {row.what for row in found} >= {
        "codemation.compile, hot",
        "codemation compile",
        "codemation compile --explain",
        "codemation check, twelve faults",
    }
    assert all(row.ours > 0 and row.theirs > 0 and len(row.ratios) == 1 for row in found)
    assert bench.comparison_table(found).count("\n") == len(found)


def test_growth_runs(tmp_path: Path) -> None:
    found = list(bench.growth(tmp_path, rounds=1, sizes=(2, 4, 8)))
    assert all(len(row.seconds) == 3 and len(row.exponents) == 2 for row in found)
    assert bench.growth_table(found).count("\n") == len(found)


@pytest.mark.postgresql
def test_every_way_to_prune_runs(tmp_path: Path, postgresql_server: Server) -> None:
    with mock.patch.dict(os.environ, {EXTERNAL: postgresql_server.url}):
        found = list(bench_retention.prunings(tmp_path, spans=2_000))
    assert [row.what for row in found] == [
        f"{kind}, {way}"
        for kind in ("sqlite", "postgresql")
        for way in ("one raw DELETE", "one raw DELETE", "prune, gentle", "prune, fast")
    ]
    assert bench_retention.pruning_table(found).count("\n") == len(found)


@pytest.mark.postgresql
def test_a_copy_is_measured(tmp_path: Path, postgresql_server: Server) -> None:
    with mock.patch.dict(os.environ, {EXTERNAL: postgresql_server.url}):
        found = list(bench_copying.copyings(tmp_path, sizes=(500,), rounds=1))
    assert [one.rows for one in found] == [500]
    assert all(0 < one.scan + one.copy + one.verify < one.seconds for one in found)
    assert "of a ready COPY" in bench_copying.copying_table(found)


@pytest.mark.postgresql
def test_every_comparison_with_databases_runs(tmp_path: Path, postgresql_server: Server) -> None:
    assert postgresql_server.url
    with mock.patch.dict(os.environ, {EXTERNAL: postgresql_server.url}):
        found = [
            *bench_backend.boots(tmp_path / "boots", rounds=1),
            *bench_backend.status(tmp_path / "status", rounds=1),
            *bench_backend.nothing(tmp_path / "nothing", rounds=1),
            *bench_backend.histories(tmp_path / "histories", rounds=1, sizes=(6, 8)),
            *bench_backend.migrations(tmp_path / "migrations", rounds=1),
        ]
    assert len(found) == 6 + 1 + 4 + 2 + 4
    assert all(row.ours > 0 and row.theirs > 0 for row in found)
    assert {*bench.BACKEND} == {*bench_backend.PARTS}


@pytest.mark.postgresql
def test_what_a_database_carries_is_measured(tmp_path: Path, postgresql_server: Server) -> None:
    with mock.patch.dict(os.environ, {EXTERNAL: postgresql_server.url}):
        found = list(bench_capacity.capacities(tmp_path, rows=20_000, seconds=2, times=10))
    assert [one.kind for one in found] == ["sqlite", "postgresql"]
    assert all(one.gone > 0 and one.added > 0 for one in found)
    assert "a writer's p99" in bench_capacity.capacity_table(found)


@pytest.mark.postgresql
def test_the_same_due_rows_beside_much_are_measured(tmp_path: Path, postgresql_server: Server) -> None:
    with mock.patch.dict(os.environ, {EXTERNAL: postgresql_server.url}):
        found = list(bench_backlog.backlogs(tmp_path, due=1_000, rounds=1))
    assert len(found) == 4
    assert all(one.little > 0 and one.much > 0 for one in found)
    assert bench_backlog.backlog_table(found).count("\n") == len(found)


def test_keystrokes_are_answered(tmp_path: Path) -> None:
    found = list(bench_keystrokes.keystrokes(tmp_path, sizes=(14,), rounds=1))
    rows = bench_keystrokes.keystroke_table(found).splitlines()
    assert [row.split("  ")[0] for row in rows[1:]] == [
        *(
            "a digit of a value",
            "a key half typed",
            "a header half typed",
            "a key written twice",
            "hover",
            "definition",
            "completion",
            "inlay hints",
            "code actions",
        ),
    ]
