"""What `make bench` measures with: configurations and environments."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
#:schema ./codemation.schema.json
[app.database]
urlEnv = "APP_DATABASE_URL"

[app.scheduler]
queuePrefix = "orders"
workerQueues = ["default", "slow"]
redisUrlEnv = "APP_REDIS_URL"

[app.retention]
runSeconds = 172800
"""

ENVIRONMENT = {
    "CODEMATION_DATABASE_KIND": "postgresql",
    "APP_DATABASE_URL": "postgresql://app:secret@db.example.com:5432/orders",
    "CODEMATION_SQLITE_FILE_PATH": "data/orders.sqlite",
    "CODEMATION_SCHEDULER": "bullmq",
    "CODEMATION_EVENT_BUS": "redis",
    "QUEUE_PREFIX": "staging",
    "APP_REDIS_URL": "rediss://:secret@cache.example.com:6379/0",
    "CODEMATION_RUN_RETENTION_DEFAULT_SECONDS": "90000",
    "CODEMATION_BINARY_RETENTION_DEFAULT_SECONDS": "45000",
    "CODEMATION_TELEMETRY_ARTIFACT_RETENTION_DEFAULT_SECONDS": "300000",
    "CODEMATION_TELEMETRY_SPAN_RETENTION_DEFAULT_SECONDS": "700000",
    "CODEMATION_TELEMETRY_METRIC_RETENTION_DEFAULT_SECONDS": "2600000",
}
"""All twelve variables that have a say, none with anything to complain about."""

FAULTS = ("runSecond = 3600", 'runSeconds = "3600"', "runSeconds = 0", "binarySeconds = 1e3")


def valid(workflows: int) -> str:
    """A configuration with nothing to complain about; with 14 workflows it has 67 lines."""
    policies = [
        f"[workflows.workflow{number}.prunePolicy]\nrunSeconds = {3600 + number}\nbinarySeconds = {1800 + number}\n"
        for number in range(workflows)
    ]
    return "\n".join([HEAD, *policies])


def faulty(workflows: int) -> str:
    """A configuration with one fault for each workflow: an unknown key, a wrong type, a bad value in turn."""
    policies = [
        f"[workflows.workflow{number}.prunePolicy]\n{FAULTS[number % len(FAULTS)]}\n" for number in range(workflows)
    ]
    return "\n".join(["[app.retention]\nrunSeconds = 172800\n", *policies])


def project(folder: Path, text: str) -> Path:
    """A new project in a folder."""
    folder.mkdir(parents=True)
    (folder / "codemation.toml").write_text(text, encoding="utf-8")
    return folder
