"""What a host boots from, as typed data (generated from `app_form.py` by `make generate`; do not edit)."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import to_builtins

from codemation.masked import Masked
from codemation.redaction import redact_value


class Database(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The one database that holds the host's application data and the framework's observability data."""

    kind: Literal["sqlite", "postgresql"]
    """Which database engine the host uses. A PostgreSQL URL from any source says `postgresql`."""
    url: str | None = None
    """Where the PostgreSQL database is. It usually holds a password: prefer `urlEnv` in a checked-in file."""
    sqlite_file_path: str | None = None
    """Where SQLite keeps its file; a relative path starts at the project root. It never changes the kind."""


class Scheduler(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Who runs the work: the host itself, or workers that share a queue."""

    kind: Literal["local", "bullmq"]
    """Whether the host runs work itself or hands it to queue workers."""
    queue_prefix: str | None = None
    """What every queue's name starts with, so that several applications can share one Redis."""
    worker_queues: tuple[str, ...]
    """The queues that this host's workers serve."""


class EventBus(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How the hosts of one application tell each other what happened."""

    kind: Literal["memory", "redis"]
    """How events travel between hosts. It follows the scheduler unless stated."""
    queue_prefix: str | None = None
    """What every channel's name starts with; the scheduler's prefix unless stated."""
    redis_url: str | None = None
    """Where Redis is, for queues and events. It may hold a password: prefer `redisUrlEnv` in a checked-in file."""


class Retention(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How long data is kept, in seconds, for every workflow without a prune policy of its own."""

    run_seconds: int
    """How long a finished run is kept."""
    binary_seconds: int
    """How long a run's binaries are kept; they go with their run at the latest."""
    telemetry_artifact_seconds: int
    """How long the artifacts of trace spans are kept."""
    telemetry_span_seconds: int
    """How long trace spans are kept."""
    telemetry_metric_seconds: int
    """How long metric points are kept."""


class PrunePolicy(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How long this workflow's data is kept; what is not stated follows the host's retention."""

    run_seconds: int
    """How long this workflow's finished runs are kept."""
    binary_seconds: int
    """How long the binaries of this workflow's runs are kept; the lesser of the host's value and `runSeconds`."""
    telemetry_artifact_seconds: int
    """How long the artifacts of this workflow's spans are kept."""
    telemetry_span_seconds: int
    """How long this workflow's spans are kept."""
    telemetry_metric_seconds: int
    """How long this workflow's metric points are kept."""


class Workflow(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is decided for one workflow."""

    prune_policy: PrunePolicy


class Runtime(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The runtime form: every setting decided.

    Attribute access gives plain values; `repr`, `str` and `to_dict` mask secrets.
    """

    database: Database
    scheduler: Scheduler
    event_bus: EventBus
    retention: Retention
    workflows: dict[str, Workflow] = {}

    def to_dict(self, show_secrets: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  (so specified)
        """The emitted form as plain data, `{"runtime": {...}}`, with secrets masked unless they are asked for."""
        data = {"runtime": _trimmed(to_builtins(self))}
        return data if show_secrets else redact_value(data)  # type: ignore[return-value]


def _trimmed(data: dict[str, Any]) -> dict[str, Any]:
    """The data with tuples as lists, as TOML and JSON hold them."""
    return {key: _plain(value) for key, value in data.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _trimmed(value)
    return list(value) if isinstance(value, tuple) else value
