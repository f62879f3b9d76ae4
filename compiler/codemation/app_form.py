"""`codemation.toml` as people write it: THE place to declare a setting.

One attribute is one setting (spec section 2). To add one, add one declaration here and run `make generate`.
"""

from __future__ import annotations

from codemation.setting import Section, setting
from codemation.values import Choice, FilePath, Integer, Text, TextArray, Url, VariableName

LONGEST_RETENTION = 3_153_600_000
"""Seconds: a hundred years of 365 days."""

DURATION = Integer(1, LONGEST_RETENTION, unit="seconds")


class Database(Section, app="app.database", runtime="runtime.database"):
    """The one database that holds the host's application data and the framework's observability data."""

    kind = setting(
        Choice(
            {
                "sqlite": "embedded, one machine: a file that needs no server",
                "postgresql": "a shared server, for several machines and for production",
            }
        ),
        variable="CODEMATION_DATABASE_KIND",
        default="sqlite",
        implied_by=(("runtime.database.url", "postgresql"),),
        doc="Which database engine the host uses. A PostgreSQL URL from any source says `postgresql`.",
        examples=("sqlite", "postgresql"),
    )
    url = setting(
        Url("postgresql"),
        variable="DATABASE_URL",
        reference="app.database.urlEnv",
        secret=True,
        applies=(("runtime.database.kind", "postgresql"),),
        doc="Where the PostgreSQL database is. It usually holds a password: prefer `urlEnv` in a checked-in file.",
        examples=("postgresql://app@db.example.com:5432/codemation",),
    )
    url_env = setting(
        VariableName(),
        runtime=None,
        refers_to="runtime.database.url",
        doc="The name of the environment variable that holds the database URL, in place of `DATABASE_URL`.",
        examples=("APP_DATABASE_URL",),
    )
    sqlite_file_path = setting(
        FilePath(),
        variable="CODEMATION_SQLITE_FILE_PATH",
        default=".codemation/codemation.sqlite",
        applies=(("runtime.database.kind", "sqlite"),),
        doc="Where SQLite keeps its file; a relative path starts at the project root. It never changes the kind.",
        examples=(".codemation/codemation.sqlite",),
    )


class Scheduler(Section, app="app.scheduler", runtime="runtime.scheduler"):
    """Who runs the work: the host itself, or workers that share a queue."""

    kind = setting(
        Choice(
            {
                "inline": "the host runs its own work, in its own process",
                "queue": "workers take the work from BullMQ queues in Redis; needs PostgreSQL",
            },
            runtime={"inline": "local", "queue": "bullmq"},
        ),
        variable="CODEMATION_SCHEDULER",
        default="local",
        inference="redis-means-queue",
        looks_at=("runtime.eventBus.redisUrl",),
        looks_at_names=("app.scheduler.redisUrlEnv",),
        doc="Whether the host runs work itself or hands it to queue workers.",
        examples=("inline", "queue"),
    )
    queue_prefix = setting(
        Text(),
        variable="QUEUE_PREFIX",
        doc="What every queue's name starts with, so that several applications can share one Redis.",
        examples=("orders",),
    )
    worker_queues = setting(
        TextArray(),
        default=(),
        doc="The queues that this host's workers serve.",
        examples=(["default", "slow"],),
    )


class EventBus(Section, runtime="runtime.eventBus"):
    """How the hosts of one application tell each other what happened."""

    kind = setting(
        Choice({"memory": "within one process", "redis": "between processes and machines, through Redis"}),
        variable="CODEMATION_EVENT_BUS",
        default="memory",
        inference="event-bus-follows-scheduler",
        looks_at=("runtime.scheduler.kind", "runtime.eventBus.redisUrl"),
        looks_at_names=("app.scheduler.kind",),
        doc="How events travel between hosts. It follows the scheduler unless stated.",
        examples=("memory", "redis"),
    )
    queue_prefix = setting(
        Text(),
        app="app.scheduler.queuePrefix",
        variable="QUEUE_PREFIX",
        inherits=("runtime.scheduler.queuePrefix",),
        doc="What every channel's name starts with; the scheduler's prefix unless stated.",
        examples=("orders",),
    )
    redis_url = setting(
        Url("redis"),
        app="app.scheduler.redisUrl",
        variable="REDIS_URL",
        reference="app.scheduler.redisUrlEnv",
        secret=True,
        applies=(("runtime.scheduler.kind", "bullmq"), ("runtime.eventBus.kind", "redis")),
        doc="Where Redis is, for queues and events. It may hold a password: prefer `redisUrlEnv` in a checked-in file.",
        examples=("redis://cache.example.com:6379/0",),
    )
    redis_url_env = setting(
        VariableName(),
        app="app.scheduler.redisUrlEnv",
        runtime=None,
        refers_to="runtime.eventBus.redisUrl",
        doc="The name of the environment variable that holds the Redis URL, in place of `REDIS_URL`.",
        examples=("APP_REDIS_URL",),
    )


