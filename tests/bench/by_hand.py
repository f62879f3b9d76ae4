"""What `codemation.compile` does, written by hand with `tomllib` and `msgspec`: what a host would do without it.

It stops at the first error, says nothing of where it is, and explains nothing; it is as fast as this gets.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, convert, field

Seconds = Annotated[int, Meta(ge=1, le=3_153_600_000)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
PostgresqlUrl = Annotated[str, Meta(pattern="^postgres(ql)?://")]
RedisUrl = Annotated[str, Meta(pattern="^(rediss?|unix)://")]

POLICIES = (
    "run_seconds",
    "failed_run_seconds",
    "binary_seconds",
    "telemetry_artifact_seconds",
    "telemetry_span_seconds",
    "telemetry_metric_seconds",
)
RETENTION = (*POLICIES, "audit_seconds")


class MissingError(ValueError):
    """What is asked for needs a server that nobody named."""

    def __init__(self) -> None:
        super().__init__("PostgreSQL or Redis is needed, but nobody says where it is")


class Table(Struct, forbid_unknown_fields=True, rename="camel"):
    """A table that takes no other keys."""


class Database(Table):
    kind: Literal["sqlite", "postgresql"] | None = None
    url: PostgresqlUrl | None = None
    url_env: Name | None = None
    sqlite_file_path: str | None = None


class Scheduler(Table):
    kind: Literal["inline", "queue"] | None = None
    queue_prefix: str | None = None
    worker_queues: list[str] = []
    redis_url: RedisUrl | None = None
    redis_url_env: Name | None = None


class Policy(Table):
    run_seconds: Seconds | None = None
    failed_run_seconds: Seconds | None = None
    binary_seconds: Seconds | None = None
    telemetry_artifact_seconds: Seconds | None = None
    telemetry_span_seconds: Seconds | None = None
    telemetry_metric_seconds: Seconds | None = None


class Retention(Policy):
    audit_seconds: Seconds | None = None


class App(Table):
    database: Database = field(default_factory=Database)
    scheduler: Scheduler = field(default_factory=Scheduler)
    retention: Retention = field(default_factory=Retention)


class Workflow(Table):
    prune_policy: Policy = field(default_factory=Policy)


class Document(Table):
    app: App = field(default_factory=App)
    workflows: dict[str, Workflow] = {}


class Variables(Struct):
    """The variables whose names never change."""

    database_kind: Literal["sqlite", "postgresql"] | None = field(default=None, name="CODEMATION_DATABASE_KIND")
    sqlite_file_path: str | None = field(default=None, name="CODEMATION_SQLITE_FILE_PATH")
    scheduler: Literal["local", "bullmq"] | None = field(default=None, name="CODEMATION_SCHEDULER")
    event_bus: Literal["memory", "redis"] | None = field(default=None, name="CODEMATION_EVENT_BUS")
    queue_prefix: str | None = field(default=None, name="QUEUE_PREFIX")
    run_seconds: Seconds | None = field(default=None, name="CODEMATION_RUN_RETENTION_DEFAULT_SECONDS")
    failed_run_seconds: Seconds | None = field(default=None, name="CODEMATION_FAILED_RUN_RETENTION_DEFAULT_SECONDS")
    audit_seconds: Seconds | None = field(default=None, name="CODEMATION_AUDIT_RETENTION_DEFAULT_SECONDS")
    binary_seconds: Seconds | None = field(default=None, name="CODEMATION_BINARY_RETENTION_DEFAULT_SECONDS")
    telemetry_artifact_seconds: Seconds | None = field(
        default=None, name="CODEMATION_TELEMETRY_ARTIFACT_RETENTION_DEFAULT_SECONDS"
    )
    telemetry_span_seconds: Seconds | None = field(
        default=None, name="CODEMATION_TELEMETRY_SPAN_RETENTION_DEFAULT_SECONDS"
    )
    telemetry_metric_seconds: Seconds | None = field(
        default=None, name="CODEMATION_TELEMETRY_METRIC_RETENTION_DEFAULT_SECONDS"
    )


def parse(root: Path) -> dict[str, Any]:
    """Read and parse, and nothing else."""
    with open(os.path.join(root, "codemation.toml"), "rb") as file:
        return tomllib.load(file)


def compile_by_hand(root: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """The same work: read, parse, check and convert, overlay, infer, fill in."""
    document = convert(parse(root), Document)
    variables = convert(environment, Variables, strict=False)
    return decide(document, variables, environment, root)


def decide(document: Any, variables: Any, environment: Mapping[str, str], root: Path) -> dict[str, Any]:
    """Lay the environment over the document (typed, of any library), infer the kinds, and fill the gaps in place."""
    database, scheduler, retention = document.app.database, document.app.scheduler, document.app.retention

    text = environment.get(database.url_env or "DATABASE_URL")
    url = convert(text, PostgresqlUrl) if text else None
    stated = database.kind or ("postgresql" if database.url or database.url_env else "sqlite")
    database.kind = variables.database_kind or ("postgresql" if url else stated)
    database.url = url or database.url
    if database.kind == "postgresql":
        if database.url is None:
            raise MissingError
    else:
        path = variables.sqlite_file_path or database.sqlite_file_path or ".codemation/codemation.sqlite"
        database.sqlite_file_path = os.path.normpath(os.path.join(root, path))

    text = environment.get(scheduler.redis_url_env or "REDIS_URL")
    scheduler.redis_url = (convert(text, RedisUrl) if text else None) or scheduler.redis_url
    inferred = "bullmq" if scheduler.redis_url or scheduler.redis_url_env else "local"
    written = {"inline": "local", "queue": "bullmq"}[scheduler.kind] if scheduler.kind else inferred
    kind = variables.scheduler or written
    follows = "redis" if kind == "bullmq" or (scheduler.redis_url and scheduler.kind != "inline") else "memory"
    event_bus = variables.event_bus or follows
    if kind == "bullmq" and database.kind == "sqlite":
        raise MissingError
    if (kind == "bullmq" or event_bus == "redis") and scheduler.redis_url is None:
        raise MissingError
    scheduler.queue_prefix = variables.queue_prefix or scheduler.queue_prefix

    for name in RETENTION:
        value = getattr(variables, name)
        if value is not None:
            setattr(retention, name, value)
    run = retention.run_seconds = retention.run_seconds or 86_400
    failed = retention.failed_run_seconds
    retention.failed_run_seconds = failed or run
    binary = retention.binary_seconds = min(retention.binary_seconds or run, run)
    artifact = retention.telemetry_artifact_seconds = retention.telemetry_artifact_seconds or 259_200
    span = retention.telemetry_span_seconds = retention.telemetry_span_seconds or 604_800
    metric = retention.telemetry_metric_seconds = retention.telemetry_metric_seconds or 2_592_000
    for workflow in document.workflows.values():
        policy = workflow.prune_policy
        policy.run_seconds = policy.run_seconds or run
        policy.failed_run_seconds = policy.failed_run_seconds or failed or policy.run_seconds
        policy.binary_seconds = min(policy.binary_seconds or binary, policy.run_seconds)
        policy.telemetry_artifact_seconds = policy.telemetry_artifact_seconds or artifact
        policy.telemetry_span_seconds = policy.telemetry_span_seconds or span
        policy.telemetry_metric_seconds = policy.telemetry_metric_seconds or metric
    return {
        "database": database,
        "scheduler": scheduler,
        "kind": kind,
        "event_bus": event_bus,
        "retention": retention,
        "workflows": document.workflows,
    }
