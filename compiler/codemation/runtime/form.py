"""What a host boots from, as typed data (generated from `app_form.py` by `make generate`; do not edit)."""

# Types as they are, not as texts: msgspec would compile each text when the first form is made, at every boot.

from typing import Any, Literal

from msgspec import to_builtins

from codemation.masked import Masked
from codemation.redaction import redact_value


class LogRule(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Which log lines a level goes for: the first rule whose filter matches decides."""

    filter: str | tuple[str, ...]
    """A glob over the names of loggers, or an array of such. `*` matches every name."""
    level: Literal["debug", "info", "warn", "error", "silent"]
    """The least severe lines that are written."""


class Log(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is logged: one rule (`filter` and `level`), or several under `rules`."""

    filter: str | tuple[str, ...] | None = None
    """A glob over the names of loggers, or an array of such. `*` matches every name."""
    level: Literal["debug", "info", "warn", "error", "silent"] | None = None
    """The least severe lines that are written."""
    rules: tuple[LogRule, ...] | None = None
    """The rules, of which the first that matches decides."""


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


class OAuthProvider(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A provider that people sign in with by OAuth."""

    provider: Literal["google", "github", "microsoft"]
    """Which provider it is."""
    client_id_env: str
    """The name of the environment variable that holds the client's id."""
    client_secret_env: str
    """The name of the environment variable that holds the client's secret."""
    tenant_id_env: str | None = None
    """The name of the environment variable that holds the tenant's id, for Microsoft."""


class OidcProvider(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A provider that people sign in with by OpenID Connect."""

    id: str
    """What this provider is called; no other has the same."""
    issuer: str
    """The issuer's URL, under which its discovery document stands."""
    client_id_env: str
    """The name of the environment variable that holds the client's id."""
    client_secret_env: str
    """The name of the environment variable that holds the client's secret."""


class Auth(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How people sign in. In production it is required, and so is the variable AUTH_SECRET."""

    kind: Literal["local", "oauth", "oidc", "managed"] | None = None
    """Who vouches for people."""
    allow_unauthenticated_in_development: bool | None = None
    """Whether anybody may use the host without signing in. Never in production, nor with `managed`."""
    oauth: tuple[OAuthProvider, ...] | None = None
    """The providers that people sign in with by OAuth; not with `managed`."""
    oidc: tuple[OidcProvider, ...] | None = None
    """The providers that people sign in with by OpenID Connect; not with `managed`."""


class Whitelabel(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What the user interface is called, and how it looks."""

    product_name: str | None = None
    """The name that people see."""
    logo_path: str | None = None
    """The file of the logo; a relative path starts at the project root."""


class EngineExecutionLimits(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How much one run may do before the engine ends it: by default, and whatever a workflow asks for."""

    default_max_node_activations: int
    """How many nodes a run may activate, unless its workflow says otherwise; at most the hard limit."""
    hard_max_node_activations: int
    """How many nodes a run may activate, whatever its workflow says."""
    default_max_subworkflow_depth: int
    """How deep workflows may call each other, unless one says otherwise; at most the hard limit."""
    hard_max_subworkflow_depth: int
    """How deep workflows may call each other, whatever one says."""


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


class WorkflowDiscovery(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Where the host finds workflows."""

    directories: tuple[str, ...] | None = None
    """The folders that hold workflows; relative paths start at the project root."""


class McpServer(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A server whose tools workflows can use, by the Model Context Protocol."""

    id: str
    """What workflows call this server; no other has the same."""
    display_name: str
    """What people see as its name."""
    description: str
    """What it is good for, for people."""
    transport: Literal["http"]
    """How it is spoken to."""
    url: str
    """Where it is. Credentials in it are secrets: prefer a credential of the host."""
    accepted_credential_types: tuple[str, ...] | None = None
    """The types of the host's credentials that it takes."""
    required_scopes: tuple[str, ...] | None = None
    """The scopes that a credential must have."""
    static_headers: dict[str, str] | None = None
    """Headers that go with every request, by name. Their values are taken for secrets and never shown."""
    tool_description_overrides: dict[str, str] | None = None
    """Descriptions of tools, by the tool's name, in place of the server's own."""


class Runtime(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The runtime form: every setting decided.

    Attribute access gives plain values; `repr`, `str` and `to_dict` mask secrets.
    """

    codemation_version: str | None = None
    """The version of Codemation that this project is written for."""
    frontend_port: int | None = None
    """The TCP port on which the host serves its user interface."""
    log: Log | None = None
    """What is logged: one rule (`filter` and `level`), or several under `rules`."""
    database: Database
    scheduler: Scheduler
    event_bus: EventBus
    retention: Retention
    auth: Auth = Auth()
    whitelabel: Whitelabel = Whitelabel()
    engine_execution_limits: EngineExecutionLimits = EngineExecutionLimits(
        default_max_node_activations=100000,
        hard_max_node_activations=100000,
        default_max_subworkflow_depth=32,
        hard_max_subworkflow_depth=32,
    )
    workflows: dict[str, Workflow] = {}
    workflow_discovery: WorkflowDiscovery = WorkflowDiscovery()
    mcp_servers: tuple[McpServer, ...] | None = None
    """The servers whose tools workflows can use, by the Model Context Protocol."""

    def to_dict(self, show_secrets: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  (so specified)
        """The emitted form as plain data, `{"runtime": {...}}`, with secrets masked unless they are asked for."""
        data = {"runtime": _plain(to_builtins(self))}
        return data if show_secrets else redact_value(data)  # type: ignore[return-value]


def _plain(value: Any) -> Any:
    """The data with tuples as lists, as TOML and JSON hold them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