class Retention(Section, app="app.retention", runtime="runtime.retention"):
    """How long data is kept, in seconds, for every workflow without a prune policy of its own."""

    run_seconds = setting(
        DURATION,
        variable="CODEMATION_RUN_RETENTION_DEFAULT_SECONDS",
        default=86_400,
        doc="How long a finished run is kept.",
        examples=(86_400,),
    )
    binary_seconds = setting(
        DURATION,
        variable="CODEMATION_BINARY_RETENTION_DEFAULT_SECONDS",
        inherits=("runtime.retention.runSeconds",),
        doc="How long a run's binaries are kept; they go with their run at the latest.",
        examples=(86_400,),
    )
    telemetry_artifact_seconds = setting(
        DURATION,
        variable="CODEMATION_TELEMETRY_ARTIFACT_RETENTION_DEFAULT_SECONDS",
        default=259_200,
        doc="How long the artifacts of trace spans are kept.",
        examples=(259_200,),
    )
    telemetry_span_seconds = setting(
        DURATION,
        variable="CODEMATION_TELEMETRY_SPAN_RETENTION_DEFAULT_SECONDS",
        default=604_800,
        doc="How long trace spans are kept.",
        examples=(604_800,),
    )
    telemetry_metric_seconds = setting(
        DURATION,
        variable="CODEMATION_TELEMETRY_METRIC_RETENTION_DEFAULT_SECONDS",
        default=2_592_000,
        doc="How long metric points are kept.",
        examples=(2_592_000,),
    )


class PrunePolicy(Section, app="workflows.*.prunePolicy", runtime="runtime.workflows.*.prunePolicy"):
    """How long this workflow's data is kept; what is not stated follows the host's retention."""

    run_seconds = setting(
        DURATION,
        inherits=("runtime.retention.runSeconds",),
        doc="How long this workflow's finished runs are kept.",
        examples=(3_600,),
    )
    binary_seconds = setting(
        DURATION,
        inherits=("runtime.retention.binarySeconds", "runtime.workflows.*.prunePolicy.runSeconds"),
        doc="How long the binaries of this workflow's runs are kept; the lesser of the host's value and `runSeconds`.",
        examples=(1_800,),
    )
    telemetry_artifact_seconds = setting(
        DURATION,
        inherits=("runtime.retention.telemetryArtifactSeconds",),
        doc="How long the artifacts of this workflow's spans are kept.",
        examples=(86_400,),
    )
    telemetry_span_seconds = setting(
        DURATION,
        inherits=("runtime.retention.telemetrySpanSeconds",),
        doc="How long this workflow's spans are kept.",
        examples=(172_800,),
    )
    telemetry_metric_seconds = setting(
        DURATION,
        inherits=("runtime.retention.telemetryMetricSeconds",),
        doc="How long this workflow's metric points are kept.",
        examples=(604_800,),
    )


SECTIONS: tuple[type[Section], ...] = (Database, Scheduler, EventBus, Retention, PrunePolicy)
"""Every table of the two forms, in reading order."""

TABLES: dict[tuple[str, ...], str] = {
    ("app",): "The application as people describe it: the form to write.",
    ("workflows",): "Settings of single workflows, by workflow id.",
    ("workflows", "*"): "One workflow, by its id.",
    ("runtime",): "The lower-level form that a host boots from; what `app` says outranks it.",
    ("runtime", "workflows"): "Settings of single workflows, by workflow id.",
    ("runtime", "workflows", "*"): "One workflow, by its id.",
}
"""The documentation of the tables that only hold tables."""
