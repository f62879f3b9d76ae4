"""What is refused is all listed, and nothing of the copy is kept; rows of it may be on their way by then."""

from __future__ import annotations

from threading import Event

import psycopg
import pytest

from codemation.backend.copy.errors import CopyRefusedError, CopyStoppedError
from codemation.backend.copy.result import Progress
from tests.backend.copy.pairs import Pair

pytestmark = pytest.mark.postgresql

MANY = 60_000


def many_points(pair: Pair) -> None:
    """So many rows that there are several chunks."""
    pair.execute(
        "INSERT INTO metric_points (name, value, workflow_id, recorded_at)"
        " WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ?)"
        " SELECT 'm', n, 'w', '2026-01-01 00:00:00.000000' FROM s",
        parameters=(MANY,),
    )


def refused(pair: Pair, **options: object) -> list[tuple[str, str, str, bool]]:
    """What a copy is refused for."""
    with pytest.raises(CopyRefusedError) as caught:
        pair.copy(**options)
    assert pair.numbers() == {}
    return [(it.table, it.row, it.kind, it.replaceable) for it in caught.value.findings]


def test_a_finding_after_many_rows_were_sent(pair: Pair) -> None:
    """All is listed: what comes after it, too. Nobody waits for the target while the rest is looked at."""
    many_points(pair)
    pair.insert("metric_points", {"id": MANY + 7, "unit": "\0"})
    pair.insert("span_artifacts", {"id": 1, "content_json": "{"}, {"id": 2}, {"id": 3, "byte_count": -1})
    told: list[Progress] = []
    free: list[str] = []

    def listen(progress: Progress) -> None:
        told.append(progress)
        if progress.phase == "scan" and any(it.phase == "copy" for it in told):
            with psycopg.connect(pair.url) as server:
                server.execute("LOCK TABLE metric_points IN ACCESS EXCLUSIVE MODE NOWAIT")
            free.append(progress.table)

    found = refused(pair, on_progress=listen)
    assert sorted(found) == [
        ("metric_points", f"id={MANY + 7}", "nul", True),
        ("span_artifacts", "id=1", "not-json", False),
        ("span_artifacts", "id=3", "check", False),
    ]
    sent = max(it.rows for it in told if (it.phase, it.table) == ("copy", "metric_points"))
    assert 1_000 < sent <= MANY
    assert free
    assert {it.phase for it in told} == {"scan", "copy"}


def test_what_has_no_substitute_is_refused_with_all_that_has(pair: Pair) -> None:
    pair.insert("metric_points", {"id": 1, "unit": "\0"}, {"id": 2, "attributes": "{"}, {"id": 3, "unit": "\0"})
    found = [("metric_points", f"id={it}", "nul" if it != 2 else "not-json", it != 2) for it in (1, 2, 3)]
    assert refused(pair) == refused(pair, replace_invalid=True) == found
    pair.execute("UPDATE metric_points SET attributes = '{}' WHERE id = 2")
    copied = pair.copy(replace_invalid=True)
    assert [it.row for it in copied.replaced] == ["id=1", "id=3"]
    assert pair.there("SELECT unit FROM metric_points ORDER BY id") == [("\ufffd",), (None,), ("\ufffd",)]


