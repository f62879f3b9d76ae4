"""The same work with pydantic-settings: its TOML and environment sources, and by hand what it has no word for.

It is no dependency of anything else: `make bench` installs it (requirements/bench.txt).
"""

# mypy: disable-error-code="import-not-found, misc, mutable-override"

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from tests.bench.by_hand import decide

Seconds = Annotated[int, Field(ge=1, le=3_153_600_000)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
PostgresqlUrl = Annotated[str, Field(pattern="^postgres(ql)?://")]
RedisUrl = Annotated[str, Field(pattern="^(rediss?|unix)://")]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


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
    database: Database = Field(default_factory=Database)
    scheduler: Scheduler = Field(default_factory=Scheduler)
    retention: Retention = Field(default_factory=Retention)


class Workflow(Table):
    prune_policy: Policy = Field(default_factory=Policy)


def variable(name: str) -> Any:
    """A setting that only an environment variable of this name gives."""
    return Field(default=None, validation_alias=name)


class Settings(BaseSettings):
    app: App = Field(default_factory=App)
    workflows: dict[str, Workflow] = {}
    database_kind: Literal["sqlite", "postgresql"] | None = variable("CODEMATION_DATABASE_KIND")
    sqlite_file_path: str | None = variable("CODEMATION_SQLITE_FILE_PATH")
    scheduler: Literal["local", "bullmq"] | None = variable("CODEMATION_SCHEDULER")
    event_bus: Literal["memory", "redis"] | None = variable("CODEMATION_EVENT_BUS")
    queue_prefix: str | None = variable("QUEUE_PREFIX")
    run_seconds: Seconds | None = variable("CODEMATION_RUN_RETENTION_DEFAULT_SECONDS")
    failed_run_seconds: Seconds | None = variable("CODEMATION_FAILED_RUN_RETENTION_DEFAULT_SECONDS")
    audit_seconds: Seconds | None = variable("CODEMATION_AUDIT_RETENTION_DEFAULT_SECONDS")
    binary_seconds: Seconds | None = variable("CODEMATION_BINARY_RETENTION_DEFAULT_SECONDS")
    telemetry_artifact_seconds: Seconds | None = variable("CODEMATION_TELEMETRY_ARTIFACT_RETENTION_DEFAULT_SECONDS")
    telemetry_span_seconds: Seconds | None = variable("CODEMATION_TELEMETRY_SPAN_RETENTION_DEFAULT_SECONDS")
    telemetry_metric_seconds: Seconds | None = variable("CODEMATION_TELEMETRY_METRIC_RETENTION_DEFAULT_SECONDS")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment over the file, and nothing else."""
        del init_settings, dotenv_settings, file_secret_settings
        return env_settings, TomlConfigSettingsSource(settings_cls)


def prepare(root: Path) -> Callable[[], dict[str, Any]]:
    """The work for one project. It reads the process environment, as pydantic-settings can read no other."""

    class Here(Settings):
        model_config = SettingsConfigDict(toml_file=root / "codemation.toml", case_sensitive=True, extra="forbid")

    def compile_here() -> dict[str, Any]:
        settings = Here()
        return decide(settings, settings, os.environ, root)

    return compile_here
