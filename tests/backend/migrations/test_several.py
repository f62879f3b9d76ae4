"""Several revisions, one of which fails, and two migrators that want different things."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codemation.backend.migrations import alembic_scripts, migrate, runner
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.backend.migrations.migrate import BASE
from tests.backend.commands import Codemation, made_project
from tests.backend.places import IDS, NEXT, Place, applied, counts


def test_an_upgrade_that_fails_later_says_what_is_applied(place: Place, add: Callable[[str], None]) -> None:
    migrate.upgrade(place.engine, "0003")
    add("op.execute('INSERT INTO nowhere VALUES (1)')")
    with pytest.raises(MigrationFailedError) as caught:
        migrate.upgrade(place.engine)
    assert f"applying revision {NEXT} (more) failed" in caught.value.message
    before = f"{', '.join(IDS[3:])} were applied before that."
    assert caught.value.help == f"Nothing of that revision was kept: solve the cause and try again. {before}"
    assert caught.value.__context__ is None
    assert applied(place.engine) == IDS


def fail_at(monkeypatch: pytest.MonkeyPatch, revision: str, statement: str = "DROP TABLE no_such_table") -> None:
    downgrade = alembic_scripts.Scripts.downgrade

    def failing(self: alembic_scripts.Scripts, connection: object, it: migrate.Revision) -> None:
        downgrade(self, connection, it)  # type: ignore[arg-type]
        if it.id == revision:
            connection.exec_driver_sql(statement)  # type: ignore[attr-defined]

    monkeypatch.setattr(alembic_scripts.Scripts, "downgrade", failing)


def test_a_downgrade_that_fails_later_says_what_is_gone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(place.engine)
    fail_at(monkeypatch, "0003")
    with pytest.raises(MigrationFailedError) as caught:
        migrate.downgrade(place.engine, BASE)
    assert "taking back revision 0003 (observability audit) failed" in caught.value.message
    assert caught.value.help.endswith(f"{', '.join(IDS[:2:-1])} were taken back before that.")
    assert applied(place.engine) == IDS[:3]
    with pytest.raises(MigrationFailedError) as caught:
        migrate.downgrade(place.engine, BASE)
    assert "before that" not in caught.value.help, "this one took nothing back"


@pytest.mark.postgresql
def test_so_does_one_whose_link_is_lost(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codemation: Codemation
) -> None:
    made_project("postgresql", request, tmp_path, monkeypatch)
    codemation("db", "migrate")
    fail_at(monkeypatch, "0003", "SELECT pg_terminate_backend(pg_backend_pid())")
    ran = codemation("db", "downgrade", "base", "--yes")
    assert ran.code == 3
    assert ran.err.startswith("error[CM501]:")
    assert f"{', '.join(IDS[:2:-1])} were taken back before that." in ran.said


def between(place: Place, monkeypatch: pytest.MonkeyPatch, work: Callable[[Place], object]) -> None:
    """Let somebody else do `work` once, after the next migration has looked and before it has the lock."""
    load, waiting = runner.load_scripts, [work]

    def loading() -> alembic_scripts.Scripts:
        scripts = load()
        if waiting:
            other = place.again()
            waiting.pop()(Place(place.kind, place.where, other))
            other.dispose()
        return scripts

    monkeypatch.setattr(runner, "load_scripts", loading)


@pytest.mark.parametrize(("other", "left"), [(BASE, []), ("0001", IDS[:1]), ("0002", IDS[:2])])
def test_a_downgrade_that_loses_against_another(
    place: Place, monkeypatch: pytest.MonkeyPatch, other: str, left: list[str]
) -> None:
    migrate.upgrade(place.engine)
    between(place, monkeypatch, lambda it: migrate.downgrade(it.engine, other))
    if other == "0002":
        assert migrate.downgrade(place.engine, "0002") == ()
    else:
        with pytest.raises(
            MigrationFailedError, match=r"another process migrated the database meanwhile: .*before 0002"
        ):
            migrate.downgrade(place.engine, "0002")
    assert applied(place.engine) == left


def test_an_upgrade_that_loses_against_a_downgrade_goes_on_from_there(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.upgrade(place.engine, "0004")
    between(place, monkeypatch, lambda it: migrate.downgrade(it.engine, "0001"))
    assert [it.id for it in migrate.upgrade(place.engine)] == IDS[1:]


def test_an_upgrade_that_loses_against_one_that_goes_further(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(place.engine, "0001")
    between(place, monkeypatch, lambda it: migrate.upgrade(it.engine))
    with pytest.raises(MigrationFailedError, match=r"meanwhile: .*past 0002"):
        migrate.upgrade(place.engine, "0002")
    assert applied(place.engine) == IDS


def test_what_goes_is_counted_in_one_state(on_postgresql: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that goes while rows are counted: it is looked at again."""
    migrate.upgrade(on_postgresql.engine)
    rows, once = migrate._rows, [True]

    def counting(query: object, name: str) -> int:
        if once.pop() if once else False:
            other = on_postgresql.again()
            migrate.downgrade(other, "0002")
            other.dispose()
        return rows(query, name)  # type: ignore[arg-type]

    monkeypatch.setattr(migrate, "_rows", counting)
    lost = migrate.losses(on_postgresql.engine, "0001")
    assert "runs" in lost
    assert "spans" not in lost
    assert counts(on_postgresql.engine).keys() >= lost.keys()
