"""What somebody has added to our tables: it stays where a table is made anew, and is told of where one goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from codemation.backend.migrations import migrate
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.backend.migrations.migrate import BASE
from tests.backend.places import IDS, Place, counts, dump, execute, schema, seed

OWN_INDEX = "CREATE INDEX my_index ON runs (trigger_node_id)"
OWN_FUNCTION = (
    "CREATE FUNCTION my_function() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN INSERT INTO my_notes VALUES (1); RETURN NULL; END'"
)
OWN_TRIGGER = {
    "sqlite": (
        "CREATE TABLE my_notes (n INTEGER)",
        "CREATE TRIGGER my_trigger AFTER UPDATE ON runs BEGIN INSERT INTO my_notes VALUES (1); END",
    ),
    "postgresql": (
        "CREATE TABLE my_notes (n INTEGER)",
        OWN_FUNCTION,
        "CREATE TRIGGER my_trigger AFTER UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION my_function()",
    ),
}
OWN_VIEW = "CREATE VIEW my_view AS SELECT r.id AS run, s.id AS span FROM runs r JOIN spans s ON s.run_id = r.id"
OWN_CHILD = "CREATE TABLE my_children (run_id BIGINT REFERENCES runs (id) ON DELETE CASCADE)"


def test_what_is_added_stays_where_a_table_is_made_anew(place: Place) -> None:
    migrate.upgrade(place.engine, "0003")
    seed(place.engine)
    execute(place, OWN_INDEX, *OWN_TRIGGER[place.kind], OWN_VIEW, OWN_CHILD, "INSERT INTO my_children VALUES (1), (2)")
    execute(place, "UPDATE spans SET run_id = 1")
    own = {row for row in schema(place.engine) if row[0].startswith("my_")}
    for step, target in ((migrate.upgrade, "head"), (migrate.downgrade, "0003"), (migrate.upgrade, "head")):
        step(place.engine, target)
        assert {row for row in schema(place.engine) if row[0].startswith("my_")} == own
        assert counts(place.engine)["my_children"] == 2
    with place.engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM my_view")).scalar() == 3
        before = connection.execute(text("SELECT count(*) FROM my_notes")).scalar_one()
        connection.execute(text("UPDATE runs SET trigger_node_id = 'x' WHERE id = 1"))
        assert connection.execute(text("SELECT count(*) FROM my_notes")).scalar() == before + 1
        connection.execute(text("DELETE FROM binaries"))
        connection.execute(text("DELETE FROM runs"))
    assert counts(place.engine)["my_children"] == 0


def test_an_added_column_is_not_lost_on_sqlite(on_sqlite: Place) -> None:
    migrate.upgrade(on_sqlite.engine, "0003")
    seed(on_sqlite.engine)
    execute(on_sqlite, "ALTER TABLE runs ADD COLUMN my_column TEXT", "UPDATE runs SET my_column = 'mine'")
    before = dump(on_sqlite)
    with pytest.raises(MigrationFailedError, match="column my_column of runs would be lost") as caught:
        migrate.upgrade(on_sqlite.engine)
    assert "table of your own" in caught.value.help
    assert dump(on_sqlite) == before


def test_an_added_column_stays_on_postgresql(on_postgresql: Place) -> None:
    migrate.upgrade(on_postgresql.engine, "0003")
    execute(on_postgresql, "ALTER TABLE runs ADD COLUMN my_column TEXT")
    migrate.upgrade(on_postgresql.engine)
    execute(on_postgresql, "UPDATE runs SET my_column = 'mine'")


@pytest.mark.parametrize("revision", IDS)
def test_nothing_of_ours_is_taken_for_added(place: Place, revision: str) -> None:
    migrate.upgrade(place.engine, revision)
    assert migrate.added(place.engine, BASE) == ()


def test_what_is_added_is_told_of(place: Place) -> None:
    migrate.upgrade(place.engine)
    execute(place, OWN_INDEX, *OWN_TRIGGER[place.kind], OWN_VIEW, OWN_CHILD, "ALTER TABLE spans ADD COLUMN note TEXT")
    told = {str(it): it.outlives for it in migrate.added(place.engine, "0001")}
    assert told == {
        "column note of spans": False,
        "index my_index on runs": False,
        "trigger my_trigger on runs": False,
        "view my_view, which reads runs": True,
        "view my_view, which reads spans": True,
        "table my_children, which refers to runs": True,
    }
    assert {str(it) for it in migrate.added(place.engine, "0002")} == {
        "column note of spans",
        "view my_view, which reads spans",
    }
    assert migrate.added(place.engine, "0003") == ()


def test_more_that_can_be_added_on_postgresql(on_postgresql: Place) -> None:
    migrate.upgrade(on_postgresql.engine)
    execute(
        on_postgresql,
        "ALTER TABLE spans ADD CONSTRAINT my_check CHECK (length(name) < 100)",
        "CREATE POLICY my_policy ON spans USING (true)",
        "CREATE RULE my_rule AS ON DELETE TO spans DO ALSO NOTHING",
        "CREATE MATERIALIZED VIEW my_view AS SELECT count(*) FROM spans",
    )
    assert {str(it) for it in migrate.added(on_postgresql.engine, "0002")} == {
        "constraint my_check on spans",
        "policy my_policy on spans",
        "rule my_rule on spans",
        "view my_view, which reads spans",
    }


@contextmanager
def checked_tables(place: Place) -> Iterator[list[str]]:
    """The tables whose references are looked at."""
    found: list[str] = []

    @event.listens_for(place.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "foreign_key_check" in statement:
            found.append(statement.partition("(")[2].rstrip(")"))

    yield found
    event.remove(place.engine, "before_cursor_execute", note)


def test_only_what_a_revision_wrote_is_looked_at(on_sqlite: Place) -> None:
    """And what refers to it: a check reads a whole table while nobody else may write."""
    migrate.upgrade(on_sqlite.engine, "0001")
    runs = ["runs", "test_suite_runs"]
    parts = ["binaries", "human_tasks", "node_executions", "slot_projections", "test_assertions", "work_items"]
    for step, target, looked_at in (
        (migrate.upgrade, "0003", []),
        (migrate.upgrade, "0004", sorted(runs + parts)),
        (migrate.upgrade, "0005", []),
        (migrate.downgrade, "0004", []),
        (migrate.downgrade, "0003", sorted(runs + parts)),
        (migrate.downgrade, "0002", []),
    ):
        with checked_tables(on_sqlite) as found:
            step(on_sqlite.engine, target)
        assert [table for table in found if table in runs + parts] == looked_at
