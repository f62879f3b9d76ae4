"""`codemation.toml` as people write it: THE place to declare a setting.

One attribute is one setting (spec sections 2 and 8). To add one, add one declaration here and run `make generate`.
The tables inside of a setting's value are declared in `app_items.py`, retention in `app_retention.py`.
"""

from __future__ import annotations

from codemation.settings.app_items import LogRule, McpServer, OAuthProvider, OidcProvider
from codemation.settings.app_retention import PrunePolicy, Retention
from codemation.settings.setting import Section, setting
from codemation.values import (
    Boolean,
    Choice,
    Duration,
    FilePath,
    FolderArray,
    Integer,
    ItemArray,
    OneOrMore,
    QueueName,
    Text,
    TextArray,
    Url,
    VariableName,
)

LARGEST_COUNT = 2**53 - 1
"""The largest whole number that every reader of JSON takes exactly."""

ACTIVATIONS = Integer(1, LARGEST_COUNT, unit="activations")
LEVELS = Integer(1, LARGEST_COUNT, unit="levels")


class Application(Section):
    """Settings that stand in no table of their own."""

    codemation_version = setting(
        Text(),
        app="codemationVersion",
        runtime="runtime.codemationVersion",
        doc="The version of Codemation that this project is written for.",
        examples=("1.4.0",),
    )
    frontend_port = setting(
        Integer(1, 65_535),
        app="app.frontendPort",
        runtime="runtime.frontendPort",
        doc="The TCP port on which the host serves its user interface.",
        examples=(3_000,),
    )
    log = setting(
        OneOrMore(LogRule, "rules", name="Log", doc="The rules, of which the first that matches decides."),
        app="app.log",
        runtime="runtime.log",
        doc="What is logged: one rule (`filter` and `level`), or several under `rules`.",
        examples=({"filter": "*", "level": "info"},),
    )


class Database(Section, app="app.database", runtime="runtime.database"):
    """The one database that holds the host's application data and the framework's observability data."""

    kind = setting(
        Choice(
            {
                "sqlite": "embedded, one machine: a file that needs no server",
                "postgresql": "a shared server, for several machines and for production",
            }
        ),
        variables="CODEMATION_DATABASE_KIND",
        default="sqlite",
        implied_by=(("runtime.database.url", "postgresql"),),
        doc="Which database engine the host uses. A PostgreSQL URL from any source says `postgresql`.",
        examples=("sqlite", "postgresql"),
    )
    url = setting(
        Url("postgresql"),
        variables="CODEMATION_DATABASE_URL DATABASE_URL",
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
        FilePath(".codemation/codemation.sqlite"),
        variables="CODEMATION_SQLITE_FILE_PATH",
        default=".codemation/codemation.sqlite",
        applies=(("runtime.database.kind", "sqlite"),),
        doc="Where SQLite keeps its file; a relative path starts at the project root. It never changes the kind.",
        examples=(".codemation/codemation.sqlite",),
    )
    pool_size = setting(
        Integer(1, 1_000, unit="connections"),
        variables="CODEMATION_DATABASE_POOL_SIZE",
        applies=(("runtime.database.kind", "postgresql"),),
        tunes=True,
        doc="The most connections to PostgreSQL that one host opens at a time; the engine's own choice where unset.",
        examples=(10,),
    )
    connect_timeout_seconds = setting(
        Duration(1, 3_600),
        variables="CODEMATION_DATABASE_CONNECT_TIMEOUT_SECONDS",
        applies=(("runtime.database.kind", "postgresql"),),
        tunes=True,
        doc="How long PostgreSQL may take to accept a connection. The URL's `connect_timeout` comes first; else 10.",
        examples=(5,),
    )
    statement_timeout_seconds = setting(
        Duration(1, 86_400),
        variables="CODEMATION_DATABASE_STATEMENT_TIMEOUT_SECONDS",
        applies=(("runtime.database.kind", "postgresql"),),
        tunes=True,
        doc="How long a statement in one of the host's transactions may take on PostgreSQL; never a migration's.",
        examples=(30,),
    )
    wait_seconds = setting(
        Duration(0, 3_600),
        variables="CODEMATION_DATABASE_WAIT_SECONDS",
        applies=(("runtime.database.kind", "postgresql"),),
        tunes=True,
        doc="How long a boot waits for a PostgreSQL server that does not answer yet; not at all where unset.",
        examples=(60,),
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
        variables="CODEMATION_SCHEDULER",
        default="local",
        inference="redis-means-queue",
        looks_at=("runtime.eventBus.redisUrl",),
        looks_at_names=("app.scheduler.redisUrlEnv",),
        doc="Whether the host runs work itself or hands it to queue workers.",
        examples=("inline", "queue"),
    )
    queue_prefix = setting(
        Text(),
        variables="QUEUE_PREFIX",
        doc="What every queue's name starts with, so that several applications can share one Redis.",
        examples=("orders",),
    )
    worker_queues = setting(
        TextArray(QueueName()),
        default=(),
        doc="The queues that this host's workers serve.",
        examples=(["default", "slow"],),
    )


