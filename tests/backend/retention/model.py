"""What spec section 7 says is due, in plain Python over the rows. It shares no code with the pruning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

Rows = dict[str, list[dict[str, Any]]]

FAILED = {"failed", "halted"}
FINISHED = {"completed", "cancelled", *FAILED}
PARTS = {"work_items": "runs", "node_executions": "runs", "slot_projections": "runs", "human_tasks": "runs"}
EXPIRING = (
    "auth_sessions",
    "auth_invites",
    "auth_verification_tokens",
    "credential_oauth2_states",
    "credential_test_results",
)


class Model:
    """The rows of a database, and what a prune leaves of them.

    `host` holds the host's retention values, `workflows` those of named workflows, each by the names of the file.
    `broken` are the storage keys that cannot be deleted; `None` where nobody deletes any.
    """

    def __init__(
        self,
        rows: Rows,
        host: Mapping[str, int | None],
        workflows: Mapping[str, Mapping[str, int]],
        now: datetime,
        broken: set[str] | None,
    ) -> None:
        self.rows = rows
        self.host = host
        self.workflows = workflows
        self.now = now
        self.broken = broken

    def old(self, moment: datetime, seconds: int | None) -> bool:
        """Whether a moment is older than now minus a policy."""
        return seconds is not None and moment < self.now - timedelta(seconds=seconds)

    def policy(self, row: dict[str, Any], name: str) -> int | None:
        """The workflow's value if the runtime form names it, else the host's."""
        return self.workflows.get(row["workflow_id"], self.host)[name]

    def run_due(self, row: dict[str, Any]) -> bool:
        """Whether a run, or a test suite's, is due."""
        if row["status"] not in FINISHED:
            return False
        name = "failedRunSeconds" if row["status"] in FAILED else "runSeconds"
        return self.old(row["finished_at"], self.policy(row, name))

    def left(self) -> Rows:
        """The rows that stay."""
        rows = {name: list(of) for name, of in self.rows.items()}
        status = {run["id"]: run["status"] for run in rows["runs"]}
        due_runs = {run["id"] for run in rows["runs"] if self.run_due(run)}
        rows["binaries"] = [
            it
            for it in rows["binaries"]
            if self.broken is None
            or it["storage_key"] in self.broken
            or not (
                it["run_id"] in due_runs
                or (status[it["run_id"]] in FINISHED and self.old(it["created_at"], self.policy(it, "binarySeconds")))
            )
        ]
        due_runs -= {it["run_id"] for it in rows["binaries"]}
        rows["runs"] = [run for run in rows["runs"] if run["id"] not in due_runs]
        for name in PARTS:
            rows[name] = [it for it in rows[name] if it["run_id"] not in due_runs]
        suites = {it["id"] for it in rows["test_suite_runs"] if self.run_due(it)}
        rows["test_suite_runs"] = [it for it in rows["test_suite_runs"] if it["id"] not in suites]
        rows["test_assertions"] = [it for it in rows["test_assertions"] if it["test_suite_run_id"] not in suites]
        for name, column, setting in (
            ("spans", "started_at", "telemetrySpanSeconds"),
            ("span_artifacts", "created_at", "telemetryArtifactSeconds"),
            ("metric_points", "recorded_at", "telemetryMetricSeconds"),
        ):
            rows[name] = [it for it in rows[name] if not self.old(it[column], self.policy(it, setting))]
        telemetry = ("telemetrySpanSeconds", "telemetryArtifactSeconds", "telemetryMetricSeconds")
        rows["trace_contexts"] = [
            it
            for it in rows["trace_contexts"]
            if not all(self.old(it["last_seen_at"], self.policy(it, name)) for name in telemetry)
        ]
        rows["audit_events"] = [
            it for it in rows["audit_events"] if not self.old(it["occurred_at"], self.host["auditSeconds"])
        ]
        for name in EXPIRING:
            rows[name] = [it for it in rows[name] if not it["expires_at"] < self.now]
        rows["workflow_snapshots"] = self._snapshots(rows)
        return rows

    def _snapshots(self, rows: Rows) -> list[dict[str, Any]]:
        referred = {run["snapshot_hash"] for run in rows["runs"]}
        newest: dict[str, tuple[datetime, str]] = {}
        for it in rows["workflow_snapshots"]:
            rank = (it["created_at"], it["content_hash"])
            newest[it["workflow_id"]] = max(newest.get(it["workflow_id"], rank), rank)
        return [
            it
            for it in rows["workflow_snapshots"]
            if it["content_hash"] in referred
            or newest[it["workflow_id"]][1] == it["content_hash"]
            or not all(self.old(it["created_at"], self.policy(it, name)) for name in ("runSeconds", "failedRunSeconds"))
        ]
