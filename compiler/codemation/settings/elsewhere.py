"""Names from elsewhere: keys and variables of other programs, and likely slips, each with what to write here.

The one list (spec section 2). A key in it is CM101 with this help in place of a guess by spelling, a variable is CM205.
Imported only where something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from codemation.origin import Path
from codemation.settings.catalogue import Catalogue, Table, dotted
from codemation.settings.renames import Suggestion, outside, rename
from codemation.settings.setting import ANY, split
from codemation.text.patterns import lazy
from codemation.text.wording import fold
from codemation.values.durations import UNITS

_URL: Final = "app.database.url"
_FILE: Final = "app.database.sqliteFilePath"
_KIND: Final = "app.database.kind"
_PART_OF_URL: Final = (
    'it is a part of the URL: write url = "postgresql://user@host:5432/database", or urlEnv with a variable\'s name'
)
_PARAMETER: Final = "it is a parameter of the URL, such as `?sslmode=require`"
_REDIS_PART: Final = 'it is a part of the URL: write redisUrl = "redis://host:6379/0", or redisUrlEnv'
_POOL: Final = "app.database.poolSize"
_SECRET: Final = "it is no setting: the host reads the variable AUTH_SECRET"  # noqa: S105  (a sentence)
_HOW_OFTEN: Final = "it is no setting: `boot(prune_every=…)` or what runs `codemation db prune` says how often"
_KEPT: Final = "take it out: retention is stated in seconds, and nothing switches it off"


def in_units(name: str) -> tuple[str, ...]:
    """A name of a time, told in each of the units that are no seconds."""
    return tuple(f"{name}{unit}" for unit in ("Minutes", "Hours", "Days", "Weeks", "Years"))


KEYS: Final[dict[str, dict[str, str]]] = {
    # In any table.
    "": {
        **dict.fromkeys(("databaseUrl", "dbUrl", "postgresUrl", "connectionString", "dsn", "databaseUri"), _URL),
        **dict.fromkeys(("databaseUrlEnv", "dbUrlEnv"), "app.database.urlEnv"),
        **dict.fromkeys(("databaseKind", "databaseType", "dbType", "dialect"), _KIND),
        **dict.fromkeys(("sqlitePath", "sqliteFile", "databasePath", "databaseFile", "dbPath", "sqlite"), _FILE),
        **dict.fromkeys(("redis", "redisUri", "redisHost"), "app.scheduler.redisUrl"),
        **dict.fromkeys(("queues", "workers"), "app.scheduler.workerQueues"),
        "prefix": "app.scheduler.queuePrefix",
        **dict.fromkeys(
            (
                "runRetentionSeconds",
                "runDataRetentionSeconds",
                "retentionSeconds",
                "maxAge",
                *in_units("run"),
                *in_units("retention"),
                *in_units("runRetention"),
            ),
            "app.retention.runSeconds",
        ),
        **dict.fromkeys(
            ("failedRunRetentionSeconds", "failedRetentionSeconds", *in_units("failedRun")),
            "app.retention.failedRunSeconds",
        ),
        **dict.fromkeys(
            ("auditRetentionSeconds", "auditLogSeconds", "auditWorkflowRetentionSeconds", *in_units("audit")),
            "app.retention.auditSeconds",
        ),
        **dict.fromkeys(("binaryRetentionSeconds", "binaryDataRetentionSeconds"), "app.retention.binarySeconds"),
        **dict.fromkeys(
            ("artifactSeconds", "artifactRetentionSeconds", "telemetryArtifactRetentionSeconds"),
            "app.retention.telemetryArtifactSeconds",
        ),
        **dict.fromkeys(
            ("spanSeconds", "traceSeconds", "spanRetentionSeconds", "telemetrySpanRetentionSeconds"),
            "app.retention.telemetrySpanSeconds",
        ),
        **dict.fromkeys(
            ("metricSeconds", "metricRetentionSeconds", "telemetryMetricRetentionSeconds"),
            "app.retention.telemetryMetricSeconds",
        ),
        **dict.fromkeys(("pruneEnabled", "runPruneEnabled", "prune"), _KEPT),
        **dict.fromkeys(("authSecret", "sessionSecret", "jwtSecret", "secret"), _SECRET),
        **dict.fromkeys(("nodeEnv", "environment", "mode", "env"), "it is no setting: the host reads NODE_ENV"),
        **dict.fromkeys(("logging", "logger", "logLevel", "logs"), "app.log"),
        **dict.fromkeys(("port", "httpPort", "serverPort"), "app.frontendPort"),
        **dict.fromkeys(("mcp", "tools"), "mcpServers"),
        **dict.fromkeys(
            ("workflowsDirectory", "workflowDirectories", "workflowsPath"), "workflowDiscovery.directories"
        ),
        "$schema": "write it as a comment in the first line: `#:schema ./codemation.schema.json`",
        **dict.fromkeys(("version", "apiVersion"), "codemationVersion"),
        **dict.fromkeys(("appName", "productName"), "app.whitelabel.productName"),
        "logo": "app.whitelabel.logoPath",
        **dict.fromkeys(("path", "file", "filePath", "filename", "dataFile"), _FILE),
        **dict.fromkeys(("host", "hostname", "user", "username", "password", "dbname"), _PART_OF_URL),
        **dict.fromkeys(("postgresql", "postgres", "pg", "psql", "mysql"), _URL),
        **dict.fromkeys(("db", "databases", "persistence", "datasource", "storage", "connection"), "app.database"),
        **dict.fromkeys(("queue", "bull", "bullmq", "jobs", "worker", "eventBus"), "app.scheduler"),
        **dict.fromkeys(("server", "http", "web", "frontend"), "app.frontendPort"),
        **dict.fromkeys(("telemetry", "prunePolicy", "pruning", "prunePolicies", "policies", "ttl"), "app.retention"),
        **dict.fromkeys(("debug", "verbose", "loglevel"), "app.log"),
        **dict.fromkeys(("authentication", "login", "sso", "signIn"), "app.auth"),
        **dict.fromkeys(("limits", "executionLimits", "engine", "execution"), "app.engineExecutionLimits"),
        **dict.fromkeys(("branding", "theme"), "app.whitelabel"),
    },
    "database": {
        **dict.fromkeys(("uri", "connection", "href"), _URL),
        **dict.fromkeys(("envUrl", "urlVariable", "env"), "app.database.urlEnv"),
        **dict.fromkeys(("type", "engine", "driver", "provider", "client", "adapter"), _KIND),
        **dict.fromkeys(("path", "filePath", "file", "filename", "storage"), _FILE),
        **dict.fromkeys(("host", "hostname", "server", "port", "user", "username", "password", "pass"), _PART_OF_URL),
        **dict.fromkeys(("name", "dbname", "database", "databaseName", "db"), _PART_OF_URL),
        **dict.fromkeys(("ssl", "sslmode", "tls", "schema", "searchPath"), _PARAMETER),
        **dict.fromkeys(("pool", "poolMax", "max", "maxConnections", "connectionLimit"), _POOL),
    },
    "scheduler": {
        **dict.fromkeys(("type", "mode", "backend", "driver"), "app.scheduler.kind"),
        **dict.fromkeys(("url", "uri", "connection"), "app.scheduler.redisUrl"),
        **dict.fromkeys(("queue", "queueName", "queueNames"), "app.scheduler.workerQueues"),
        "urlEnv": "app.scheduler.redisUrlEnv",
        **dict.fromkeys(("host", "hostname", "port", "password", "db", "username"), _REDIS_PART),
    },
    "retention": {
        **dict.fromkeys(
            ("runs", "run", "seconds", "ttl", "ttlSeconds", "maxAgeSeconds", *in_units("")), "app.retention.runSeconds"
        ),
        **dict.fromkeys(("interval", "intervalSeconds", "schedule", "cron", "pruneInterval"), _HOW_OFTEN),
        **dict.fromkeys(
            ("failed", "failedRuns", "failures", "failedSeconds", *in_units("failed")), "app.retention.failedRunSeconds"
        ),
        **dict.fromkeys(("audit", "audits", "auditLog", "auditEvents", "auditSeconds"), "app.retention.auditSeconds"),
        **dict.fromkeys(("binaries", "binary", *in_units("binary")), "app.retention.binarySeconds"),
        **dict.fromkeys(
            ("artifacts", "telemetryArtifacts", *in_units("artifact"), *in_units("telemetryArtifact")),
            "app.retention.telemetryArtifactSeconds",
        ),
        **dict.fromkeys(
            ("spans", "traces", "telemetrySpans", "telemetry", *in_units("span"), *in_units("telemetrySpan")),
            "app.retention.telemetrySpanSeconds",
        ),
        **dict.fromkeys(
            ("metrics", "telemetryMetrics", *in_units("metric"), *in_units("telemetryMetric")),
            "app.retention.telemetryMetricSeconds",
        ),
        "enabled": _KEPT,
    },
    "auth": {
        **dict.fromkeys(("type", "mode", "strategy"), "app.auth.kind"),
        **dict.fromkeys(("allowUnauthenticated", "allowAnonymous"), "app.auth.allowUnauthenticatedInDevelopment"),
        **dict.fromkeys(("providers", "github", "google", "microsoft"), "app.auth.oauth"),
    },
}
"""By the name of the table that it stands in (the blank one: any), and the key: the key that is meant, or a sentence.