class EventBus(Section, runtime="runtime.eventBus"):
    """How the hosts of one application tell each other what happened."""

    kind = setting(
        Choice({"memory": "within one process", "redis": "between processes and machines, through Redis"}),
        variables="CODEMATION_EVENT_BUS",
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
        variables="QUEUE_PREFIX",
        inherits=("runtime.scheduler.queuePrefix",),
        doc="What every channel's name starts with; the scheduler's prefix unless stated.",
        examples=("orders",),
    )
    redis_url = setting(
        Url("redis"),
        app="app.scheduler.redisUrl",
        variables="REDIS_URL",
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


class Auth(Section, app="app.auth", runtime="runtime.auth"):
    """How people sign in. In production it is required, and so is the variable AUTH_SECRET."""

    kind = setting(
        Choice(
            {
                "local": "accounts with passwords, kept by the host",
                "oauth": "the providers under `oauth`",
                "oidc": "the providers under `oidc`",
                "managed": "the platform that runs the host",
            }
        ),
        doc="Who vouches for people.",
        examples=("local",),
    )
    allow_unauthenticated_in_development = setting(
        Boolean(),
        doc="Whether anybody may use the host without signing in. Never in production, nor with `managed`.",
        examples=(True,),
    )
    oauth = setting(
        ItemArray(OAuthProvider),
        doc="The providers that people sign in with by OAuth; not with `managed`.",
        examples=(
            [{"provider": "github", "clientIdEnv": "GITHUB_CLIENT_ID", "clientSecretEnv": "GITHUB_CLIENT_SECRET"}],
        ),
    )
    oidc = setting(
        ItemArray(OidcProvider),
        doc="The providers that people sign in with by OpenID Connect; not with `managed`.",
        examples=(
            [
                {
                    "id": "corporate",
                    "issuer": "https://login.example.com",
                    "clientIdEnv": "OIDC_CLIENT_ID",
                    "clientSecretEnv": "OIDC_CLIENT_SECRET",
                }
            ],
        ),
    )


class Whitelabel(Section, app="app.whitelabel", runtime="runtime.whitelabel"):
    """What the user interface is called, and how it looks."""

    product_name = setting(Text(), doc="The name that people see.", examples=("Orders",))
    logo_path = setting(
        FilePath("assets/logo.svg"),
        doc="The file of the logo; a relative path starts at the project root.",
        examples=("assets/logo.svg",),
    )


class EngineExecutionLimits(Section, app="app.engineExecutionLimits", runtime="runtime.engineExecutionLimits"):
    """How much one run may do before the engine ends it: by default, and whatever a workflow asks for."""

    default_max_node_activations = setting(
        ACTIVATIONS,
        default=100_000,
        inference="at-most-the-limit",
        looks_at=("runtime.engineExecutionLimits.hardMaxNodeActivations",),
        doc="How many nodes a run may activate, unless its workflow says otherwise; at most the hard limit.",
        examples=(10_000,),
    )
    hard_max_node_activations = setting(
        ACTIVATIONS,
        default=100_000,
        doc="How many nodes a run may activate, whatever its workflow says.",
        examples=(50_000,),
    )
    default_max_subworkflow_depth = setting(
        LEVELS,
        default=32,
        inference="at-most-the-limit",
        looks_at=("runtime.engineExecutionLimits.hardMaxSubworkflowDepth",),
        doc="How deep workflows may call each other, unless one says otherwise; at most the hard limit.",
        examples=(8,),
    )
    hard_max_subworkflow_depth = setting(
        LEVELS,
        default=32,
        doc="How deep workflows may call each other, whatever one says.",
        examples=(16,),
    )


class WorkflowDiscovery(Section, app="workflowDiscovery", runtime="runtime.workflowDiscovery"):
    """Where the host finds workflows."""

    directories = setting(
        FolderArray(),
        doc="The folders that hold workflows; relative paths start at the project root.",
        examples=(["src/workflows"],),
    )


class Integrations(Section):
    """What workflows can use besides their own nodes."""

    mcp_servers = setting(
        ItemArray(McpServer),
        app="mcpServers",
        runtime="runtime.mcpServers",
        secret=True,
        doc="The servers whose tools workflows can use, by the Model Context Protocol.",
        examples=(
            [
                {
                    "id": "search",
                    "displayName": "Search",
                    "description": "Searches the company's documents.",
                    "transport": "http",
                    "url": "https://mcp.example.com/v1",
                }
            ],
        ),
    )


SECTIONS: tuple[type[Section], ...] = (
    Application,
    Database,
    Scheduler,
    EventBus,
    Retention,
    Auth,
    Whitelabel,
    EngineExecutionLimits,
    PrunePolicy,
    WorkflowDiscovery,
    Integrations,
)
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