def test_substitutes_among_many_rows(pair: Pair) -> None:
    many_points(pair)
    update = "UPDATE metric_points SET unit = 'a' || char(0) || id WHERE id IN (?, ?, ?)"
    pair.execute(update, parameters=(1, MANY // 2, MANY))
    copied = pair.copy(replace_invalid=True)
    assert len(copied.replaced) == 3
    assert copied.rows == MANY
    expected = [(it, f"a\ufffd{it}") for it in (1, MANY // 2, MANY)]
    assert pair.there("SELECT id, unit FROM metric_points WHERE unit IS NOT NULL ORDER BY id") == expected
    assert pair.there("SELECT count(*), sum(value) FROM metric_points") == [(MANY, MANY * (MANY + 1) / 2)]


def test_what_is_wrong_between_rows_is_found_before_any_is_sent(pair: Pair) -> None:
    many_points(pair)
    pair.insert("metric_points", {"id": MANY + 1, "unit": "\0"})
    # As a table that lost what made its rows unique.
    pair.execute("CREATE TABLE other AS SELECT * FROM spans", "DROP TABLE spans", "ALTER TABLE other RENAME TO spans")
    same = {"trace_id": "t" * 32, "span_id": "s"}
    pair.insert("spans", *({"id": it, **same, "span_id": "s" if it != 2 else "other"} for it in (1, 2, 3)))
    pair.insert("runs", {"id": 1, "status": "pending", "parent_run_id": 9}, {"id": 2, "snapshot_hash": "y" * 64})
    told: list[Progress] = []
    expected = [
        ("metric_points", f"id={MANY + 1}", "nul", True),
        ("runs", "id=1", "orphan", True),
        ("runs", "id=2", "orphan", False),
        ("spans", "id=3", "duplicate", False),
    ]
    assert sorted(refused(pair, on_progress=told.append)) == expected
    assert {it.phase for it in told} == {"scan"}


def test_a_reference_that_may_be_cleared_is(pair: Pair) -> None:
    parents = {1: None, 2: 1, 3: 9, 4: 2}
    pair.insert("runs", *({"id": it, "status": "pending", "parent_run_id": parent} for it, parent in parents.items()))
    (replaced,) = pair.copy(replace_invalid=True).replaced
    assert str(replaced) == "runs id=3 parent_run_id: a reference to a row that is not there"
    assert dict(pair.there("SELECT id, parent_run_id FROM runs")) == {**parents, 3: None}


def test_a_refusal_of_postgresql_gives_way_to_what_is_found_after_it(pair: Pair) -> None:
    """It is of one row; findings are of all."""
    many_points(pair)
    with psycopg.connect(pair.url) as server:
        server.execute("ALTER TABLE metric_points ADD CONSTRAINT own CHECK (value <> 5)")
    with pytest.raises(CopyRefusedError, match="PostgreSQL does not take metric_points id=5") as caught:
        pair.copy()
    assert caught.value.findings == ()
    pair.insert("metric_points", {"id": MANY + 1, "unit": "\0"})
    assert refused(pair) == [("metric_points", f"id={MANY + 1}", "nul", True)]


def test_stopped_while_the_rest_is_looked_at(pair: Pair) -> None:
    many_points(pair)
    pair.execute("UPDATE metric_points SET unit = char(0) WHERE id = 1")
    stop = Event()
    phases: list[str] = []

    def listen(progress: Progress) -> None:
        phases.append(progress.phase)
        if progress.phase == "scan" and "copy" in phases:
            stop.set()

    with pytest.raises(CopyStoppedError):
        pair.copy(stop=stop, on_progress=listen)
    assert pair.numbers() == {}


def test_a_trigger_that_changes_rows_is_found_out(pair: Pair) -> None:
    pair.insert("metric_points", {"unit": None}, {"unit": "x"})
    with psycopg.connect(pair.url) as server:
        server.execute(
            "CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.unit := coalesce(NEW.unit, E'\\x02'); RETURN NEW; END $$"
        )
        server.execute("CREATE TRIGGER changes BEFORE INSERT ON metric_points FOR EACH ROW EXECUTE FUNCTION changed()")
    with pytest.raises(CopyRefusedError, match="the copy of metric_points is not the original: its checksum is"):
        pair.copy()
    assert pair.numbers() == {}


def test_a_source_that_changes_meanwhile(pair: Pair) -> None:
    many_points(pair)

    def listen(progress: Progress) -> None:
        if progress.phase == "copy" and progress.seconds is not None:
            pair.insert("metric_points", {"unit": "late"})

    with pytest.raises(CopyRefusedError, match="was written to while it was copied"):
        pair.copy(on_progress=listen)
    assert pair.numbers() == {}