What is put as a key of the app form is told in the form at hand.
"""

ALIASES: Final = {"eventBus": "scheduler", "prunePolicy": "retention", "redis": "scheduler", "queue": "scheduler"}
"""Tables that are asked like another one."""

WORKFLOW_TABLES: Final = frozenset({"retention", "prune", "pruning", "policy", "prunePolicies"})
"""What a workflow's `prunePolicy` is called elsewhere."""

_UNIT: Final = lazy(r"(?i).*?(minutes?|hours?|days?|weeks?|years?)")
_RETENTION: Final = "CODEMATION_{}_RETENTION_DEFAULT_SECONDS"

VARIABLES: Final = {
    **dict.fromkeys(
        ("CODEMATION_AUTH_SECRET", "CODEMATION_SECRET", "CODEMATION_SESSION_SECRET"), "the host reads AUTH_SECRET"
    ),
    "CODEMATION_REDIS_URL": "REDIS_URL",
    **dict.fromkeys(("CODEMATION_QUEUE_PREFIX", "CODEMATION_REDIS_PREFIX"), "QUEUE_PREFIX"),
    **dict.fromkeys(
        ("CODEMATION_DB_URL", "CODEMATION_POSTGRES_URL", "CODEMATION_POSTGRESQL_URL", "CODEMATION_PG_URL"),
        "CODEMATION_DATABASE_URL",
    ),
    **dict.fromkeys(
        ("CODEMATION_DB_TYPE", "CODEMATION_DB_KIND", "CODEMATION_DATABASE_TYPE", "CODEMATION_DATABASE_ENGINE"),
        "CODEMATION_DATABASE_KIND",
    ),
    **dict.fromkeys(
        ("CODEMATION_SQLITE_PATH", "CODEMATION_SQLITE_FILE", "CODEMATION_DATABASE_PATH", "CODEMATION_DATABASE_FILE"),
        "CODEMATION_SQLITE_FILE_PATH",
    ),
    **dict.fromkeys(("CODEMATION_DB_PATH", "CODEMATION_DB_FILE"), "CODEMATION_SQLITE_FILE_PATH"),
    **dict.fromkeys(("CODEMATION_SCHEDULER_KIND", "CODEMATION_QUEUE_MODE"), "CODEMATION_SCHEDULER"),
    "CODEMATION_EVENT_BUS_KIND": "CODEMATION_EVENT_BUS",
    **dict.fromkeys(
        ("CODEMATION_SKIP_MIGRATIONS", "CODEMATION_SKIP_STARTUP_MIGRATION"), "CODEMATION_SKIP_STARTUP_MIGRATIONS"
    ),
    "CODEMATION_NODE_ENV": "CODEMATION_ENV",
    **dict.fromkeys(("CODEMATION_RUN_PRUNE_ENABLED", "CODEMATION_PRUNE_ENABLED"), "nothing switches retention off"),
    **dict.fromkeys(
        ("CODEMATION_AUDIT_WORKFLOW_RETENTION_SECONDS", "CODEMATION_AUDIT_RETENTION_SECONDS"),
        _RETENTION.format("AUDIT"),
    ),
    **dict.fromkeys(
        ("CODEMATION_FAILED_RUN_RETENTION_SECONDS", "CODEMATION_FAILED_RETENTION_SECONDS"),
        _RETENTION.format("FAILED_RUN"),
    ),
    **dict.fromkeys(
        ("CODEMATION_RUN_RETENTION_SECONDS", "CODEMATION_RUN_DATA_RETENTION_SECONDS"), _RETENTION.format("RUN")
    ),
    "CODEMATION_BINARY_RETENTION_SECONDS": _RETENTION.format("BINARY"),
    "CODEMATION_TELEMETRY_SPAN_RETENTION_SECONDS": _RETENTION.format("TELEMETRY_SPAN"),
    "CODEMATION_TELEMETRY_ARTIFACT_RETENTION_SECONDS": _RETENTION.format("TELEMETRY_ARTIFACT"),
    "CODEMATION_TELEMETRY_METRIC_RETENTION_SECONDS": _RETENTION.format("TELEMETRY_METRIC"),
    **dict.fromkeys(
        ("CODEMATION_RUN_RETENTION_DAYS", "CODEMATION_RETENTION_DAYS", "CODEMATION_RETENTION_HOURS"),
        f"{_RETENTION.format('RUN')} is read, in seconds",
    ),
    "CODEMATION_RETENTION_SECONDS": _RETENTION.format("RUN"),
    **dict.fromkeys(
        ("CODEMATION_CONFIG", "CODEMATION_CONFIG_FILE", "CODEMATION_CONFIG_PATH"), "name the file with `--config`"
    ),
    **dict.fromkeys(("CODEMATION_ROOT", "CODEMATION_PROJECT_ROOT"), "name the project with `--root`"),
    **dict.fromkeys(
        ("CODEMATION_WORKER_QUEUES", "CODEMATION_QUEUES"), "`app.scheduler.workerQueues` in codemation.toml"
    ),
    **dict.fromkeys(("CODEMATION_PORT", "CODEMATION_FRONTEND_PORT"), "`app.frontendPort` in codemation.toml"),
    **dict.fromkeys(("CODEMATION_LOG_LEVEL", "CODEMATION_LOG"), "`app.log` in codemation.toml"),
}
"""Variables that nothing reads: the variable that is meant, or what there is in its place."""


