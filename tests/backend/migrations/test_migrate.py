"""The history, up and down, against the real thing: SQLite files, and a PostgreSQL server."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import (
    text,
)

from codemation import __version__
from codemation.backend.engine import typed_errors
from codemation.backend.errors import (
    DatabaseUnreachableError,
    SqliteNotWritableError,
)
from codemation.backend.migrations import migrate, revisions
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.backend.migrations.migrate import BASE, HEAD, Progress
from codemation.backend.migrations.revisions import LOG_TABLE, VERSION_TABLE
from codemation.backend.tables import metadata
from tests.backend.places import IDS, MORE, NEXT, Place, applied, counts, dump, execute, run, runtime_of, schema, seed


def test_one_head_and_it_is_the_constant() -> None:
    scripts = ScriptDirectory(os.path.dirname(revisions.FOLDER), version_locations=[revisions.FOLDER])
    assert scripts.get_heads() == [HEAD]
    assert scripts.get_bases() == [IDS[0]]
    walked = [script.revision for script in scripts.walk_revisions()]
    assert walked == IDS[::-1]
    assert [script.down_revision for script in scripts.walk_revisions()] == [*IDS[-2::-1], None]


def test_who_only_wants_to_know_imports_nothing() -> None:
    script = (
        "import sys; from codemation.backend.migrations import errors, history_check, revisions; "
        "print({'sqlalchemy', 'alembic', 'psycopg'} & {*sys.modules})"
    )
    assert run(script) == "set()\n"


def test_checksums_do_not_depend_on_line_ends(scripts: Path) -> None:
    before = [revision.checksum for revision in migrate.known_revisions()]
    for revision in migrate.known_revisions():
        path = Path(revision.path)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"  \r\n") + b"\r\n\r\n")
    assert [revision.checksum for revision in migrate.known_revisions()] == before
    assert len(set(before)) == len(before)
    (scripts / "0002_runs.py").write_text("revision = '0002'\n")
    assert migrate.known_revisions()[1].checksum != before[1]


# --- up and down ------------------------------------------------------------------------------------------------------


def test_up_tells_and_records(place: Place) -> None:
    told: list[Progress] = []
    before = datetime.now(UTC)
    done = migrate.upgrade(place.engine, on_progress=told.append)
    assert done == migrate.known_revisions()
    assert [(it.revision.id, it.number, it.total, it.seconds is None) for it in told] == [
        (revision, number, len(IDS), begins) for number, revision in enumerate(IDS, start=1) for begins in (True, False)
    ]
    found = migrate.status(place.engine)
    assert (found.current, found.pending, found.up_to_date) == (HEAD, (), True)
    for row, revision in zip(found.applied, migrate.known_revisions(), strict=True):
        assert (row.revision, row.checksum, row.program_version) == (revision.id, revision.checksum, __version__)
        assert before <= row.applied_at <= datetime.now(UTC)
        assert row.duration_ms is not None
        assert 0 <= row.duration_ms < 30_000
    assert migrate.upgrade(place.engine, on_progress=told.append) == ()
    assert len(told) == 2 * len(IDS)
    migrate.verify(place.engine)


def test_up_down_up(place: Place) -> None:
    migrate.upgrade(place.engine)
    first = schema(place.engine)
    for revision, before in zip(IDS[::-1], [*IDS[-2::-1], BASE], strict=True):
        assert [it.id for it in migrate.downgrade(place.engine, before)] == [revision]
    assert counts(place.engine) == {}
    assert migrate.status(place.engine).current is None
    for revision in IDS:
        assert [it.id for it in migrate.upgrade(place.engine, revision)] == [revision]
    assert schema(place.engine) == first
    assert [it.id for it in migrate.downgrade(place.engine, BASE)] == IDS[::-1]
    assert migrate.downgrade(place.engine, BASE) == ()


def test_a_downgrade_takes_nothing_that_nobody_agreed_to(place: Place) -> None:
    migrate.upgrade(place.engine, IDS[-2])
    agreed = migrate.undone(migrate.status(place.engine), BASE, migrate.known_revisions())
    migrate.upgrade(place.engine)
    before = schema(place.engine)
    with pytest.raises(ValueError, match=f"migrated meanwhile, and {HEAD} would go, too"):
        migrate.downgrade(place.engine, BASE, agreed=agreed)
    assert schema(place.engine) == before
    migrate.downgrade(place.engine, IDS[-2])
    assert [it.id for it in migrate.downgrade(place.engine, BASE, agreed=agreed)] == IDS[-2::-1]


def test_rows_survive_every_revision_and_its_taking_back(place: Place) -> None:
    before: dict[str, int] = {}
    books: dict[str, int] = {}
    for number, revision in enumerate(IDS):
        migrate.upgrade(place.engine, revision)
        after = counts(place.engine)
        books = {VERSION_TABLE: 1, LOG_TABLE: number + 1}
        assert after == {**after, **before, **books}
        seed(place.engine)
        before = counts(place.engine)
        assert all(rows >= 3 for name, rows in before.items() if name not in books)
    assert before.keys() == {*metadata.tables, VERSION_TABLE, LOG_TABLE}
    assert migrate.losses(place.engine, HEAD) == {}
    for target in [*IDS[-2::-1], BASE]:
        lost = migrate.losses(place.engine, target)
        migrate.downgrade(place.engine, target)
        after = counts(place.engine)
        assert lost == {name: rows for name, rows in before.items() if name not in after and name not in books}
        assert {name: rows for name, rows in before.items() if name not in {*lost, *books}} == {
            name: rows for name, rows in after.items() if name not in books
        }
        before = after
    assert before == {}


def test_a_rebuilt_table_keeps_its_childrens_rows(place: Place, add: Callable[[str], None]) -> None:
    migrate.upgrade(place.engine)
    seed(place.engine)
    before = counts(place.engine)
    change = "it.alter_column('trigger_node_id', type_=sa.String(9))"
    add(f"with op.batch_alter_table('runs', recreate='auto') as it: {change}")
    execute(place, "UPDATE runs SET trigger_node_id = 'x'")
    assert [it.id for it in migrate.upgrade(place.engine)] == [NEXT]
    assert counts(place.engine) == {**before, LOG_TABLE: before[LOG_TABLE] + 1}
    with place.engine.begin() as connection:
        connection.execute(text("DELETE FROM binaries"))
        connection.execute(text("DELETE FROM runs"))
    assert counts(place.engine)["node_executions"] == 0, "foreign keys are on again, and cascade"


def test_rows_that_lose_what_they_refer_to_fail_the_revision(on_sqlite: Place, add: Callable[[str], None]) -> None:
    migrate.upgrade(on_sqlite.engine)
    seed(on_sqlite.engine)
    before = dump(on_sqlite)
    add("op.execute('DELETE FROM workflow_snapshots')")
    with pytest.raises(MigrationFailedError, match="rows of runs refer to rows that are gone"):
        migrate.upgrade(on_sqlite.engine)
    assert dump(on_sqlite) == before


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("op.execute('INSERT INTO nowhere VALUES (1)')", "nowhere"),
        ("op.execute(\"INSERT INTO audit_events (action) VALUES ('s3cret')\")", "occurred_at"),
        ("raise KeyError('why')", "KeyError: 'why'"),
    ],
)
def test_a_failing_revision_leaves_nothing(place: Place, add: Callable[[str], None], fault: str, said: str) -> None:
    migrate.upgrade(place.engine)
    seed(place.engine)
    before, was = dump(place), schema(place.engine)
    before_it = "op.execute('DELETE FROM metric_points')", "op.drop_table('spans')"
    add("; ".join((MORE, *before_it, fault)))
    with pytest.raises(MigrationFailedError) as caught:
        migrate.upgrade(place.engine)
    assert (caught.value.code, caught.value.slug) == ("CM508", "migration-failed")
    assert f"revision {NEXT} (more)" in caught.value.message
    assert said in caught.value.message
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None
    assert dump(place) == before
    assert schema(place.engine) == was
    add(MORE)
    assert [it.id for it in migrate.upgrade(place.engine)] == [NEXT]


def test_a_disk_that_is_full_is_not_the_revisions_fault(on_sqlite: Place, add: Callable[[str], None]) -> None:
    migrate.upgrade(on_sqlite.engine)
    before = dump(on_sqlite)
    add("op.execute('PRAGMA max_page_count=1'); op.execute('CREATE TABLE more AS SELECT randomblob(99999)')")
    with pytest.raises(SqliteNotWritableError, match="the disk is full"), typed(on_sqlite):
        migrate.upgrade(on_sqlite.engine)
    assert dump(on_sqlite) == before


def test_a_lost_connection_is_not_the_revisions_fault(on_postgresql: Place, add: Callable[[str], None]) -> None:
    migrate.upgrade(on_postgresql.engine)
    before = dump(on_postgresql)
    add(f"{MORE}; op.execute('SELECT pg_terminate_backend(pg_backend_pid())')")
    with pytest.raises(DatabaseUnreachableError, match="terminating connection"), typed(on_postgresql):
        migrate.upgrade(on_postgresql.engine)
    assert dump(on_postgresql) == before
    add(MORE)
    assert [it.id for it in migrate.upgrade(on_postgresql.engine)] == [NEXT]


def typed(place: Place) -> AbstractContextManager[None]:
    return typed_errors(runtime_of(place.kind, place.where))


def test_what_a_progress_listener_raises_stops_it(place: Place) -> None:
    def stop(progress: Progress) -> None:
        if progress.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate.upgrade(place.engine, on_progress=stop)
    assert applied(place.engine) == ["0001"]
    assert [it.id for it in migrate.upgrade(place.engine)] == IDS[1:]


def test_targets_that_are_none(place: Place) -> None:
    for wrong in ("0009", "1", "", "HEAD", "'; --"):
        with pytest.raises(ValueError, match="there is no revision"):
            migrate.upgrade(place.engine, wrong)
        with pytest.raises(ValueError, match="there is no revision"):
            migrate.downgrade(place.engine, wrong)
    assert counts(place.engine) == {}
    migrate.upgrade(place.engine, "0002")
    with pytest.raises(ValueError, match="needs a downgrade"):
        migrate.upgrade(place.engine, "0001")
    with pytest.raises(ValueError, match="needs an upgrade"):
        migrate.downgrade(place.engine, "0003")
    assert applied(place.engine) == ["0001", "0002"]
