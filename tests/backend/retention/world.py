"""Databases with rows of every kind, around the moments at which they fall due; and policies."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import tomli_w
from sqlalchemy import Engine, delete, insert, select

from codemation.backend.tables import metadata
from codemation.pipeline import compile_sources
from codemation.runtime.form import Runtime
from codemation.settings.catalogue import CATALOGUE
from codemation.sources.environment import Environment
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource
from tests.backend.places import Place, runtime_of
from tests.backend.retention.model import EXPIRING, FINISHED, Rows

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
WORKFLOWS = ("orders", "billing.nightly", "größe 日本", "it's :late %s 100%")
STATUSES = (*sorted(FINISHED), "pending", "running", "waiting")
SECONDS = (1, 60, 3_600, 86_400, 604_800, 3_153_600_000)
POLICY = (
    "runSeconds",
    "failedRunSeconds",
    "binarySeconds",
    "telemetryArtifactSeconds",
    "telemetrySpanSeconds",
    "telemetryMetricSeconds",
)
TABLES = (
    "auth_users",
    "credential_instances",
    "workflow_snapshots",
    "test_suite_runs",
    "runs",
    "work_items",
    "node_executions",
    "slot_projections",
    "human_tasks",
    "binaries",
    "test_assertions",
    "trace_contexts",
    "spans",
    "span_artifacts",
    "metric_points",
    "audit_events",
    *EXPIRING,
)
"""What there are rows of, in an order in which they can be inserted."""


def runtime_with(place: Place, document: dict[str, Any]) -> Runtime:
    """The runtime form of a document, for this database."""
    source = TomlSource("codemation.toml", tomli_w.dumps(document))
    compilation = compile_sources(CATALOGUE, Project("/srv/app", None), source, Environment({}), {})
    assert compilation.runtime is not None, compilation.diagnostics
    database = runtime_of(place.kind, place.where).database
    return msgspec.structs.replace(compilation.runtime, database=database)


class World:
    """Rows around the moments at which they fall due, by a dice."""

    def __init__(self, dice: random.Random, size: int = 12) -> None:
        self.dice = dice
        self.size = size
        host = {name: dice.choice(SECONDS) for name in (*POLICY, "auditSeconds") if dice.random() < 0.5}
        policies = {
            workflow: {"prunePolicy": {name: dice.choice(SECONDS) for name in POLICY if dice.random() < 0.4}}
            for workflow in WORKFLOWS
            if dice.random() < 0.5
        }
        self.document = {"app": {"retention": host}, "workflows": policies}
        self.rows: Rows = {name: [] for name in TABLES}

    def fill(self, runtime: Runtime) -> None:
        """Make the rows, for these policies."""
        stated = {value for one in self._tables(runtime) for value in one.values() if value is not None}
        self.moments = [
            moment
            for seconds in stated
            for off in (-1, 0, 1)
            if (moment := NOW - timedelta(seconds=seconds, microseconds=off)).year > 1900
        ]
        self.moments += [NOW, NOW + timedelta(days=1), datetime(1970, 1, 1, tzinfo=UTC)]
        for name in TABLES:
            most = len(self.rows["runs"]) if name == "slot_projections" else self.size
            for number in range(1, self.dice.randrange(1, most + 1) + 1):
                self.rows[name].append(getattr(self, f"_{name}", self._expiring)(name, number))

    @staticmethod
    def _tables(runtime: Runtime) -> list[dict[str, Any]]:
        return [
            msgspec.structs.asdict(one)
            for one in (runtime.retention, *(it.prune_policy for it in runtime.workflows.values()))
        ]

    def moment(self) -> datetime:
        if self.dice.random() < 0.7:
            return self.dice.choice(self.moments)
        return NOW - timedelta(seconds=self.dice.randrange(10_000_000), microseconds=self.dice.randrange(1_000_000))

    def workflow(self) -> str:
        # No policy can name the last one.
        return self.dice.choice((*WORKFLOWS, ""))

    def any_of(self, table: str, column: str, *, none: bool) -> Any:
        return None if none and self.dice.random() < 0.4 else self.dice.choice(self.rows[table])[column]

    def _auth_users(self, _: str, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "email": f"{number}@example.com",
            "status": "active",
            "created_at": NOW,
            "updated_at": NOW,
        }

    def _credential_instances(self, _: str, number: int) -> dict[str, Any]:
        given = {"id": number, "credential_type": "t", "display_name": "d", "public_config": {}, "tags": []}
        return {**given, "setup_status": "ready", "created_at": NOW, "updated_at": NOW}

    def _workflow_snapshots(self, _: str, number: int) -> dict[str, Any]:
        given = {"content_hash": f"{number:064}", "workflow_id": self.workflow(), "definition": {"n": number}}
        return {**given, "created_at": self.moment()}

    def _over(self, statuses: tuple[str, ...]) -> dict[str, Any]:
        status = self.dice.choice(statuses)
        return {"status": status, "finished_at": self.moment() if status in FINISHED else None}

    def _test_suite_runs(self, _: str, number: int) -> dict[str, Any]:
        given = {"id": number, "workflow_id": self.workflow(), "test_suite_id": "s", "started_at": NOW}
        return {**given, **self._over((*sorted(FINISHED), "running"))}

    def _runs(self, _: str, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "workflow_id": self.workflow(),
            "snapshot_hash": self.any_of("workflow_snapshots", "content_hash", none=True),
            "parent_run_id": None if number == 1 else self.any_of("runs", "id", none=True),
            "test_suite_run_id": self.any_of("test_suite_runs", "id", none=True),
            "created_at": self.moment(),
            **self._over(STATUSES),
        }

    def _work_items(self, _: str, number: int) -> dict[str, Any]:
        given = {"id": number, "run_id": self.any_of("runs", "id", none=False), "node_id": "n", "queue": "q"}
        return {**given, "status": "queued", "payload": {}, "available_at": NOW, "created_at": NOW}

    def _node_executions(self, _: str, number: int) -> dict[str, Any]:
        given = {"id": number, "run_id": self.any_of("runs", "id", none=False), "node_id": f"n{number}"}
        return {**given, "status": "completed", "queued_at": NOW}

    def _slot_projections(self, _: str, number: int) -> dict[str, Any]:
        return {"run_id": number, "slot_states": {"n": number}, "updated_at": NOW}

    def _human_tasks(self, _: str, number: int) -> dict[str, Any]:
        given = {"id": number, "run_id": self.any_of("runs", "id", none=False), "node_id": "n", "status": "pending"}
        return {**given, "title": "t", "request": {}, "created_at": NOW}

    def _binaries(self, _: str, number: int) -> dict[str, Any]:
        run = self.dice.choice(self.rows["runs"])
        given = {"id": number, "run_id": run["id"], "workflow_id": run["workflow_id"], "storage_key": f"blob/{number}"}
        return {**given, "media_type": "text/plain", "byte_count": 5, "created_at": self.moment()}

    def _test_assertions(self, _: str, number: int) -> dict[str, Any]:
        given = {"id": number, "test_suite_run_id": self.any_of("test_suite_runs", "id", none=False), "name": "a"}
        run = self.any_of("runs", "id", none=True)
        return {**given, "run_id": run, "status": "passed", "created_at": NOW}

    def _trace_contexts(self, _: str, number: int) -> dict[str, Any]:
        given = {"trace_id": f"{number:032}", "root_span_id": "s", "workflow_id": self.workflow()}
        return {**given, "created_at": NOW, "last_seen_at": self.moment()}

    def _spans(self, _: str, number: int) -> dict[str, Any]:
        given = {"id": number, "trace_id": f"{number:032}", "span_id": "s", "workflow_id": self.workflow(), "name": "n"}
        return {**given, "kind": "internal", "status": "ok", "started_at": self.moment()}

    def _span_artifacts(self, _: str, number: int) -> dict[str, Any]:
        given = {"id": number, "trace_id": "t", "span_id": "s", "workflow_id": self.workflow(), "kind": "k"}
        return {**given, "media_type": "m", "byte_count": 1, "created_at": self.moment()}

    def _metric_points(self, _: str, number: int) -> dict[str, Any]:
        given = {"id": number, "name": "m", "value": 1.5, "workflow_id": self.workflow()}
        return {**given, "recorded_at": self.moment()}

    def _audit_events(self, _: str, number: int) -> dict[str, Any]:
        return {"id": number, "action": "a", "occurred_at": self.moment()}

    def _expiring(self, name: str, number: int) -> dict[str, Any]:
        given: dict[str, Any] = {"id": number, "expires_at": self.moment()}
        if name == "auth_sessions":
            given |= {"user_id": 1, "token_hash": f"t{number}", "created_at": NOW, "last_seen_at": NOW}
        elif name == "auth_invites":
            given |= {"user_id": 1, "token_hash": f"t{number}", "created_at": NOW}
        elif name == "auth_verification_tokens":
            given = {"token_hash": f"t{number}", "identifier": "i", "purpose": "sign_in", **given, "created_at": NOW}
            del given["id"]
        elif name == "credential_oauth2_states":
            given = {"state_hash": f"s{number}", "instance_id": 1, "redirect_uri": "r", "scopes": [], **given}
            given["created_at"] = NOW
            del given["id"]
        else:
            given |= {"instance_id": 1, "status": "healthy", "tested_at": NOW}
        return given


def write(engine: Engine, rows: Rows) -> None:
    """Put these rows, and nothing else, into the database."""
    with engine.begin() as connection:
        for name in reversed(TABLES):
            connection.execute(delete(metadata.tables[name]))
        for name in TABLES:
            if rows[name]:
                keys = list(dict.fromkeys(key for row in rows[name] for key in row))
                connection.execute(
                    insert(metadata.tables[name]), [{key: row.get(key) for key in keys} for row in rows[name]]
                )


def keys_of(engine: Engine) -> dict[str, set[Any]]:
    """The primary keys of every row, by table."""
    with engine.connect() as connection:
        found = {
            name: set(connection.execute(select(next(iter(metadata.tables[name].primary_key.columns)))).scalars())
            for name in TABLES
        }
        connection.rollback()
        return found


def keys(rows: Rows) -> dict[str, set[Any]]:
    """The same of rows."""
    return {
        name: {row[next(iter(metadata.tables[name].primary_key.columns)).name] for row in rows[name]} for name in TABLES
    }