DOUBTFUL: Final = frozenset({"allowUnauthenticated", "allowAnonymous", "eventBus", "server", "http", "web", "frontend"})
"""Keys that may mean something else than what is here, whatever their value says."""

TELLING: Final = {
    "": ("databaseUrlEnv", "dbUrlEnv", "sqlitePath", "sqliteFile", "dbPath", "workflowDirectories"),
    "database": ("envUrl", "urlVariable", "path", "file", "filePath", "filename", "databasePath", "databaseFile"),
    "scheduler": ("urlEnv", "prefix", "queues"),
    "whitelabel": ("appName", "logo"),
}
"""By table as `KEYS`: keys that mean one thing, although any text would be a value of it."""


def instead_of_key(catalogue: Catalogue, path: Path, value: object = None) -> Suggestion | None:
    """What to do about a key from elsewhere, `value` beside it; `None` for one that is not in the list."""
    *above, last = (str(part) for part in path)
    if above[-2:-1] == ["workflows"] and above[-1] in {"prunePolicy", *WORKFLOW_TABLES}:
        policy = dotted((*above[:-1], "orders", "prunePolicy"))
        return Suggestion(f"name the workflow: `[{policy}]`; for all it is `[app.retention]`")
    if last in WORKFLOW_TABLES and above[-2:-1] == ["workflows"]:
        return Suggestion(f"did you mean `{dotted((*above, 'prunePolicy'))}`?")
    table = above[-1] if above else ""
    for name in (ALIASES.get(table, table), ""):
        meant = _folded(name).get(fold(last))
        if meant is not None:
            known = catalogue.node(split(meant)) if " " not in meant else None
            if known is None:
                return Suggestion(meant)
            key = _in_form(catalogue, path, split(meant))
            in_seconds = _in_seconds(catalogue, key, last, value)
            if in_seconds:
                return Suggestion(in_seconds)
            sure = _is_certain(catalogue, table, last, key)
            return Suggestion(
                f"did you mean `{dotted(key)}`?",
                repair=rename(catalogue, path, key, value) if sure else None,
                outside=outside(path, key),
            )
    return None


