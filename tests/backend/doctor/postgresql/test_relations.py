"""Ways in which tables on PostgreSQL are as made, and do not do what they should."""

from __future__ import annotations

import pytest

from tests.backend.commands import Codemation
from tests.backend.doctor.places import OWNER
from tests.backend.doctor.postgresql.servers import (
    Servers,
    found_and_mended,
    spoilt,
)
from tests.backend.doctor.ways import Way

WAYS = [
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
]


@pytest.mark.postgresql
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
def test_a_way(way: Way, servers: Servers, codemation: Codemation, monkeypatch: pytest.MonkeyPatch) -> None:
    found_and_mended(way, servers, codemation, monkeypatch)