def _is_certain(catalogue: Catalogue, table: str, name: str, meant: Path) -> bool:
    """Whether a name from elsewhere means that key if its value is right there: where not every text is."""
    if fold(name) in _names(DOUBTFUL):
        return False
    leaf = catalogue.leaf(meant)
    said = (*TELLING.get(ALIASES.get(table, table), ()), *TELLING[""])
    return leaf is None or leaf.kind.tells or fold(name) in _names(said)


def _names(names: Iterable[str]) -> set[str]:
    return {fold(name) for name in names}


def _in_seconds(catalogue: Catalogue, path: Path, name: str, value: object) -> str | None:
    """A help line for a time in another unit: what is taken for seconds keeps far less than is meant."""
    found = _UNIT.fullmatch(name)
    if found is None:
        return None
    unit = found[1].lower().removesuffix("s")
    leaf, key, seconds = catalogue.leaf(path), dotted(path), value * UNITS[unit] if type(value) is int else 0
    if seconds > 0:
        wrong = leaf.kind.problem(seconds) if leaf else None
        return f"`{key}` is in seconds: {wrong.help}" if wrong else f"write `{key} = {seconds}`, in seconds"
    return f"write `{key}`, in seconds: one {unit} is {UNITS[unit]}"


@cache
def _folded(table: str) -> dict[str, str]:
    return {fold(name): meant for name, meant in KEYS.get(table, {}).items()}


def _in_form(catalogue: Catalogue, path: Path, meant: tuple[str, ...]) -> Path:
    """A key of the app form as the form at hand has it, for the same workflow."""
    leaf = catalogue.leaf(meant)
    if "workflows" in path and meant[:2] == ("app", "retention"):
        at = path.index("workflows") + 1
        policy = (*path[: at + 1], "prunePolicy", meant[-1])
        if len(path) > at and catalogue.leaf(policy):
            return policy
    if path[0] == "runtime" and isinstance(catalogue.node(("runtime", *meant[1:])), Table):
        return ("runtime", *meant[1:])
    if path[0] == "runtime" and leaf is not None and leaf.setting.runtime and ANY not in leaf.setting.runtime:
        return leaf.setting.runtime
    return meant
